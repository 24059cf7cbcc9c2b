"""Pairs over HTTP, and how they begin. Who may take a step is what `lifecycle` says."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from rinnalla.chat.errors import ThreadBlocked
from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.pages import PAGE_SIZE, decode_cursor
from rinnalla.kit.params import PageCursor, PageLimit
from rinnalla.pairs import schemas as wire
from rinnalla.pairs.errors import (
    AlreadyAccepted,
    AlreadyPaired,
    CannotBePaired,
    ExpectationsMissing,
    ExpectationsNotSeen,
    MenteeNotFound,
    MentorAway,
    MentorFull,
    MentorUnavailable,
    OnYourList,
    PairNotFound,
    PairNotOpen,
    PartedBefore,
    ProgrammeMatches,
    ProposalOpen,
    ReasonNeeded,
)
from rinnalla.pairs.lifecycle import WAYS
from rinnalla.pairs.models import PairState, Step
from rinnalla.pairs.routes_closing import CLOSING_ROUTES
from rinnalla.pairs.routes_expectations import EXPECTATION_ROUTES
from rinnalla.pairs.routes_farewell import FAREWELL_ROUTES
from rinnalla.pairs.routes_trial import TRIAL_ROUTES
from rinnalla.pairs.routes_waiting import WAITING_ROUTES
from rinnalla.pairs.service import Beginnings, Pairs, Proposals
from rinnalla.profiles.errors import MentorNotFound

FOR_MEMBERS_AND_STAFF = only(Role.MENTEE, Role.MENTOR, Role.STAFF)
TAGS = ["Matching"]
# Litestar keeps the name `state` to itself.
StateFilter = Annotated[PairState | None, QueryParameter(name="state", description="Only pairs in this state")]


@post(
    "/v1/pairs",
    operation_id="createPair",
    summary="Propose a pair (staff; young people, where the programme allows it), or write to a mentor directly",
    description="A proposal takes one of the mentor's places and waits for both to accept, until `expires_at`. 409 "
    "`reason_needed` names wishes, or an absence, that staff may look past with a `reason`. A young person proposes "
    "to one mentor at a time where the programme's settings say `mentees_may_propose`; where young people choose, who "
    "writes to a mentor is in trial with them at once. What is told as `mentor_unavailable` stays so for 30 days.",
    tags=TAGS,
    opt=only(*WAYS[Step.PROPOSE].who),
    responses=refusals(
        MenteeNotFound,
        MentorNotFound,
        ProgrammeMatches,
        AlreadyPaired,
        PartedBefore,
        CannotBePaired,
        ReasonNeeded,
        MentorFull,
        MentorAway,
        OnYourList,
        ThreadBlocked,
        MentorUnavailable,
        ProposalOpen,
    ),
)
async def create_pair(
    data: JSONBody[wire.BringTogether], db: Db, caller: Asking, beginnings: NamedDependency[Beginnings]
) -> wire.PairBody:
    made = await beginnings.bring_together(
        db, caller, mentor_id=data.mentor_id, mentee_id=data.mentee_id, reason=data.reason
    )
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


@get(
    "/v1/pairs/{pair_id:uuid}/steps",
    operation_id="listPairSteps",
    summary="What happened to a pair, in order",
    tags=TAGS,
    opt=FOR_MEMBERS_AND_STAFF,
    responses=refusals(PairNotFound),
)
async def list_pair_steps(
    db: Db, caller: Asking, pairs: NamedDependency[Pairs], pair_id: FromPath[UUID]
) -> wire.StepList:
    return wire.StepList(items=[wire.step_body(one) for one in await pairs.history(db, caller, pair_id)])


@post(
    "/v1/pairs/{pair_id:uuid}/acceptance",
    operation_id="acceptPair",
    summary="Say yes to a proposed pair; when both have, they can talk, and their trial begins",
    description="Say which version of the other's expectations you have read. A yes stands only as long as the other "
    "does not change them: then it has to be said anew. A proposal that can't lead to a pair any more is withdrawn.",
    tags=TAGS,
    opt=only(*WAYS[Step.ACCEPT].who),
    status_code=200,
    responses=refusals(PairNotFound, AlreadyAccepted, PairNotOpen, ExpectationsMissing, ExpectationsNotSeen),
)
async def accept_pair(
    data: JSONBody[wire.AcceptPair],
    db: Db,
    caller: Asking,
    proposals: NamedDependency[Proposals],
    pair_id: FromPath[UUID],
) -> wire.PairBody:
    return wire.pair_body(await proposals.accept(db, caller, pair_id, data.expectations_seen))


@post(
    "/v1/pairs/{pair_id:uuid}/decline",
    operation_id="declinePair",
    summary="Say no, or not now, to a proposed pair",
    tags=TAGS,
    opt=only(*WAYS[Step.DECLINE].who),
    status_code=200,
    responses=refusals(PairNotFound, PairNotOpen),
)
async def decline_pair(
    data: JSONBody[wire.DeclinePair],
    db: Db,
    caller: Asking,
    proposals: NamedDependency[Proposals],
    pair_id: FromPath[UUID],
) -> wire.PairBody:
    return wire.pair_body(await proposals.decline(db, caller, pair_id, data.answer, data.reason))


@post(
    "/v1/pairs/{pair_id:uuid}/withdrawal",
    operation_id="withdrawPair",
    summary="Take a proposal back",
    tags=TAGS,
    opt=only(*WAYS[Step.WITHDRAW].who),
    status_code=200,
    responses=refusals(PairNotFound, PairNotOpen),
)
async def withdraw_pair(
    db: Db, caller: Asking, proposals: NamedDependency[Proposals], pair_id: FromPath[UUID]
) -> wire.PairBody:
    return wire.pair_body(await proposals.withdraw(db, caller, pair_id))


ROUTES = [
    *WAITING_ROUTES,
    create_pair,
    list_pairs,
    get_pair,
    list_pair_steps,
    accept_pair,
    decline_pair,
    withdraw_pair,
    *EXPECTATION_ROUTES,
    *TRIAL_ROUTES,
    *CLOSING_ROUTES,
    *FAREWELL_ROUTES,
]
