"""D12 in its whole size: 10,000 sends, and whether an ack or the echo of one's own message ever comes before another
connection to Postgres can see the row. Commits are slow here, so that there is time to be caught."""

import asyncio
import time
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg

from tests.bench.scene import Scene, Talk
from tests.faults.wire import Frame, Line
from tests.realtime.test_ack_means_stored import SLOW_COMMITS

SENDS = 10_000
PAIRS = 10
AT_ONCE = 20
"""Sends of one socket that wait for their ack."""
CONNECTIONS = 10
PATIENCE_SECONDS = 300
ARE_THERE = "SELECT count(*) FROM message WHERE id = ANY($1)"


@dataclass
class Acks:
    """How many acks and echoes came, how many of them before the row was there for everyone, seconds for all."""

    acks: int = 0
    echoes: int = 0
    early: int = 0
    seconds: float = 0.0

    @property
    def broken(self) -> bool:
        return self.early > 0 or self.acks < SENDS or self.echoes < SENDS

    def __str__(self) -> str:
        return (
            f"{self.acks:,} acks and {self.echoes:,} echoes of {SENDS:,} sends in {self.seconds:.0f} s: "
            f"{self.early} before the row could be seen from elsewhere."
        )


class Writer:
    """One socket, which looks for the row as soon as it hears of it. What comes in one piece is looked for at once."""

    def __init__(self, thread: UUID, found: Acks, elsewhere: asyncpg.Pool, looks: asyncio.TaskGroup) -> None:
        self._thread = str(thread)
        self._found = found
        self._elsewhere = elsewhere
        self._looks = looks
        self._heard: list[str] = []
        self._room = asyncio.Semaphore(AT_ONCE)
        self._line: Line | None = None

    async def write(self, scene: Scene, talk: Talk) -> None:
        self._line = await scene.open(talk[0], self._hear)
        for number in range(SENDS // PAIRS):
            await self._room.acquire()
            frame = {"type": "send", "thread_id": self._thread, "client_id": str(uuid4()), "text": f"viesti {number}"}
            self._line.say(frame)

    def _hear(self, frame: Frame) -> None:
        message = frame.message if frame.type == "ack" else frame.event.message if frame.event else None
        if message is None:
            return
        if frame.type == "ack":
            self._found.acks += 1
            self._room.release()
        else:
            self._found.echoes += 1
        if not self._heard:
            asyncio.get_running_loop().call_soon(self._look)
        self._heard.append(message.id)

    def _look(self) -> None:
        heard, self._heard = self._heard, []
        self._looks.create_task(self._count(set(heard)))

    async def _count(self, heard: set[str]) -> None:
        self._found.early += len(heard) - await self._elsewhere.fetchval(ARE_THERE, list(heard))


async def acks(scene: Scene) -> Acks:
    """Send, and look."""
    found = Acks()
    url = scene.postgres.url.replace("+asyncpg", "")
    async with (
        asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS) as elsewhere,
        scene.people() as people,
    ):
        talks = [await people.talkers() for _ in range(PAIRS)]
        await elsewhere.execute(SLOW_COMMITS.replace("0.01", "0.001"))
        started = time.monotonic()
        async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as tasks:
            for talk in talks:
                tasks.create_task(Writer(talk[2], found, elsewhere, tasks).write(scene, talk))
            while found.acks < SENDS or found.echoes < SENDS:
                await asyncio.sleep(0.05)
        found.seconds = time.monotonic() - started
    return found
