"""What gives points, criterion by criterion."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from rinnalla.matching.criteria import CRITERIA
from rinnalla.matching.criterion import Hard, Soft
from rinnalla.matching.scoring import Contribution, explain
from tests.matching.people import MENTEE, MENTOR, TIMES, WEIGHTS, pool_of
from tests.matching.test_hard_criteria import sides

OTHER = UUID(int=77)
ME = MENTOR.account_id

POINTS: list[tuple[str, dict[str, Any], dict[str, Any], int, str]] = [
    ("experience", {}, {}, 25, "not_asked"),
    ("experience", {"experiences": {"foster_care"}}, {}, 25, "all_met"),
    ("experience", {"experiences": {"foster_care", "debt"}}, {}, 12, "some_met"),
    ("experience", {"experiences": {"debt", "aftercare"}}, {}, 8, "none_met"),
    ("needs", {}, {}, 25, "not_asked"),
    ("needs", {"topics": {"housing"}}, {}, 25, "all_met"),
    ("needs", {"topics": {"housing", "money"}}, {}, 12, "some_met"),
    ("needs", {"topics": {"housing", "money", "work"}}, {}, 8, "some_met"),
    ("needs", {"topics": {"money"}}, {"topics": frozenset()}, 12, "none_met"),
    ("choice", {}, {}, 20, "not_asked"),
    ("choice", {"choices": (ME,)}, {}, 20, "all_met"),
    ("choice", {"choices": (OTHER, ME)}, {}, 16, "some_met"),
    ("choice", {"choices": (OTHER, OTHER, OTHER, OTHER, ME)}, {}, 4, "some_met"),
    ("choice", {"choices": (OTHER,)}, {}, 0, "none_met"),
    ("times", {"times": set()}, {}, 0, "not_told"),
    ("times", {"times": {"night"}}, {}, 3, "all_met"),
    ("times", {"times": set(TIMES)}, {}, 6, "some_met"),
    ("times", {}, {"times": set(TIMES)}, 6, "all_met"),
    ("times", {}, {"times": set()}, 0, "not_told"),
    ("times", {"times": {"weekday_morning"}}, {}, 0, "none_met"),
    ("reply_rhythm", {}, {}, 4, "not_asked"),
    ("reply_rhythm", {"reply_rhythm": "weekly"}, {}, 4, "all_met"),
    ("reply_rhythm", {"reply_rhythm": "few_days"}, {}, 4, "all_met"),
    ("reply_rhythm", {"reply_rhythm": "same_day"}, {}, 2, "none_met"),
    ("reply_rhythm", {"reply_rhythm": "same_day"}, {"reply_rhythm": "weekly"}, 0, "none_met"),
    ("reply_rhythm", {"reply_rhythm": "weekly"}, {"reply_rhythm": None}, 2, "not_told"),
    ("interests", {}, {}, 5, "not_asked"),
    ("interests", {"interests": {"manga", "chess", "opera"}}, {}, 5, "some_met"),
    ("interests", {"interests": {"manga"}}, {}, 2, "all_met"),
    ("interests", {"interests": {"opera"}}, {}, 0, "none_met"),
    ("dislikes", {}, {}, 5, "not_asked"),
    ("dislikes", {"dislikes": {"small talk", "crowds"}}, {}, 2, "some_met"),
    ("dislikes", {"dislikes": {"crowds"}}, {}, 0, "none_met"),
    ("near_peer", {}, {"birth_year": 2007}, 5, "all_met"),  # whoever is 16 to 25 may be 3 to 10 years younger
    ("near_peer", {}, {"birth_year": 1991}, 5, "all_met"),
    ("near_peer", {}, {"birth_year": 1986}, 2, "some_met"),
    ("near_peer", {}, {"birth_year": 1950}, 0, "some_met"),
    ("near_peer", {}, {"birth_year": None}, 0, "not_told"),
    ("near_peer", {"birth_year": 2008}, {}, 5, "all_met"),
    ("near_peer", {"birth_year": 2008}, {"birth_year": 1997}, 4, "some_met"),
    ("near_peer", {"birth_year": 2002}, {}, 4, "some_met"),
    ("near_peer", {"birth_year": 1990}, {"birth_year": 1985}, 2, "some_met"),  # looked at as 25
    ("region", {}, {}, 5, "not_asked"),
    ("region", {"region": "uusimaa"}, {}, 5, "all_met"),
    ("region", {"region": "lappi"}, {}, 0, "none_met"),
    ("region", {"region": "lappi"}, {"region": ""}, 0, "none_met"),
    ("load", {}, {}, 10, "all_met"),
    ("load", {}, {"open_pairs": 1}, 7, "some_met"),
    ("load", {}, {"open_pairs": 3}, 2, "some_met"),
]


def judged(mentee: dict[str, Any], mentor: dict[str, Any], name: str) -> Contribution:
    pool = pool_of(replace(MENTEE, **sides(mentee)), replace(MENTOR, **sides(mentor)))
    found = explain(pool, WEIGHTS | {"load": 10}, 0, 0)
    return {one.criterion: one for one in found.contributions}[name]


@pytest.mark.parametrize(("name", "wished", "offered", "points", "reason"), POINTS)
def test_what_gives_points(
    name: str, wished: dict[str, Any], offered: dict[str, Any], points: int, reason: str
) -> None:
    found = judged(wished, offered, name)
    assert (found.points, found.reason) == (points, reason)


@pytest.mark.parametrize(
    ("wished", "points"),
    [({}, 25), ({"topics": {"housing"}}, 25), ({"topics": {"housing", "money"}}, -1), ({"topics": {"a", "b"}}, -9)],
)
def test_what_is_unmet_of_what_matters_most_costs_twice(wished: dict[str, Any], points: int) -> None:
    found = judged(wished | {"matters_most": {"needs"}}, {}, "needs")
    assert (found.points, found.most, found.matters_most) == (points, 25, True)
    assert not judged(wished, {}, "needs").matters_most


def test_met_and_unmet_are_the_young_persons_words() -> None:
    found = judged({"topics": {"money", "housing", "work"}}, {"topics": {"housing", "loneliness"}}, "needs")
    assert (found.met, found.unmet) == (("housing",), ("money", "work"))


def test_each_criterion_that_gives_points_is_in_the_table() -> None:
    assert {criterion.name for criterion in CRITERIA.soft} == {name for name, *_ in POINTS}


def test_our_weights_are_of_a_hundred() -> None:
    assert sum(WEIGHTS.values()) == 100
    assert WEIGHTS["load"] == 0


@pytest.mark.parametrize("criterion", [*CRITERIA.hard, *CRITERIA.soft], ids=lambda criterion: criterion.name)
def test_each_criterion_gives_its_reasons_in_every_language(criterion: Hard | Soft) -> None:
    said = [criterion.why]
    if isinstance(criterion, Soft):
        said += [criterion.speaks_for, criterion.speaks_against]
    for texts in said:
        lines = [texts.fi, texts.sv, texts.nb, texts.en]
        assert len(set(lines)) == 4
        assert all(line.endswith(".") and "\n" not in line and line[0].isupper() for line in lines)
    assert criterion.evidence.note.endswith(".")
    assert criterion.evidence.source
