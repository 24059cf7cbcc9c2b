"""When staff check in with each side of a pair."""

from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.pairs.service import CheckinPlan
from rinnalla.support.calendar import Depth, Planned, Window, windows

START = date(2026, 11, 22)
QUICK, IN_DEPTH = Depth.QUICK, Depth.IN_DEPTH
PLANS = st.builds(
    CheckinPlan,
    first_within_days=st.integers(1, 40),
    first_month=st.integers(1, 6),
    year_one_every_days=st.integers(7, 90),
    later_every_days=st.integers(7, 180),
    in_depth_quarter_one_every_days=st.integers(7, 90),
    in_depth_later_every_days=st.integers(7, 180),
)


def first(number: int, plan: CheckinPlan | None = None) -> list[Window]:
    return list(islice(windows(START, plan or CheckinPlan()), number))


def test_the_calendar_of_the_field() -> None:
    told = [((window.due_on - START).days, window.depth) for window in first(17)]
    assert told == [
        (14, QUICK),
        (30, IN_DEPTH),
        (60, IN_DEPTH),
        (90, IN_DEPTH),
        (120, QUICK),
        (150, QUICK),
        (180, IN_DEPTH),
        (210, QUICK),
        (240, QUICK),
        (270, IN_DEPTH),
        (300, QUICK),
        (330, QUICK),
        (360, IN_DEPTH),
        (450, IN_DEPTH),
        (540, IN_DEPTH),
        (630, IN_DEPTH),
        (720, IN_DEPTH),
    ]


def test_the_first_month_has_as_many_as_are_asked_for() -> None:
    days = [(window.due_on - START).days for window in first(4, CheckinPlan(first_month=4, first_within_days=3))]
    assert days == [3, 12, 21, 30]
    days = [(window.due_on - START).days for window in first(3, CheckinPlan(first_month=1))]
    assert days == [14, 44, 74]


@given(PLANS, st.dates(date(2020, 1, 1), date(2060, 1, 1)))
def test_windows_follow_each_other_without_a_hole(plan: CheckinPlan, start: date) -> None:
    found = list(islice(windows(start, plan), 40))
    assert [window.number for window in found] == list(range(40))
    assert found[0].opens_on == start
    for one in found:
        assert one.opens_on <= one.due_on < one.overdue_on
    for one, following in pairwise(found):
        assert following.opens_on == one.due_on + timedelta(days=1)


@given(PLANS, st.integers(5, 30))
def test_what_is_planned_in_pieces_is_what_is_planned_at_once(plan: CheckinPlan, number: int) -> None:
    found = first(40, plan)
    in_depth = [window.due_on for window in found[: number + 1] if window.depth == IN_DEPTH]
    planned = Planned(number, found[number].due_on, max(in_depth, default=START))
    assert list(islice(windows(START, plan, planned), 39 - number)) == found[number + 1 :]


@given(PLANS, PLANS, st.integers(5, 30))
def test_another_plan_goes_on_without_a_hole(plan: CheckinPlan, changed: CheckinPlan, number: int) -> None:
    last = first(40, plan)[number]
    found = [last, *islice(windows(START, changed, Planned(last.number, last.due_on, START)), 20)]
    for one, following in pairwise(found):
        assert (following.number, following.opens_on) == (one.number + 1, one.due_on + timedelta(days=1))
        is_in_year_one = (one.due_on - START).days + changed.year_one_every_days <= 365
        pause = changed.year_one_every_days if is_in_year_one else changed.later_every_days
        assert (following.due_on - one.due_on).days == pause


@given(PLANS)
def test_nobody_goes_longer_without_a_talk_than_the_plan_says(plan: CheckinPlan) -> None:
    days = [0] + [(window.due_on - START).days for window in first(40, plan)]
    for before, following in pairwise(days):
        pause = plan.year_one_every_days if following <= 365 else plan.later_every_days
        assert following - before <= max(pause, plan.first_within_days, 30)


@given(PLANS)
def test_talks_in_depth_are_as_close_as_the_plan_says(plan: CheckinPlan) -> None:
    """Or as close as its talks are at all."""
    found = first(40, plan)
    last, before = 0, 0
    for window in found:
        day = (window.due_on - START).days
        longest = plan.in_depth_quarter_one_every_days if before <= 90 else plan.in_depth_later_every_days
        assert day - last <= max(longest, day - before), window
        last = day if window.depth == IN_DEPTH else last
        before = day


@pytest.mark.parametrize("number", [0, 5, 16])
def test_a_window_is_overdue_from_the_day_after_it_was_due(number: int) -> None:
    window = first(17)[number]
    assert window.overdue_on - window.due_on == timedelta(days=1)
