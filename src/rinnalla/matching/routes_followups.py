"""Follow-ups over HTTP: for the staff of a programme."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired
from rinnalla.kit.etags import expected_version, versioned
from rinnalla.kit.pages import PAGE_SIZE, decode_cursor
from rinnalla.kit.params import PageCursor, PageLimit
from rinnalla.matching import schemas_followups as wire
from rinnalla.matching.errors import FollowUpNotFound, FollowUpSettled, PoolChanged
from rinnalla.matching.service import FollowUps, Matching
from rinnalla.matching.stages import FollowUpState
from rinnalla.pairs.errors import (
    AlreadyPaired,
    CannotBePaired,
    MenteeNotFound,
    MentorFull,
    PartedBefore,
    ReasonNeeded,
)
from rinnalla.profiles.errors import MentorNotFound

FOR_STAFF = only(Role.STAFF)
TAGS = ["Staff: matching"]
# Litestar keeps the name `state` to itself.
StateFilter = Annotated[FollowUpState | None, QueryParameter(name="state", description="Only those in this state")]


@get(
    "/v1/staff/matching-follow-ups",
    operation_id="listFollowUps",
    summary="Who comes next after proposals that were declined or expired, oldest first",
    tags=TAGS,
    opt=FOR_STAFF,
)
async def list_follow_ups(
    db: Db,
    caller: Asking,
    follow_ups: NamedDependency[FollowUps],
    matching: NamedDependency[Matching],
    in_state: StateFilter = None,
    cursor: PageCursor = None,
    limit: PageLimit = PAGE_SIZE,
) -> wire.FollowUpList:
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    page = await follow_ups.page(db, caller, in_state, after, limit)
    items = [wire.follow_up_body(one, matching.criteria()) for one in page.items]
    return wire.FollowUpList(items=items, next_cursor=page.next_cursor)


@post(
    "/v1/staff/matching-follow-ups/{follow_up_id:uuid}/proposal",
    operation_id="proposeFollowUp",
    summary="Propose to each other the two whom a follow-up suggests",
    description="412 `pool_changed` says what is not as you saw it; then it is looked at anew. Past a wish that came "
    "up meanwhile, propose the two by hand, with a reason.",
    tags=TAGS,
    opt=FOR_STAFF,
    status_code=200,
    responses=refusals(
        FollowUpNotFound,
        MenteeNotFound,
        MentorNotFound,
        FollowUpSettled,
        MentorFull,
        AlreadyPaired,
        PartedBefore,
        CannotBePaired,
        ReasonNeeded,
        PoolChanged,
        EditedMeanwhile,
        PreconditionRequired,
    ),
)
async def propose_follow_up(
    request: Request[Any, Any, Any],
    caller: Asking,
    follow_ups: NamedDependency[FollowUps],
    matching: NamedDependency[Matching],
    follow_up_id: FromPath[UUID],
) -> Response[wire.FollowUpBody]:
    view = await follow_ups.propose(caller, follow_up_id, expected_version(request))
    return versioned(wire.follow_up_body(view, matching.criteria()), view.follow_up.version)


@post(
    "/v1/staff/matching-follow-ups/{follow_up_id:uuid}/dismissal",
    operation_id="dismissFollowUp",
    summary="Leave it to the next run",
    tags=TAGS,
    opt=FOR_STAFF,
    status_code=200,
    responses=refusals(FollowUpNotFound, FollowUpSettled, EditedMeanwhile, PreconditionRequired),
)
async def dismiss_follow_up(
    request: Request[Any, Any, Any],
    db: Db,
    caller: Asking,
    follow_ups: NamedDependency[FollowUps],
    matching: NamedDependency[Matching],
    follow_up_id: FromPath[UUID],
) -> Response[wire.FollowUpBody]:
    view = await follow_ups.dismiss(db, caller, follow_up_id, expected_version(request))
    return versioned(wire.follow_up_body(view, matching.criteria()), view.follow_up.version)


ROUTES = [list_follow_ups, propose_follow_up, dismiss_follow_up]
