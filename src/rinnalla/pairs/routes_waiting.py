"""The waiting list over HTTP."""

from uuid import UUID

from litestar import delete, get, put
from litestar.di import NamedDependency

from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.pages import PAGE_SIZE, decode_cursor
from rinnalla.kit.params import PageCursor, PageLimit
from rinnalla.kit.schema import Moment
from rinnalla.pairs import schemas as wire
from rinnalla.pairs.service import Beginnings, WaitingList

FOR_MENTEES = only(Role.MENTEE)
FOR_STAFF = only(Role.STAFF)
TAGS = ["Matching"]


@put(
    "/v1/waiting",
    operation_id="askToBePaired",
    summary="Ask to be paired; who asks again keeps their place",
    tags=TAGS,
    opt=FOR_MENTEES,
)
async def ask_to_be_paired(db: Db, caller: Asking, waiting_list: NamedDependency[WaitingList]) -> wire.OwnWaitingBody:
    return wire.own_waiting_body(await waiting_list.ask(db, caller))


@get(
    "/v1/waiting/own",
    operation_id="getOwnWaiting",
    summary="Whether you wait for a mentor, since when, and whether you may ask one yourself",
    tags=TAGS,
    opt=FOR_MENTEES,
)
async def get_own_waiting(
    db: Db, caller: Asking, waiting_list: NamedDependency[WaitingList], beginnings: NamedDependency[Beginnings]
) -> wire.OwnStandingBody:
    since = await waiting_list.waiting_since(db, caller)
    may_propose = await beginnings.may_propose(db, caller)
    return wire.OwnStandingBody(waiting=since is not None, since=since, may_propose=may_propose)


@delete(
    "/v1/waiting",
    operation_id="stopWaiting",
    summary="Take back the request to be paired; proposals that you have stay",
    tags=TAGS,
    opt=FOR_MENTEES,
)
async def stop_waiting(db: Db, caller: Asking, waiting_list: NamedDependency[WaitingList]) -> None:
    await waiting_list.withdraw(db, caller)


@get(
    "/v1/waiting",
    operation_id="listWaiting",
    summary="Who waits for a mentor in your programme, who has waited longest first",
    tags=TAGS,
    opt=FOR_STAFF,
)
async def list_waiting(
    db: Db,
    caller: Asking,
    waiting_list: NamedDependency[WaitingList],
    cursor: PageCursor = None,
    limit: PageLimit = PAGE_SIZE,
) -> wire.WaitingListBody:
    after = decode_cursor(cursor, tuple[Moment, UUID]) if cursor else None
    page = await waiting_list.page(db, caller, after, limit)
    return wire.WaitingListBody(items=[wire.waiting_body(one) for one in page.items], next_cursor=page.next_cursor)


WAITING_ROUTES = [ask_to_be_paired, get_own_waiting, stop_waiting, list_waiting]
