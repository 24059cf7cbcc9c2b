"""Private lists over HTTP."""

from uuid import UUID

from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from rinnalla.accounts.errors import AccountNotFound
from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.schema import NextCursor, Out
from rinnalla.pairs.private_lists import PrivateLists
from rinnalla.pairs.schemas import PersonBody
from rinnalla.profiles.errors import ListFull

FOR_MEMBERS = only(Role.MENTEE, Role.MENTOR)
TAGS = ["Wishes"]


class NeverListBody(Out):
    """The newest first. Nobody but you reads it."""

    items: list[PersonBody]
    next_cursor: NextCursor


@get(
    "/v1/account/never",
    operation_id="listNever",
    summary="With whom you never want to be a pair: nobody else reads it",
    tags=TAGS,
    opt=FOR_MEMBERS,
)
async def list_never(db: Db, caller: Asking, private_lists: NamedDependency[PrivateLists]) -> NeverListBody:
    listed = await private_lists.own(db, caller)
    items = [PersonBody(id=one.account_id, display_name=one.display_name) for one in listed]
    return NeverListBody(items=items, next_cursor=None)


@put(
    "/v1/account/never/{account_id:uuid}",
    operation_id="addToNever",
    summary="Never be proposed to this person; staff learn only that a wish applies",
    description="A mentor whose card is shown, or someone of a pair of yours, now or before. A living pair goes on.",
    tags=TAGS,
    opt=FOR_MEMBERS,
    status_code=204,
    responses=refusals(AccountNotFound, ListFull),
)
async def add_to_never(
    db: Db, caller: Asking, private_lists: NamedDependency[PrivateLists], account_id: FromPath[UUID]
) -> None:
    await private_lists.add(db, caller, account_id)


@delete(
    "/v1/account/never/{account_id:uuid}",
    operation_id="removeFromNever",
    summary="Take someone off your list",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses=refusals(AccountNotFound),
)
async def remove_from_never(
    db: Db, caller: Asking, private_lists: NamedDependency[PrivateLists], account_id: FromPath[UUID]
) -> None:
    await private_lists.remove(db, caller, account_id)


ROUTES = [list_never, add_to_never, remove_from_never]
