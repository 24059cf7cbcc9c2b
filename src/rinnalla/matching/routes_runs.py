"""Matching runs over HTTP: for the staff of a programme."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired
from rinnalla.kit.etags import expected_version, versioned
from rinnalla.kit.pages import PAGE_SIZE, decode_cursor
from rinnalla.kit.params import PageCursor, PageLimit
from rinnalla.matching import schemas_runs as wire
from rinnalla.matching.errors import PoolChanged, ProposalNotFound, RunNotFound, RunNotReady, RunUnsolved
from rinnalla.matching.service import Deciding, Matching, Runs
from rinnalla.pairs.errors import CannotBePaired, MentorFull, ReasonNeeded
from rinnalla.profiles.errors import MentorNotFound

FOR_STAFF = only(Role.STAFF)
TAGS = ["Staff: matching"]
Proposed = Annotated[
    bool | None, QueryParameter(description="Only those with a proposal (true), or those with none (false)")
]
AnyRequest = Request[Any, Any, Any]


@post(
    "/v1/staff/matching-runs",
    operation_id="startMatchingRun",
    summary="Have everyone who waits looked at together",
    description="It is solved in the background: `matching_run_changed` tells you when it is ready, and how far it is "
    "can be read. Nobody else is told anything before it is released. A repetition with the same `client_id` is "
    "answered with the first run and status 200.",
    tags=TAGS,
    opt=FOR_STAFF,
    responses={
        200: ResponseSpec(wire.RunBody, generate_examples=False, description="It was started when it came before"),
    },
)
async def start_run(
    data: JSONBody[wire.StartRun], db: Db, caller: Asking, runs: NamedDependency[Runs]
) -> Response[wire.RunBody]:
    started = await runs.start(db, caller, data.client_id, data.seed)
    status = 200 if started.replayed else 201
    return versioned(wire.run_body(started.run), started.run.version, status_code=status)


@get(
    "/v1/staff/matching-runs",
    operation_id="listMatchingRuns",
    summary="The matching runs of your programme, newest first",
    tags=TAGS,
    opt=FOR_STAFF,
)
async def list_runs(
    db: Db, caller: Asking, runs: NamedDependency[Runs], cursor: PageCursor = None, limit: PageLimit = PAGE_SIZE
) -> wire.RunList:
    before = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    page = await runs.runs(db, caller, before, limit)
    return wire.RunList(items=[wire.run_body(one) for one in page.items], next_cursor=page.next_cursor)


@get(
    "/v1/staff/matching-runs/{run_id:uuid}",
    operation_id="getMatchingRun",
    summary="Where a matching run stands",
    tags=TAGS,
    opt=FOR_STAFF,
    responses=refusals(RunNotFound),
)
async def get_run(
    db: Db, caller: Asking, runs: NamedDependency[Runs], run_id: FromPath[UUID]
) -> Response[wire.RunBody]:
    run = await runs.run(db, caller, run_id)
    return versioned(wire.run_body(run), run.version)


@delete(
    "/v1/staff/matching-runs/{run_id:uuid}",
    operation_id="discardMatchingRun",
    summary="Let nothing come of a run, solved or not",
    tags=TAGS,
    opt=FOR_STAFF,
    status_code=200,
    responses=refusals(RunNotFound, RunNotReady, EditedMeanwhile, PreconditionRequired),
)
async def discard_run(
    request: AnyRequest, db: Db, caller: Asking, deciding: NamedDependency[Deciding], run_id: FromPath[UUID]
) -> Response[wire.RunBody]:
    run = await deciding.discard(db, caller, run_id, expected_version(request))
    return versioned(wire.run_body(run), run.version)


@get(
    "/v1/staff/matching-runs/{run_id:uuid}/proposals",
    operation_id="listRunProposals",
    summary="What a run found for everyone who waits, and why, who has waited longest first",
    description="Also for those for whom it found nobody. Who let a proposal of staff expire without a yes, though "
    "they could have said one, has had a turn: `waited_days`, and the bonus and overdue times, count from then on. "
    "Where you have fixed or struck someone, `found` is what it was before, and who changed it.",
    tags=TAGS,
    opt=FOR_STAFF,
    responses=refusals(RunNotFound, RunNotReady),
)
async def list_proposals(
    db: Db,
    caller: Asking,
    runs: NamedDependency[Runs],
    matching: NamedDependency[Matching],
    run_id: FromPath[UUID],
    proposed: Proposed = None,
    cursor: PageCursor = None,
    limit: PageLimit = PAGE_SIZE,
) -> wire.OutcomeList:
    after = decode_cursor(cursor, tuple[int, UUID]) if cursor else None
    page = await runs.outcomes(db, caller, run_id, proposed=proposed, after=after, limit=limit)
    items = [wire.outcome_body(one, matching.criteria()) for one in page.items]
    return wire.OutcomeList(items=items, next_cursor=page.next_cursor)


@put(
    "/v1/staff/matching-runs/{run_id:uuid}/proposals/{mentee_id:uuid}",
    operation_id="fixRunProposal",
    summary="Propose this mentor to this young person, whatever comes out",
    description="Past a wish that you can read, or an absence, with a reason; past a private wish, a rule, a no or a "
    "mentor's limit never. If another proposal has the place, have the run solved again before you release it.",
    tags=TAGS,
    opt=FOR_STAFF,
    responses=refusals(
        RunNotFound,
        ProposalNotFound,
        MentorNotFound,
        RunNotReady,
        CannotBePaired,
        ReasonNeeded,
        MentorFull,
        EditedMeanwhile,
        PreconditionRequired,
    ),
)
async def fix_proposal(
    request: AnyRequest,
    data: JSONBody[wire.FixProposal],
    db: Db,
    caller: Asking,
    deciding: NamedDependency[Deciding],
    runs: NamedDependency[Runs],
    matching: NamedDependency[Matching],
    run_id: FromPath[UUID],
    mentee_id: FromPath[UUID],
) -> Response[wire.OutcomeBody]:
    version = expected_version(request)
    run, outcome = await deciding.fix(
        db, caller, run_id, version, mentee_id, mentor_id=data.mentor_id, reason=data.reason
    )
    view = await runs.view(db, run, outcome)
    return versioned(wire.outcome_body(view, matching.criteria()), run.version)


@delete(
    "/v1/staff/matching-runs/{run_id:uuid}/proposals/{mentee_id:uuid}",
    operation_id="strikeRunProposal",
    summary="Don't propose to this young person the mentor whom the run found for them",
    description="Solved again, the run may find them another.",
    tags=TAGS,
    opt=FOR_STAFF,
    status_code=200,
    responses=refusals(RunNotFound, ProposalNotFound, RunNotReady, EditedMeanwhile, PreconditionRequired),
)
async def strike_proposal(
    request: AnyRequest,
    db: Db,
    caller: Asking,
    deciding: NamedDependency[Deciding],
    run_id: FromPath[UUID],
    mentee_id: FromPath[UUID],
) -> Response[wire.RunBody]:
    run = await deciding.strike(db, caller, run_id, expected_version(request), mentee_id)
    return versioned(wire.run_body(run), run.version)


@post(
    "/v1/staff/matching-runs/{run_id:uuid}/solve",
    operation_id="solveMatchingRun",
    summary="Have everyone looked at anew, around what you fixed and struck",
    tags=TAGS,
    opt=FOR_STAFF,
    status_code=200,
    responses=refusals(RunNotFound, RunNotReady, EditedMeanwhile, PreconditionRequired),
)
async def solve_run(
    request: AnyRequest, db: Db, caller: Asking, deciding: NamedDependency[Deciding], run_id: FromPath[UUID]
) -> Response[wire.RunBody]:
    run = await deciding.solve(db, caller, run_id, expected_version(request))
    return versioned(wire.run_body(run), run.version)


@post(
    "/v1/staff/matching-runs/{run_id:uuid}/release",
    operation_id="releaseMatchingRun",
    summary="Propose everything that the run proposes, all or nothing",
    description="412 `pool_changed` says what has changed for whom since the run was solved. Repeated with the same "
    "If-Match by the one who released it, it is answered the same.",
    tags=TAGS,
    opt=FOR_STAFF,
    status_code=200,
    responses=refusals(RunNotFound, RunNotReady, RunUnsolved, PoolChanged, EditedMeanwhile, PreconditionRequired),
)
async def release_run(
    request: AnyRequest, db: Db, caller: Asking, deciding: NamedDependency[Deciding], run_id: FromPath[UUID]
) -> Response[wire.RunBody]:
    run = await deciding.release(db, caller, run_id, expected_version(request))
    return versioned(wire.run_body(run), run.version)


ROUTES = [
    start_run,
    list_runs,
    get_run,
    discard_run,
    list_proposals,
    fix_proposal,
    strike_proposal,
    solve_run,
    release_run,
]
