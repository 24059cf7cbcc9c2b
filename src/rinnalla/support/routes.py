"""Notices, check-ins and contacts over HTTP."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, put
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import FromPath, JSONBody, QueryParameter

from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired
from rinnalla.kit.etags import expected_version, versioned
from rinnalla.kit.pages import PAGE_SIZE, decode_cursor
from rinnalla.kit.params import PageCursor, PageLimit
from rinnalla.support import schemas as wire
from rinnalla.support.errors import (
    CheckInDropped,
    CheckInNotFound,
    ContactNotFound,
    NoticeNotFound,
    PairNotTalking,
)
from rinnalla.support.policy import Quarter
from rinnalla.support.routes_handovers import HANDOVER_ROUTES
from rinnalla.support.routes_losses import LOSS_ROUTES
from rinnalla.support.routes_nudges import NUDGE_AND_ABSENCE_ROUTES
from rinnalla.support.service import Caring, CheckIns, CheckInState, Notices

FOR_STAFF = only(Role.STAFF)
FOR_MEMBERS = only(Role.MENTEE, Role.MENTOR)
# Litestar keeps the name `state` to itself.
WhichState = Annotated[
    CheckInState, QueryParameter(name="state", description="Which of them", examples=[Example(value="due")])
]
OfStaff = Annotated[
    UUID | None,
    QueryParameter(
        description="Only those of this staff member", examples=[Example(value="01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f")]
    ),
]
Year = Annotated[int | None, QueryParameter(ge=2000, le=9000, description="With `quarter`; without, the present one")]
QuarterNumber = Annotated[int | None, QueryParameter(ge=1, le=4, description="With `year`; without, the present one")]


@get(
    "/v1/notices",
    operation_id="listNotices",
    summary="Plain words of the programme to you, newest first",
    description="The event `notice` says that there is a new one. An app has the words for each code; `text` is there "
    "where a human wrote something.",
    tags=["Support"],
    opt=FOR_MEMBERS,
)
async def list_notices(
    db: Db,
    caller: Asking,
    notices: NamedDependency[Notices],
    cursor: PageCursor = None,
    limit: PageLimit = PAGE_SIZE,
) -> wire.NoticeList:
    before = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    page = await notices.own(db, caller, before, limit)
    return wire.NoticeList(items=[wire.notice_body(one) for one in page.items], next_cursor=page.next_cursor)


@put(
    "/v1/notices/{notice_id:uuid}/seen",
    operation_id="markNoticeSeen",
    summary="You have seen a notice; nobody is told",
    tags=["Support"],
    opt=FOR_MEMBERS,
    status_code=204,
    responses=refusals(NoticeNotFound),
)
async def mark_notice_seen(
    db: Db, caller: Asking, notices: NamedDependency[Notices], notice_id: FromPath[UUID]
) -> None:
    await notices.see(db, caller, notice_id)


@get(
    "/v1/checkins/next",
    operation_id="listNextCheckIns",
    summary="When the programme's staff next ask you how it goes, and who does",
    tags=["Support"],
    opt=FOR_MEMBERS,
)
async def list_next_checkins(db: Db, caller: Asking, checkins: NamedDependency[CheckIns]) -> wire.NextCheckInList:
    found = await checkins.next(db, caller)
    return wire.NextCheckInList(items=[wire.next_checkin_body(one) for one in found], next_cursor=None)


@get(
    "/v1/staff/checkins",
    operation_id="listCheckIns",
    summary="The check-ins of your programme that are due, overdue or done, the earliest first",
    tags=["Staff: support"],
    opt=FOR_STAFF,
)
async def list_checkins(
    db: Db,
    caller: Asking,
    checkins: NamedDependency[CheckIns],
    in_state: WhichState = CheckInState.DUE,
    staff_id: OfStaff = None,
    cursor: PageCursor = None,
    limit: PageLimit = PAGE_SIZE,
) -> wire.CheckInList:
    after = decode_cursor(cursor, tuple[date, UUID]) if cursor else None
    page = await checkins.page(db, caller, in_state, staff_id, after, limit)
    return wire.CheckInList(items=[wire.checkin_line(one) for one in page.items], next_cursor=page.next_cursor)


@get(
    "/v1/staff/checkins/figures",
    operation_id="getCheckInFigures",
    summary="How much of what was due in a quarter was done, by staff member",
    tags=["Staff: support"],
    opt=FOR_STAFF,
)
async def get_checkin_figures(
    db: Db,
    caller: Asking,
    checkins: NamedDependency[CheckIns],
    year: Year = None,
    quarter: QuarterNumber = None,
) -> wire.CheckInFigures:
    asked = Quarter(year, quarter) if year is not None and quarter is not None else None
    return wire.figures_body(*await checkins.figures(db, caller, asked))


@get(
    "/v1/staff/checkins/{checkin_id:uuid}",
    operation_id="getCheckIn",
    summary="One check-in with its notes; that you read notes is recorded",
    tags=["Staff: support"],
    opt=FOR_STAFF,
    responses=refusals(CheckInNotFound),
)
async def get_checkin(
    db: Db, caller: Asking, checkins: NamedDependency[CheckIns], checkin_id: FromPath[UUID]
) -> Response[wire.CheckInBody]:
    view = await checkins.one(db, caller, checkin_id)
    return versioned(wire.checkin_body(view), view.checkin.version)


@put(
    "/v1/staff/checkins/{checkin_id:uuid}/done",
    operation_id="finishCheckIn",
    summary="Take down what came of a check-in, or put it right",
    tags=["Staff: support"],
    opt=FOR_STAFF,
    responses=refusals(CheckInNotFound, CheckInDropped, EditedMeanwhile, PreconditionRequired),
)
async def finish_checkin(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.CheckInDone],
    db: Db,
    caller: Asking,
    checkins: NamedDependency[CheckIns],
    checkin_id: FromPath[UUID],
) -> Response[wire.CheckInBody]:
    view = await checkins.done(db, caller, checkin_id, expected_version(request), wire.talked(data))
    return versioned(wire.checkin_body(view), view.checkin.version)


@get(
    "/v1/staff/pairs/{pair_id:uuid}/contact",
    operation_id="getPairContact",
    summary="Who of the staff is there for both sides of a pair",
    tags=["Staff: support"],
    opt=FOR_STAFF,
    responses=refusals(PairNotTalking),
)
async def get_pair_contact(
    db: Db, caller: Asking, caring: NamedDependency[Caring], pair_id: FromPath[UUID]
) -> Response[wire.ContactBody]:
    view = await caring.contact(db, caller, pair_id)
    return versioned(wire.contact_body(view), view.care.version)


@put(
    "/v1/staff/pairs/{pair_id:uuid}/contact",
    operation_id="setPairContact",
    summary="Have another of the staff be there for a pair; both sides get a notice",
    tags=["Staff: support"],
    opt=FOR_STAFF,
    responses=refusals(PairNotTalking, ContactNotFound, EditedMeanwhile, PreconditionRequired),
)
async def set_pair_contact(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.SetContact],
    db: Db,
    caller: Asking,
    caring: NamedDependency[Caring],
    pair_id: FromPath[UUID],
) -> Response[wire.ContactBody]:
    view = await caring.set_contact(db, caller, pair_id, expected_version(request), data.staff_id)
    return versioned(wire.contact_body(view), view.care.version)


ROUTES = [
    list_notices,
    mark_notice_seen,
    list_next_checkins,
    list_checkins,
    get_checkin_figures,
    get_checkin,
    finish_checkin,
    get_pair_contact,
    set_pair_contact,
    *LOSS_ROUTES,
    *NUDGE_AND_ABSENCE_ROUTES,
    *HANDOVER_ROUTES,
]
