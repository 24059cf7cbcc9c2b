"""Who waits for whom in Postgres."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx

from rinnalla.kit.errors import Unavailable
from tests.patience import eventually

TRIES = 3


async def someone_waits(db: asyncpg.Connection) -> bool:
    """Whether a transaction waits for a lock that this connection holds."""
    await db.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction the first look would be kept
    return bool(
        await db.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
    )


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
    `held` is what follows `SELECT FROM`. Where a busy machine let it give the wait up, it is done again."""
    for _ in range(TRIES):
        async with db.transaction():
            await db.execute(f"SELECT FROM {held}")
            done = asyncio.ensure_future(doing())

            async def waits_or_has_ended(done: asyncio.Future[Any] = done) -> bool:
                return done.done() or await someone_waits(db)

            await eventually(waits_or_has_ended)
            assert await is_free(db, free, how)
            assert not done.done() or _gave_up(done), "it did not wait"
        await asyncio.wait([done])
        if not _gave_up(done):
            break
    return await done


def _gave_up(done: asyncio.Future[Any]) -> bool:
    if done.exception() is not None:
        return isinstance(done.exception(), Unavailable)
    answer = done.result()
    return isinstance(answer, httpx.Response) and answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
