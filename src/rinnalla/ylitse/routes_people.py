"""Accounts and users."""

from typing import Any

from litestar import Request, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.errors import (
    AccountNotFound,
    LastAdministrator,
    LoginNameTaken,
    OrganisationNotFound,
    WeakPassword,
    WrongPassword,
)
from rinnalla.accounts.service import Accounts, Sessions
from rinnalla.kit import database
from rinnalla.kit.access import ANYONE_SIGNED_IN, RECOGNISED, Asking, Db, only
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.errors import Forbidden, InvalidToken, Unauthenticated
from rinnalla.profiles.service import FullCard
from rinnalla.ylitse import ids
from rinnalla.ylitse import schemas as record
from rinnalla.ylitse import schemas_bodies as wire
from rinnalla.ylitse.errors import NotYours, StaffAreInvited
from rinnalla.ylitse.keeping import Keeping
from rinnalla.ylitse.models import Platform
from rinnalla.ylitse.people import People
from rinnalla.ylitse.records import account_record, user_record
from rinnalla.ylitse.refusals import refusals
from rinnalla.ylitse.requests import REFRESH
from rinnalla.ylitse.routes_entry import APP, visitor
from rinnalla.ylitse.schemas import Position
from rinnalla.ylitse.shelf import Shelf

FOR_ADMINS = only(Role.STAFF, Role.ADMIN)
TAGS = ["People"]


@post(
    "/accounts",
    operation_id="createAccount",
    summary="Sign up as a young person; staff make mentors too",
    tags=TAGS,
    opt=RECOGNISED,
    responses=refusals(
        *(LoginNameTaken, WeakPassword, OrganisationNotFound, Forbidden, StaffAreInvited),
        *(InvalidToken, Unauthenticated),
    ),
)
async def create_account(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.SignUp],
    db: Db,
    recognised: NamedDependency[Caller | None],
    people: NamedDependency[People],
    sessions: NamedDependency[Sessions],
    shelf: NamedDependency[Shelf],
    language: NamedDependency[str],
) -> wire.Myself:
    new, kept = data.account, request.cookies.get(REFRESH)
    if recognised is None and kept and await sessions.can_renew(kept):
        raise Unauthenticated  # someone who has to renew their access first, and will: it matters who they are
    if new.role != Position.MENTEE:
        made = await people.create_mentor(
            db,
            recognised,
            visitor(request, APP),
            role=new.role,
            login_name=new.login_name,
            password=data.password,
            email=new.email,
            phone=new.phone,
        )
        card = await people.card_of_home(db, recognised, made.id) if recognised else None
        return wire.Myself(
            account=account_record(made, new.email, new.phone),
            user=user_record(made),
            mentor=await _mentor(db, shelf, card, language),
        )
    made = await people.sign_up(
        db,
        recognised,
        visitor(request, APP),
        login_name=new.login_name,
        password=data.password,
        email=new.email,
        phone=new.phone,
    )
    return wire.Myself(account=account_record(made, new.email, new.phone), user=user_record(made))


@get("/accounts", operation_id="listAccounts", summary="Whom you manage, and yourself", tags=TAGS, opt=FOR_ADMINS)
async def list_accounts(db: Db, caller: Asking, people: NamedDependency[People]) -> wire.Accounts:
    return wire.Accounts(resources=[account_record(one) for one in await people.all_known(db, caller)])


@get(
    "/accounts/{account_id:str}",
    operation_id="getAccount",
    summary="Your own account, or that of someone you manage",
    tags=TAGS,
    opt=ANYONE_SIGNED_IN,
    responses=refusals(AccountNotFound),
)
async def get_account(
    db: Db, caller: Asking, people: NamedDependency[People], account_id: FromPath[str]
) -> record.Account:
    account = await people.known(db, caller, ids.account_of(account_id))
    return account_record(account, *await people.reached(db, caller, account))


@put(
    "/accounts/{account_id:str}",
    operation_id="editAccount",
    summary="Change how you log in and are reached",
    tags=TAGS,
    opt=ANYONE_SIGNED_IN,
    responses=refusals(AccountNotFound, NotYours, LoginNameTaken),
)
async def edit_account(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.AccountEdit],
    db: Db,
    caller: Asking,
    people: NamedDependency[People],
    account_id: FromPath[str],
) -> record.Account:
    if data.id not in {None, account_id}:
        raise NotYours
    account = await people.edit_account(
        db,
        caller,
        ids.account_of(account_id),
        visitor=visitor(request, APP),
        role=data.role,
        login_name=data.login_name,
        email=data.email,
        phone=data.phone,
    )
    return account_record(account, *await people.reached(db, caller, account))


