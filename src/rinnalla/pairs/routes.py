"""The waiting list and pairs over HTTP."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.pages import PAGE_SIZE, decode_cursor
from rinnalla.kit.params import PageCursor, PageLimit
from rinnalla.kit.schema import Moment
from rinnalla.pairs import schemas as wire
from rinnalla.pairs.errors import (
    AlreadyAccepted,
    AlreadyPaired,
    MenteeNotFound,
    MentorAway,
    MentorFull,
    PairNotFound,
    PairNotOpen,
    ProgrammeMatches,
)
from rinnalla.pairs.models import PairState
from rinnalla.pairs.service import Pairs, WaitingList
from rinnalla.profiles.errors import MentorNotFound

FOR_MENTEES = only(Role.MENTEE)
FOR_STAFF = only(Role.STAFF)
FOR_MEMBERS = only(Role.MENTEE, Role.MENTOR)
FOR_MEMBERS_AND_STAFF = only(Role.MENTEE, Role.MENTOR, Role.STAFF)
TAGS = ["Matching"]
# Litestar keeps the name `state` to itself.
StateFilter = Annotated[PairState | None, QueryParameter(name="state", description="Only pairs in this state")]


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
    summary="Whether you wait for a mentor, and since when",
    tags=TAGS,
    opt=FOR_MENTEES,
)
async def get_own_waiting(db: Db, caller: Asking, waiting_list: NamedDependency[WaitingList]) -> wire.OwnWaitingBody:
    return wire.own_waiting_body(await waiting_list.waiting_since(db, caller))


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


@post(
    "/v1/pairs",
    operation_id="createPair",
    summary="Propose a pair (staff), or write to a mentor directly (young people, where the programme allows it)",
    description="A proposal waits for both to accept. Who writes to a mentor is paired with them at once.",
    tags=TAGS,
    opt=only(Role.MENTEE, Role.STAFF),
    responses=refusals(MenteeNotFound, MentorNotFound, ProgrammeMatches, AlreadyPaired, MentorFull, MentorAway),
)
async def create_pair(
    data: JSONBody[wire.BringTogether], db: Db, caller: Asking, pairs: NamedDependency[Pairs]
) -> wire.PairBody:
    made = await pairs.bring_together(db, caller, mentor_id=data.mentor_id, mentee_id=data.mentee_id)
    return wire.pair_body(made)


@get(
    "/v1/pairs",
    operation_id="listPairs",
    summary="Your pairs, or for staff those of the programme, newest first",
    description="A page may hold fewer pairs than fit and still have a `next_cursor`.",
    tags=TAGS,
    opt=FOR_MEMBERS_AND_STAFF,
)
async def list_pairs(
    db: Db,
    caller: Asking,
    pairs: NamedDependency[Pairs],
    in_state: StateFilter = None,
    cursor: PageCursor = None,
    limit: PageLimit = PAGE_SIZE,
) -> wire.PairList:
    before = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    page = await pairs.pairs(db, caller, in_state, before, limit)
    return wire.PairList(items=[wire.pair_body(one) for one in page.items], next_cursor=page.next_cursor)


@get(
    "/v1/pairs/{pair_id:uuid}",
    operation_id="getPair",
    summary="One pair",
    tags=TAGS,
    opt=FOR_MEMBERS_AND_STAFF,
    responses=refusals(PairNotFound),
)
async def get_pair(db: Db, caller: Asking, pairs: NamedDependency[Pairs], pair_id: FromPath[UUID]) -> wire.PairBody:
    return wire.pair_body(await pairs.pair(db, caller, pair_id))


@post(
    "/v1/pairs/{pair_id:uuid}/acceptance",
    operation_id="acceptPair",
    summary="Say yes to a proposed pair; when both have, they can talk",
    tags=TAGS,
    opt=FOR_MEMBERS,
    status_code=200,
    responses=refusals(PairNotFound, AlreadyAccepted, PairNotOpen, MentorFull),
)
async def accept_pair(db: Db, caller: Asking, pairs: NamedDependency[Pairs], pair_id: FromPath[UUID]) -> wire.PairBody:
    return wire.pair_body(await pairs.accept(db, caller, pair_id))


@post(
    "/v1/pairs/{pair_id:uuid}/decline",
    operation_id="declinePair",
    summary="Say no to a proposed pair",
    tags=TAGS,
    opt=FOR_MEMBERS,
    status_code=200,
    responses=refusals(PairNotFound, PairNotOpen),
)
async def decline_pair(
    data: JSONBody[wire.DeclinePair],
    db: Db,
    caller: Asking,
    pairs: NamedDependency[Pairs],
    pair_id: FromPath[UUID],
) -> wire.PairBody:
    return wire.pair_body(await pairs.decline(db, caller, pair_id, data.reason))


@post(
    "/v1/pairs/{pair_id:uuid}/withdrawal",
    operation_id="withdrawPair",
    summary="Take a proposal back",
    tags=TAGS,
    opt=FOR_STAFF,
    status_code=200,
    responses=refusals(PairNotFound, PairNotOpen),
)
async def withdraw_pair(
    db: Db, caller: Asking, pairs: NamedDependency[Pairs], pair_id: FromPath[UUID]
) -> wire.PairBody:
    return wire.pair_body(await pairs.withdraw(db, caller, pair_id))


@post(
    "/v1/pairs/{pair_id:uuid}/end",
    operation_id="endPair",
    summary="End an active pair; its thread can still be read",
    tags=TAGS,
    opt=FOR_MEMBERS_AND_STAFF,
    status_code=200,
    responses=refusals(PairNotFound, PairNotOpen),
)
async def end_pair(
    data: JSONBody[wire.EndPair],
    db: Db,
    caller: Asking,
    pairs: NamedDependency[Pairs],
    pair_id: FromPath[UUID],
) -> wire.PairBody:
    return wire.pair_body(await pairs.end(db, caller, pair_id, data.reason))


ROUTES = [
    ask_to_be_paired,
    get_own_waiting,
    stop_waiting,
    list_waiting,
    create_pair,
    list_pairs,
    get_pair,
    accept_pair,
    decline_pair,
    withdraw_pair,
    end_pair,
]
