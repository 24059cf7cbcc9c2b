"""A pool as arrays of numbers, by which criteria compare very many pairs at once.

A criterion is handed two arrays of indexes, one into the mentees and one into the mentors, of any shapes that fit
together: one pair, a list of pairs, or a column against a row, which is a whole rectangle of pairs that never takes
more memory than its answer. Each array below is made when it is first asked for.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from rinnalla.matching.pool import Pool

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]
T = TypeVar("T")
MISSING = -1
"""Where someone said nothing. No index, code, age or year is negative."""
_WORD = 64


class Overlap:
    """Sets of the mentees against sets of the mentors, as bits: one for each value that both sides know."""

    def __init__(self, asked: Sequence[frozenset[str]], offered: Sequence[frozenset[str]]) -> None:
        shared = sorted(frozenset().union(*asked) & frozenset().union(*offered))
        places = {value: place for place, value in enumerate(shared)}
        self._asked, self._offered = _bits(asked, places), _bits(offered, places)
        self.asked = np.array([len(values) for values in asked], dtype=np.int32)
        """How many values each mentee named, known to mentors or not."""

    def common(self, mentee: Ints, mentor: Ints) -> Ints:
        """How many values the two have in common."""
        found = np.zeros(np.broadcast_shapes(mentee.shape, mentor.shape), dtype=np.int32)
        for asked, offered in zip(self._asked, self._offered, strict=True):
            found += np.bitwise_count(asked[mentee] & offered[mentor])
        return found

    def unmet(self, mentee: Ints, mentor: Ints) -> Ints:
        """How many of the mentee's values the mentor does not have."""
        return self.asked[mentee] - self.common(mentee, mentor)


class Marked:
    """Which of all pairs are marked: one bit each."""

    def __init__(self, mentees: int, mentors: int, pairs: Iterable[tuple[int, int]]) -> None:
        self._bits = np.zeros((mentees, mentors // 8 + 1), dtype=np.uint8)
        for mentee, mentor in pairs:
            self._bits[mentee, mentor >> 3] |= 1 << (mentor & 7)

    def has(self, mentee: Ints, mentor: Ints) -> Bools:
        """Whether each pair is marked."""
        return (self._bits[mentee, mentor >> 3] >> (mentor & 7).astype(np.uint8)) & 1 == 1


class Features:
    """Everything about one pool that criteria count with."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.mentee_index = {side.account_id: index for index, side in enumerate(pool.mentees)}
        self.mentor_index = {side.account_id: index for index, side in enumerate(pool.mentors)}
        self._made: dict[Hashable, Any] = {}

    def once(self, name: Hashable, make: Callable[[], T]) -> T:
        """What `make` returns, made once for this pool."""
        if name not in self._made:
            self._made[name] = make()
        made: T = self._made[name]
        return made

    def overlap(self, asked: str, offered: str | None = None) -> Overlap:
        """The sets in two fields, by name: of the mentees, and of the mentors (by default the same name)."""
        other = offered or asked

        def make() -> Overlap:
            return Overlap([getattr(one, asked) for one in self.pool.mentees], self._of_mentors(other))

        return self.once(("overlap", asked, other), make)

    def codes(self, asked: str, offered: str) -> tuple[Ints, Ints]:
        """The values of two fields as numbers that are equal when the values are; MISSING where there is none."""

        def make() -> tuple[Ints, Ints]:
            known: dict[Any, int] = {}
            sides = (self._of_mentees(asked), self._of_mentors(offered))
            mentees, mentors = (
                np.array([known.setdefault(v, len(known)) if v else MISSING for v in values], dtype=np.int32)
                for values in sides
            )
            return mentees, mentors

        return self.once(("codes", asked, offered), make)

    def of_mentees(self, name: str, number: Callable[[Any], int | None]) -> Ints:
        """A number for each mentee, MISSING for None. `name` names the number."""
        return self.once(("mentees", name), lambda: _numbers(map(number, self.pool.mentees)))

    def of_mentors(self, name: str, number: Callable[[Any], int | None]) -> Ints:
        """A number for each mentor, MISSING for None. `name` names the number."""
        return self.once(("mentors", name), lambda: _numbers(map(number, self.pool.mentors)))

    def marked(self, name: str, pairs: Callable[[Pool], Iterable[tuple[UUID, UUID]]]) -> Marked:
        """Pairs of account ids; those in which one is not in the pool are left out. `name` names the set."""

        def make() -> Marked:
            known = (
                (self.mentee_index[mentee], self.mentor_index[mentor])
                for mentee, mentor in pairs(self.pool)
                if mentee in self.mentee_index and mentor in self.mentor_index
            )
            return Marked(len(self.pool.mentees), len(self.pool.mentors), known)

        return self.once(("marked", name), make)

    def _of_mentees(self, name: str) -> list[Any]:
        return [getattr(one, name) for one in self.pool.mentees]

    def _of_mentors(self, name: str) -> list[Any]:
        return [getattr(one, name) for one in self.pool.mentors]


def _bits(sets: Sequence[frozenset[str]], places: dict[str, int]) -> list[NDArray[np.uint64]]:
    """Per 64 values one array of words. Empty when there is nothing to compare."""
    words = [np.zeros(len(sets), dtype=np.uint64) for _ in range((len(places) + _WORD - 1) // _WORD)]
    for index, values in enumerate(sets):
        for value in values:
            if (place := places.get(value)) is not None:
                words[place // _WORD][index] |= np.uint64(1 << place % _WORD)
    return words


def _numbers(values: Iterable[int | None]) -> Ints:
    return np.array([MISSING if value is None else value for value in values], dtype=np.int32)
