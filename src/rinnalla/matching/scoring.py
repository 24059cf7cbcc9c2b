"""Which pairs are possible, and how well each fits: for a whole pool at once, and explained for one pair.

There is one implementation of each criterion, on arrays. A rectangle of pairs is first pruned by the hard criteria
(bits, no points), then what is left is scored as a list; one pair is explained by the same functions on arrays of
length one. Points are whole, so that the terms of an explanation add up exactly to what the pair was scored.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rinnalla.matching.criteria import CRITERIA, Criteria
from rinnalla.matching.criterion import A_WISH, Hard, Reason, Soft, Told
from rinnalla.matching.features import Bools, Features, Ints
from rinnalla.matching.pool import MenteeSide, MentorSide, Pool

_Counts = defaultdict[str, Ints]
PAIRS_AT_ONCE = 1 << 18
"""Keeps the arrays of one step within the cache and memory small, however large the pool is."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The possible pairs, as three arrays of one length: indexes into the pool, and points. In order of mentee, then
    mentor. `failed` names criteria that failed: they counted for nobody and ruled out nobody. `ruled_out` has for each
    mentee how many mentors a criterion ruled out, by its name; by A_WISH, how many nothing but private wishes did."""

    mentee: Ints
    mentor: Ints
    points: Ints
    failed: tuple[str, ...] = ()
    ruled_out: Mapping[str, Ints] = field(default_factory=dict)

    def only(self, kept: Bools) -> "Candidates":
        """Those of the pairs for which `kept` is true."""
        return Candidates(self.mentee[kept], self.mentor[kept], self.points[kept], self.failed, self.ruled_out)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one criterion gave, of at most `most`. What is unmet of something that matters most to the young person
    costs twice, so that points may be as low as minus `most`."""

    criterion: str
    points: int
    most: int
    matters_most: bool
    reason: Reason
    met: tuple[str, ...]
    unmet: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One pair. `ruled_out_by` are codes that staff may be told, empty for a possible pair."""

    points: int
    contributions: tuple[Contribution, ...]
    ruled_out_by: tuple[str, ...]


class CriterionFailed(Exception):
    """A criterion raised, or answered what is no answer for these pairs."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Scoring:
    """Scores one pool by one programme's weights: the most points of each soft criterion, by name. One that is not
    named, or named with 0, counts nothing. Criteria that fail are remembered and left out of all later answers."""

    def __init__(
        self,
        pool: Pool,
        weights: Mapping[str, int],
        *,
        criteria: Criteria = CRITERIA,
        left_out: Collection[str] = (),
        features: Features | None = None,
    ) -> None:
        """`features`: of this very pool, where they have been made already."""
        self.pool = pool
        self.features = features or Features(pool)
        self._criteria = criteria
        self._weights = weights
        self._failed = set(left_out)

    @property
    def failed(self) -> tuple[str, ...]:
        """The criteria that failed so far, by name."""
        return tuple(sorted(self._failed))

    def candidates(self) -> Candidates:
        """All possible pairs of the pool with their points."""
        while True:
            counts: _Counts = defaultdict(lambda: np.zeros(len(self.pool.mentees), dtype=np.int32))
            try:
                parts = list(self._parts(counts))
            except CriterionFailed as failure:
                self._failed.add(failure.name)
            else:
                break
        empty = np.zeros(0, dtype=np.int32)
        mentee, mentor, points = (np.concatenate([empty, *arrays]) for arrays in zip(*parts, strict=True))
        return Candidates(mentee, mentor, points, self.failed, counts)

    def explain(self, mentee_index: int, mentor_index: int) -> Explanation:
        """One pair, possible or not."""
        while True:
            try:
                return self._explain(mentee_index, mentor_index)
            except CriterionFailed as failure:
                self._failed.add(failure.name)

    def contributions(self, mentee_index: int, mentor_index: int) -> tuple[Contribution, ...]:
        """The points of one pair, possible or not."""
        while True:
            try:
                return tuple(self._contributions(mentee_index, mentor_index))
            except CriterionFailed as failure:
                self._failed.add(failure.name)

    def without(self, left_out: Collection[str]) -> "Scoring":
        """The same, but for these criteria."""
        return Scoring(self.pool, self._weights, criteria=self._criteria, left_out=left_out, features=self.features)

    def exclusions(self, mentee_index: int) -> dict[int, tuple[str, ...]]:
        """By index of the mentor, what may be told of why a mentor is ruled out for a young person."""
        mentors = np.arange(len(self.pool.mentors), dtype=np.int32)
        return self.ruled_out_by(np.full_like(mentors, mentee_index), mentors)

    def ruled_out_by(self, mentee: Ints, mentor: Ints) -> dict[int, tuple[str, ...]]:
        """What may be told of why pairs are ruled out, by their place in these two arrays of one length."""
        while True:
            try:
                return self._ruled_out_by(mentee, mentor)
            except CriterionFailed as failure:
                self._failed.add(failure.name)

    def nearer(self, criterion: Soft, mentee: MenteeSide, mentor: MentorSide) -> list[tuple[str, MentorSide]]:
        """The smallest changes of a mentor that a criterion would give more points for."""
        try:
            return list(criterion.nearer(mentee, mentor)) if criterion.nearer else []
        except Exception:  # noqa: BLE001 - one that fails is remembered by name, and left out
            self._failed.add(criterion.name)
            return []

    def _ruled_out_by(self, mentee: Ints, mentor: Ints) -> dict[int, tuple[str, ...]]:
        found: dict[int, set[str]] = {}
        for criterion in self._ruling_out():
            for place in np.flatnonzero(self._rules_out(criterion, mentee, mentor)).tolist():
                left, right = self.pool.mentees[mentee[place]], self.pool.mentors[mentor[place]]
                found.setdefault(place, set()).update(self._codes(criterion, left, right))
        return {place: _told(codes) for place, codes in sorted(found.items())}

    def _ruling_out(self) -> Iterator[Hard]:
        return (criterion for criterion in self._criteria.hard if criterion.name not in self._failed)

    def _codes(self, criterion: Hard, mentee: MenteeSide, mentor: MentorSide) -> tuple[str, ...]:
        try:
            return criterion.told(self.pool, mentee, mentor)
        except Exception as error:
            raise CriterionFailed(criterion.name) from error

    def _parts(self, counts: _Counts) -> Iterator[tuple[Ints, Ints, Ints]]:
        mentors = np.arange(len(self.pool.mentors), dtype=np.int32)
        mentees = np.arange(len(self.pool.mentees), dtype=np.int32)
        rows = max(1, PAIRS_AT_ONCE // max(1, len(mentors)))
        yield mentees[:0], mentors[:0], mentors[:0]
        for start in range(0, len(mentees), rows):
            block = mentees[start : start + rows]
            row, column = np.nonzero(self._possible(block, mentors, counts))
            mentee, mentor = block[row], mentors[column]
            yield mentee, mentor, self._points(mentee, mentor)

    def _possible(self, mentees: Ints, mentors: Ints, counts: _Counts) -> Bools:
        """Of each of these mentees with each mentor whether nothing rules them out; what does is counted."""
        openly, privately = (np.zeros((len(mentees), len(mentors)), dtype=np.bool_) for _ in range(2))
        for criterion in self._ruling_out():
            ruled_out = self._rules_out(criterion, mentees[:, None], mentors[None, :])
            if criterion.private:
                privately |= ruled_out
            else:
                openly |= ruled_out
                counts[criterion.name][mentees] = np.count_nonzero(ruled_out, axis=1)
        counts[A_WISH][mentees] = np.count_nonzero(privately & ~openly, axis=1)
        return ~(openly | privately)

    def _rules_out(self, criterion: Hard, mentee: Ints, mentor: Ints) -> Bools:
        try:
            ruled_out = criterion.rules_out(self.features, mentee, mentor)
            return _bools(ruled_out, np.broadcast_shapes(mentee.shape, mentor.shape))
        except Exception as error:
            raise CriterionFailed(criterion.name) from error

    def _points(self, mentee: Ints, mentor: Ints) -> Ints:
        total = np.zeros(mentee.shape, dtype=np.int32)
        for criterion, most in self._counting():
            total += self._given(criterion, most, mentee, mentor)
        return total

    def _counting(self) -> Iterator[tuple[Soft, int]]:
        for criterion in self._criteria.soft:
            if (most := self._weights.get(criterion.name, 0)) and criterion.name not in self._failed:
                yield criterion, most

    def _given(self, criterion: Soft, most: int, mentee: Ints, mentor: Ints) -> Ints:
        try:
            given = _ints(criterion.points(self.features, mentee, mentor, most), mentee.shape)
        except Exception as error:
            raise CriterionFailed(criterion.name) from error
        matters = self.features.of_mentees(
            f"{criterion.name} matters", lambda one: int(criterion.may_matter and criterion.name in one.matters_most)
        )
        return given - matters[mentee] * (most - given)

    def _explain(self, mentee_index: int, mentor_index: int) -> Explanation:
        mentee, mentor = np.array([mentee_index], dtype=np.int32), np.array([mentor_index], dtype=np.int32)
        contributions = tuple(self._contributions(mentee_index, mentor_index))
        return Explanation(
            points=sum(one.points for one in contributions),
            contributions=contributions,
            ruled_out_by=self._ruled_out_by(mentee, mentor).get(0, ()),
        )

    def _contributions(self, mentee_index: int, mentor_index: int) -> Iterator[Contribution]:
        mentee, mentor = np.array([mentee_index], dtype=np.int32), np.array([mentor_index], dtype=np.int32)
        left, right = self.pool.mentees[mentee_index], self.pool.mentors[mentor_index]
        for soft, most in self._counting():
            told = self._tell(soft, left, right)
            given = int(self._given(soft, most, mentee, mentor)[0])
            matters = soft.may_matter and soft.name in left.matters_most
            yield Contribution(soft.name, given, most, matters, told.reason, told.met, told.unmet)

    def _tell(self, criterion: Soft, mentee: MenteeSide, mentor: MentorSide) -> Told:
        try:
            told = criterion.tell(self.pool, mentee, mentor)
            return Told(Reason(told.reason), tuple(told.met), tuple(told.unmet))
        except Exception as error:
            raise CriterionFailed(criterion.name) from error


def _bools(answer: Any, shape: tuple[int, ...]) -> Bools:
    """For each pair whether it is ruled out; what looks at one side alone says it once for all of the other. Raises:
    TypeError, ValueError."""
    if answer.dtype != np.bool_ or answer.ndim != len(shape):
        raise TypeError
    return np.broadcast_to(answer, shape)


def _ints(answer: Any, shape: tuple[int, ...]) -> Ints:
    """The points of each pair. Raises: TypeError."""
    if not np.issubdtype(answer.dtype, np.integer) or answer.shape != shape:
        raise TypeError
    points: Ints = answer.astype(np.int32)
    return points


def _told(codes: Collection[str]) -> tuple[str, ...]:
    """What may be told. That a private wish applies is told only where nothing else rules the pair out."""
    open_ones = sorted(set(codes) - {A_WISH})
    return tuple(open_ones or codes)


def candidates(pool: Pool, weights: Mapping[str, int]) -> Candidates:
    """All possible pairs of a pool with their points."""
    return Scoring(pool, weights).candidates()


def explain(
    pool: Pool, weights: Mapping[str, int], mentee_index: int, mentor_index: int, *, left_out: Collection[str] = ()
) -> Explanation:
    """One pair of a pool. `left_out`: criteria that had failed when the pair was scored."""
    return Scoring(pool, weights, left_out=left_out).explain(mentee_index, mentor_index)