@put(
    "/accounts/{account_id:str}/password",
    operation_id="changePassword",
    summary="Change your password; your other devices are logged out",
    tags=TAGS,
    opt=ANYONE_SIGNED_IN,
    responses=refusals(WrongPassword, WeakPassword),
)
async def change_password(
    data: JSONBody[wire.PasswordChange], caller: Asking, accounts: NamedDependency[Accounts], account_id: FromPath[str]
) -> record.Said:
    ids.check_own(caller, ids.account_of(account_id))
    await accounts.change_password(caller, data.current_password, data.new_password)
    return record.Said(message="Password changed.")


@delete(
    "/accounts/{account_id:str}",
    operation_id="deleteAccount",
    summary="Leave, or for staff remove a mentor; the conversations are gone for both sides",
    tags=TAGS,
    opt=ANYONE_SIGNED_IN,
    responses=refusals(AccountNotFound, LastAdministrator),
)
async def delete_account(db: Db, caller: Asking, people: NamedDependency[People], account_id: FromPath[str]) -> None:
    await people.remove(db, caller, ids.account_of(account_id))


@get("/myuser", operation_id="getMyself", summary="Your own three records", tags=TAGS, opt=ANYONE_SIGNED_IN)
async def get_myself(
    db: Db,
    caller: Asking,
    accounts: NamedDependency[Accounts],
    people: NamedDependency[People],
    shelf: NamedDependency[Shelf],
    language: NamedDependency[str],
) -> wire.Myself:
    account = await accounts.own(db, caller)
    return wire.Myself(
        account=account_record(account, *await people.reached(db, caller, account)),
        user=user_record(account),
        mentor=await _mentor(db, shelf, await people.card(db, caller), language),
    )


@get("/users", operation_id="listUsers", summary="Whom you manage, and yourself", tags=TAGS, opt=FOR_ADMINS)
async def list_users(db: Db, caller: Asking, people: NamedDependency[People]) -> wire.Users:
    return wire.Users(resources=[user_record(one) for one in await people.all_known(db, caller)])


@get(
    "/users/{user_id:str}",
    operation_id="getUser",
    summary="Yourself, or someone you manage",
    tags=TAGS,
    opt=ANYONE_SIGNED_IN,
    responses=refusals(AccountNotFound),
)
async def get_user(db: Db, caller: Asking, people: NamedDependency[People], user_id: FromPath[str]) -> record.User:
    return user_record(await people.known(db, caller, ids.account_of_user(user_id)))


@put(
    "/users/{user_id:str}",
    operation_id="editUser",
    summary="Change what you are called",
    tags=TAGS,
    opt=ANYONE_SIGNED_IN,
    responses=refusals(AccountNotFound, NotYours),
)
async def edit_user(
    data: JSONBody[wire.UserEdit], db: Db, caller: Asking, people: NamedDependency[People], user_id: FromPath[str]
) -> record.User:
    account_id = ids.account_of_user(user_id)
    if data.id not in {None, user_id} or data.account_id not in {None, str(account_id)}:
        raise NotYours
    return user_record(await people.edit_user(db, caller, account_id, role=data.role, display_name=data.display_name))


@put(
    "/users/{user_id:str}/device",
    operation_id="keepDevice",
    summary="Where to wake your phone",
    tags=TAGS,
    opt=ANYONE_SIGNED_IN,
)
async def keep_device(
    data: JSONBody[wire.Device],
    db: Db,
    caller: Asking,
    accounts: NamedDependency[Accounts],
    keeping: NamedDependency[Keeping],
    user_id: FromPath[str],
) -> record.Said:
    ids.check_own(caller, ids.account_of_user(user_id))
    await keeping.keep_device(db, await accounts.own(db, caller), data.token, Platform(data.platform))
    return record.Said(message="Device stored.")


async def _mentor(db: AsyncSession, shelf: Shelf, card: FullCard | None, language: str) -> record.Mentor | UnsetType:
    if card is None:
        return UNSET
    return (await shelf.told(db, [card], (await database.now(db)).date(), language))[0]


PEOPLE_ROUTES = [
    create_account,
    list_accounts,
    get_account,
    edit_account,
    change_password,
    delete_account,
    get_myself,
    list_users,
    get_user,
    edit_user,
    keep_device,
]
