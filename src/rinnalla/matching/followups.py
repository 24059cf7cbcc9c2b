"""When a proposal comes to nothing, the place that is free again goes to whoever comes next, and
the young person to the mentor who comes next: as suggestions to staff, who know more than a list does. Nobody is
proposed to anybody by a machine alone, least of all someone who has just heard a no.

That something is to be followed up is noted in the transaction in which the pair moved, once for each pair and kind;
who comes next is looked for by a job, wherever a process lives.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Account, Accounts
from rinnalla.kit import database, events, log
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import Database
from rinnalla.kit.errors import EditedMeanwhile, FieldProblem, Unavailable
from rinnalla.kit.events import Event
from rinnalla.kit.jobs import Task
from rinnalla.kit.pages import Page, cut
from rinnalla.matching import repository_followups as repository
from rinnalla.matching import repository_runs
from rinnalla.matching.changes import HAS_PROPOSAL, NOT_WAITING, POINTS_CHANGED
from rinnalla.matching.criteria import CRITERIA, Criteria
from rinnalla.matching.errors import FollowUpNotFound, FollowUpSettled, PoolChanged
from rinnalla.matching.exclusions import MENTOR_GONE
from rinnalla.matching.fairness import Turns, worth
from rinnalla.matching.frozen import Freezer
from rinnalla.matching.gathering import Gathered, Gathering
from rinnalla.matching.models_followups import FollowUp
from rinnalla.matching.pool import Pool, with_only
from rinnalla.matching.preparing import days_since, turns_of
from rinnalla.matching.scoring import Contribution, Explanation, Scoring
from rinnalla.matching.stages import FollowUpKind, FollowUpState
from rinnalla.pairs.service import Answer, Pair, PairHistory, Pairs, PairState, Proposing, Two

SETTLED = frozenset({FollowUpState.PROPOSED, FollowUpState.DISMISSED})


@dataclass(frozen=True, slots=True)
class FollowUpView:
    """A suggestion with names; a name is None for whom there is not (yet, or any more)."""

    follow_up: FollowUp
    mentee_name: str | None
    mentor_name: str | None
    contributions: Sequence[Contribution]


class FollowUps:
    """Notes, looks, and asks staff."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        gathering: Gathering,
        history: PairHistory,
        proposing: Proposing,
        pairs: Pairs,
        freezer: Freezer,
        criteria: Criteria = CRITERIA,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._gathering = gathering
        self._history = history
        self._proposing = proposing
        self._pairs = pairs
        self._freezer = freezer
        self._criteria = criteria

    async def pair_moved(self, db: AsyncSession, pair: Pair, was: PairState | None, now: PairState) -> Sequence[Event]:
        """Note what is to be followed up: see `PairObserver`."""
        if was == PairState.PROPOSED:
            await repository.note(db, pair.organisation_id, pair.id, _for_whom(pair, now))
        return ()

    async def leaves(self, db: AsyncSession, account: Account) -> None:
        """Someone is about to be erased, whose account is locked; to be called before their pairs go. Of a proposal
        that is open, the one who stays is followed up."""
        for pair in await self._pairs.lock_pairs_of(db, account.id):
            if pair.state != PairState.PROPOSED:
                continue
            stays = {FollowUpKind.PLACE: pair.mentor_id}
            if account.role == Role.MENTOR:
                stays = {FollowUpKind.PERSON: pair.mentee_id}
            await repository.note(db, pair.organisation_id, pair.id, stays)

    def tasks(self) -> tuple[Task[FollowUp], ...]:
        """What a job does: look for who comes next."""
        return (Task("follow_ups", FollowUp.id, repository.due, self._look),)

    async def page(
        self, db: AsyncSession, caller: Caller, state: FollowUpState | None, after: UUID | None, limit: int
    ) -> Page[FollowUpView]:
        """The follow-ups of the caller's programme, oldest first."""
        page = cut(await repository.follow_ups(db, caller, state, after, limit + 1), limit, "id")
        return Page(await self._views(db, page.items), page.next_cursor)

    async def propose(self, caller: Caller, follow_up_id: UUID, version: int) -> FollowUpView:
        """Propose the two to each other, if they fit as staff saw it; if not, have it looked at anew, in a transaction
        that stays.

        Raises: FollowUpNotFound, FollowUpSettled, EditedMeanwhile, PoolChanged, and as `Proposing.put_forward`.
        """
        async with self._database.unit_of_work() as db:
            await self._proposing.take_turn(db, caller)
            await self._keep(db, caller, follow_up_id)
            one = await self._open(db, caller, follow_up_id, version)
            if one.state != FollowUpState.OPEN or one.mentee_id is None or one.mentor_id is None:
                raise FollowUpSettled(one.state)
            two = Two(one.mentee_id, one.mentor_id)
            if not (changed := await self._changed(db, one, two)):
                return await self._propose(db, caller, one, two)
            one.state, one.with_id, one.points, one.reasons = FollowUpState.DUE, None, 0, None
            one.version += 1
        raise PoolChanged(*changed)

    async def dismiss(self, db: AsyncSession, caller: Caller, follow_up_id: UUID, version: int) -> FollowUpView:
        """Leave it to the next run. Raises: FollowUpNotFound, FollowUpSettled, EditedMeanwhile."""
        one = await self._open(db, caller, follow_up_id, version)
        return await self._settle(db, caller, one, FollowUpState.DISMISSED)

    async def _keep(self, db: AsyncSession, caller: Caller, follow_up_id: UUID) -> None:
        """Keep the two from leaving before the row is locked that speaks of them: that is leaving's order too."""
        seen = await repository.follow_up(db, caller, follow_up_id)
        if seen is not None and seen.mentee_id is not None and seen.mentor_id is not None:
            await self._accounts.active_people(db, caller.home, Role.MENTEE, [seen.mentee_id])
            await self._accounts.active_people(db, caller.home, Role.MENTOR, [seen.mentor_id])

    async def _open(self, db: AsyncSession, caller: Caller, follow_up_id: UUID, version: int) -> FollowUp:
        one = await repository.follow_up(db, caller, follow_up_id, lock=True)
        if one is None:
            raise FollowUpNotFound
        if one.state in SETTLED:
            raise FollowUpSettled(one.state)
        if one.version != version:
            raise EditedMeanwhile
        return one

    async def _propose(self, db: AsyncSession, caller: Caller, one: FollowUp, two: Two) -> FollowUpView:
        pair, news = await self._proposing.put_forward(db, caller, two)
        one.new_pair_id = pair.id
        view = await self._settle(db, caller, one, FollowUpState.PROPOSED)
        await events.append(db, [*news, *await self._pairs.news(db, [pair])])
        return view

    async def _changed(self, db: AsyncSession, one: FollowUp, two: Two) -> list[FieldProblem]:
        """What is not as it was when the two were found, with pointers into what staff were shown."""
        gathered = await self._gathering.gather(db, one.organisation_id, [two.mentee_id])
        waiting = dict(await self._history.waiting(db, one.organisation_id))
        key = (await repository_runs.keys_of(db, [two.mentee_id])).get(two.mentee_id)
        if two.mentee_id not in waiting or not gathered.pool.mentees or key is None:
            return [FieldProblem(code=NOT_WAITING, pointer="/mentee")]
        if await self._history.thinking(db, one.organisation_id, [two.mentee_id]):
            return [FieldProblem(code=HAS_PROPOSAL, pointer="/mentee")]
        pool = with_only(gathered.pool, two.mentor_id)
        if not pool.mentors:
            return [FieldProblem(code=MENTOR_GONE, pointer="/mentor")]
        explained = self._scoring(gathered, pool).explain(0, 0)
        found = [FieldProblem(code=code, pointer="/mentor") for code in explained.ruled_out_by]
        shown = self._freezer.open_reasons(key, one.id, two.mentee_id, one.reasons)
        if list(explained.contributions) != shown:
            found.append(FieldProblem(code=POINTS_CHANGED, pointer="/score"))
        return found

    async def _settle(self, db: AsyncSession, caller: Caller, one: FollowUp, state: FollowUpState) -> FollowUpView:
        one.state, one.settled_by, one.settled_at = state, caller.account_id, await database.now(db)
        one.version += 1
        await db.flush()
        return (await self._views(db, [one]))[0]

    async def _look(self, db: AsyncSession, one: FollowUp) -> None:
        spoken_of = await repository.offered(db, one.organisation_id)
        since = dict(await self._history.waiting(db, one.organisation_id))
        for mentee_id in await self._history.thinking(db, one.organisation_id, since.keys()) | spoken_of:
            since.pop(mentee_id, None)
        wanted = since.keys() if one.kind == FollowUpKind.PLACE else since.keys() & {one.for_id}
        gathered = await self._gathering.gather(db, one.organisation_id, wanted)
        waited = [days_since(since[side.account_id], gathered) for side in gathered.pool.mentees]
        if one.kind == FollowUpKind.PLACE:
            gathered = replace(gathered, pool=with_only(gathered.pool, one.for_id))
        not_again = await self._history.two(db, one.pair_id) if one.pair_id else None
        # Criteria are arithmetic: with very many who wait they would hold up the event loop.
        scoring = self._scoring(gathered, gathered.pool)
        best = await asyncio.to_thread(_next, scoring, turns_of(gathered.in_force), waited, not_again)
        one.version += 1
        one.failed_criteria = list(scoring.failed)
        if one.failed_criteria:
            log.warning("criteria_failed", reason=",".join(one.failed_criteria))
        if best is None:
            one.state = FollowUpState.NOBODY
            return
        mentee_id, mentor_id, explained = best
        keys = await repository_runs.keep(db, [mentee_id, mentor_id], wait=False)
        if keys.keys() != {mentee_id, mentor_id}:
            raise Unavailable  # one of them is just leaving: looked at again a little later
        one.state, one.points = FollowUpState.OPEN, explained.points
        one.with_id = mentee_id if one.kind == FollowUpKind.PLACE else mentor_id
        one.reasons = self._freezer.reasons(keys[mentee_id], one.id, mentee_id, list(explained.contributions))

    def _scoring(self, gathered: Gathered, pool: Pool) -> Scoring:
        return Scoring(pool, gathered.in_force.settings.weights, criteria=self._criteria)

    async def _views(self, db: AsyncSession, found: Sequence[FollowUp]) -> list[FollowUpView]:
        people = {one for each in found for one in (each.mentee_id, each.mentor_id) if one is not None}
        names = await self._accounts.names(db, people)
        keys = await repository_runs.keys_of(db, people)
        return [
            FollowUpView(
                follow_up=one,
                mentee_name=names.get(one.mentee_id) if one.mentee_id else None,
                mentor_name=names.get(one.mentor_id) if one.mentor_id else None,
                contributions=self._freezer.open_reasons(keys[one.mentee_id], one.id, one.mentee_id, one.reasons)
                if one.mentee_id in keys and one.mentee_id is not None
                else [],
            )
            for one in found
        ]


