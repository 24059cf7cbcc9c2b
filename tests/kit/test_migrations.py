"""Tables of another version, and tables that are not what the models say."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

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
