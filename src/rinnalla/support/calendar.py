"""When staff check in with each side of a pair: no I/O.

After the Elements of Effective Practice for Mentoring (standard 11) and mentoring.org: a first contact within two
weeks, two in the first month, monthly with each side separately in the first year, never less than quarterly after;
talks in depth monthly in the first quarter and at least quarterly after. The days are the programme's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from rinnalla.pairs.service import CheckinPlan

MONTH_DAYS = 30
QUARTER_DAYS = 90
YEAR_DAYS = 365


class Depth(StrEnum):
    """`quick`: how are you two? `in_depth`: expectations, milestones, worries, changes, thanks."""

    QUICK = "quick"
    IN_DEPTH = "in_depth"


@dataclass(frozen=True, slots=True)
class Window:
    """When a check-in is to be: from the day it opens to the day it is due; from the day after that it is overdue."""

    number: int
    depth: Depth
    opens_on: date
    due_on: date

    @property
    def overdue_on(self) -> date:
        return self.due_on + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Planned:
    """Up to where check-ins are planned already: the last one's number and the day it is due, and the day on which the
    last one in depth is (the start, if there is none)."""

    number: int
    due_on: date
    in_depth_on: date


def windows(start: date, plan: CheckinPlan, planned: Planned | None = None) -> Iterator[Window]:
    """The check-ins with one side of a pair that began on `start`, the first one first, without an end; after those
    that are planned already, by whatever plan, in the rhythm of this one. Each opens on the day after the one before is
    due, so that no two can be done in one talk."""
    opens, last_in_depth, number, days = 0, 0, 0, _due_days(plan)
    if planned is not None:
        last = (planned.due_on - start).days
        opens, last_in_depth, number = last + 1, (planned.in_depth_on - start).days, planned.number + 1
        days = _due_days_after(last, plan)
    due = next(days)
    while True:
        following = next(days)
        depth = _depth(due, following, last_in_depth, plan)
        yield Window(number, depth, start + timedelta(days=opens), start + timedelta(days=due))
        last_in_depth = due if depth == Depth.IN_DEPTH else last_in_depth
        due, opens, number = following, due + 1, number + 1


def _due_days(plan: CheckinPlan) -> Iterator[int]:
    """The last day of each window, counted from the start; each later than the one before."""
    first, most = min(plan.first_within_days, MONTH_DAYS), max(plan.first_month, 1)
    last = 0
    for place in range(most):
        share = place / (most - 1) if most > 1 else 0.0
        last = max(last + 1, first + round((MONTH_DAYS - first) * share))
        yield last
    yield from _due_days_after(last, plan)


def _due_days_after(last: int, plan: CheckinPlan) -> Iterator[int]:
    """The same, after the first month, which is always planned at once."""
    while True:
        last += plan.year_one_every_days if last + plan.year_one_every_days <= YEAR_DAYS else plan.later_every_days
        yield last


def _depth(due: int, following: int, last_in_depth: int, plan: CheckinPlan) -> Depth:
    """In depth is what comes last before too much time would have passed without a talk in depth."""
    is_early = due <= QUARTER_DAYS
    longest = plan.in_depth_quarter_one_every_days if is_early else plan.in_depth_later_every_days
    return Depth.IN_DEPTH if following - last_in_depth > longest else Depth.QUICK
