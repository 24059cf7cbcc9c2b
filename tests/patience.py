"""Waiting for what will be, and failing when it is not."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import asyncpg

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


async def someone_waits(db: asyncpg.Connection) -> bool:
    """Whether a transaction waits for a lock of another one."""
    await db.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction the first look would be kept
    return bool(await db.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))


def wait_until(check: Callable[[], bool]) -> None:
    """The same for tests that are not asynchronous."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not check():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(LOOK_EVERY_SECONDS)
