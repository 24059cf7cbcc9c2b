"""A process that ends while it is looked at has ended, and that is all."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import psutil
import pytest

from tests.living import living, still_alive

MANY = 200
SLEEP = shutil.which("sleep") or ""


def sleeping(seconds: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen([SLEEP, f"{seconds}"])  # noqa: S603 - our own command


@pytest.fixture
def two() -> Iterator[tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]]:
    with ExitStack() as stack:
        both = sleeping(60), sleeping(60)
        for one in both:
            stack.enter_context(one)
            stack.callback(one.kill)
        yield both


def test_who_is_dead_and_not_buried_has_ended(two: tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]) -> None:
    alive, dead = two
    dead.kill()
    left = still_alive([psutil.Process(one.pid) for one in two], 5)
    assert [one.pid for one in left] == [alive.pid]
    assert [one.pid for one in living([dead.pid, alive.pid])] == [alive.pid]
    assert psutil.Process(dead.pid).status() == psutil.STATUS_ZOMBIE


def test_whoever_is_buried_at_this_moment_is_in_nobodys_way() -> None:
    """Each look is at processes of which some are gone before it has seen them all."""
    dying = [sleeping(0.5 + number / MANY) for number in range(MANY)]
    undertaker = threading.Thread(target=lambda: [one.wait() for one in dying])
    undertaker.start()
    pids, left = [one.pid for one in dying], MANY
    while left:
        now = len(living(pids))
        assert now <= left
        left = now
    undertaker.join()
