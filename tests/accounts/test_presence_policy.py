"""What may be seen of when someone is there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.accounts.models import PresenceDetail
from rinnalla.accounts.policy import Presence, presence_shown

CASES = [
    ("hidden", None, None, True, None),
    ("hidden", 0, 1, True, None),
    ("day", 0, 1, True, "this_week"),
    ("day", 0, 1, False, "this_week"),
    ("day", 0, 9, True, "longer_ago"),
    ("day", 6, 9, False, "this_week"),
    ("day", 7, 9, True, "longer_ago"),
    ("online", 0, 9, True, "online"),
    ("online", 0, 9, False, "today"),
    ("online", 1, 9, False, "this_week"),
    ("online", None, None, True, None),
]


@pytest.mark.parametrize(("detail", "days_ago", "days_before", "is_connected", "shown"), CASES)
def test_never_more_is_shown_than_allowed(
    detail: str, days_ago: int | None, days_before: int | None, *, is_connected: bool, shown: str | None
) -> None:
    assert presence_shown(detail, days_ago, days_before, is_connected=is_connected) == shown


@given(st.sampled_from(PresenceDetail), st.none() | st.integers(-2, 1000), st.booleans())
def test_only_who_lets_others_see_is_seen_to_be_here_now(
    detail: PresenceDetail, days_ago: int | None, is_connected: bool
) -> None:
    shown = presence_shown(detail, days_ago, days_ago and days_ago + 3, is_connected=is_connected)
    assert shown != Presence.ONLINE or (detail == PresenceDetail.ONLINE and is_connected)
    assert shown is None or detail != PresenceDetail.HIDDEN


@given(st.integers(1, 1000), st.booleans())
def test_who_shows_days_is_seen_alike_before_and_after_a_days_first_visit(days: int, is_connected: bool) -> None:
    before = presence_shown(PresenceDetail.DAY, days, days + 5, is_connected=False)
    assert presence_shown(PresenceDetail.DAY, 0, days, is_connected=is_connected) == before
