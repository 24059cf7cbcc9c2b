"""Several worker processes on one port: set up once, kept alive, sent home, and never left behind."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from rinnalla.kit.bus import LISTENER_NAME
from rinnalla.kit.postgres import plain
from rinnalla.kit.settings import Settings
from tests.node import Node, free_port, serving, settings_beside
from tests.patience import eventually, wait_until
from tests.test_command_line import Machine

SMALL_AND_BRISK: dict[str, Any] = {"RINNALLA_POOL_SIZE": 4, "RINNALLA_DRAIN_SECONDS": 0.2}
SIGN_UP = {"password": "kolme kissaa ja kuu"}


@pytest.fixture
def beside(postgres_url: str, data_folder: Path, settings: Settings) -> dict[str, Any]:
    return settings_beside(postgres_url, data_folder, **SMALL_AND_BRISK)


@pytest.fixture(scope="module")
def machine(
    postgres_url: str, data_folder: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Node]:
    own = settings_beside(postgres_url, data_folder, **SMALL_AND_BRISK, RINNALLA_WORKERS=2)
    with serving(tmp_path_factory.mktemp("two"), **own) as node:
        yield node


@pytest.fixture
def two(machine: Node) -> Node:
    """A node of two workers. It is the same for all tests here; what one of them has ended runs again for the next."""
    if machine.process.poll() is not None:
        machine.start().until_ready()
    wait_until(lambda: len(machine.workers()) == 2)
    return machine


def answers(node: Node) -> set[int]:
    """The workers that answer: each new connection may be taken by another."""
    for _ in range(40):
        assert httpx.get(f"{node.url}/livez").status_code == 200
    return {line["worker"] for line in node.logged("request")}


def test_set_up_once_and_stopped_with_its_postgres(own_data: Path, tmp_path: Path) -> None:
    own = {"RINNALLA_DATA": own_data, "RINNALLA_PORT": free_port(), "RINNALLA_DRAIN_SECONDS": 0}
    with serving(tmp_path, **own, RINNALLA_WORKERS=2) as node:
        assert len(node.workers()) == 2
        made = httpx.post(f"{node.url}/v1/accounts", json={"nickname": "tuuli", **SIGN_UP})
        assert made.status_code == 201
        workers = node.workers()
        node.process.send_signal(signal.SIGTERM)
        assert node.process.wait(30) == 0
        assert psutil.wait_procs(workers, timeout=10)[1] == []
    assert [one for one in psutil.process_iter(["cmdline"]) if str(own_data) in str(one.info["cmdline"])] == []


def test_every_worker_takes_connections_and_says_who_it_is(two: Node) -> None:
    wait_until(lambda: answers(two) == {1, 2})
    assert {line["worker"] for line in two.logged("worker_started")} == {1, 2}


async def listeners(db: asyncpg.Connection) -> int:
    asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"
    return int(await db.fetchval(asked, LISTENER_NAME))


async def test_each_process_has_one_listener_and_however_many_come_no_more(two: Node, postgres_url: str) -> None:
    db = await asyncpg.connect(plain(postgres_url))
    wait_until(lambda: {httpx.get(f"{two.url}/readyz").status_code for _ in range(20)} == {200})  # one may be new
    with_both = await listeners(db)
    async with AsyncExitStack() as stack:
        for _ in range(10):
            await stack.enter_async_context(connect(two.url.replace("http", "ws") + "/v1/realtime"))
        assert await listeners(db) == with_both
    two.process.terminate()
    assert await asyncio.to_thread(two.process.wait, 30) == 0

    async def theirs_are_gone() -> bool:
        return await listeners(db) == with_both - 2

    await eventually(theirs_are_gone)
    await db.close()


def test_one_that_dies_is_replaced_and_meanwhile_the_other_serves(two: Node) -> None:
    dying, other = two.workers()
    dying.kill()
    wait_until(lambda: dying not in two.workers() and len(two.workers()) == 2)
    assert other in two.workers()
    assert httpx.get(f"{two.url}/livez").status_code == 200
    *_, ended = (line["worker"] for line in two.logged("worker_ended") if line["code"] == -signal.SIGKILL)
    *_, started, again = (line["process"] for line in two.logged("worker_started") if line["worker"] == ended)
    assert (started, again in {worker.pid for worker in two.workers()}) == (dying.pid, True)


def test_who_waits_to_be_let_in_survives_a_dying_worker(two: Node) -> None:
    """Both stand still, so connections wait before the one door of the two; then one dies."""
    dying, other = two.workers()
    for worker in (dying, other):
        worker.suspend()
    host, port = two.url.removeprefix("http://").split(":")
    with ExitStack() as stack:
        waiting = [stack.enter_context(socket.create_connection((host, int(port)), timeout=30)) for _ in range(20)]
        for one in waiting:
            one.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        dying.kill()
        other.resume()
        assert {one.recv(12) for one in waiting} == {b"HTTP/1.1 200"}


def test_no_worker_outlives_its_starter(two: Node) -> None:
    workers = two.workers()
    two.process.kill()
    assert psutil.wait_procs(workers, timeout=30)[1] == []
    with socket.socket() as port:
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port.bind(("127.0.0.1", int(two.url.rpartition(":")[2])))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_all(two: Node, number: signal.Signals) -> None:
    """To the whole group, as a terminal or a service manager sends them: each worker may hear it twice."""
    workers, deaths = two.workers(), len(two.logged("worker_ended"))
    os.killpg(two.process.pid, number)
    assert two.process.wait(30) == 0
    assert psutil.wait_procs(workers, timeout=0)[1] == []
    assert len(two.logged("worker_ended")) == deaths


def test_a_second_signal_ends_all_at_once(beside: dict[str, Any], tmp_path: Path) -> None:
    beside |= {"RINNALLA_WORKERS": 2, "RINNALLA_DRAIN_SECONDS": 60}
    with serving(tmp_path, **beside) as node, socket.create_connection(("127.0.0.1", beside["RINNALLA_PORT"])) as open_:
        workers = node.workers()
        node.process.terminate()
        wait_until(lambda: not node.is_ready())
        node.process.terminate()
        assert node.process.wait(30) == 0
        assert psutil.wait_procs(workers, timeout=0)[1] == []
        assert open_.recv(1) == b""


def test_one_worker_is_no_extra_process(beside: dict[str, Any], tmp_path: Path) -> None:
    with serving(tmp_path, **beside) as node:
        assert psutil.Process(node.process.pid).children(recursive=True) == []
        httpx.get(f"{node.url}/livez")
        assert all("worker" not in line for line in node.logged())
        node.process.send_signal(signal.SIGHUP)
        assert node.process.wait(30) == 0


@pytest.mark.parametrize(("workers", "pool"), [(8, 10), (1, 200)])
def test_more_connections_than_postgres_has_stop_the_start(beside: dict[str, Any], workers: int, pool: int) -> None:
    refused = Machine(**beside).run("serve", RINNALLA_WORKERS=str(workers), RINNALLA_POOL_SIZE=str(pool))
    assert refused.returncode == 2
    each = pool + 5
    assert refused.stderr.splitlines()[-1].startswith(
        f"RINNALLA_WORKERS: {workers} with {each} connections each, and 3 for commands, are {workers * each + 3}; "
        "this Postgres allows 97: set RINNALLA_POOL_SIZE"
    )


async def test_what_others_hold_is_told(beside: dict[str, Any], postgres_url: str, tmp_path: Path) -> None:
    url = postgres_url.replace("postgresql+asyncpg", "postgresql")
    others = [await asyncpg.connect(url) for _ in range(20)]
    try:
        with serving(tmp_path, **(beside | {"RINNALLA_POOL_SIZE": 80})) as node:
            assert node.logged("connections_scarce")
    finally:
        for other in others:
            await other.close()


async def test_an_address_has_so_many_sockets_in_all_workers_together(beside: dict[str, Any], tmp_path: Path) -> None:
    with serving(tmp_path, **beside, RINNALLA_WORKERS=2, RINNALLA_SOCKETS_PER_ADDRESS=6) as node:
        url = f"{node.url.replace('http', 'ws', 1)}/v1/realtime"
        async with AsyncExitStack() as stack:

            async def is_let_through() -> bool:
                try:
                    await stack.enter_async_context(connect(url, compression=None))
                except InvalidStatus as refused:
                    return bool(refused.response.status_code != 429)
                return True

            assert sum([await is_let_through() for _ in range(24)]) == 6
