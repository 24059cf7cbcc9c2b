"""What may be seen of when someone is there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.accounts.models import PresenceDetail
from rinnalla.accounts.policy import Presence, presence_shown

CASES = [
    ("hidden", None, True, None),
    ("hidden", 0, True, None),
    ("day", 0, True, "today"),
    ("day", 9, True, "today"),
    ("day", 0, False, "today"),
    ("day", 6, False, "this_week"),
    ("day", 7, False, "longer_ago"),
    ("online", 0, True, "online"),
    ("online", 0, False, "today"),
    ("online", 1, False, "this_week"),
    ("online", None, True, None),
]


@pytest.mark.parametrize(("detail", "days_ago", "is_connected", "shown"), CASES)
def test_never_more_is_shown_than_allowed(
    detail: str, days_ago: int | None, *, is_connected: bool, shown: str | None
) -> None:
    assert presence_shown(detail, days_ago, is_connected=is_connected) == shown


@given(st.sampled_from(PresenceDetail), st.none() | st.integers(-2, 1000), st.booleans())
def test_only_who_lets_others_see_is_seen_to_be_here_now(
    detail: PresenceDetail, days_ago: int | None, is_connected: bool
) -> None:
    shown = presence_shown(detail, days_ago, is_connected=is_connected)
    assert shown != Presence.ONLINE or (detail == PresenceDetail.ONLINE and is_connected)
    assert shown is None or detail != PresenceDetail.HIDDEN
