"""F5 in its whole size: 50 sockets whose clients take next to nothing, with 1,000 events waiting for each. What they
cost, whether others notice, when they are let go of, and whether everything is there when they come back."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import psutil

from tests.bench.figures import percentile
from tests.bench.scene import Scene
from tests.factories import Person
from tests.faults.wire import Frame
from tests.realtime.test_dead_peers import TEXT, slow_socket
from tests.wire import Wire

PAIRS = 5
SOCKETS_EACH = 5
EVENTS = 1000
LATE_READERS = 5
"""So many of the sockets begin to read when it is too late, and are told why they were closed."""
LATE_SECONDS = 15
PATIENCE_SECONDS = 120
AT_ONCE = 50
SLOW_CONSUMER = 4008
NEIGHBOUR_PAUSE_SECONDS = 0.02


@dataclass
class Slow:
    """`grown`: bytes of the service's memory at the most. `alone`, `beside`: milliseconds from a neighbour's send to
    the other phone, before and meanwhile. `let_go`: seconds until each socket that never reads was let go of. `codes`:
    with which those were closed that read too late. `complete`: people who got everything when they came back."""

    sockets: int = 0
    people: int = 0
    grown: int = 0
    alone: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    let_go: list[float] = field(default_factory=list)
    codes: list[int | None] = field(default_factory=list)
    complete: int = 0

    @property
    def broken(self) -> bool:
        return self.complete < self.people or set(self.codes) != {SLOW_CONSUMER}

    def __str__(self) -> str:
        return (
            f"{self.sockets} sockets that take nothing, {EVENTS:,} events for each: let go of after "
            f"{max(self.let_go):.0f} s at the latest, those who read too late with "
            f"{', '.join(sorted({str(code) for code in self.codes}))}; {self.grown / 2**20:.0f} MiB for all of them; a "
            f"neighbour's message took p99 {percentile(self.beside, 0.99):.0f} ms meanwhile, "
            f"{percentile(self.alone, 0.99):.0f} ms before; {self.complete} of {self.people} people got everything "
            "when they came back."
        )


class Neighbours:
    """Two people who have nothing to do with it."""

    def __init__(self) -> None:
        self._arrived = asyncio.Event()

    async def begin(self, scene: Scene, talk: tuple[Person, Person, UUID]) -> None:
        self._thread = str(talk[2])
        self._writer = await scene.open(talk[0], lambda _: None)
        self._other = await scene.open(talk[1], self._hear)

    def _hear(self, frame: Frame) -> None:
        if frame.event is not None and frame.event.message is not None:
            self._arrived.set()

    async def talk(self, took: list[float], over: asyncio.Event) -> None:
        """One message after the other, until it is over."""
        while not over.is_set():
            self._arrived.clear()
            started = time.perf_counter()
            self._writer.say({"type": "send", "thread_id": self._thread, "client_id": str(uuid4()), "text": "hei"})
            await asyncio.wait_for(self._arrived.wait(), PATIENCE_SECONDS)
            took.append((time.perf_counter() - started) * 1000)
            await asyncio.sleep(NEIGHBOUR_PAUSE_SECONDS)


async def slow(scene: Scene) -> Slow:
    """Fill the streams, let the slow ones come, wait until they have gone, and have them come back."""
    found, neighbours = Slow(), Neighbours()
    async with scene.people() as people:
        talks = [await people.talkers() for _ in range(PAIRS)]
        await neighbours.begin(scene, await people.talkers())
        await asyncio.gather(*(_fill(scene, mentor, thread) for _, mentor, thread in talks))
        persons = [person for mentee, mentor, _ in talks for person in (mentee, mentor)]
        over = asyncio.Event()
        asyncio.get_running_loop().call_later(5, over.set)
        await neighbours.talk(found.alone, over)
        await _ignore(scene, persons, neighbours, found)
    found.people = len(persons)
    found.complete = sum(await asyncio.gather(*(_has_everything(scene, person) for person in persons)))
    return found


async def _fill(scene: Scene, mentor: Person, thread: UUID) -> None:
    room, acked = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(0)

    def hear(frame: Frame) -> None:
        if frame.type == "ack":
            room.release()
            acked.release()

    line = await scene.open(mentor, hear)
    for _ in range(EVENTS):
        await room.acquire()
        line.say({"type": "send", "thread_id": str(thread), "client_id": str(uuid4()), "text": TEXT})
    for _ in range(EVENTS):
        await acked.acquire()
    line.cut()


async def _ignore(scene: Scene, persons: Sequence[Person], neighbours: Neighbours, found: Slow) -> None:
    process, over = psutil.Process(scene.node.process.pid), asyncio.Event()
    before = process.memory_info().rss

    async def watch_memory() -> None:
        while not over.is_set():
            found.grown = max(found.grown, process.memory_info().rss - before)
            await asyncio.sleep(0.2)

    meanwhile = asyncio.gather(watch_memory(), neighbours.talk(found.beside, over))
    async with AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(await slow_socket(person))
            for person in persons
            for _ in range(SOCKETS_EACH)
        ]
        opened, found.sockets = time.monotonic(), len(sockets)

        async def let_go(wire: Wire) -> None:
            await wire.is_cut()
            found.let_go.append(time.monotonic() - opened)

        async def read_too_late(wire: Wire) -> None:
            await asyncio.sleep(LATE_SECONDS)
            wire.writer.transport.resume_reading()  # type: ignore[attr-defined]
            found.codes.append(await wire.closed_with())

        late, never = sockets[:: len(sockets) // LATE_READERS], set(sockets)
        never -= set(late)
        await asyncio.gather(*(let_go(wire) for wire in never), *(read_too_late(wire) for wire in late))
    over.set()
    await meanwhile


async def _has_everything(scene: Scene, person: Person) -> bool:
    heard: list[int] = []
    line = await scene.open(person, lambda frame: heard.append(frame.event.seq) if frame.event else None)
    line.cut()
    return len(heard) >= EVENTS and heard == list(range(1, len(heard) + 1))
