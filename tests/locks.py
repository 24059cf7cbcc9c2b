"""Who waits for whom in Postgres."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx

from tests.patience import eventually


async def someone_waits(db: asyncpg.Connection) -> bool:
    """Whether a transaction waits for a lock of another one."""
    await db.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction the first look would be kept
    return bool(await db.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))


async def is_free(db: asyncpg.Connection, table: str, how: str = "FOR UPDATE") -> bool:
    """Whether all rows of a table can be locked at once, within a transaction that goes on."""
    try:
        async with db.transaction():
            await db.execute(f"SELECT FROM {table} {how} NOWAIT")
    except asyncpg.LockNotAvailableError:
        return False
    return True


async def beside(
    db: asyncpg.Connection, held: str, doing: Callable[[], Awaitable[Any]], free: str, how: str = "FOR UPDATE"
) -> Any:
    """What comes of `doing`, which has to wait for rows that are `held` and meanwhile holds none of the table `free`.
    `held` is what follows `SELECT FROM`. A machine may be so busy that the wait is given up: then it is done again."""
    async with db.transaction():
        await db.execute(f"SELECT FROM {held}")
        done = asyncio.ensure_future(doing())
        await eventually(lambda: someone_waits(db))
        assert not done.done()
        assert await is_free(db, free, how)
    answer = await done
    gave_up = isinstance(answer, httpx.Response) and answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    return await doing() if gave_up else answer
