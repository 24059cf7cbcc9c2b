"""The next version's migration comes while this version serves, and people write to each other all the time."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from rinnalla.app import Services
from rinnalla.kit import migrations
from rinnalla.kit.clock import SystemClock
from rinnalla.kit.postgres import plain
from rinnalla.kit.settings import Settings
from tests.api import Api, Contract, ok
from tests.conftest import RunningService
from tests.factories import Factory, Person
from tests.old_database import database_at

GIVES_UP_SECONDS = 8
"""Two of waiting for a lock, and some leisure for a busy machine."""
NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "next", "{head}", None, None

def upgrade():
    op.create_table("mood", sa.Column("id", sa.Uuid(), primary_key=True))
    op.add_column("member_event", sa.Column("mood", sa.Text(), nullable=True))
"""
"""As ours are: it only adds, and of the tables that every message is written to it holds but one."""


class Writer:
    """Someone who writes on and on, and sends again what was not taken."""

    def __init__(self, person: Person, thread: UUID) -> None:
        self._person = person
        self._thread = thread
        self.stored: list[int] = []

    async def write_on(self) -> None:
        while True:
            self.stored.append(await self._send())

    async def _send(self) -> int:
        body = {"client_id": str(uuid4()), "text": "hei"}
        while True:
            answer = await self._person.post(f"/v1/threads/{self._thread}/messages", body)
            if answer.status_code != 503:
                return int(ok(answer, {200: 200}.get(answer.status_code, 201))["seq"])
            await asyncio.sleep(0.1)

    async def goes_on(self) -> None:
        """Wait until ten more are stored. Raises: TimeoutError."""
        wanted = len(self.stored) + 10
        async with asyncio.timeout(20):
            while len(self.stored) < wanted:
                await asyncio.sleep(0.01)


def with_next(url: str, folder: Path) -> Config:
    config = migrations.alembic_config(url)
    head = ScriptDirectory.from_config(config).get_current_head()
    (folder / "next.py").write_text(NEXT.format(head=head))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", f"{migrations.FOLDER / 'versions'}\n{folder}")
    return config


@pytest.fixture
async def url(postgres_url: str, raw_db: asyncpg.Connection) -> AsyncIterator[str]:
    async with database_at("head", postgres_url, raw_db) as url:
        yield url


@asynccontextmanager
async def writing(settings: Settings, contract: Contract) -> AsyncIterator[Writer]:
    """Someone writes meanwhile."""
    services = Services(settings, SystemClock())
    with RunningService(settings) as running:
        async with Api(running.url, contract) as nobody, asyncio.TaskGroup() as group:
            make = Factory(services, nobody)
            mentee, _, thread = await make.talkers()
            writer = Writer(mentee, thread)
            task = group.create_task(writer.write_on())
            await writer.goes_on()
            yield writer
            task.cancel()
        await make.close()
    await services.close()


async def tables(db: asyncpg.Connection) -> list[asyncpg.Record]:
    """Every column of every table, and the version that they are of."""
    columns = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    version = "SELECT 'version', version_num FROM alembic_version"
    found: list[asyncpg.Record] = await db.fetch(f"{columns} UNION ALL {version} ORDER BY 1, 2")
    return found


async def test_a_migration_waits_for_no_lock_and_nobody_for_it(
    url: str, settings: Settings, contract: Contract, tmp_path: Path
) -> None:
    config = with_next(url, tmp_path)
    db = await asyncpg.connect(plain(url))
    before = await tables(db)
    async with writing(replace(settings, database_url=url, port=0), contract) as writer:
        async with db.transaction():
            await db.execute("LOCK TABLE member_event IN ACCESS SHARE MODE")  # as a long report has it
            began = time.monotonic()
            migrating = asyncio.create_task(asyncio.to_thread(command.upgrade, config, "head"))
            await asyncio.wait({migrating}, timeout=GIVES_UP_SECONDS)
            took = time.monotonic() - began
        with pytest.raises(DBAPIError, match="lock timeout"):
            await migrating
        assert took < GIVES_UP_SECONDS
        assert await tables(db) == before
        await writer.goes_on()
        await asyncio.to_thread(command.upgrade, config, "head")
        assert len(await tables(db)) == len(before) + 2
        await writer.goes_on()
    assert writer.stored == list(range(1, len(writer.stored) + 1))
    assert await db.fetchval("SELECT count(*) FROM message") - len(writer.stored) in {0, 1}  # one was under way
    await db.close()
