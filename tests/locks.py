"""Who waits for whom in Postgres."""

import asyncpg


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
