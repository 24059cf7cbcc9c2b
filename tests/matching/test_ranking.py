"""Everyone in order, and changes that do what they say when they are applied."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings

from rinnalla.matching.criteria import CRITERIA
from rinnalla.matching.pool import MenteeSide, MentorSide, Pool
from rinnalla.matching.ranking import Change, ChangeKind, Judging
from tests.matching.broken import failing
from tests.matching.people import MENTEE, MENTOR, WEIGHTS, Chance, chances, pool_of


def for_one(chance: Chance) -> Pool:
    """Of one who can be proposed to most."""
    pool = chance.pool(least_mentees=1)
    mentee = replace(pool.mentees[0], gender_wish=None, age_min=None, age_max=None, languages=frozenset())
    mentors = [chance.one([mentor, without_reason_to_exclude(mentor)]) for mentor in pool.mentors]
    return replace(pool, mentees=(mentee,), mentors=tuple(mentors))


def without_reason_to_exclude(mentor: MentorSide) -> MentorSide:
    """The same mentor, whom hardly anything rules out."""
    return replace(
        MENTOR,
        account_id=mentor.account_id,
        times=mentor.times,
        topics=mentor.topics,
        experiences=mentor.experiences,
        interests=mentor.interests,
        dislikes=mentor.dislikes,
        region=mentor.region,
        reply_rhythm=mentor.reply_rhythm,
        open_pairs=mentor.open_pairs,
    )


def applied(pool: Pool, change: Change) -> Pool:
    """The pool after a change of what a mentor meets, made by hand."""
    fields = {"experience": "experiences", "needs": "topics"}
    field = fields.get(change.criterion, change.criterion)
    mentor = pool.mentors[change.mentor]
    before = getattr(mentor, field)
    after: Any = before | {change.value} if isinstance(before, frozenset) else change.value
    changed = replace(mentor, **{field: after})
    return replace(pool, mentors=(*pool.mentors[: change.mentor], changed, *pool.mentors[change.mentor + 1 :]))


@given(chances)
@settings(deadline=None)
def test_everyone_is_judged_once_and_changes_are_true(chance: Chance) -> None:
    pool = for_one(chance)
    judging = Judging(pool, WEIGHTS)
    ranking = judging.rank()
    assert sorted([*ranking.order, *ranking.excluded]) == list(range(len(pool.mentors)))
    assert all(ranking.excluded.values())
    points = [judging.explain(index).points for index in ranking.order]
    assert points == sorted(points, reverse=True)
    for change in ranking.changes:
        assert change.mentor != ranking.order[0]
        if change.kind == ChangeKind.WITHOUT_CRITERION:
            after = Judging(pool, WEIGHTS | {change.criterion: 0}).rank()
        else:
            after = Judging(applied(pool, change), WEIGHTS).rank()
        assert after.order[0] == change.mentor, change
    assert len(ranking.order) > 1 or not ranking.changes


@given(chances)
@settings(deadline=None)
def test_the_order_depends_on_the_people_alone(chance: Chance) -> None:
    pool = for_one(chance)
    again = replace(pool, mentors=chance.shuffled(pool.mentors))
    names = [[one.mentors[index].account_id for index in Judging(one, WEIGHTS).rank().order] for one in (pool, again)]
    assert names[0] == names[1]


def numbered(number: int, **said: object) -> MentorSide:
    """Someone who can talk at night, unless something else is said."""
    fields: Any = {"times": frozenset({"night"}), **said}
    return replace(MENTOR, account_id=UUID(int=100 + number), **fields)


def asks(**said: object) -> MenteeSide:
    return replace(MENTEE, **said)  # type: ignore[arg-type]  # any field


def test_what_would_change_is_said_by_name() -> None:
    mentee = asks(topics=frozenset({"housing"}), times=frozenset({"night", "weekend_day"}))
    pool = pool_of(mentee, numbered(0), numbered(1, times=frozenset(), birth_year=1999))
    ranking = Judging(pool, WEIGHTS).rank()
    assert ranking.order == [0, 1]
    assert ranking.changes == []
    close = pool_of(mentee, numbered(0), numbered(1, open_pairs=1), numbered(2, topics=frozenset(), times=mentee.times))
    ranking = Judging(close, WEIGHTS).rank()
    assert list(ranking.changes) == [
        Change(ChangeKind.WITHOUT_CRITERION, "needs", 2),
        Change(ChangeKind.ONE_MORE_MET, "times", 1, "weekend_day"),
        Change(ChangeKind.ONE_MORE_MET, "needs", 2, "housing"),
    ]


@pytest.mark.parametrize("part", ["points", "tell", "nearer"])
def test_a_criterion_that_fails_in_any_part_is_named_and_counts_for_nobody(part: str) -> None:
    mentee = asks(topics=frozenset({"housing"}), times=frozenset({"night", "weekend_day"}))
    close = pool_of(mentee, numbered(0), numbered(1, open_pairs=1), numbered(2, topics=frozenset(), times=mentee.times))
    ranking = Judging(close, WEIGHTS, failing("needs", part)).rank(0, 1)
    without = Judging(close, {**WEIGHTS, "needs": 0}).rank(0, 1)
    assert ranking.failed == ("needs",)
    assert (ranking.order, ranking.explained, ranking.changes) == (without.order, without.explained, without.changes)


def test_among_equals_who_has_fewer_pairs_and_then_who_is_here_longest_comes_first() -> None:
    pool = pool_of(MENTEE, numbered(2, open_pairs=1), numbered(1), numbered(0))
    assert Judging(pool, WEIGHTS).rank().order == [2, 1, 0]


def test_every_criterion_with_something_unmet_can_be_met() -> None:
    """What `nearer` yields has more points than before."""
    mentee = asks(
        topics=frozenset({"money"}), experiences=frozenset({"debt"}), times=frozenset({"weekday_evening"}),
        region="lappi", interests=frozenset({"opera"}), dislikes=frozenset({"crowds"}), reply_rhythm="same_day",
    )  # fmt: skip
    for criterion in CRITERIA.soft:
        if criterion.nearer is None:
            continue
        ((value, nearer),) = criterion.nearer(mentee, MENTOR)
        assert value
        before, after = (
            Judging(pool_of(mentee, one), {criterion.name: 10}).explain(0).points for one in (MENTOR, nearer)
        )
        assert before < after, criterion.name
