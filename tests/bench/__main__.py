"""How fast messages travel, on this machine, now: `make bench`. Figures are for comparing within one run.

The service runs as a process of its own with a Postgres of its own; this process plays its clients.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import psutil
from rich.console import Console
from rich.progress import track
from rich.table import Table

from rinnalla.app import Services
from rinnalla.kit import embedded, keyring, migrations
from rinnalla.kit.clock import SystemClock
from rinnalla.kit.settings import Settings
from rinnalla.realtime import frames
from tests.api import Api, Contract
from tests.factories import Factory, Person
from tests.phone import Phone

PORT = 18800
PAIRS = 16
SENDS_EACH = 60
IDLE_SOCKETS = 300
ROWS = 2000
NO_CONTRACT = Contract({"paths": {}, "components": {}})
Talk = tuple[Person, Person, UUID]


class Quiet(Api):
    """A client that checks nothing: the checking would be measured too."""


def percentile(values: Sequence[float], share: float) -> float:
    return float(sorted(values)[min(len(values) - 1, int(len(values) * share))])


async def rows_one_by_one(url: str) -> float:
    """Single-row inserts a second of one plain connection with a commit each: what this machine's Postgres gives."""
    db = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    await db.execute("CREATE TEMPORARY TABLE bench (id uuid PRIMARY KEY, body bytea)")
    started = time.perf_counter()
    for _ in range(ROWS):
        await db.execute("INSERT INTO bench VALUES ($1, $2)", uuid4(), b"x" * 80)
    took = time.perf_counter() - started
    await db.close()
    return ROWS / took


async def timed(count: int, work: Callable[[int], Awaitable[object]]) -> list[float]:
    """Milliseconds that each of `count` calls took, one after the other."""
    took = []
    for number in range(count):
        started = time.perf_counter()
        await work(number)
        took.append((time.perf_counter() - started) * 1000)
    return took


async def by_socket(talk: Talk) -> list[float]:
    mentee, _, thread = talk
    async with await Phone.let_in(mentee) as phone:

        async def send(number: int) -> None:
            await phone.send(thread, f"viesti {number}")
            await phone.until(frames.Ack)

        return await timed(SENDS_EACH, send)


async def by_http(talk: Talk) -> list[float]:
    mentee, _, thread = talk

    async def send(number: int) -> None:
        body = {"client_id": str(uuid4()), "text": f"viesti {number}"}
        answer = await mentee.http.post(f"/v1/threads/{thread}/messages", json=body)
        answer.raise_for_status()

    return await timed(SENDS_EACH, send)


async def to_the_other_phone(talk: Talk) -> list[float]:
    mentee, mentor, thread = talk
    async with await Phone.let_in(mentee) as young, await Phone.let_in(mentor) as other:
        await other.resume(other.hello.last_seq)

        async def send(number: int) -> None:
            await young.send(thread, f"viesti {number}")
            await other.event(frames.MessageEvent)
            await young.until(frames.Ack)

        return await timed(SENDS_EACH, send)


async def all_at_once(
    talks: Sequence[Talk], way: Callable[[Talk], Awaitable[list[float]]]
) -> tuple[float, list[float]]:
    """Calls a second, and how long each took in milliseconds."""
    started = time.perf_counter()
    took = [one for each in await asyncio.gather(*(way(talk) for talk in talks)) for one in each]
    return len(took) / (time.perf_counter() - started), took


async def idle_sockets(person: Callable[[], Awaitable[Person]], process: psutil.Process) -> float:
    """Memory of one socket that nobody uses, in KiB."""
    people = [await person() for _ in track(range(IDLE_SOCKETS // 5), "Quiet people", transient=True)]
    before = process.memory_info().rss
    phones = [await Phone.let_in(one, after=0) for one in people for _ in range(5)]
    await asyncio.sleep(1)
    grown = process.memory_info().rss - before
    for phone in phones:
        await phone.socket.close()
    return float(grown / len(phones) / 1024)


async def measure(settings: Settings, url: str, process: psutil.Process, console: Console) -> None:
    services = Services(settings, SystemClock())
    factory = Factory(services, Quiet(url, NO_CONTRACT))
    talks = [await factory.talkers() for _ in track(range(PAIRS), "People", console=console, transient=True)]
    table = Table("what", "a second", "p50 ms", "p99 ms", title="Messages")
    plain = await rows_one_by_one(settings.database_url or "")
    table.add_row("a plain INSERT and commit, one connection", f"{plain:.0f}", "", "")
    for name, way, crowd in (
        ("send -> ack, one socket", by_socket, talks[:1]),
        ("send -> the other phone, one pair", to_the_other_phone, talks[:1]),
        ("send -> 201, one HTTP client", by_http, talks[:1]),
        (f"send -> ack, {PAIRS} sockets at once", by_socket, talks),
        (f"send -> the other phone, {PAIRS} pairs at once", to_the_other_phone, talks),
        (f"send -> 201, {PAIRS} HTTP clients at once", by_http, talks),
    ):
        rate, took = await all_at_once(crowd, way)
        table.add_row(name, f"{rate:.0f}", f"{statistics.median(took):.1f}", f"{percentile(took, 0.99):.1f}")
    console.print(table)
    memory = await idle_sockets(lambda: factory.mentee(talks[0][0].organisation_id), process)
    console.print(f"A quiet socket takes {memory:.0f} KiB of the service's memory.")
    await factory.close()
    await factory.nobody.http.aclose()
    await services.close()


def main() -> None:
    console = Console()
    with tempfile.TemporaryDirectory(prefix="rinnalla-bench-") as name, embedded.postgres(Path(name)) as url:
        folder = Path(name)
        migrations.migrate(url)
        settings = Settings(
            data_folder=folder,
            database_url=url,
            master_keys=keyring.from_folder(folder, keyring.MASTER_KEY_FILE),
            token_keys=keyring.from_folder(folder, keyring.TOKEN_KEY_FILE),
        )
        environ = {
            **os.environ,
            "RINNALLA_DATA": name,
            "RINNALLA_PORT": str(PORT),
            "RINNALLA_LIMIT_FACTOR": "100000",
            "RINNALLA_LOG_LEVEL": "error",
        }
        command = [sys.executable, "-m", "rinnalla", "serve"]
        with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) as server:  # noqa: S603 - our own command
            try:
                service = f"http://127.0.0.1:{PORT}"
                wait_until_ready(service)
                asyncio.run(measure(settings, service, psutil.Process(server.pid), console))
            finally:
                server.terminate()


def wait_until_ready(url: str) -> None:
    for _ in range(100):
        try:
            if httpx.get(f"{url}/readyz").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise SystemExit("The service did not start.")


main()
