"""What young people had said of one pair before it held for all: the newest of it is kept, and there is a way back."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic import command

from rinnalla.kit import migrations
from tests.old_database import database_at, person

BEFORE = "0020"


@pytest.fixture
async def old_url(postgres_url: str, raw_db: asyncpg.Connection) -> AsyncIterator[str]:
    async with database_at(BEFORE, postgres_url, raw_db) as url:
        yield url


async def cared(db: asyncpg.Connection, home: UUID, mentee: UUID, days_ago: int | None, ended: bool = False) -> None:
    """A pair of a young person who said "not now" in it so many days ago, or did not."""
    mentor, pair = await person(db, home, "mentor"), uuid4()
    await db.execute("INSERT INTO mentor_card (account_id, organisation_id, capacity) VALUES ($1, $2, 2)", mentor, home)
    await db.execute(
        "INSERT INTO pair (id, organisation_id, mentee_id, mentor_id, state, origin, expires_at) "
        "VALUES ($1, $2, $3, $4, 'proposed', 'staff', now())",
        pair, home, mentee, mentor,
    )  # fmt: skip
    await db.execute(
        "INSERT INTO pair_care (pair_id, organisation_id, mentee_id, mentor_id, planned_until, not_now_at, ended_at) "
        "VALUES ($1, $2, $3, $4, now(), now() - make_interval(days => $5), CASE WHEN $6 THEN now() END)",
        pair, home, mentee, mentor, days_ago, ended,
    )  # fmt: skip


async def test_there_and_back(old_url: str) -> None:
    db = await asyncpg.connect(old_url.replace("postgresql+asyncpg", "postgresql"))
    home = await db.fetchval(
        "INSERT INTO organisation (id, name, country) VALUES ($1, 'Old', 'FI') RETURNING id", uuid4()
    )
    said, silent, over = [await person(db, home, "mentee") for _ in range(3)]
    for days_ago in (30, 3, None):
        await cared(db, home, said, days_ago)
    await cared(db, home, silent, None)
    await cared(db, home, over, 3, ended=True)

    await asyncio.to_thread(migrations.migrate, old_url)
    assert await asyncio.to_thread(migrations.drift, old_url) is None
    rows = await db.fetch("SELECT account_id, (now() - said_at) < interval '4 days', until FROM not_now")
    assert [tuple(row) for row in rows] == [(said, True, None)]

    await asyncio.to_thread(command.downgrade, migrations.alembic_config(old_url), BEFORE)
    rows = await db.fetch("SELECT mentee_id FROM pair_care WHERE not_now_at IS NOT NULL")
    assert [row[0] for row in rows] == [said, said, said]
    await db.close()
