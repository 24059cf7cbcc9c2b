"""What rules a mentor out, criterion by criterion."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from rinnalla.matching.criteria import CRITERIA
from rinnalla.matching.pool import AgeRule, Apart, Pool
from rinnalla.matching.scoring import candidates, explain
from tests.matching.people import HOME, MENTEE, MENTOR, TODAY, WEIGHTS, pool_of

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
ELSEWHERE = UUID(int=10)

EXCLUDED: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({}, {}, []),
    ({}, {"languages": frozenset()}, []),
    ({"languages": {"fi", "sv"}}, {}, []),
    ({"languages": {"sv"}}, {}, ["no_common_language"]),
    ({"languages": {"sv"}}, {"languages": frozenset()}, ["no_common_language"]),
    ({"gender_wish": "female"}, {}, []),
    ({"gender_wish": "male"}, {}, ["gender_wish"]),
    ({"gender_wish": "male"}, {"gender": None}, ["gender_wish"]),
    ({"age_min": 26}, {}, []),  # born in 2000: 25 or 26 in November 2026
    ({"age_min": 27}, {}, ["age_wish"]),
    ({"age_max": 25}, {}, []),
    ({"age_max": 24}, {}, ["age_wish"]),
    ({"age_max": 99}, {"birth_year": None}, ["age_wish"]),
    ({"age_min": 0}, {"birth_year": None}, ["age_wish"]),
    ({}, {"birth_year": None}, []),
    ({}, {"birth_year": 2008}, []),
    ({}, {"birth_year": 2009}, ["age_rule"]),
    ({"birth_year": 2000}, {}, []),
    ({"birth_year": 1999}, {}, ["age_rule"]),
    ({"birth_year": 1999}, {"birth_year": None}, []),
    ({}, {"open_pairs": 4}, ["full"]),
    ({}, {"open_pairs": 5}, ["full"]),
    ({}, {"capacity": 0}, ["full"]),
    ({}, {"open_pairs": 3}, []),
    ({}, {"away_from": TODAY, "away_until": TODAY}, ["away"]),
    ({}, {"away_from": TOMORROW, "away_until": TOMORROW}, []),
    ({}, {"away_from": YESTERDAY, "away_until": YESTERDAY}, []),
    ({}, {"approved": False}, ["not_approved"]),
    ({}, {"screened_on": None}, ["not_screened"]),
    ({}, {"screened_on": TOMORROW}, ["not_screened"]),
    ({}, {"screened_on": TODAY, "screened_until": TODAY}, []),
    ({}, {"screened_on": date(2020, 1, 1), "screened_until": YESTERDAY}, ["not_screened"]),
    ({}, {"organisation_id": ELSEWHERE}, ["other_programme"]),
    ({"never": {MENTOR.account_id}}, {}, ["a_wish"]),
    ({}, {"never": {MENTEE.account_id}}, ["a_wish"]),
    ({"never": {HOME}}, {"never": {HOME}}, []),
    ({"topics": {"violence", "money"}}, {"cannot_carry": {"violence"}}, ["a_wish"]),
    ({"topics": {"money"}}, {"cannot_carry": {"violence"}}, []),
    ({"birth_year": 2008}, {"mentee_age_min": 19}, ["a_wish"]),
    ({"birth_year": 2008}, {"mentee_age_min": 18}, []),
    ({"birth_year": 2008}, {"mentee_age_max": 17}, []),
    ({"birth_year": 2008}, {"mentee_age_max": 16}, ["a_wish"]),
    ({}, {"mentee_age_min": 19, "mentee_age_max": 20}, []),
    ({"languages": {"sv"}}, {"open_pairs": 4}, ["full", "no_common_language"]),
    ({"languages": {"sv"}, "never": {MENTOR.account_id}}, {}, ["no_common_language"]),
]


def sides(said: dict[str, Any]) -> dict[str, Any]:
    return {name: frozenset(value) if isinstance(value, set) else value for name, value in said.items()}


@pytest.mark.parametrize(("wished", "offered", "expected"), EXCLUDED)
def test_what_rules_a_mentor_out(wished: dict[str, Any], offered: dict[str, Any], expected: list[str]) -> None:
    pool = pool_of(replace(MENTEE, **sides(wished)), replace(MENTOR, **sides(offered)))
    assert list(explain(pool, WEIGHTS, 0, 0).ruled_out_by) == expected
    assert (len(candidates(pool, WEIGHTS).points) == 0) == bool(expected)


def test_who_was_asked_or_paired_is_not_proposed_again() -> None:
    codes = [Apart(MENTEE.account_id, MENTOR.account_id, code) for code in ("paired_before", "declined_before")]
    pool = pool_of(MENTEE, MENTOR, replace(MENTOR, account_id=UUID(int=3)), apart=frozenset(codes))
    assert explain(pool, WEIGHTS, 0, 0).ruled_out_by == ("declined_before", "paired_before")
    assert candidates(pool, WEIGHTS).mentor.tolist() == [1]


@pytest.mark.parametrize(
    ("least", "older", "ruled_out"), [(26, 0, False), (27, 0, True), (18, 6, False), (18, 7, True)]
)
def test_a_programme_has_its_own_age_rule(least: int, older: int, ruled_out: bool) -> None:
    pool = Pool((replace(MENTEE, birth_year=2006),), (MENTOR,), frozenset(), TODAY, AgeRule(least, older))
    assert explain(pool, WEIGHTS, 0, 0).ruled_out_by == (("age_rule",) if ruled_out else ())


def test_each_criterion_that_rules_out_is_in_the_table() -> None:
    tried = {code for _, _, codes in EXCLUDED for code in codes}
    private = {"never_lists", "mentor_wishes"}
    assert {criterion.name for criterion in CRITERIA.hard} - private - {"apart"} == tried - {"a_wish"}
