"""A Postgres that a test may kill, freeze, fill and change, and settings of a service on it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from rinnalla.kit import keyring, migrations
from rinnalla.kit.postgres import plain
from rinnalla.kit.settings import Settings
from tests.faults.processes import Postgres


@contextmanager
def own_postgres() -> Iterator[tuple[Postgres, Settings]]:
    """One with all tables, gone afterwards."""
    with TemporaryDirectory(prefix="rinnalla-") as name, Postgres.running(folder := Path(name)) as postgres:
        migrations.migrate(postgres.url)
        yield (
            postgres,
            Settings(
                data_folder=folder,
                database_url=postgres.url,
                master_keys=keyring.from_folder(folder, keyring.MASTER_KEY_FILE),
                token_keys=keyring.from_folder(folder, keyring.TOKEN_KEY_FILE),
                limit_factor=1000.0,
                pool_size=4,
                drain_seconds=0.0,
                port=0,
            ),
        )


async def connect(postgres: Postgres) -> asyncpg.Connection:
    """A connection beside the service."""
    return await asyncpg.connect(plain(postgres.url))


async def set_for_all(postgres: Postgres, name: str, value: str) -> None:
    """Change a setting of the whole server; it holds for those who are connected, too."""
    db = await connect(postgres)
    await db.execute(f"ALTER SYSTEM SET {name} = {value}")
    await db.execute("SELECT pg_reload_conf()")
    await db.close()


@contextmanager
def small_disk(postgres: Postgres) -> Iterator[Path]:
    """A disk of two megabytes that Postgres may write to."""
    user = postgres.door.stat().st_uid
    with TemporaryDirectory(prefix="rinnalla-") as name:
        mounted = subprocess.run(  # noqa: S603 - our own command
            ["mount", "-t", "tmpfs", "-o", f"size=2m,uid={user}", "rinnalla-test", name],  # noqa: S607 - wherever it is
            capture_output=True,
            check=False,
        )
        if mounted.returncode:
            pytest.skip("this machine lets nobody mount a disk")
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)  # noqa: S603, S607 - the same
