"""Reports, suspensions and the trail over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from rinnalla.accounts.errors import AccountNotFound
from rinnalla.chat.errors import ClientIdReused
from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired
from rinnalla.kit.etags import expected_version, versioned
from rinnalla.kit.pages import PAGE_SIZE, cut, decode_cursor
from rinnalla.kit.params import PageCursor
from rinnalla.safeguarding import schemas as wire
from rinnalla.safeguarding.errors import ReportNotFound
from rinnalla.safeguarding.models import ReportState
from rinnalla.safeguarding.service import Safeguarding

FOR_STAFF = only(Role.STAFF)
FOR_REPORTERS = only(Role.MENTEE, Role.MENTOR, Role.STAFF)
FOR_MANAGERS = only(Role.STAFF, Role.ADMIN)


@post(
    "/v1/reports",
    operation_id="report",
    summary="Tell the programme that something is wrong with someone",
    description="About someone with whom you share a thread; a young person may also report any mentor with a card. "
    "Staff write down here what they heard of a mentee or mentor of their programme. With a `client_id` it may be "
    "repeated until it is answered: a repetition is answered with the first result and status 200.",
    tags=["Safety"],
    opt=FOR_REPORTERS,
    responses={
        **refusals(AccountNotFound, ClientIdReused),
        200: ResponseSpec(wire.OwnReportBody, generate_examples=False, description="It was stored when it came before"),
    },
)
async def report(
    data: JSONBody[wire.ReportMade], db: Db, caller: Asking, safeguarding: NamedDependency[Safeguarding]
) -> Response[wire.OwnReportBody]:
    made = await safeguarding.report(db, caller, data.reported_id, data.reason, data.text, data.client_id)
    return Response(wire.own_report_body(made.report), status_code=200 if made.replayed else 201)


@get(
    "/v1/reports/mine",
    operation_id="listOwnReports",
    summary="What you reported, and what became of it",
    tags=["Safety"],
    opt=FOR_REPORTERS,
)
async def list_own_reports(
    db: Db, caller: Asking, safeguarding: NamedDependency[Safeguarding], cursor: PageCursor = None
) -> wire.OwnReportList:
    before = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    page = cut(await safeguarding.own_reports(db, caller, before, PAGE_SIZE + 1), PAGE_SIZE, "id")
    return wire.OwnReportList(items=[wire.own_report_body(one) for one in page.items], next_cursor=page.next_cursor)


@get(
    "/v1/reports",
    operation_id="listReports",
    summary="The reports to your programme, without their texts, newest first",
    tags=["Safety"],
    opt=FOR_STAFF,
)
async def list_reports(
    db: Db,
    caller: Asking,
    safeguarding: NamedDependency[Safeguarding],
    report_state: Annotated[ReportState | None, QueryParameter(name="state")] = None,
    cursor: PageCursor = None,
) -> wire.ReportList:
    before = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    page = cut(await safeguarding.reports(db, caller, report_state, before, PAGE_SIZE + 1), PAGE_SIZE, "id")
    return wire.ReportList(items=[wire.report_line(one) for one in page.items], next_cursor=page.next_cursor)


@get(
    "/v1/reports/{report_id:uuid}",
    operation_id="readReport",
    summary="A report with its text; that you read it is recorded",
    tags=["Safety"],
    opt=FOR_STAFF,
    responses=refusals(ReportNotFound),
)
async def read_report(
    db: Db, caller: Asking, safeguarding: NamedDependency[Safeguarding], report_id: FromPath[UUID]
) -> Response[wire.ReportBody]:
    view, text = await safeguarding.read(db, caller, report_id)
    return versioned(wire.report_body(view, text), view.report.version)


@patch(
    "/v1/reports/{report_id:uuid}",
    operation_id="moveReport",
    summary="Say where following a report up stands",
    tags=["Safety"],
    opt=FOR_STAFF,
    responses=refusals(ReportNotFound, EditedMeanwhile, PreconditionRequired),
)
async def move_report(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.ReportMove],
    db: Db,
    caller: Asking,
    safeguarding: NamedDependency[Safeguarding],
    report_id: FromPath[UUID],
) -> Response[wire.ReportLine]:
    view = await safeguarding.move(db, caller, report_id, expected_version(request), data.state)
    return versioned(wire.report_line(view), view.report.version)


@put(
    "/v1/people/{account_id:uuid}/suspension",
    operation_id="suspend",
    summary="Keep someone out, at once and on all devices",
    description="Staff: the mentees and mentors of their programme. Administrators: staff.",
    tags=["Safety"],
    opt=FOR_MANAGERS,
    status_code=204,
    responses=refusals(AccountNotFound),
)
async def suspend(
    db: Db, caller: Asking, safeguarding: NamedDependency[Safeguarding], account_id: FromPath[UUID]
) -> None:
    await safeguarding.suspend(db, caller, account_id)


@delete(
    "/v1/people/{account_id:uuid}/suspension",
    operation_id="readmit",
    summary="Let someone log in again",
    tags=["Safety"],
    opt=FOR_MANAGERS,
    responses=refusals(AccountNotFound),
)
async def readmit(
    db: Db, caller: Asking, safeguarding: NamedDependency[Safeguarding], account_id: FromPath[UUID]
) -> None:
    await safeguarding.readmit(db, caller, account_id)


@get(
    "/v1/audit",
    operation_id="listAudit",
    summary="What staff did and looked at, newest first",
    tags=["Administration"],
    opt=only(Role.ADMIN),
)
async def list_audit(db: Db, safeguarding: NamedDependency[Safeguarding], cursor: PageCursor = None) -> wire.AuditList:
    before = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    page = cut(await safeguarding.trail(db, before, PAGE_SIZE + 1), PAGE_SIZE, "id")
    return wire.AuditList(items=[wire.audit_entry_body(one) for one in page.items], next_cursor=page.next_cursor)


ROUTES = [
    report,
    list_own_reports,
    list_reports,
    read_report,
    move_report,
    suspend,
    readmit,
    list_audit,
]
