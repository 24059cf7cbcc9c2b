"""Saying less of what one can, or wishing for more, gains nobody anything: neither points nor a better place among the
young people for any mentor. On random pools."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings

from rinnalla.matching.fairness import Turns
from rinnalla.matching.pool import MenteeSide, Pool
from rinnalla.matching.scoring import candidates
from rinnalla.matching.solving import Found, Task, solve
from tests.matching.people import (
    EXPERIENCES,
    GENDERS,
    MATTERS,
    MENTEE,
    MENTOR,
    REGIONS,
    RHYTHMS,
    TIMES,
    TODAY,
    TOPICS,
    WEIGHTS,
    Chance,
    chances,
)


def scores(pool: Pool) -> dict[tuple[int, int], int]:
    """By mentee and mentor; who is ruled out is not in it."""
    found = candidates(pool, WEIGHTS)
    return dict(zip(zip(found.mentee.tolist(), found.mentor.tolist(), strict=True), found.points.tolist(), strict=True))


def assert_gains_nothing(pool: Pool, harsher: MenteeSide) -> None:
    """The first mentee said `harsher` instead."""
    before, after = scores(pool), scores(replace(pool, mentees=(harsher, *pool.mentees[1:])))
    for (mentee, mentor), points in after.items():
        assert (mentee, mentor) in before
        if mentee:
            assert points == before[mentee, mentor]
        else:
            assert points <= before[mentee, mentor]
            assert better_off(after, mentor) >= better_off(before, mentor)


def better_off(points: dict[tuple[int, int], int], mentor: int) -> int:
    """How many young people have more points with a mentor than the first."""
    return sum(other > points[0, mentor] for (mentee, one), other in points.items() if one == mentor and mentee)


def harsher_than(mentee: MenteeSide, pool: Pool, chance: Chance) -> MenteeSide:
    """Fewer times; fewer languages and things to share (never none of them, which is no wish at all); more or narrower
    wishes; more people on the private list; fewer choices, from the last on; more that matters most."""

    def fewer(values: frozenset[str], least: int = 1) -> frozenset[str]:
        return chance.some(sorted(values), 9, least)

    faster = RHYTHMS[1 : 1 + RHYTHMS.index(mentee.reply_rhythm)] if mentee.reply_rhythm else RHYTHMS
    return replace(
        mentee,
        times=fewer(mentee.times, least=0),
        languages=fewer(mentee.languages),
        interests=fewer(mentee.interests),
        dislikes=fewer(mentee.dislikes),
        topics=mentee.topics | chance.some(TOPICS),
        experiences=mentee.experiences | chance.some(EXPERIENCES),
        region=mentee.region or chance.one(REGIONS),
        gender_wish=mentee.gender_wish or chance.one(GENDERS),
        age_min=chance.one([mentee.age_min, (mentee.age_min or 0) + chance.number(0, 9)]),
        age_max=chance.one([mentee.age_max, (mentee.age_max or 90) - chance.number(0, 9)]),
        reply_rhythm=chance.one(faster),
        choices=mentee.choices[: chance.number(1, 5)],
        never=mentee.never | chance.some([mentor.account_id for mentor in pool.mentors], 2),
        matters_most=mentee.matters_most | chance.some(MATTERS, 2),
    )


def wishing_nothing(mentee: MenteeSide) -> MenteeSide:
    """Who says no more than when they can talk."""
    return MenteeSide(account_id=mentee.account_id, organisation_id=mentee.organisation_id, times=mentee.times)


@given(chances)
@settings(deadline=None, max_examples=300)
def test_harsher_wishes_gain_nothing(chance: Chance) -> None:
    pool = chance.pool(least_mentees=1)
    assert_gains_nothing(pool, harsher_than(pool.mentees[0], pool, chance))


@given(chances)
@settings(deadline=None)
def test_wishing_for_anything_gains_nothing_over_wishing_for_nothing(chance: Chance) -> None:
    pool = chance.pool(least_mentees=1)
    said = pool.mentees[0]
    assert_gains_nothing(replace(pool, mentees=(wishing_nothing(said), *pool.mentees[1:])), said)


@pytest.mark.parametrize("name", ["interests", "dislikes", "choices", "birth_year", "languages", "topics"])
@given(chances)
@settings(deadline=None, max_examples=30)
def test_beginning_to_wish_gains_nothing(name: str, chance: Chance) -> None:
    """For one thing, by someone who had not said anything of it, whatever else they said."""
    pool = chance.pool(least_mentees=1)
    said = pool.mentees[0]
    unsaid = replace(said, **{name: getattr(wishing_nothing(said), name)})
    assert_gains_nothing(replace(pool, mentees=(unsaid, *pool.mentees[1:])), said)


@given(chances)
@settings(deadline=None)
def test_naming_no_times_gains_nothing_over_naming_any(chance: Chance) -> None:
    """Whatever else they said: no hour that was not named is one in which somebody is known to be free."""
    pool = chance.pool(least_mentees=1)
    assert_gains_nothing(pool, replace(pool.mentees[0], times=frozenset()))


@given(chances)
@settings(deadline=None)
def test_who_wishes_for_nothing_and_can_talk_at_any_time_is_behind_nobody(chance: Chance) -> None:
    """With any mentor who is possible for them: they have all points that anyone could have."""
    pool = chance.pool(least_mentees=1)
    free = replace(wishing_nothing(pool.mentees[0]), times=frozenset(TIMES))
    points = scores(replace(pool, mentees=(free, *pool.mentees[1:])))
    assert all(better_off(points, mentor) == 0 for mentee, mentor in points if mentee == 0)


def test_who_rules_a_mentor_out_gains_no_points_but_may_move_what_is_best_for_everybody() -> None:
    """What is promised of points and rank is not promised of what an exact optimum hands out: who can have one mentor
    only is given that one, at the cost of someone else. Only a rule that is not optimal is free of it."""
    wanted, other = replace(MENTOR, capacity=1), replace(MENTOR, account_id=UUID(int=3), topics=frozenset(), capacity=1)
    first = replace(MENTEE, choices=(wanted.account_id, other.account_id))
    second = replace(MENTEE, account_id=UUID(int=5), topics=wanted.topics)
    honest = Pool((first, second), (wanted, other), frozenset(), TODAY)
    harsher = replace(honest, mentees=(replace(first, never=frozenset({other.account_id})), second))
    assert (scores(honest)[0, 0], scores(honest)[0, 1]) == (100, 96)
    assert scores(harsher) == {two: points for two, points in scores(honest).items() if two != (0, 1)}
    assert proposed(honest) == {0: 1, 1: 0}
    assert proposed(harsher) == {0: 0, 1: 1}


def proposed(pool: Pool) -> dict[int, int]:
    """Who is proposed to whom in a run in which nobody has waited."""
    turns = Turns(least_points=0, bonus=0, most_bonus=0, overdue_after=90)
    task = Task(pool=pool, waited=[0] * len(pool.mentees), weights=WEIGHTS, turns=turns, seed=1)
    return {one.mentee: one.mentor for one in solve(task) if isinstance(one, Found) and one.mentor is not None}
