"""Who waits long comes first, and who fits best among those."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.matching.assignment import GREATEST_VALUE, NOBODY, assign
from rinnalla.matching.fairness import Turns, worth
from rinnalla.matching.scoring import Candidates

TURNS = Turns(least_points=10, bonus=5, most_bonus=30, overdue_after=90)


def candidates(points: dict[tuple[int, int], int]) -> Candidates:
    listed = sorted(points)
    return Candidates(
        mentee=np.array([mentee for mentee, _ in listed], dtype=np.int32),
        mentor=np.array([mentor for _, mentor in listed], dtype=np.int32),
        points=np.array([points[pair] for pair in listed], dtype=np.int32),
    )


def assigned(points: dict[tuple[int, int], int], waited: list[int], places: list[int]) -> list[int]:
    found = worth(candidates(points), np.array(waited, dtype=np.int32), TURNS)
    room = np.array(places, dtype=np.int32)
    return [int(mentor) for mentor in assign(len(waited), room, found.mentee, found.mentor, found.value)]


@pytest.mark.parametrize(
    ("waited", "bonus", "times"),
    [(0, 0, 0), (29, 0, 0), (30, 5, 0), (89, 10, 0), (90, 15, 1), (200, 30, 2), (9999, 30, 111)],
)
def test_what_waiting_gives(waited: int, bonus: int, times: int) -> None:
    days = np.array([waited], dtype=np.int32)
    assert TURNS.bonus_of(days).tolist() == [bonus]
    assert TURNS.times_overdue(days).tolist() == [times]


def test_who_fits_better_comes_first_among_those_who_have_waited_for_as_long() -> None:
    assert assigned({(0, 0): 40, (1, 0): 41}, [50, 50], [1]) == [NOBODY, 0]


def test_a_month_of_waiting_weighs_as_much_as_the_programme_says() -> None:
    assert assigned({(0, 0): 40, (1, 0): 44}, [30, 0], [1]) == [0, NOBODY]
    assert assigned({(0, 0): 40, (1, 0): 46}, [30, 0], [1]) == [NOBODY, 0]


def test_who_is_overdue_comes_before_any_sum_of_better_pairs() -> None:
    points = {(0, 0): 0, (1, 0): 100, (2, 1): 100, (0, 1): 0}
    assert sorted(assigned(points, [90, 89, 89], [1, 1])) == [NOBODY, 0, 1]
    assert assigned(points, [90, 89, 89], [1, 1])[0] != NOBODY
    assert assigned({(0, 0): 0, (1, 0): 100}, [180, 179], [1]) == [0, NOBODY]


def test_below_the_least_points_nobody_is_proposed_but_those_who_are_overdue() -> None:
    assert assigned({(0, 0): 9}, [89], [1]) == [NOBODY]
    assert assigned({(0, 0): 10}, [89], [1]) == [0]
    assert assigned({(0, 0): -60}, [90], [1]) == [0]


def test_an_empty_pool_is_worth_nothing() -> None:
    assert len(worth(candidates({}), np.array([], dtype=np.int32), TURNS).value) == 0


def test_values_stay_within_what_the_solver_takes() -> None:
    points = {(0, 0): 20_000, (1, 0): -20_000}
    found = worth(
        candidates(points),
        np.array([3650, 0] + [1] * 9_998, dtype=np.int32),
        Turns(least_points=0, bonus=30, most_bonus=30, overdue_after=1),
    )
    assert 1 <= found.value.min() <= found.value.max() <= GREATEST_VALUE


@given(
    st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 2)), st.integers(-20, 100)),
    st.lists(st.integers(0, 400), min_size=5, max_size=5),
    st.lists(st.integers(0, 2), min_size=3, max_size=3),
)
def test_no_assignment_serves_more_of_those_who_have_waited_longest(
    points: dict[tuple[int, int], int], waited: list[int], places: list[int]
) -> None:
    """From the top tier down, against every assignment there is."""

    def tiers(chosen: tuple[int, ...]) -> list[int]:
        served = [waited[person] // 90 for person, mentor in enumerate(chosen) if mentor != NOBODY]
        return [sum(tier >= least for tier in served) for least in range(4, 0, -1)]

    def may_be(chosen: tuple[int, ...]) -> bool:
        made = [(person, mentor) for person, mentor in enumerate(chosen) if mentor != NOBODY]
        fits = all(pair in points and (points[pair] >= 10 or waited[pair[0]] >= 90) for pair in made)
        return fits and all(chosen.count(mentor) <= places[mentor] for mentor in range(3))

    best = max(tiers(chosen) for chosen in product((NOBODY, 0, 1, 2), repeat=5) if may_be(chosen))
    assert tiers(tuple(assigned(points, waited, places))) == best
