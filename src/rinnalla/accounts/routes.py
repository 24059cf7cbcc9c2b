"""Accounts over HTTP."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from rinnalla.accounts import schemas as wire
from rinnalla.accounts.entry import Entry, Visitor
from rinnalla.accounts.errors import (
    InvitationNotFound,
    LoginNameTaken,
    OrganisationNotFound,
    PasswordChangeRequired,
    RecoveryRefused,
    RefreshRefused,
    SecondFactorRequired,
    SecondFactorUsed,
    SessionNotFound,
    WeakPassword,
    WrongCredentials,
    WrongPassword,
)
from rinnalla.accounts.routes_administration import ADMINISTRATION_ROUTES
from rinnalla.accounts.service import Accounts, Sessions
from rinnalla.kit.access import ANYONE_SIGNED_IN, PUBLIC, Asking, Db
from rinnalla.kit.addresses import neighbourhood
from rinnalla.kit.contract import refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired
from rinnalla.kit.etags import expected_version, versioned


def visitor(request: Request[Any, Any, Any], device_name: str) -> Visitor:
    """Where a request comes from. Behind trusted proxies the server has put the client's address there already."""
    address = neighbourhood(request.client.host if request.client else "")
    return Visitor(address=address, device_name=device_name)


@post(
    "/v1/accounts",
    operation_id="signUp",
    summary="Sign up as a young person, with a nickname and a password",
    tags=["Coming in"],
    opt=PUBLIC,
    responses=refusals(LoginNameTaken, WeakPassword, OrganisationNotFound),
)
async def sign_up(
    request: Request[Any, Any, Any], data: JSONBody[wire.SignUp], entry: NamedDependency[Entry]
) -> wire.SignedUpBody:
    signed_up = await entry.sign_up(
        visitor(request, data.device_name),
        nickname=data.nickname,
        password=data.password,
        email=data.email,
        organisation_id=data.organisation_id,
    )
    return wire.signed_up_body(signed_up, data.email)


@post(
    "/v1/sessions",
    operation_id="logIn",
    summary="Log in on a device",
    tags=["Coming in"],
    opt=PUBLIC,
    responses=refusals(WrongCredentials, SecondFactorRequired, SecondFactorUsed, PasswordChangeRequired, WeakPassword),
)
async def log_in(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.LogIn],
    entry: NamedDependency[Entry],
    accounts: NamedDependency[Accounts],
) -> wire.SessionStarted:
    grant = await entry.log_in(
        visitor(request, data.device_name),
        login_name=data.login_name,
        password=data.password,
        totp_code=data.totp_code,
        new_password=data.new_password,
    )
    return wire.session_started(grant, accounts.email(grant.account))


@post(
    "/v1/sessions/refresh",
    operation_id="refreshSession",
    summary="Exchange the refresh token for new tokens",
    description="Each refresh token works once. If the answer was lost, send the same token again within a minute.",
    tags=["Coming in"],
    opt=PUBLIC,
    status_code=200,
    responses=refusals(RefreshRefused),
)
async def refresh(data: JSONBody[wire.Refresh], sessions: NamedDependency[Sessions]) -> wire.TokensBody:
    return wire.tokens_body(await sessions.refresh(data.refresh_token))


@post(
    "/v1/recoveries",
    operation_id="recoverAccount",
    summary="Come back in with a recovery code and a new password",
    tags=["Coming in"],
    opt=PUBLIC,
    description="Staff and administrators send `totp_code` as well: a recovery code stands for the password only.",
    responses=refusals(RecoveryRefused, SecondFactorRequired, SecondFactorUsed, WeakPassword),
)
async def recover(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.Recover],
    entry: NamedDependency[Entry],
    accounts: NamedDependency[Accounts],
) -> wire.RecoveredBody:
    grant, left = await entry.recover(
        visitor(request, data.device_name),
        login_name=data.login_name,
        code=data.recovery_code,
        new_password=data.new_password,
        totp_code=data.totp_code,
    )
    account = wire.account_body(grant.account, accounts.email(grant.account))
    return wire.RecoveredBody(account=account, tokens=wire.tokens_body(grant), recovery_codes_left=left)


