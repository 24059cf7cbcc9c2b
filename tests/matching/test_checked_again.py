"""What rules two out is checked again where they are brought together, by code that shares nothing with the criteria:
so that one which fails can be left out, and what staff look past is the same in a run and by hand."""

from dataclasses import fields
from typing import Any

from hypothesis import given, settings

from rinnalla.matching.criteria import CRITERIA, Criteria
from rinnalla.matching.pool import MenteeSide, MentorSide, Pool
from rinnalla.matching.scoring import Scoring
from rinnalla.pairs.policy import MAY_LOOK_PAST, age_rule_holds, can_take, kept_apart_by
from rinnalla.profiles.service import Asked, CardView, PrivateOf, is_screened
from tests.matching.people import WEIGHTS, Chance, chances

CHECKED_HERE = {"age_rule", "mentor_wishes", "not_screened"}
CHECKED_IN_PAIRS = {"apart", "full", "never_lists", "not_approved", "other_programme"}
"""By `tests/pairs`: in where someone looks for a mentor, in a place that is counted, and in what was before."""


def test_each_criterion_that_rules_out_is_one_that_people_weigh_or_is_checked_again() -> None:
    again = CHECKED_HERE | CHECKED_IN_PAIRS
    assert {criterion.name for criterion in CRITERIA.hard} == again | MAY_LOOK_PAST
    assert not again & MAY_LOOK_PAST


def asked_by(mentee: MenteeSide) -> Asked:
    return Asked(**{one.name: getattr(mentee, one.name) for one in fields(Asked)})


def card_of(mentor: MentorSide) -> CardView:
    known: dict[str, Any] = {one.name: getattr(mentor, one.name, None) for one in fields(CardView)}
    return CardView(**known)


def second_check(mentee: MenteeSide, mentor: MentorSide, pool: Pool) -> set[str]:
    """What it finds, by the names of criteria; of private wishes, that there is one."""
    private = PrivateOf(mentor.never, mentor.cannot_carry, mentor.mentee_age_min, mentor.mentee_age_max)
    rule = {"least": pool.age_rule.mentor_age_min, "years_older": pool.age_rule.mentor_years_older_min}
    passes = {
        "age_rule": age_rule_holds(mentor.birth_year, mentee.birth_year, pool.today, **rule),
        "mentor_wishes": can_take(private, asked_by(mentee), pool.today),
        "not_screened": is_screened(mentor.screened_on, mentor.screened_until, pool.today),
    }
    kept_apart = kept_apart_by(asked_by(mentee), card_of(mentor), pool.today)
    return {name for name, it_does in passes.items() if not it_does}.union(kept_apart)


@given(chances)
@settings(deadline=None)
def test_the_second_check_and_the_criteria_say_the_same(chance: Chance) -> None:
    pool = chance.pool()
    alone = {one.name: Scoring(pool, WEIGHTS, criteria=Criteria((one,), ())) for one in CRITERIA.hard}
    for place, mentee in enumerate(pool.mentees):
        ruled_out_by = {name: alone[name].exclusions(place) for name in CHECKED_HERE | MAY_LOOK_PAST}
        for number, mentor in enumerate(pool.mentors):
            by_criteria = {name for name, mentors in ruled_out_by.items() if number in mentors}
            assert second_check(mentee, mentor, pool) == by_criteria
