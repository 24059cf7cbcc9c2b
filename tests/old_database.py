"""A database as an earlier migration left it, and people as they were put in then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
from alembic import command

from rinnalla.kit import migrations


@asynccontextmanager
async def database_at(revision: str, postgres_url: str, db: asyncpg.Connection) -> AsyncIterator[str]:
    """Its URL."""
    await db.execute("CREATE DATABASE old")
    try:
        url = postgres_url.replace("/postgres?", "/old?")
        await asyncio.to_thread(command.upgrade, migrations.alembic_config(url), revision)
        yield url
    finally:
        await db.execute("DROP DATABASE old WITH (FORCE)")


async def person(db: asyncpg.Connection, home: UUID, role: str) -> UUID:
    made: UUID = await db.fetchval(
        "INSERT INTO account (id, organisation_id, role, state, display_name, wrapped_key) "
        "VALUES ($1, $2, $3, 'invited', 'Aino', '') RETURNING id",
        uuid4(), home, role,
    )  # fmt: skip
    return made
