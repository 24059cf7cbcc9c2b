"""A whole pool at once and one pair explained are the same function."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rinnalla.matching import scoring as scoring_module
from rinnalla.matching.criteria import CRITERIA, Criteria
from rinnalla.matching.criterion import Reason, Told
from rinnalla.matching.pool import Apart, MenteeSide, MentorSide, Pool
from rinnalla.matching.scoring import Scoring, candidates, explain
from tests.matching.broken import failing
from tests.matching.people import MENTEE, MENTOR, TODAY, WEIGHTS, Chance, chances, pool_of

weights_of_anyone = st.fixed_dictionaries({name: st.integers(0, 1000) for name in WEIGHTS})


@given(chances, weights_of_anyone)
@settings(deadline=None)
def test_each_pair_is_explained_by_the_points_it_was_scored(chance: Chance, weights: dict[str, int]) -> None:
    pool = chance.pool()
    scoring = Scoring(pool, weights)
    found = scoring.candidates()
    pairs = zip(found.mentee.tolist(), found.mentor.tolist(), strict=True)
    scored = dict(zip(pairs, found.points.tolist(), strict=True))
    assert list(scored) == sorted(scored)
    for mentee in range(len(pool.mentees)):
        exclusions = scoring.exclusions(mentee)
        for mentor in range(len(pool.mentors)):
            explained = explain(pool, weights, mentee, mentor)
            assert scoring.explain(mentee, mentor) == explained
            assert explained.points == sum(term.points for term in explained.contributions)
            assert all(-term.most <= term.points <= term.most for term in explained.contributions)
            assert explained.ruled_out_by == exclusions.get(mentor, ())
            assert scored.get((mentee, mentor)) == (None if explained.ruled_out_by else explained.points)
    assert found.failed == ()


@given(chances)
@settings(deadline=None)
def test_blocks_do_not_matter(chance: Chance) -> None:
    pool = chance.pool(most_mentees=6)
    whole = candidates(pool, WEIGHTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring_module, "PAIRS_AT_ONCE", 3)
        assert_same(candidates(pool, WEIGHTS), whole)


def assert_same(one: scoring_module.Candidates, other: scoring_module.Candidates) -> None:
    for name in ("mentee", "mentor", "points"):
        found, expected = getattr(one, name), getattr(other, name)
        assert found.dtype == expected.dtype == np.int32
        assert found.tolist() == expected.tolist()


@pytest.mark.parametrize(("mentees", "mentors"), [((), ()), ((MENTEE,), ()), ((), (MENTOR,))])
def test_a_pool_without_anybody_on_one_side_has_no_pairs(
    mentees: tuple[MenteeSide, ...], mentors: tuple[MentorSide, ...]
) -> None:
    pool = Pool(mentees, mentors, frozenset(), TODAY)
    found = candidates(pool, WEIGHTS)
    assert (found.mentee.tolist(), found.mentor.tolist(), found.points.tolist(), found.failed) == ([], [], [], ())
    assert all(Scoring(pool, WEIGHTS).exclusions(index) == {} for index in range(len(pool.mentees)))


def test_what_gives_points_and_fails_is_named_and_counts_for_nobody() -> None:
    pool = pool_of(replace(MENTEE, topics=frozenset({"money"})), MENTOR, replace(MENTOR, account_id=UUID(int=3)))
    scoring = Scoring(pool, WEIGHTS, criteria=failing("needs", "points"))
    found = scoring.candidates()
    assert found.failed == ("needs",)
    assert found.points.tolist() == candidates(pool, WEIGHTS | {"needs": 0}).points.tolist()
    explained = scoring.explain(0, 1)
    assert explained.points == found.points[1]
    assert "needs" not in {term.criterion for term in explained.contributions}
    assert explain(pool, WEIGHTS, 0, 1, left_out=found.failed) == explained


def test_a_criterion_that_fails_for_one_pair_counts_for_none() -> None:
    def fails_for_the_second(features: Any, mentee: Any, mentor: Any, most: int) -> Any:
        if (mentee == 1).any():
            raise ValueError
        return np.full(np.broadcast_shapes(mentee.shape, mentor.shape), most // 2)

    soft = tuple(replace(one, points=fails_for_the_second) if one.name == "needs" else one for one in CRITERIA.soft)
    pool = replace(pool_of(MENTEE, MENTOR), mentees=(MENTEE, replace(MENTEE, account_id=UUID(int=5))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring_module, "PAIRS_AT_ONCE", 1)
        found = Scoring(pool, WEIGHTS, criteria=Criteria(CRITERIA.hard, soft)).candidates()
    assert (found.points.tolist(), found.failed) == ([75, 75], ("needs",))


NO_POINTS: list[Callable[[Any], Any]] = [
    lambda pairs: np.zeros(len(pairs) + 1, dtype=np.int32),
    lambda pairs: np.zeros((len(pairs), 1), dtype=np.int32),
    lambda _: np.int32(3),
    lambda pairs: np.full(len(pairs), 0.5),
    lambda pairs: np.full(len(pairs), "3"),
    lambda pairs: [3] * len(pairs),
    lambda _: None,
]


@pytest.mark.parametrize("nonsense", NO_POINTS)
def test_points_that_are_none_fail_like_what_raises(nonsense: Callable[[Any], Any]) -> None:
    def points(features: Any, mentee: Any, mentor: Any, most: int) -> Any:
        return nonsense(mentee)

    pool = pool_of(MENTEE, MENTOR, replace(MENTOR, account_id=UUID(int=3)))
    for first in ("candidates", "explain"):
        scoring = Scoring(pool, WEIGHTS, criteria=failing("needs", "points", points))
        if first == "explain":
            assert scoring.explain(0, 1).points == 75
        assert scoring.candidates().points.tolist() == [75, 75]
        assert scoring.failed == ("needs",)


NO_RULINGS: list[Callable[[Any], Any]] = [
    lambda shape: np.ones((*shape[:-1], shape[-1] + 1), dtype=np.bool_),
    lambda shape: np.ones((1, *shape), dtype=np.bool_),
    lambda _: np.bool_(True),
    lambda shape: np.ones(shape, dtype=np.int32),
    lambda shape: [True] * shape[0],
    lambda _: True,
    lambda _: None,
]


@pytest.mark.parametrize("nonsense", NO_RULINGS)
def test_what_does_not_say_yes_or_no_of_each_pair_rules_out_nobody(nonsense: Callable[[Any], Any]) -> None:
    def rules_out(features: Any, mentee: Any, mentor: Any) -> Any:
        return nonsense(np.broadcast_shapes(mentee.shape, mentor.shape))

    pool = pool_of(MENTEE, MENTOR, replace(MENTOR, account_id=UUID(int=3)))
    for first in ("candidates", "exclusions"):
        scoring = Scoring(pool, WEIGHTS, criteria=failing("full", "rules_out", rules_out))
        if first == "exclusions":
            assert scoring.exclusions(0) == {}
        assert scoring.candidates().points.tolist() == [100, 100]
        assert scoring.failed == ("full",)


NO_WORDS: Any = None


@pytest.mark.parametrize("nonsense", [None, "all_met", Told(Reason.ALL_MET, NO_WORDS)])
def test_what_tells_nothing_is_left_out_as_well(nonsense: Any) -> None:
    scoring = Scoring(pool_of(MENTEE, MENTOR), WEIGHTS, criteria=failing("needs", "tell", lambda *_: nonsense))
    assert scoring.explain(0, 0).points == 75
    assert scoring.failed == ("needs",)


def test_what_cannot_be_told_is_left_out_as_well() -> None:
    pool = pool_of(MENTEE, MENTOR)
    scoring = Scoring(pool, WEIGHTS, criteria=failing("needs", "tell"))
    assert scoring.explain(0, 0).points == 75
    assert scoring.candidates().points.tolist() == [75]
    assert scoring.failed == ("needs",)


@pytest.mark.parametrize("part", ["rules_out", "codes"])
def test_what_rules_out_and_fails_is_named_and_rules_out_nobody(part: str) -> None:
    before = Apart(MENTEE.account_id, MENTOR.account_id, "paired_before")
    pool = replace(pool_of(MENTEE, MENTOR), apart=frozenset({before}))
    scoring = Scoring(pool, WEIGHTS, criteria=failing("apart", part))
    assert scoring.exclusions(0) == {}
    assert scoring.explain(0, 0).ruled_out_by == ()
    found = scoring.candidates()
    assert (found.points.tolist(), found.failed) == ([100], ("apart",))


def test_what_else_rules_out_still_does() -> None:
    pool = pool_of(replace(MENTEE, languages=frozenset({"sv"})), replace(MENTOR, open_pairs=4))
    scoring = Scoring(pool, WEIGHTS, criteria=failing("full", "rules_out"))
    assert scoring.exclusions(0) == {0: ("no_common_language",)}
    assert scoring.candidates().points.tolist() == []


def test_a_criterion_without_weight_is_not_asked() -> None:
    found = explain(pool_of(MENTEE, MENTOR), {"needs": 7, "unknown": 9}, 0, 0)
    assert [(term.criterion, term.most) for term in found.contributions] == [("needs", 7)]


def test_very_many_different_words_are_compared() -> None:
    words = [f"w{number}" for number in range(1000)]
    mentors = tuple(
        replace(MENTOR, account_id=UUID(int=100 + n), interests=frozenset(words[n * 10 : n * 10 + 10]))
        for n in range(100)
    )
    mentee = replace(MENTEE, interests=frozenset([words[990], words[999], words[0], *words[640:642]]))
    found = candidates(pool_of(mentee, *mentors), {"interests": 10})
    assert {index: points for index, points in enumerate(found.points.tolist()) if points} == {0: 5, 64: 10, 99: 10}
