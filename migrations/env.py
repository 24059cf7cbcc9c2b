"""How migrations run: one transaction, one runner at a time, and no lock waited for longer than two seconds."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.pool import NullPool

from rinnalla.kit import postgres
from rinnalla.tables import metadata

RUNNER_LOCK = 7246655  # "rinnall" on a telephone's keys
LOCK_TIMEOUT = "2s"


def _run(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": RUNNER_LOCK})
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


async def _main() -> None:
    url = context.config.attributes["url"]
    engine = postgres.engine(postgres.arguments(url, seconds=None), poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(_run)
    await engine.dispose()


asyncio.run(_main())
