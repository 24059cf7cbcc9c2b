"""Waiting for what will be, and failing when it is not."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE_SECONDS = 60
LOOK_EVERY_SECONDS = 0.02


async def eventually(check: Callable[[], Awaitable[bool]]) -> float:
    """Wait until a check holds: the seconds that it took."""
    started = time.monotonic()
    for _ in range(round(PATIENCE_SECONDS / LOOK_EVERY_SECONDS)):
        if await check():
            return time.monotonic() - started
        if time.monotonic() - started > PATIENCE_SECONDS:
            break
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    raise AssertionError("waited in vain")


def wait_until(check: Callable[[], bool]) -> None:
    """The same for tests that are not asynchronous."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not check():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(LOOK_EVERY_SECONDS)
