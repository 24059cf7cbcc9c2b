"""Leaving over HTTP."""

from uuid import UUID

from litestar import delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from rinnalla.accounts.errors import AccountNotFound, LastAdministrator, WrongPassword
from rinnalla.kit.access import ANYONE_SIGNED_IN, Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.privacy import schemas as wire
from rinnalla.privacy.service import Privacy


@post(
    "/v1/account/departure",
    operation_id="leave",
    summary="Leave: your account and your conversations are gone at once, for both sides",
    tags=["Own account"],
    opt=ANYONE_SIGNED_IN,
    status_code=204,
    responses=refusals(WrongPassword, LastAdministrator),
)
async def leave(data: JSONBody[wire.Departure], caller: Asking, privacy: NamedDependency[Privacy]) -> None:
    await privacy.leave(caller, data.password)


@delete(
    "/v1/people/{account_id:uuid}",
    operation_id="removeMentor",
    summary="Remove a mentor of your programme, with all their conversations",
    tags=["Staff: mentors"],
    opt=only(Role.STAFF),
    responses=refusals(AccountNotFound),
)
async def remove_mentor(db: Db, caller: Asking, privacy: NamedDependency[Privacy], account_id: FromPath[UUID]) -> None:
    await privacy.remove_mentor(db, caller, account_id)


@delete(
    "/v1/staff/{account_id:uuid}",
    operation_id="removeStaff",
    summary="End a staff member's account",
    tags=["Administration"],
    opt=only(Role.ADMIN),
    responses=refusals(AccountNotFound),
)
async def remove_staff(db: Db, caller: Asking, privacy: NamedDependency[Privacy], account_id: FromPath[UUID]) -> None:
    await privacy.remove_staff(db, caller, account_id)


ROUTES = [leave, remove_mentor, remove_staff]