@post(
    "/v1/invitations/accept",
    operation_id="acceptInvitation",
    summary="Come in by a one-time invitation",
    tags=["Coming in"],
    opt=PUBLIC,
    responses=refusals(InvitationNotFound, LoginNameTaken, WeakPassword),
)
async def accept_invitation(
    request: Request[Any, Any, Any], data: JSONBody[wire.ComeIn], entry: NamedDependency[Entry]
) -> wire.CameInBody:
    came_in = await entry.come_in(
        visitor(request, data.device_name),
        invitation=data.invitation,
        login_name=data.login_name,
        password=data.password,
    )
    return wire.came_in_body(came_in)


@get(
    "/v1/sessions",
    operation_id="listSessions",
    summary="The devices on which you are logged in",
    tags=["Own account"],
    opt=ANYONE_SIGNED_IN,
)
async def list_sessions(db: Db, caller: Asking, sessions: NamedDependency[Sessions]) -> wire.SessionList:
    own = await sessions.own(db, caller)
    return wire.SessionList(items=[wire.session_body(session, caller.session_id) for session in own], next_cursor=None)


@delete(
    "/v1/sessions/{session_id:uuid}",
    operation_id="endSession",
    summary="Log one of your devices out (also this one)",
    tags=["Own account"],
    opt=ANYONE_SIGNED_IN,
    responses=refusals(SessionNotFound),
)
async def end_session(db: Db, caller: Asking, sessions: NamedDependency[Sessions], session_id: FromPath[UUID]) -> None:
    await sessions.end_own(db, caller, session_id)


@delete(
    "/v1/sessions",
    operation_id="endOtherSessions",
    summary="Log all your other devices out",
    tags=["Own account"],
    opt=ANYONE_SIGNED_IN,
)
async def end_other_sessions(db: Db, caller: Asking, sessions: NamedDependency[Sessions]) -> None:
    await sessions.end(db, caller.account_id, but=caller.session_id)


@get(
    "/v1/account",
    operation_id="getAccount",
    summary="Your account",
    tags=["Own account"],
    opt=ANYONE_SIGNED_IN,
)
async def get_account(db: Db, caller: Asking, accounts: NamedDependency[Accounts]) -> Response[wire.AccountBody]:
    account = await accounts.own(db, caller)
    return versioned(wire.account_body(account, accounts.email(account)), account.version)


@patch(
    "/v1/account",
    operation_id="editAccount",
    summary="Change how you are called and, if you like, reached",
    tags=["Own account"],
    opt=ANYONE_SIGNED_IN,
    responses=refusals(EditedMeanwhile, PreconditionRequired),
)
async def edit_account(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.AccountEdit],
    db: Db,
    caller: Asking,
    accounts: NamedDependency[Accounts],
) -> Response[wire.AccountBody]:
    account = await accounts.edit_own(
        db, caller, expected_version(request), display_name=data.display_name, email=data.email
    )
    return versioned(wire.account_body(account, data.email), account.version)


@put(
    "/v1/account/password",
    operation_id="changePassword",
    summary="Change your password; your other devices are logged out",
    tags=["Own account"],
    opt=ANYONE_SIGNED_IN,
    status_code=204,
    responses=refusals(WrongPassword, WeakPassword),
)
async def change_password(
    data: JSONBody[wire.PasswordChange], caller: Asking, accounts: NamedDependency[Accounts]
) -> None:
    await accounts.change_password(caller, data.current_password, data.new_password)


@post(
    "/v1/account/recovery-codes",
    operation_id="replaceRecoveryCodes",
    summary="Ten new recovery codes; the old ones stop working",
    tags=["Own account"],
    opt=ANYONE_SIGNED_IN,
    responses=refusals(WrongPassword),
)
async def replace_recovery_codes(
    data: JSONBody[wire.PasswordProof], caller: Asking, accounts: NamedDependency[Accounts]
) -> wire.RecoveryCodesBody:
    return wire.RecoveryCodesBody(recovery_codes=await accounts.replace_own_codes(caller, data.password))


@post(
    "/v1/realtime/tickets",
    operation_id="createRealtimeTicket",
    summary="A one-time key to open a socket with",
    tags=["Realtime"],
    opt=ANYONE_SIGNED_IN,
)
async def create_ticket(db: Db, caller: Asking, sessions: NamedDependency[Sessions]) -> wire.TicketBody:
    return wire.TicketBody(ticket=await sessions.ticket(db, caller), expires_in=sessions.ticket_seconds)


ROUTES = [
    sign_up,
    log_in,
    refresh,
    recover,
    accept_invitation,
    list_sessions,
    end_session,
    end_other_sessions,
    get_account,
    edit_account,
    change_password,
    replace_recovery_codes,
    create_ticket,
    *ADMINISTRATION_ROUTES,
]