def _for_whom(pair: Pair, now: PairState) -> dict[FollowUpKind, UUID]:
    """Who is followed up when a proposal has come to nothing. A mentor who says not now keeps the place to themselves,
    and a young person who says so is left in peace. What staff take back is theirs to follow up; what nobody took back
    was of a mentor who is kept out, or of two between whom something private has come."""
    place, person = {FollowUpKind.PLACE: pair.mentor_id}, {FollowUpKind.PERSON: pair.mentee_id}
    match now, pair.closed_by_role:
        case PairState.DECLINED, Role.MENTOR if pair.answer == Answer.NOT_NOW:
            return person
        case PairState.DECLINED, Role.MENTEE if pair.answer == Answer.NOT_NOW:
            return place
        case ((PairState.DECLINED | PairState.EXPIRED), _):
            return place | person
        case PairState.WITHDRAWN, None:
            return person
        case _:
            return {}


def _next(
    scoring: Scoring, turns: Turns, waited: list[int], not_again: Two | None
) -> tuple[UUID, UUID, Explanation] | None:
    """The best pair of these people, by the rules of a run; other than the two it follows, who may yet be proposed to
    each other when nobody answered in time. Among equals it is who has waited longest, then the mentor with more
    room."""
    pool = scoring.pool
    found = worth(scoring.candidates(), np.array(waited, dtype=np.int32), turns)
    possible = [
        (int(value), waited[mentee], pool.mentors[mentor].capacity - pool.mentors[mentor].open_pairs, -mentor, -mentee)
        for mentee, mentor, value in zip(
            found.mentee.tolist(), found.mentor.tolist(), found.value.tolist(), strict=True
        )
        if Two(pool.mentees[mentee].account_id, pool.mentors[mentor].account_id) != not_again
    ]
    if not possible:
        return None
    *_, mentor, mentee = max(possible)
    explained = scoring.explain(-mentee, -mentor)
    return pool.mentees[-mentee].account_id, pool.mentors[-mentor].account_id, explained
