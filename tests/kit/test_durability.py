"""A Postgres that may lose what it has confirmed is not worked with."""

import asyncpg
import pytest

from rinnalla.kit.durability import check_server
from rinnalla.kit.settings import SettingsError


async def test_the_bundled_postgres_keeps_what_it_has_confirmed(postgres_url: str) -> None:
    await check_server(postgres_url)


async def test_a_careless_postgres_is_refused(postgres_url: str, raw_db: asyncpg.Connection) -> None:
    await raw_db.execute("CREATE DATABASE careless")
    try:
        await raw_db.execute("ALTER DATABASE careless SET synchronous_commit = off")
        with pytest.raises(SettingsError, match="switch on synchronous_commit"):
            await check_server(postgres_url.replace("/postgres?", "/careless?"))
    finally:
        await raw_db.execute("DROP DATABASE careless")


async def test_a_database_that_is_not_there_is_named_without_its_password(postgres_url: str) -> None:
    with pytest.raises(SettingsError, match=r"/nowhere.* can't be used: there is no such database") as refused:
        await check_server(postgres_url.replace("/postgres?", "/nowhere?").replace("postgres@", "postgres:salasana@"))
    assert "salasana" not in str(refused.value)
