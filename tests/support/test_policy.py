"""Quarters, and what is done of what was due."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.support.policy import Quarter, Share, quarter_of


@pytest.mark.parametrize(
    ("quarter", "first", "last"),
    [
        (Quarter(2026, 1), date(2026, 1, 1), date(2026, 3, 31)),
        (Quarter(2028, 1), date(2028, 1, 1), date(2028, 3, 31)),
        (Quarter(2026, 2), date(2026, 4, 1), date(2026, 6, 30)),
        (Quarter(2026, 3), date(2026, 7, 1), date(2026, 9, 30)),
        (Quarter(2026, 4), date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_the_days_of_a_quarter(quarter: Quarter, first: date, last: date) -> None:
    assert (quarter.first_day, quarter.last_day) == (first, last)


@given(st.dates(date(2000, 1, 1), date(9000, 12, 30)))
def test_every_day_is_in_one_quarter(day: date) -> None:
    quarter = quarter_of(day)
    assert quarter.first_day <= day <= quarter.last_day
    assert quarter_of(quarter.last_day + timedelta(days=1)) != quarter


@pytest.mark.parametrize(
    ("share", "percent"),
    [(Share(0, 0), None), (Share(3, 0), 0), (Share(3, 3), 100), (Share(1000, 899), 89), (Share(7, 6), 85)],
)
def test_a_target_that_is_missed_by_little_is_missed(share: Share, percent: int | None) -> None:
    assert share.percent == percent
