"""Accounts on the wire."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from rinnalla.accounts.models import Account, Session
from rinnalla.accounts.newcomers import CameIn, SignedUp
from rinnalla.accounts.policy import MAX_PASSWORD
from rinnalla.accounts.sessions import Grant
from rinnalla.kit.caller import Role
from rinnalla.kit.schema import In, Moment, Name, NextCursor, Out

LoginName = Annotated[
    str,
    Meta(
        min_length=2,
        max_length=40,
        pattern=r"^[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f]$(?!\n)",
        examples=["revontuli"],
    ),
]
Password = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MAX_PASSWORD,
        description="A new one: at least 8 characters for young people and mentors, 15 for staff and administrators, "
        "and not among the easily guessed; no other rules.",
        examples=["kolme kissaa ja kuu"],
    ),
]
Email = Annotated[
    str, Meta(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$(?!\n)", examples=["aino@example.org"])
]
DeviceName = Annotated[str, Meta(max_length=60, examples=["old phone"])]
Secret = Annotated[str, Meta(min_length=1, max_length=128, examples=["sJ1b0Gq0m2V0lZkq7cXyYw8Qe0R3sT6uPaHnL5iDf4o"])]
RecoveryCodeText = Annotated[str, Meta(min_length=1, max_length=64, examples=["7KQM-2XHD-PW9F-R4TN"])]
TotpCode = Annotated[str, Meta(pattern=r"^[0-9]{6}$(?!\n)", examples=["492039"])]


ShownLoginName = Annotated[str | None, Meta(examples=["revontuli"])]
ShownName = Annotated[str, Meta(examples=["Aino"])]
ShownSecret = Annotated[str, Meta(examples=["sJ1b0Gq0m2V0lZkq7cXyYw8Qe0R3sT6uPaHnL5iDf4o"])]
RecoveryCodes = Annotated[list[str], Meta(examples=[["7KQM-2XHD-PW9F-R4TN", "M3CV-8ZJY-6BQE-KD5A"]])]

TOKEN_TYPE = "Bearer"  # noqa: S105 - a scheme, RFC 6750


class SignUp(In):
    """`organisation_id`: a programme of `getStart`, which can't be changed later; without it, the oldest programme."""

    nickname: LoginName
    password: Password
    email: Email | None = None
    organisation_id: UUID | None = None
    device_name: DeviceName = ""


class LogIn(In):
    """`totp_code`: for accounts with a second factor. `new_password`: after the answer `password_change_required`."""

    login_name: Annotated[str, Meta(min_length=1, max_length=60, examples=["revontuli"])]
    password: Password
    totp_code: TotpCode | None = None
    new_password: Password | None = None
    device_name: DeviceName = ""


class Recover(In):
    login_name: Annotated[str, Meta(min_length=1, max_length=60, examples=["revontuli"])]
    recovery_code: RecoveryCodeText
    new_password: Password
    totp_code: TotpCode | None = None
    device_name: DeviceName = ""


class ComeIn(In):
    invitation: Secret
    login_name: LoginName
    password: Password
    device_name: DeviceName = ""


class Refresh(In):
    refresh_token: Secret


class PasswordChange(In):
    current_password: Password
    new_password: Password


class PasswordProof(In):
    password: Password


class AccountEdit(In):
    display_name: Name
    email: Email | None


class AccountBody(Out):
    """`email` is told to its owner only. `version` is the ETag for edits."""

    id: UUID
    role: Role
    organisation_id: UUID | None
    login_name: ShownLoginName
    display_name: ShownName
    email: Annotated[str | None, Meta(examples=["aino@example.org"])]
    created_at: Moment
    version: int


class TokensBody(Out):
    """`expires_in`: seconds that the access token lives; refresh before that."""

    token_type: Annotated[str, Meta(examples=[TOKEN_TYPE])]
    access_token: Annotated[str, Meta(examples=["eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9…"])]
    refresh_token: ShownSecret
    expires_in: int
    session_id: UUID


class SessionStarted(Out):
    account: AccountBody
    tokens: TokensBody


class SignedUpBody(Out):
    """`recovery_codes` are told this once: the app lets its person keep them."""

    account: AccountBody
    tokens: TokensBody
    recovery_codes: RecoveryCodes


class RecoveredBody(Out):
    account: AccountBody
    tokens: TokensBody
    recovery_codes_left: int


class CameInBody(Out):
    """Mentors get `tokens`. Staff get `totp_secret` and `totp_uri` once, and log in with a code made from it."""

    account: AccountBody
    tokens: TokensBody | None
    totp_secret: Annotated[str | None, Meta(examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])]
    totp_uri: Annotated[
        str | None,
        Meta(examples=["otpauth://totp/Rinnalla:tuula?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Rinnalla"]),
    ]
    recovery_codes: RecoveryCodes


class RecoveryCodesBody(Out):
    recovery_codes: RecoveryCodes


class SessionBody(Out):
    """`current`: the session that asks."""

    id: UUID
    device_name: Annotated[str, Meta(examples=["old phone"])]
    created_at: Moment
    last_used_at: Moment
    expires_at: Moment
    current: bool


class SessionList(Out):
    items: list[SessionBody]
    next_cursor: NextCursor


class TicketBody(Out):
    """A one-time key for the first frame of a socket, good for `expires_in` seconds."""

    ticket: ShownSecret
    expires_in: int


def account_body(account: Account, email: str | None) -> AccountBody:
    return AccountBody(
        id=account.id,
        role=Role(account.role),
        organisation_id=account.organisation_id,
        login_name=account.login_name,
        display_name=account.display_name,
        email=email,
        created_at=account.created_at,
        version=account.version,
    )


def tokens_body(grant: Grant) -> TokensBody:
    return TokensBody(
        token_type=TOKEN_TYPE,
        access_token=grant.access_token,
        refresh_token=grant.refresh_token,
        expires_in=grant.expires_in,
        session_id=grant.session_id,
    )


def session_started(grant: Grant, email: str | None) -> SessionStarted:
    return SessionStarted(account=account_body(grant.account, email), tokens=tokens_body(grant))


def signed_up_body(signed_up: SignedUp, email: str | None) -> SignedUpBody:
    grant = signed_up.grant
    return SignedUpBody(
        account=account_body(grant.account, email),
        tokens=tokens_body(grant),
        recovery_codes=signed_up.recovery_codes,
    )


def came_in_body(came_in: CameIn) -> CameInBody:
    return CameInBody(
        account=account_body(came_in.account, None),
        tokens=tokens_body(came_in.grant) if came_in.grant else None,
        totp_secret=came_in.totp_secret,
        totp_uri=came_in.totp_uri,
        recovery_codes=came_in.recovery_codes,
    )


def session_body(session: Session, current: UUID) -> SessionBody:
    return SessionBody(
        id=session.id,
        device_name=session.device_name,
        created_at=session.created_at,
        last_used_at=session.last_used_at,
        expires_at=session.expires_at,
        current=session.id == current,
    )
