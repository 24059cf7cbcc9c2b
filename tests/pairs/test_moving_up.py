"""Pairs that were there before trials and closings: what becomes of them, and that there is a way back."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic import command

from rinnalla.kit import migrations
from tests.old_database import database_at, person

BEFORE = "0005"
KINDS = {"as_planned": "planned", "safety": "safeguarding", "lost_contact": "one_side_gone", None: "unplanned"}
"""What an old reason is taken for."""


@pytest.fixture
async def old_url(postgres_url: str, raw_db: asyncpg.Connection) -> AsyncIterator[str]:
    async with database_at(BEFORE, postgres_url, raw_db) as url:
        yield url


@pytest.fixture
async def old_db(old_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(old_url.replace("postgresql+asyncpg", "postgresql"))
    yield connection
    await connection.close()


async def pair(db: asyncpg.Connection, home: UUID, mentor: UUID, state: str, reason: str | None = None) -> UUID:
    mentee, thread = await person(db, home, "mentee"), None
    if state in {"active", "ended"}:
        thread = await db.fetchval(
            "INSERT INTO thread (id, mentee_id, mentor_id) VALUES ($1, $2, $3) RETURNING id", uuid4(), mentee, mentor
        )
    is_over = state not in {"proposed", "active"}
    made: UUID = await db.fetchval(
        "INSERT INTO pair (id, organisation_id, mentee_id, mentor_id, thread_id, state, origin, mentee_accepted_at, "
        "mentor_accepted_at, closed_at, closed_by_role, close_reason) "
        "VALUES ($1, $2, $3, $4, $5, $6, 'staff', now(), now(), $7, $8, $9) RETURNING id",
        uuid4(), home, mentee, mentor, thread, state, *(
            (await db.fetchval("SELECT now()"), "mentor", reason) if is_over else (None, None, None)
        ),
    )  # fmt: skip
    return made


async def test_there_and_back(old_url: str, old_db: asyncpg.Connection) -> None:
    home = await old_db.fetchval(
        "INSERT INTO organisation (id, name, country) VALUES ($1, 'Old', 'FI') RETURNING id", uuid4()
    )
    mentor = await person(old_db, home, "mentor")
    await old_db.execute(
        "INSERT INTO mentor_card (account_id, organisation_id, capacity) VALUES ($1, $2, 2)", mentor, home
    )
    active = await pair(old_db, home, mentor, "active")
    proposed = [await pair(old_db, home, mentor, "proposed") for _ in range(3)]  # more than there are places
    endings = {await pair(old_db, home, mentor, "ended", reason): kind for reason, kind in KINDS.items()}
    declined = await pair(old_db, home, mentor, "declined", "no_time")
    counted = "SELECT open_pairs FROM mentor_card"
    assert await old_db.fetchval(counted) == 1

    await asyncio.to_thread(migrations.migrate, old_url)
    assert await asyncio.to_thread(migrations.drift, old_url) is None
    rows = {row["id"]: row for row in await old_db.fetch("SELECT * FROM pair")}
    assert rows[active]["state"] == "active"
    assert all(rows[one]["state"] == "proposed" and rows[one]["expires_at"] is not None for one in proposed)
    assert {one: (rows[one]["state"], rows[one]["ending_kind"]) for one in endings} == {
        one: ("closed", kind) for one, kind in endings.items()
    }
    assert (rows[declined]["state"], rows[declined]["answer"]) == ("declined", "no")
    assert await old_db.fetchval(counted) == 4
    with pytest.raises(asyncpg.CheckViolationError, match="no free place"):
        await old_db.execute(
            "INSERT INTO pair (id, organisation_id, mentee_id, mentor_id, state, origin, expires_at) "
            "VALUES ($1, $2, $3, $4, 'proposed', 'staff', now())",
            uuid4(), home, await person(old_db, home, "mentee"), mentor,
        )  # fmt: skip
    await old_db.execute("UPDATE pair SET state = 'trial', trial_ends_at = now(), thread_id = $1 WHERE id = $2",
                         rows[active]["thread_id"], proposed[0])  # fmt: skip
    assert await old_db.fetchval(counted) == 4

    await asyncio.to_thread(command.downgrade, migrations.alembic_config(old_url), BEFORE)
    states = {row["id"]: row["state"] for row in await old_db.fetch("SELECT id, state FROM pair")}
    assert states == {active: "active", declined: "declined"} | dict.fromkeys(endings, "ended") | {
        proposed[0]: "active", proposed[1]: "proposed", proposed[2]: "proposed",
    }  # fmt: skip
    assert await old_db.fetchval(counted) == 2
