"""Connections are made to who takes writes, and given up when the other end is gone."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import quote, unquote

import asyncpg
import pytest
from sqlalchemy import text

from rinnalla.kit.database import Database
from rinnalla.kit.errors import Unavailable
from rinnalla.kit.postgres import DEADLINES, WIRE_OPTIONS, arguments, plain, shown


class Wire:
    """A port that leads to a Postgres, until it leads nowhere: what is said is swallowed and nothing is answered."""

    def __init__(self, door: str) -> None:
        self._door = door
        self._carrying: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server
        self.dead = False

    async def open(self) -> int:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        self._server.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(self._door)
        for one, other in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._carry(one, other))
            self._carrying.add(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if not self.dead:
                    writer.write(data)
        writer.close()


def folder_of(url: str) -> str:
    """Where the Postgres of the test run listens."""
    return unquote(url.partition("?host=")[2])


@pytest.fixture
async def wire(postgres_url: str) -> AsyncIterator[tuple[Wire, str]]:
    made = Wire(f"{folder_of(postgres_url)}/.s.PGSQL.5432")
    port = await made.open()
    yield made, f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres?sslmode=disable"
    await made.close()


async def test_the_kernel_watches_the_wire(wire: tuple[Wire, str]) -> None:
    connection = await asyncpg.connect(**arguments(wire[1]))
    try:
        ours = connection._transport.get_extra_info("socket")  # noqa: SLF001 - there is no public way to it
        assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        known = {name: value for name, value in WIRE_OPTIONS.items() if hasattr(socket, name)}
        assert known
        assert {name: ours.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in known} == known
    finally:
        await connection.close()


async def test_postgres_is_told_how_long_anything_may_take(postgres_url: str) -> None:
    """Whatever becomes of the service, it ends what takes longer and lets go of what was locked."""
    database = Database(postgres_url, pool_size=1)
    try:
        async with database.unit_of_work() as db:
            shown = {name: await db.scalar(text(f"SHOW {name}")) for name in DEADLINES}
    finally:
        await database.close()
    assert shown == {
        "statement_timeout": "5s",
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "10s",
        "transaction_timeout": "15s",
    }


async def test_a_connection_that_no_longer_answers_is_given_up_and_replaced(
    wire: tuple[Wire, str], raw_db: asyncpg.Connection
) -> None:
    middle, url = wire
    database = Database(url, pool_size=2)

    async def number() -> int:
        async with asyncio.timeout(30), database.unit_of_work() as db:
            return int(await db.scalar(text("SELECT pg_backend_pid()")))

    try:
        before = await number()
        middle.dead = True
        for _ in range(2):
            with pytest.raises(Unavailable):
                await number()
        middle.dead = False
        assert await number() != before
        assert database.connections_in_use() == 0
    finally:
        await database.close()


async def test_a_dead_connection_is_not_handed_out(postgres_url: str, raw_db: asyncpg.Connection) -> None:
    """Nobody has to fail so that it is noticed."""
    database = Database(postgres_url, pool_size=1)
    try:
        async with database.unit_of_work() as db:
            before = await db.scalar(text("SELECT pg_backend_pid()"))
        await raw_db.execute("SELECT pg_terminate_backend($1, 5000)", before)
        await asyncio.sleep(0.1)  # the end has been sent; this process has yet to hear of it
        async with database.unit_of_work() as db:
            assert await db.scalar(text("SELECT pg_backend_pid()")) != before
    finally:
        await database.close()


async def test_of_several_hosts_the_one_that_takes_writes(postgres_url: str, raw_db: asyncpg.Connection) -> None:
    here = quote(folder_of(postgres_url))
    await raw_db.execute("CREATE ROLE reader LOGIN; ALTER ROLE reader SET default_transaction_read_only = on")
    try:
        for hosts in (f"/nowhere,{here}", f"{here},/nowhere"):
            database = Database(f"postgresql+asyncpg://postgres@/postgres?host={hosts}", pool_size=1)
            async with database.unit_of_work() as db:
                assert await db.scalar(text("SHOW transaction_read_only")) == "off"
            await database.close()
        standby = f"postgresql+asyncpg://reader@/postgres?host={here}"
        database = Database(standby, pool_size=1)
        with pytest.raises(Unavailable):
            async with database.unit_of_work() as db:
                await db.execute(text("SELECT 1"))
        await database.close()
        meant = Database(f"{standby}&target_session_attrs=any", pool_size=1)
        async with meant.unit_of_work() as db:
            assert await db.scalar(text("SELECT 1")) == 1
        await meant.close()
    finally:
        await raw_db.execute("DROP ROLE reader")


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("postgresql+asyncpg://aino:sala:sana@db:5432/rinnalla", "postgresql://aino:***@db:5432/rinnalla"),
        ("postgresql+asyncpg://aino:salasana@one:1,two:2/rinnalla", "postgresql://aino:***@one:1,two:2/rinnalla"),
        ("postgresql+asyncpg://aino:sala@sana@db/rinnalla", "postgresql://aino:***@db/rinnalla"),
        ("postgresql+asyncpg://aino:sala/sana@db/rinnalla", "postgresql://aino:***@db/rinnalla"),
        (
            "postgresql+asyncpg://aino@db/rinnalla?password=salasana&sslpassword=sana&ssl=on",
            "postgresql://aino@db/rinnalla?password=***&sslpassword=***&ssl=on",
        ),
        ("postgresql+asyncpg://aino@db/rinnalla", "postgresql://aino@db/rinnalla"),
        ("postgresql+asyncpg://@/rinnalla?host=/run", "postgresql://@/rinnalla?host=/run"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, wanted: str) -> None:
    assert shown(url) == wanted
    assert plain(url) == url.replace("+asyncpg", "")
