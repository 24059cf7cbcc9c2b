"""Hand-overs over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from rinnalla.chat.schemas import MAX_SEQ
from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired
from rinnalla.kit.etags import expected_version, versioned
from rinnalla.kit.pages import PAGE_SIZE, cut, decode_cursor
from rinnalla.kit.params import PageCursor, PageLimit
from rinnalla.pairs.errors import PairNotFound
from rinnalla.support import schemas_transitions as wire
from rinnalla.support.errors import (
    HandoverNotFound,
    HandoverNotOpen,
    NothingToHandOver,
)
from rinnalla.support.service import Handovers

FOR_MENTEES = only(Role.MENTEE)
FOR_MENTORS = only(Role.MENTOR)
FOR_MEMBERS_AND_STAFF = only(Role.MENTEE, Role.MENTOR, Role.STAFF)
HANDOVERS = ["Hand-over"]
Seq = Annotated[int, Meta(ge=0, le=MAX_SEQ)]


@post(
    "/v1/handovers",
    operation_id="openHandover",
    summary="Ask what a new mentor may know of the conversation with the one before",
    tags=HANDOVERS,
    opt=only(Role.MENTEE, Role.STAFF),
    responses={
        **refusals(PairNotFound, NothingToHandOver),
        200: ResponseSpec(wire.HandoverBody, generate_examples=False, description="It was there already"),
    },
)
async def open_handover(
    data: JSONBody[wire.OpenHandover], db: Db, caller: Asking, handovers: NamedDependency[Handovers]
) -> Response[wire.HandoverBody]:
    view, is_new = await handovers.open(db, caller, data.from_pair_id, data.to_pair_id)
    return versioned(wire.handover_body(view), view.handover.version, status_code=201 if is_new else 200)


@get(
    "/v1/handovers",
    operation_id="listHandovers",
    summary="The hand-overs that concern you, newest first",
    tags=HANDOVERS,
    opt=FOR_MEMBERS_AND_STAFF,
)
async def list_handovers(
    db: Db,
    caller: Asking,
    handovers: NamedDependency[Handovers],
    cursor: PageCursor = None,
    limit: PageLimit = PAGE_SIZE,
) -> wire.HandoverList:
    before = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    page = await handovers.known(db, caller, before, limit)
    return wire.HandoverList(items=[wire.handover_body(one) for one in page.items], next_cursor=page.next_cursor)


@get(
    "/v1/handovers/{handover_id:uuid}",
    operation_id="getHandover",
    summary="One hand-over",
    tags=HANDOVERS,
    opt=FOR_MEMBERS_AND_STAFF,
    responses=refusals(HandoverNotFound),
)
async def get_handover(
    db: Db, caller: Asking, handovers: NamedDependency[Handovers], handover_id: FromPath[UUID]
) -> Response[wire.HandoverBody]:
    view = await handovers.one(db, caller, handover_id)
    return versioned(wire.handover_body(view), view.handover.version)


@put(
    "/v1/handovers/{handover_id:uuid}/choice",
    operation_id="chooseHandover",
    summary="Say what your new mentor may know: nothing, a summary that you write together, or the history from a "
    "message on",
    description="With `nothing` and `history` the old conversation is over for the mentor before from now on; with "
    "`summary` from when you say yes to its wording.",
    tags=HANDOVERS,
    opt=FOR_MENTEES,
    responses=refusals(HandoverNotFound, NothingToHandOver, EditedMeanwhile, PreconditionRequired),
)
async def choose_handover(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.ChooseHandover],
    db: Db,
    caller: Asking,
    handovers: NamedDependency[Handovers],
    handover_id: FromPath[UUID],
) -> Response[wire.HandoverBody]:
    view = await handovers.choose(db, caller, handover_id, expected_version(request), data.choice, data.from_seq)
    return versioned(wire.handover_body(view), view.handover.version)


@put(
    "/v1/handovers/{handover_id:uuid}/summary",
    operation_id="writeSummary",
    summary="Write at the summary: the young person, the mentor before, the staff",
    tags=HANDOVERS,
    opt=FOR_MEMBERS_AND_STAFF,
    responses=refusals(HandoverNotFound, HandoverNotOpen, EditedMeanwhile, PreconditionRequired),
)
async def write_summary(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.WriteSummary],
    db: Db,
    caller: Asking,
    handovers: NamedDependency[Handovers],
    handover_id: FromPath[UUID],
) -> Response[wire.HandoverBody]:
    view = await handovers.write(db, caller, handover_id, expected_version(request), data.text)
    return versioned(wire.handover_body(view), view.handover.version)


@post(
    "/v1/handovers/{handover_id:uuid}/agreement",
    operation_id="agreeToSummary",
    summary="Say yes to the wording of the version that you read: your new mentor gets it",
    tags=HANDOVERS,
    opt=FOR_MENTEES,
    status_code=200,
    responses=refusals(HandoverNotFound, HandoverNotOpen, NothingToHandOver, EditedMeanwhile, PreconditionRequired),
)
async def agree_to_summary(
    request: Request[Any, Any, Any],
    db: Db,
    caller: Asking,
    handovers: NamedDependency[Handovers],
    handover_id: FromPath[UUID],
) -> Response[wire.HandoverBody]:
    view = await handovers.agree(db, caller, handover_id, expected_version(request))
    return versioned(wire.handover_body(view), view.handover.version)


@delete(
    "/v1/handovers/{handover_id:uuid}/consent",
    operation_id="withdrawHandover",
    summary="Take back what your new mentor may read; it counts at once",
    tags=HANDOVERS,
    opt=FOR_MENTEES,
    responses=refusals(HandoverNotFound),
)
async def withdraw_handover(
    db: Db, caller: Asking, handovers: NamedDependency[Handovers], handover_id: FromPath[UUID]
) -> None:
    await handovers.withdraw(db, caller, handover_id)


@get(
    "/v1/handovers/{handover_id:uuid}/messages",
    operation_id="listHandedOverMessages",
    summary="What the young person lets you read of the conversation before, the oldest first",
    tags=HANDOVERS,
    opt=FOR_MENTORS,
    responses=refusals(HandoverNotFound),
)
async def list_handed_over_messages(
    db: Db,
    caller: Asking,
    handovers: NamedDependency[Handovers],
    handover_id: FromPath[UUID],
    cursor: PageCursor = None,
    limit: PageLimit = PAGE_SIZE,
) -> wire.HandedOverMessageList:
    after = decode_cursor(cursor, tuple[Seq])[0] if cursor else None
    page = cut(await handovers.messages(db, caller, handover_id, after, limit + 1), limit, "seq")
    return wire.HandedOverMessageList(
        items=[wire.message_body(one) for one in page.items], next_cursor=page.next_cursor
    )


HANDOVER_ROUTES = [
    open_handover,
    list_handovers,
    get_handover,
    choose_handover,
    write_summary,
    agree_to_summary,
    withdraw_handover,
    list_handed_over_messages,
]
