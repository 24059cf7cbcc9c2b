"""Tables of another version, and tables that are not what the models say."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import asyncpg
import pytest
from alembic import command as alembic

from rinnalla.kit import migrations
from rinnalla.kit.settings import SettingsError
from tests import command


@pytest.fixture
async def empty_url(postgres_url: str, raw_db: asyncpg.Connection) -> AsyncIterator[str]:
    await raw_db.execute("CREATE DATABASE empty")
    yield postgres_url.replace("/postgres?", "/empty?")
    await raw_db.execute("DROP DATABASE empty WITH (FORCE)")


async def change(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    await connection.execute(sql)
    await connection.close()


async def test_tables_are_made_kept_and_compared(empty_url: str) -> None:
    for _ in range(2):
        await asyncio.to_thread(migrations.migrate, empty_url)
        assert await asyncio.to_thread(migrations.drift, empty_url) is None
    await change(empty_url, "ALTER TABLE topic ADD COLUMN mood text")
    drift = await asyncio.to_thread(migrations.drift, empty_url)
    assert drift is not None
    assert "mood" in drift


async def test_several_processes_may_start_at_once(empty_url: str, data_folder: Path) -> None:
    environment = command.environment(DATABASE_URL=empty_url, RINNALLA_DATA=data_folder)
    started = [command.Started("migrate", environment=environment) for _ in range(2)]
    ended = [await asyncio.to_thread(process.end) for process in started]
    assert [process.returncode for process in ended] == [0, 0], ended
    assert await asyncio.to_thread(migrations.drift, empty_url) is None


async def test_tables_of_a_newer_version_are_left_alone(empty_url: str) -> None:
    await asyncio.to_thread(migrations.migrate, empty_url)
    await change(empty_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SettingsError, match="not of this version of Rinnalla"):
        await asyncio.to_thread(migrations.migrate, empty_url)


async def test_mentors_approved_before_screenings_were_noted_stay_in(empty_url: str) -> None:
    config = migrations.alembic_config(empty_url)
    await asyncio.to_thread(alembic.upgrade, config, "0005")
    await change(
        empty_url,
        "INSERT INTO organisation (id, name, country) VALUES (gen_random_uuid(), 'Rinnalla', 'FI');"
        "INSERT INTO account (id, organisation_id, role, state, display_name, wrapped_key)"
        " SELECT gen_random_uuid(), organisation.id, 'mentor', 'invited', people.name, ''"
        " FROM organisation, (VALUES ('approved'), ('new')) AS people (name);"
        "INSERT INTO mentor_card (account_id, organisation_id, approved_at) SELECT id, organisation_id,"
        " CASE display_name WHEN 'approved' THEN timestamptz '2026-05-06 07:08Z' END FROM account",
    )
    await asyncio.to_thread(migrations.migrate, empty_url)
    connection = await asyncpg.connect(empty_url.replace("postgresql+asyncpg", "postgresql"))
    screened = await connection.fetch("SELECT screened_on, screened_until FROM mentor_card ORDER BY approved_at")
    await connection.close()
    assert [tuple(row) for row in screened] == [(date(2026, 5, 6), None), (None, None)]
    await asyncio.to_thread(alembic.downgrade, config, "0005")
    await asyncio.to_thread(migrations.migrate, empty_url)
