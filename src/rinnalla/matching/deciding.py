"""What staff decide in a run that is ready: whom to propose to whom whatever comes out, whom not, and what becomes of
the run. Each decision moves the run's version, so that two who decide at once learn of each other."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit import database, events
from rinnalla.kit.caller import Caller
from rinnalla.kit.errors import EditedMeanwhile, FieldProblem
from rinnalla.kit.events import Event
from rinnalla.kit.limits import Limits
from rinnalla.kit.trail import AuditAction, record
from rinnalla.matching import repository_runs as repository
from rinnalla.matching.changes import MOST_TOLD, Changes
from rinnalla.matching.errors import PoolChanged, ProposalNotFound, RunNotFound, RunNotReady, RunUnsolved
from rinnalla.matching.frozen import Freezer
from rinnalla.matching.gathering import Gathering
from rinnalla.matching.machine import RUN_CHANGED
from rinnalla.matching.models_runs import MatchingRun, RunChoice, RunMentee
from rinnalla.matching.runs import RUNS
from rinnalla.matching.scoring import Explanation, explain
from rinnalla.matching.stages import ChoiceKind, Outcome, RunState
from rinnalla.pairs.errors import CannotBePaired, MentorFull, ReasonNeeded
from rinnalla.pairs.service import MAY_LOOK_PAST, NotProposed, Pair, Pairs, Proposing, Two
from rinnalla.profiles.errors import MentorNotFound

RELEASE_SECONDS = 60
"""For 10,000 proposals, which are all or none; other transactions have 15."""


class Deciding:
    """For the staff of a programme."""

    def __init__(
        self,
        gathering: Gathering,
        changes: Changes,
        proposing: Proposing,
        pairs: Pairs,
        freezer: Freezer,
        limits: Limits,
    ) -> None:
        self._gathering = gathering
        self._changes = changes
        self._proposing = proposing
        self._pairs = pairs
        self._freezer = freezer
        self._limits = limits

    async def fix(
        self,
        db: AsyncSession,
        caller: Caller,
        run_id: UUID,
        version: int,
        mentee_id: UUID,
        *,
        mentor_id: UUID,
        reason: str | None,
    ) -> tuple[MatchingRun, RunMentee]:
        """Propose this mentor to this young person, whatever comes out. What rules the two out can be looked past with
        a reason where it is a wish that staff can read. A reason is kept in any case.

        Raises: RunNotFound, RunNotReady, EditedMeanwhile, ProposalNotFound, MentorNotFound, CannotBePaired, MentorFull,
        ReasonNeeded.
        """
        run = await self._open(db, caller, run_id, version)
        outcome = await repository.outcome_of(db, run, mentee_id)
        if outcome is None:
            raise ProposalNotFound
        if await repository.mentor_in(db, run, mentor_id) is None:
            raise MentorNotFound
        key = (await repository.keep(db, {mentee_id, mentor_id, outcome.mentor_id or mentor_id})).get(mentee_id)
        if key is None:
            raise ProposalNotFound
        explained, free = await self._look(db, run, mentee_id, mentor_id)
        past = _looked_past(explained, reason)
        await repository.note_found(db, caller, outcome)
        await repository.drop_choices(db, run, mentee_id, mentor_id)
        if await repository.fixed_with(db, run, mentor_id) >= free:
            raise MentorFull
        said = (reason or "").strip()
        why = self._freezer.why(key, run.id, mentee_id, said) if said else None
        await repository.add(
            db,
            RunChoice(
                run_id=run.id,
                mentee_id=mentee_id,
                mentor_id=mentor_id,
                kind=ChoiceKind.FIXED,
                past=past,
                reason=why,
                chosen_by=caller.account_id,
            ),
        )
        outcome.outcome, outcome.mentor_id, outcome.points = Outcome.PROPOSED, mentor_id, explained.points
        outcome.reasons = self._freezer.reasons(key, run.id, mentee_id, list(explained.contributions))
        await db.flush()
        run.unsolved = run.unsolved or await repository.proposals_of_mentor(db, run, mentor_id) > free
        await self._decided(db, caller, run, AuditAction.RUN_DECIDED)
        return run, outcome

    async def strike(
        self, db: AsyncSession, caller: Caller, run_id: UUID, version: int, mentee_id: UUID
    ) -> MatchingRun:
        """Don't propose to this young person the mentor who was found for them. Solved again, the run may find another.

        Raises: RunNotFound, RunNotReady, EditedMeanwhile, ProposalNotFound.
        """
        run = await self._open(db, caller, run_id, version)
        outcome = await repository.outcome_of(db, run, mentee_id)
        if outcome is None or outcome.mentor_id is None:
            raise ProposalNotFound
        two = {mentee_id, outcome.mentor_id}
        if (await repository.keep(db, two)).keys() != two:
            raise ProposalNotFound
        await repository.note_found(db, caller, outcome)
        await repository.drop_choices(db, run, mentee_id, outcome.mentor_id)
        struck = RunChoice(
            run_id=run.id,
            mentee_id=mentee_id,
            mentor_id=outcome.mentor_id,
            kind=ChoiceKind.STRUCK,
            chosen_by=caller.account_id,
        )
        await repository.add(db, struck)
        outcome.outcome, outcome.mentor_id, outcome.points, outcome.reasons = Outcome.STRUCK, None, 0, None
        await self._decided(db, caller, run, AuditAction.RUN_DECIDED)
        return run

    async def solve(self, db: AsyncSession, caller: Caller, run_id: UUID, version: int) -> MatchingRun:
        """Look at everyone anew, around what is fixed and struck. A run that failed is tried again.

        Raises: RunNotFound, RunNotReady, EditedMeanwhile, TooManyRequests.
        """
        run = await self._open(db, caller, run_id, version, RunState.READY, RunState.FAILED)
        await self._limits.take_within(db, RUNS, [caller.home])
        run.state, run.failure, run.tries = RunState.QUEUED, None, 0
        run.version += 1
        await db.flush()
        await record(db, caller, AuditAction.RUN_SOLVED, run.id)
        return run

    async def discard(self, db: AsyncSession, caller: Caller, run_id: UUID, version: int) -> MatchingRun:
        """Let nothing come of a run, solved or not. Raises: RunNotFound, RunNotReady, EditedMeanwhile."""
        still_open = (RunState.QUEUED, RunState.SOLVING, RunState.READY, RunState.FAILED)
        run = await self._open(db, caller, run_id, version, *still_open)
        run.state, run.failure, run.phase, run.held_by, run.held_until = RunState.DISCARDED, None, None, None, None
        await self._decided(db, caller, run, AuditAction.RUN_DISCARDED)
        return run

    async def release(self, db: AsyncSession, caller: Caller, run_id: UUID, version: int) -> MatchingRun:
        """Propose everything that the run proposes, all or nothing. Who repeats it is answered the same.

        Raises: RunNotFound, RunNotReady (another was faster), EditedMeanwhile, RunUnsolved, PoolChanged.
        """
        await database.allow(db, RELEASE_SECONDS)
        run = await self._locked(db, caller, run_id)
        if run.state == RunState.RELEASED and (run.released_by, run.version) == (caller.account_id, version + 1):
            return run
        _check(run, version, RunState.READY)
        if run.unsolved:
            raise RunUnsolved
        await self._proposing.take_turn(db, caller)
        proposals = await repository.proposed(db, run)
        changed = await self._changes.since(db, run, proposals)
        if len(proposals) != run.proposals:  # nobody is named who is no more
            changed.insert(0, FieldProblem(code="people_left", pointer="/proposals"))
        if changed:
            raise PoolChanged(*changed)
        made, news = await self._put_forward(db, caller, run, proposals)
        run.state, run.released_at, run.released_by = RunState.RELEASED, await database.now(db), caller.account_id
        run.proposals = len(made)
        news += await self._pairs.news(db, made)
        await self._decided(db, caller, run, AuditAction.RUN_RELEASED, news)
        return run

    async def _reasons(self, db: AsyncSession, run: MatchingRun, proposals: Sequence[RunMentee]) -> dict[Two, str]:
        """Why staff looked past what keeps two apart whom they fixed."""
        choices = await repository.choices(db, run, [one.mentee_id for one in proposals])
        keys = await repository.keys_of(db, [one.mentee_id for one in choices if one.past])
        opened = {
            Two(one.mentee_id, one.mentor_id): self._freezer.open_why(
                keys[one.mentee_id], run.id, one.mentee_id, one.reason
            )
            for one in choices
            if one.past and one.mentee_id in keys
        }
        return {two: why for two, why in opened.items() if why is not None}

    async def _put_forward(
        self, db: AsyncSession, caller: Caller, run: MatchingRun, proposals: Sequence[RunMentee]
    ) -> tuple[list[Pair], list[Event]]:
        reasons = await self._reasons(db, run, proposals)
        twos = [Two(one.mentee_id, one.mentor_id) for one in proposals if one.mentor_id is not None]
        try:
            made, news = await self._proposing.put_forward_all(db, caller, twos, reasons)
        except NotProposed as nobody:
            told = list(nobody.refusals.items())[:MOST_TOLD]
            problems = (FieldProblem(code=why.code, pointer=f"/proposals/{two.mentee_id}") for two, why in told)
            raise PoolChanged(*problems) from nobody
        await repository.note_pairs(db, run, made)
        return made, news

    async def _look(
        self, db: AsyncSession, run: MatchingRun, mentee_id: UUID, mentor_id: UUID
    ) -> tuple[Explanation, int]:
        """The two as they are now, and how many free places the mentor has. Raises: ProposalNotFound, MentorNotFound
        (one of them has left meanwhile)."""
        gathered = await self._gathering.gather(db, run.organisation_id, [mentee_id])
        pool = gathered.pool
        place = next((place for place, side in enumerate(pool.mentors) if side.account_id == mentor_id), None)
        if not pool.mentees:
            raise ProposalNotFound
        if place is None:
            raise MentorNotFound
        explained = explain(pool, gathered.in_force.settings.weights, 0, place, left_out=run.failed_criteria)
        return explained, pool.mentors[place].capacity - pool.mentors[place].open_pairs

    async def _open(
        self, db: AsyncSession, caller: Caller, run_id: UUID, version: int, *states: RunState
    ) -> MatchingRun:
        run = await self._locked(db, caller, run_id)
        _check(run, version, *(states or (RunState.READY,)))
        return run

    async def _locked(self, db: AsyncSession, caller: Caller, run_id: UUID) -> MatchingRun:
        run = await repository.run(db, caller, run_id, lock=True)
        if run is None:
            raise RunNotFound
        return run

    async def _decided(
        self, db: AsyncSession, caller: Caller, run: MatchingRun, action: AuditAction, news: list[Event] | None = None
    ) -> None:
        run.version += 1
        await db.flush()
        if action != AuditAction.RUN_RELEASED:
            run.proposals, run.points = await repository.count_proposals(db, run)
        await record(db, caller, action, run.id)
        starter = {run.started_by} - {None, caller.account_id}
        told = [Event(one, RUN_CHANGED, {"run_id": str(run.id)}) for one in starter if one is not None]
        await events.append(db, [*(news or []), *told])


def _check(run: MatchingRun, version: int, *states: RunState) -> None:
    """Raises: RunNotReady, EditedMeanwhile."""
    if run.state not in states:
        raise RunNotReady(run.state)
    if run.version != version:
        raise EditedMeanwhile


def _looked_past(explained: Explanation, reason: str | None) -> list[str]:
    """What is looked past. Raises: CannotBePaired, MentorFull, ReasonNeeded."""
    past = list(explained.ruled_out_by)
    if "full" in past:
        raise MentorFull
    if never := [code for code in past if code not in MAY_LOOK_PAST]:
        raise CannotBePaired(*(FieldProblem(code=code, pointer="/mentor_id") for code in never))
    if past and not (reason or "").strip():
        raise ReasonNeeded(*(FieldProblem(code=code, pointer="/reason") for code in past))
    return past
