"""The best for everybody at once: against every other assignment there is, and against a proof by prices."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.matching.assignment import GREATEST_VALUE, NOBODY, Indices, assign
from tests.matching.prices import bound, total

Pool = tuple[int, tuple[int, ...], dict[tuple[int, int], int]]


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    """Up to seven people and four mentors, with few different values so that many assignments are equally good, or with
    such that tell people apart as those who are overdue are."""
    people, mentors = draw(st.integers(0, 7)), draw(st.integers(0, 4))
    places = tuple(draw(st.lists(st.integers(-1, 3), min_size=mentors, max_size=mentors)))
    values = st.one_of(st.integers(1, 5), st.integers(1, 130), st.integers(10**6, 10**6 + 5), st.just(GREATEST_VALUE))
    open_to_each = [(person, mentor) for person in range(people) for mentor in range(mentors)]
    pairs = draw(st.lists(st.sampled_from(open_to_each), unique=True)) if open_to_each else []
    return people, places, {pair: draw(values) for pair in pairs}


def arrays(pairs: dict[tuple[int, int], int]) -> tuple[Indices, Indices, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    listed = list(pairs)
    return (
        np.array([person for person, _ in listed], dtype=np.int32),
        np.array([mentor for _, mentor in listed], dtype=np.int32),
        np.array(list(pairs.values()), dtype=np.int64),
    )


def best_of_all(pool: Pool) -> int:
    """Every assignment is tried."""
    people, places, pairs = pool

    @cache
    def from_person_on(person: int, left: tuple[int, ...]) -> int:
        if person == people:
            return 0
        best = from_person_on(person + 1, left)
        for mentor, free in enumerate(left):
            if free > 0 and (person, mentor) in pairs:
                rest = (*left[:mentor], free - 1, *left[mentor + 1 :])
                best = max(best, pairs[person, mentor] + from_person_on(person + 1, rest))
        return best

    return from_person_on(0, places)


@given(pools(), st.integers(0, 2**32 - 1))
def test_there_is_no_better_one(pool: Pool, seed: int) -> None:
    people, places, pairs = pool
    room, open_pairs = np.array(places, dtype=np.int32), arrays(pairs)
    chosen = assign(people, room, *open_pairs, seed=seed)
    assert total(chosen, *open_pairs) == best_of_all(pool)
    assert bound(chosen, room, *open_pairs) == best_of_all(pool)
    taken = np.bincount(chosen[chosen != NOBODY], minlength=len(places))
    assert (taken <= np.maximum(room, 0)).all()
    assert assign(people, room, *open_pairs, seed=seed).tolist() == chosen.tolist()


@pytest.mark.parametrize(("people", "mentors", "most_places"), [(300, 90, 8), (200, 400, 1), (400, 20, 30)])
def test_a_large_pool_is_proved_by_prices(people: int, mentors: int, most_places: int) -> None:
    chance = np.random.default_rng(people)
    mentee, mentor = np.nonzero(chance.random((people, mentors)) < 0.15)
    overdue = chance.random(people) < 0.1
    value = chance.integers(1, 131, len(mentee)) + overdue[mentee] * 1_000_000
    places = chance.integers(0, most_places + 1, mentors).astype(np.int32)
    pairs = mentee.astype(np.int32), mentor.astype(np.int32), value
    chosen = assign(people, places, *pairs)
    assert total(chosen, *pairs) == bound(chosen, places, *pairs) > 0
    assert (np.bincount(chosen[chosen != NOBODY], minlength=mentors) <= places).all()


def test_the_proof_sees_that_an_assignment_is_not_the_best() -> None:
    places, pairs = np.array([1, 1], dtype=np.int32), arrays({(0, 0): 5, (0, 1): 4, (1, 0): 3})
    worse = np.array([0, NOBODY], dtype=np.int32)
    assert total(worse, *pairs) == 5
    assert bound(worse, places, *pairs) >= total(assign(2, places, *pairs), *pairs) == 7
    with pytest.raises(ValueError, match="can't be"):
        total(np.array([NOBODY, 1], dtype=np.int32), *pairs)


def test_without_people_mentors_or_pairs_nobody_is_assigned() -> None:
    none, no_values = np.array([], dtype=np.int32), np.array([], dtype=np.int64)
    assert assign(0, none, none, none, no_values).tolist() == []
    assert assign(3, none, none, none, no_values).tolist() == [NOBODY] * 3
    assert assign(2, np.array([4, 4], dtype=np.int32), none, none, no_values).tolist() == [NOBODY] * 2


def test_equals_are_told_apart_by_the_seed_and_not_by_their_place_in_the_list() -> None:
    one_place, four_places = np.array([1], dtype=np.int32), np.ones(4, dtype=np.int32)
    rivals, choices = arrays({(person, 0): 9 for person in range(4)}), arrays({(0, mentor): 9 for mentor in range(4)})
    won = [int(np.argmax(assign(4, one_place, *rivals, seed=seed))) for seed in range(200)]
    went_to = [int(assign(1, four_places, *choices, seed=seed)[0]) for seed in range(200)]
    for counts in (np.bincount(won), np.bincount(went_to)):
        assert len(counts) == 4
        assert counts.min() > 25  # 50 each would be perfect


@pytest.mark.parametrize("value", [0, -3, GREATEST_VALUE + 1])
def test_values_have_bounds(value: int) -> None:
    with pytest.raises(ValueError, match="between 1 and"):
        assign(1, np.array([1], dtype=np.int32), *arrays({(0, 0): value}))
