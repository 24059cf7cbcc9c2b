"""When a question is asked, what may be answered, and what may be told of the answers: no I/O.

A question is asked in rounds. Each round ends with an answer, or when it was skipped once more often than it is allowed
to come back: no answer is an answer too, and the next round comes in its own time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

MIN_PEOPLE = 5
"""Fewer people than this are never told of together: not in a result, and not in the difference between any two results
that staff can get hold of. Five is the usual lower bound for publishing figures about people."""
MIN_ALIKE = 2
"""An answer is told only when this many people gave the same one, so that no figure stands for one person."""
MAX_VALUES = 101


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`first_after_days` counts from joining, `repeat_after_days` from the end of the round before, `remind_after_days`
    from a skip. `times` is how many rounds there are, `reminders` how often a skipped round comes back.

    `first_after_messages`: not before someone has sent so many; `oldest_account_days`: nor once they are here longer.
    `repeat_after_messages`: already when someone has sent so many since, but not within `repeat_min_days`.
    `until_value`: the answer after which it is asked no more."""

    first_after_days: int
    repeat_after_days: int | None
    times: int
    remind_after_days: int
    reminders: int
    first_after_messages: int = 0
    oldest_account_days: int | None = None
    repeat_after_messages: int | None = None
    repeat_min_days: int = 0
    until_value: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The round that is open or comes next, how often it was skipped, when the last answer or skip was."""

    round: int = 1
    skipped: int = 0
    last_at: datetime | None = None

    @property
    def repeats(self) -> bool:
        """Whether a round is over and the next one has not begun."""
        return self.last_at is not None and self.skipped == 0


def next_due(schedule: Schedule, joined_at: datetime, standing: Standing) -> datetime | None:
    """From when on the question is due for someone; None when it is not asked again."""
    if standing.round > schedule.times:
        return None
    if standing.last_at is None:
        return joined_at + timedelta(days=schedule.first_after_days)
    if standing.skipped:
        return standing.last_at + timedelta(days=schedule.remind_after_days)
    if schedule.repeat_after_days is None:
        return None
    return standing.last_at + timedelta(days=schedule.repeat_after_days)


def counts_messages(schedule: Schedule, standing: Standing) -> bool:
    """Whether it matters how many messages someone has sent since `standing.last_at`, or at all."""
    if standing.repeats:
        return schedule.repeat_after_messages is not None
    return standing.last_at is None and schedule.first_after_messages > 0


def is_due(schedule: Schedule, joined_at: datetime, standing: Standing, now: datetime, sent: int = 0) -> bool:
    """Whether the question is to be asked now. `sent`: how many messages, where `counts_messages` says it matters."""
    if standing.round > schedule.times:
        return False
    if standing.last_at is None:
        oldest = schedule.oldest_account_days
        if sent < schedule.first_after_messages or (oldest is not None and now - joined_at > timedelta(days=oldest)):
            return False
    elif standing.repeats:
        if now - standing.last_at < timedelta(days=schedule.repeat_min_days):
            return False
        if schedule.repeat_after_messages is not None and sent >= schedule.repeat_after_messages:
            return True
    due = next_due(schedule, joined_at, standing)
    return due is not None and due <= now


def may_still_answer(standing: Standing, round_number: int) -> bool:
    """Whether a round that nobody asks about now may be answered all the same: it was skipped, and is the last one that
    was asked about. For a round without an answer."""
    was_skipped = round_number == standing.round and standing.skipped > 0
    ended_by_skips = standing.repeats and round_number == standing.round - 1
    return was_skipped or ended_by_skips


def after_answer(schedule: Schedule, round_number: int, value: int, at: datetime) -> Standing:
    """That round is answered and over; with the value that was waited for, so are all others."""
    if value == schedule.until_value:
        return Standing(schedule.times + 1, 0, at)
    return Standing(round_number + 1, 0, at)


def after_skip(schedule: Schedule, standing: Standing, at: datetime) -> Standing:
    """Skipped: the question comes back in this round, or the round is over without an answer."""
    if standing.skipped >= schedule.reminders:
        return Standing(standing.round + 1, 0, at)
    return Standing(standing.round, standing.skipped + 1, at)


def allowed_values(scale: Mapping[str, Any]) -> range:
    """What may be answered: the steps of a range; 0 for no and 1 for yes."""
    if scale["type"] == "yes_no":
        return range(2)
    return range(scale["min"], scale["max"] + 1, scale["step"])


def scale_fault(scale: Mapping[str, Any]) -> str | None:
    """The field of a scale that makes no sense, or None. A range must rise and be met by its steps at both ends."""
    if scale["type"] == "yes_no":
        return None
    span = scale["max"] - scale["min"]
    if span <= 0:
        return "max"
    return "step" if span % scale["step"] or span // scale["step"] >= MAX_VALUES else None


def countable(waiting: Mapping[int, int]) -> dict[int, int]:
    """Which of the answers of one round that are not yet counted may be: how many people by value, possibly none.

    Answers are counted in groups of at least MIN_PEOPLE people in which at least MIN_ALIKE gave each value; one that
    stands alone waits for company. Results are sums of such groups, which are never taken apart again: not when more
    people answer, not by looking at single rounds, not when someone leaves. So whatever staff subtract from whatever,
    what remains is one or more whole groups.
    """
    in_company = {value: people for value, people in waiting.items() if people >= MIN_ALIKE}
    return in_company if sum(in_company.values()) >= MIN_PEOPLE else {}


@dataclass(frozen=True, slots=True)
class Summary:
    """What is told: how many people were counted, their mean, and how many gave each value of the scale."""

    count: int
    mean: float
    distribution: dict[int, int]


def summary(scale: Mapping[str, Any], counted: Mapping[int, int]) -> Summary | None:
    """The counted answers put together; None when there are none."""
    count = sum(counted.values())
    if count == 0:
        return None
    mean = sum(value * people for value, people in counted.items()) / count
    return Summary(count, round(mean, 2), {value: counted.get(value, 0) for value in allowed_values(scale)})
