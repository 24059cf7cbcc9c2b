"""How fast one socket may send."""

from itertools import repeat

from rinnalla.realtime.pace import Pace


def test_so_many_at_once_and_then_a_wait() -> None:
    pace = Pace(at_once=5, per_second=0.001)
    assert [pace.wait_for_one() for _ in range(5)] == [0.0] * 5
    waits = [pace.wait_for_one() for _ in range(3)]
    assert all(900 < wait <= 1000 for wait in waits), waits


def test_who_is_as_fast_as_allowed_never_waits() -> None:
    pace = Pace(at_once=3, per_second=1e9)
    assert not any(pace.wait_for_one() for _ in repeat(None, 1000))
