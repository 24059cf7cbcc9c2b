"""Many sockets that nobody uses: what each takes of the service's memory, and of Postgres."""

import asyncio
import time
from dataclasses import dataclass

import asyncpg
import psutil
from rich.console import Console
from rich.progress import track

from tests.bench.scene import Scene
from tests.faults.wire import Http, Line

SOCKETS = 5000
SOCKETS_EACH = 5
PEOPLE_AT_ONCE = 10
SETTLING_SECONDS = 8
QUESTIONS = 100
# The listener says a word to itself now and then, and a look at the streams takes a moment every five seconds.
BUSY = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'rinnalla%' AND state <> 'idle'"
ALL = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'rinnalla%'"


@dataclass(frozen=True, slots=True)
class Idle:
    """`kib_each`: of the process' resident memory. `busy`: connections to Postgres in use, and `connections`: all that
    the pools keep, however many sockets there are. `answer_ms`: how long `/livez` took, each time."""

    sockets: int
    kib_each: float
    busy: int
    connections: int
    answer_ms: list[float]


async def idle(scene: Scene, console: Console) -> Idle:
    """Open them all, wait until it is quiet, look."""
    process = psutil.Process(scene.node.process.pid)
    async with scene.people() as people:
        home = await people.organisation()
        persons = []
        for _ in track(range(SOCKETS // SOCKETS_EACH), "Quiet people", console=console, transient=True):
            persons.append(await people.mentee(home))
            await persons[-1].http.aclose()
    before = process.memory_info().rss
    lines: list[Line] = []
    starts = range(0, len(persons), PEOPLE_AT_ONCE)
    for start in track(starts, "Quiet sockets", console=console, transient=True):
        some = [person for person in persons[start : start + PEOPLE_AT_ONCE] for _ in range(SOCKETS_EACH)]
        lines += await asyncio.gather(*(scene.open(person, lambda _: None) for person in some))
    await asyncio.sleep(SETTLING_SECONDS)
    grown = process.memory_info().rss - before
    answers = await _answers(scene)
    postgres = await asyncpg.connect(scene.postgres.url.replace("+asyncpg", ""))
    found = Idle(
        len(lines), grown / len(lines) / 1024, await postgres.fetchval(BUSY), await postgres.fetchval(ALL), answers
    )
    await postgres.close()
    for line in lines:
        line.cut()
    return found


async def _answers(scene: Scene) -> list[float]:
    http, took = Http(), []
    for _ in range(QUESTIONS):
        started = time.perf_counter()
        await http.call(scene.address, "GET", "/livez")
        took.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(0.05)
    http.close()
    return took
