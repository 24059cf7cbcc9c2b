"""All mentors of a pool, judged for one young person: in order, and what would change the order. No I/O."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from rinnalla.matching.criteria import CRITERIA, Criteria
from rinnalla.matching.features import Features
from rinnalla.matching.pool import MentorSide, Pool
from rinnalla.matching.scoring import Explanation, Scoring

RUNNERS_UP = 5
"""How many of those behind the first are asked what would bring them first."""


class ChangeKind(StrEnum):
    """`without_criterion`: if the programme gave it no weight. `one_more_met`: if the mentor met one more thing."""

    WITHOUT_CRITERION = "without_criterion"
    ONE_MORE_MET = "one_more_met"


@dataclass(frozen=True, slots=True)
class Change:
    """The smallest change of a kind after which `mentor` comes first. `value`: what the mentor would meet."""

    kind: ChangeKind
    criterion: str
    mentor: int
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """Indexes into the pool's mentors: the best first, those of them who are shown with why they have their points, and
    those who are ruled out, with what may be told of why."""

    order: Sequence[int]
    explained: Mapping[int, Explanation]
    excluded: Mapping[int, tuple[str, ...]]
    failed: tuple[str, ...]
    changes: Sequence[Change]


class Judging:
    """Judges the one mentee of a pool."""

    def __init__(self, pool: Pool, weights: Mapping[str, int], criteria: Criteria = CRITERIA) -> None:
        self._pool = pool
        self._weights = weights
        self._criteria = criteria
        self._scoring = Scoring(pool, weights, criteria=criteria)

    def rank(self, skip: int = 0, limit: int | None = None) -> Ranking:
        """Everyone, and `limit` of them after the first `skip` with why. The order depends on nothing but the pool and
        the weights: points, then who has fewer pairs, then who is here longest (ids grow with time). A criterion that
        fails, be it only as it is to say why, is left out of all of it."""
        while True:
            failed = self._scoring.failed
            excluded = self._scoring.exclusions(0)
            order = self._order(self._scoring)
            shown = order[skip:] if limit is None else order[skip : skip + limit]
            explained = {index: self.explain(index) for index in shown}
            changes = [*self._without_one(order), *self._with_one_more(order)] if len(order) > 1 else []
            if self._scoring.failed == failed:
                return Ranking(order, explained, excluded, failed, changes)

    def explain(self, mentor_index: int) -> Explanation:
        """Why a mentor has the points they have."""
        return self._scoring.explain(0, mentor_index)

    def _order(self, scoring: Scoring) -> list[int]:
        found = scoring.candidates()
        mentors = self._pool.mentors
        points = dict(zip(found.mentor.tolist(), found.points.tolist(), strict=True))
        return sorted(points, key=lambda index: _key(points[index], mentors[index]))

    def _without_one(self, order: Sequence[int]) -> Iterator[Change]:
        for criterion in self._criteria.soft:
            if not self._weights.get(criterion.name) or criterion.name in self._scoring.failed:
                continue
            weights = {**self._weights, criterion.name: 0}
            first = self._order(self._again(self._pool, weights, self._scoring.features))[0]
            if first != order[0]:
                yield Change(ChangeKind.WITHOUT_CRITERION, criterion.name, first)

    def _with_one_more(self, order: Sequence[int]) -> Iterator[Change]:
        leader = self._pool.mentors[order[0]]
        to_beat = _key(self.explain(order[0]).points, leader)
        for index in order[1 : 1 + RUNNERS_UP]:
            if change := next(self._ways_up(index, to_beat), None):
                yield change

    def _ways_up(self, index: int, to_beat: tuple[int, int, object]) -> Iterator[Change]:
        mentee, mentor = self._pool.mentees[0], self._pool.mentors[index]
        for criterion in self._criteria.soft:
            if criterion.nearer is None or criterion.name in self._scoring.failed:
                continue
            for value, nearer in self._scoring.nearer(criterion, mentee, mentor):
                alone = self._again(replace(self._pool, mentors=(nearer,)), self._weights)
                if _key(alone.explain(0, 0).points, nearer) < to_beat:
                    yield Change(ChangeKind.ONE_MORE_MET, criterion.name, index, value)

    def _again(self, pool: Pool, weights: Mapping[str, int], features: Features | None = None) -> Scoring:
        left_out = self._scoring.failed
        return Scoring(pool, weights, criteria=self._criteria, left_out=left_out, features=features)


def _key(points: int, mentor: MentorSide) -> tuple[int, int, object]:
    return (-points, mentor.open_pairs, mentor.account_id)
