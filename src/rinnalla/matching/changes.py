"""What has changed since a run was solved, of all that its proposals rest on: staff release what they have looked at,
or nothing. What happened to people whom the run proposes nothing is for the next run."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.errors import FieldProblem
from rinnalla.kit.vault import WrappedKey
from rinnalla.matching import repository_runs as repository
from rinnalla.matching.criteria import CRITERIA, Criteria
from rinnalla.matching.exclusions import MENTOR_GONE
from rinnalla.matching.frozen import Freezer, own_part
from rinnalla.matching.gathering import Gathering
from rinnalla.matching.models_runs import MatchingRun, RunChoice, RunMentee, RunMentor
from rinnalla.matching.pool import MenteeSide, MentorSide
from rinnalla.matching.scoring import Contribution, Scoring
from rinnalla.pairs.service import PairHistory

MOST_TOLD = 100
SETTINGS_CHANGED = "settings_changed"
NOT_WAITING = "not_waiting"
HAS_PROPOSAL = "has_proposal"
WISHES_CHANGED = "wishes_changed"
MENTOR_CHANGED = "mentor_changed"
FULL = "full"
POINTS_CHANGED = "points_changed"


@dataclass(frozen=True, slots=True)
class _Then:
    """What the run knew of the people whom it proposes to each other, what each proposal's points were, and what staff
    looked past for which two."""

    mentees: Mapping[UUID, MenteeSide]
    mentors: Mapping[UUID, MentorSide]
    points: Mapping[UUID, Sequence[Contribution]]
    past: Mapping[tuple[UUID, UUID | None], Collection[str]]


@dataclass(frozen=True, slots=True)
class _Now:
    """`explaining` leaves out what the run had left out, so that the two can be compared; no rule is left out of
    `scoring`."""

    scoring: Scoring
    explaining: Scoring
    waiting: Collection[UUID]
    thinking: Collection[UUID]


class Changes:
    """Compares a run with the present."""

    def __init__(
        self, gathering: Gathering, history: PairHistory, freezer: Freezer, criteria: Criteria = CRITERIA
    ) -> None:
        self._gathering = gathering
        self._history = history
        self._freezer = freezer
        self._criteria = criteria

    async def since(self, db: AsyncSession, run: MatchingRun, proposals: Sequence[RunMentee]) -> list[FieldProblem]:
        """What has changed, each with a pointer to the proposal that it is about; the first hundred."""
        mentee_ids = [one.mentee_id for one in proposals]
        gathered = await self._gathering.gather(db, run.organisation_id, mentee_ids)
        scoring = Scoring(gathered.pool, gathered.in_force.settings.weights, criteria=self._criteria)
        now = _Now(
            scoring,
            scoring.without(run.failed_criteria),
            dict(await self._history.waiting(db, run.organisation_id)).keys(),
            await self._history.thinking(db, run.organisation_id, mentee_ids),
        )
        mentor_ids = {one.mentor_id for one in proposals if one.mentor_id is not None}
        mentors = await repository.mentors_in(db, run, mentor_ids)
        keys = await repository.keys_of(db, mentor_ids | set(mentee_ids))
        choices = await repository.choices(db, run, mentee_ids)
        found = [] if gathered.in_force.version == run.settings_version else [_problem(SETTINGS_CHANGED, "/settings")]
        # Criteria are arithmetic, and seals are opened: with very many proposals both would hold up the event loop.
        found += await asyncio.to_thread(
            lambda: list(_compared(proposals, self._then(run.id, proposals, mentors, keys, choices), now))
        )
        return found[:MOST_TOLD]

    def _then(
        self,
        run_id: UUID,
        proposals: Sequence[RunMentee],
        mentors: Sequence[RunMentor],
        keys: Mapping[UUID, WrappedKey],
        choices: Sequence[RunChoice],
    ) -> _Then:
        here = [(keys[one.mentee_id], one) for one in proposals if one.mentee_id in keys]
        return _Then(
            {one.mentee_id: self._freezer.mentee(key, run_id, one.mentee_id, one.side) for key, one in here},
            {
                one.mentor_id: self._freezer.mentor(keys[one.mentor_id], run_id, one.mentor_id, one.side)
                for one in mentors
                if one.mentor_id in keys
            },
            {one.mentee_id: self._freezer.open_reasons(key, run_id, one.mentee_id, one.reasons) for key, one in here},
            {(one.mentee_id, one.mentor_id): one.past for one in choices},
        )


def _compared(proposals: Sequence[RunMentee], then: _Then, now: _Now) -> Iterator[FieldProblem]:
    pool = now.scoring.pool
    mentees = {side.account_id: place for place, side in enumerate(pool.mentees)}
    mentors = {side.account_id: place for place, side in enumerate(pool.mentors)}
    wanted = Counter(one.mentor_id for one in proposals)
    places = [(mentees.get(one.mentee_id), mentors.get(one.mentor_id) if one.mentor_id else None) for one in proposals]
    ruled_out = _ruled_out(now.scoring, places)
    for number, (one, (mentee, mentor)) in enumerate(zip(proposals, places, strict=True)):
        codes = [
            *_of_mentee(one, None if mentee is None else pool.mentees[mentee], then, now),
            *_of_mentor(one, None if mentor is None else pool.mentors[mentor], then, wanted[one.mentor_id]),
            *ruled_out.get(number, ()),
            *_of_points(one, (mentee, mentor), then, now),
        ]
        allowed = then.past.get((one.mentee_id, one.mentor_id), ())
        yield from (
            _problem(code, f"/proposals/{one.mentee_id}") for code in dict.fromkeys(codes) if code not in allowed
        )


def _ruled_out(scoring: Scoring, places: Sequence[tuple[int | None, int | None]]) -> dict[int, tuple[str, ...]]:
    """What rules out the proposals whose two are still in the pool, by number."""
    numbers = [number for number, two in enumerate(places) if None not in two]
    mentee, mentor = (np.array([places[number][side] for number in numbers], dtype=np.int32) for side in (0, 1))
    return {numbers[place]: codes for place, codes in scoring.ruled_out_by(mentee, mentor).items()}


def _of_mentee(one: RunMentee, side: MenteeSide | None, then: _Then, now: _Now) -> Iterator[str]:
    if side is None or one.mentee_id not in now.waiting:
        yield NOT_WAITING
    elif one.mentee_id in now.thinking:
        yield HAS_PROPOSAL
    elif own_part(side) != then.mentees.get(one.mentee_id):
        yield WISHES_CHANGED


def _of_points(one: RunMentee, places: tuple[int | None, int | None], then: _Then, now: _Now) -> Iterator[str]:
    mentee, mentor = places
    if mentee is None or mentor is None:
        return
    if now.explaining.contributions(mentee, mentor) != tuple(then.points.get(one.mentee_id, ())):
        yield POINTS_CHANGED


def _of_mentor(one: RunMentee, side: MentorSide | None, then: _Then, wanted: int) -> Iterator[str]:
    known = then.mentors.get(one.mentor_id) if one.mentor_id else None
    if side is None or known is None:
        yield MENTOR_GONE
        return
    if _lasting(side) != _lasting(known):
        yield MENTOR_CHANGED
    if wanted > side.capacity - side.open_pairs:
        yield FULL


def _lasting(side: MentorSide) -> object:
    """What staff can read that proposals rest on. Whether there is room, whether the mentor is away, and whether what
    they said in private rules the two out, is looked at by itself."""
    return replace(
        side,
        cannot_carry=frozenset(),
        mentee_age_min=None,
        mentee_age_max=None,
        never=frozenset(),
        capacity=0,
        open_pairs=0,
        away_from=None,
        away_until=None,
    )


def _problem(code: str, pointer: str) -> FieldProblem:
    return FieldProblem(code=code, pointer=pointer)
