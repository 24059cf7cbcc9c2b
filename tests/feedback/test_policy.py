"""When a question is due, and what may be told of the answers."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.feedback.policy import (
    MIN_ALIKE,
    MIN_PEOPLE,
    Schedule,
    Standing,
    after_answer,
    after_skip,
    allowed_values,
    countable,
    is_due,
    next_due,
    scale_fault,
    summary,
)

JOINED = datetime(2026, 1, 1, 12, tzinfo=UTC)


def day(number: int) -> datetime:
    return JOINED + timedelta(days=number)


def schedule(**changes: Any) -> Schedule:
    usual = {"first_after_days": 14, "repeat_after_days": 30, "times": 3, "remind_after_days": 7, "reminders": 2}
    return Schedule(**(usual | changes))


def values(low: int, high: int, step: int = 1) -> dict[str, Any]:
    return {"type": "range", "min": low, "max": high, "step": step}


@pytest.mark.parametrize(
    ("plan", "standing", "due"),
    [
        (schedule(), Standing(), day(14)),
        (schedule(first_after_days=0), Standing(), day(0)),
        (schedule(), Standing(1, 1, day(20)), day(27)),
        (schedule(), Standing(2, 0, day(20)), day(50)),
        (schedule(), Standing(2, 2, day(60)), day(67)),
        (schedule(), Standing(3, 0, day(60)), day(90)),
        (schedule(), Standing(4, 0, day(90)), None),
        (schedule(times=1, repeat_after_days=None), Standing(2, 0, day(20)), None),
        (schedule(times=1, repeat_after_days=None), Standing(1, 1, day(20)), day(27)),
        (schedule(repeat_after_days=None), Standing(2, 0, day(20)), None),
    ],
)
def test_next_due(plan: Schedule, standing: Standing, due: datetime | None) -> None:
    assert next_due(plan, JOINED, standing) == due
    if due is not None:
        assert is_due(plan, JOINED, standing, due)
        assert not is_due(plan, JOINED, standing, due - timedelta(seconds=1))
    else:
        assert not is_due(plan, JOINED, standing, day(100_000))


@pytest.mark.parametrize(
    ("standing", "skipped_once"),
    [
        (Standing(), Standing(1, 1, day(1))),
        (Standing(1, 1, day(0)), Standing(1, 2, day(1))),
        (Standing(1, 2, day(0)), Standing(2, 0, day(1))),
        (Standing(3, 5, day(0)), Standing(4, 0, day(1))),  # fewer reminders were allowed since
    ],
)
def test_a_skipped_question_comes_back_so_often_and_no_more(standing: Standing, skipped_once: Standing) -> None:
    assert after_skip(schedule(), standing, day(1)) == skipped_once


schedules = st.builds(
    Schedule,
    first_after_days=st.integers(0, 60),
    repeat_after_days=st.none() | st.integers(1, 60),
    times=st.integers(1, 6),
    remind_after_days=st.integers(1, 20),
    reminders=st.integers(0, 4),
)
visits = st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["answer", "skip", "leave"])), max_size=60)


@given(schedules, visits)
def test_whatever_someone_does_they_are_asked_within_bounds(plan: Schedule, steps: list[tuple[int, str]]) -> None:
    now, standing = JOINED, Standing()
    answers: list[tuple[int, datetime]] = []
    asked: Counter[int] = Counter()
    for days, action in steps:
        now += timedelta(days=days)
        if not is_due(plan, JOINED, standing, now) or action == "leave":
            continue
        assert now >= JOINED + timedelta(days=plan.first_after_days)
        asked[standing.round] += 1
        if action == "answer":
            answers.append((standing.round, now))
            standing = after_answer(plan, standing.round, 1, now)
        else:
            standing = after_skip(plan, standing, now)
    rounds = [number for number, _ in answers]
    assert rounds == sorted(set(rounds))
    assert len(asked) <= plan.times
    assert max(asked.values(), default=0) <= 1 + plan.reminders
    if plan.repeat_after_days is None:
        assert len(answers) <= 1
    for (_, earlier), (_, later) in pairwise(answers):
        assert later - earlier >= timedelta(days=plan.repeat_after_days or 0)


@pytest.mark.parametrize(
    ("scale", "allowed", "fault"),
    [
        ({"type": "yes_no"}, [0, 1], None),
        (values(1, 5), [1, 2, 3, 4, 5], None),
        (values(-10, 10, 5), [-10, -5, 0, 5, 10], None),
        (values(0, 100), list(range(101)), None),
        (values(0, 101), None, "step"),
        (values(0, 10, 3), None, "step"),
        (values(3, 3), None, "max"),
        (values(5, 1), None, "max"),
    ],
)
def test_scales(scale: dict[str, Any], allowed: list[int] | None, fault: str | None) -> None:
    assert scale_fault(scale) == fault
    if allowed is not None:
        assert list(allowed_values(scale)) == allowed


@pytest.mark.parametrize(
    ("waiting", "counted"),
    [
        ({}, {}),
        ({4: 4}, {}),
        ({4: 5}, {4: 5}),
        ({1: 1, 2: 1, 3: 1, 4: 1, 5: 1}, {}),
        ({3: 2, 4: 2, 5: 1}, {}),
        ({3: 2, 4: 3, 1: 1}, {3: 2, 4: 3}),
        ({0: 1, 1: 30}, {1: 30}),
    ],
)
def test_answers_are_counted_in_company(waiting: dict[int, int], counted: dict[int, int]) -> None:
    assert countable(waiting) == counted


@given(st.lists(st.integers(1, 5), max_size=60), st.lists(st.integers(0, 59), max_size=20))
def test_no_two_looks_differ_by_less_than_a_group(answers: list[int], leaving: list[int]) -> None:
    """After every answer and every departure staff look: what has changed since any earlier look stands for no one."""
    waiting: dict[int, int] = {}
    told: Counter[int] = Counter()
    looks: list[Counter[int]] = [Counter()]
    for number, value in enumerate(answers):
        waiting[number] = value
        if number in leaving:
            waiting.pop(number)  # gone before being counted; counted ones are not taken out again
        group = countable(Counter(waiting.values()))
        told.update(group)
        waiting = {person: given for person, given in waiting.items() if given not in group}
        looks.append(Counter(told))
    for index, earlier in enumerate(looks):
        for later in looks[index:]:
            change = {value: later[value] - earlier[value] for value in later if later[value] != earlier[value]}
            assert not change or sum(change.values()) >= MIN_PEOPLE
            assert all(people >= MIN_ALIKE for people in change.values())


def test_a_summary_has_every_value_of_the_scale() -> None:
    told = summary(values(1, 4), {2: 4, 4: 3})
    assert told is not None
    assert (told.count, told.mean, told.distribution) == (7, 2.86, {1: 0, 2: 4, 3: 0, 4: 3})
    assert summary(values(1, 4), {}) is None
