"""Two nodes are restarted, one after the other, while people send. A good app sends what was not answered again, under
the same id, to whoever answers: does any send fail, and how long does anyone wait?"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from tests.bench.figures import percentile
from tests.bench.scene import Place, Talk, stage
from tests.faults.stage import Stage
from tests.faults.wire import Frame, Http, Line

PAIRS = 20
ROUNDS = 2
PAUSE_SECONDS = 0.1
QUIET_SECONDS = 3.0
ANSWER_SECONDS = 10.0
MOVING_SECONDS = 0.05
GIVEN_UP_SECONDS = 60.0
STORED = {200, 201}
AWAY = 503
STORED_IDS = "SELECT client_id::text FROM message"


@dataclass
class Rolling:
    """`took`: milliseconds of each send until it was acknowledged. `again`: sends that were said more than once.
    `failed`: refused for good, never answered, or acknowledged and not stored exactly once. `seconds`: of it all."""

    took: list[float] = field(default_factory=list)
    again: int = 0
    failed: int = 0
    seconds: float = 0.0

    @property
    def broken(self) -> bool:
        return self.failed > 0

    def __str__(self) -> str:
        return (
            f"Two nodes restarted {ROUNDS} times each in {self.seconds:.0f} s: of {len(self.took):,} sends "
            f"{self.failed} failed; {self.again} had to be said again, p50 {percentile(self.took, 0.5):.0f} ms, "
            f"p99 {percentile(self.took, 0.99):.0f} ms, {max(self.took):.0f} ms at the longest."
        )


class Sender:
    """One person, who sends by socket or by HTTP."""

    def __init__(self, places: Sequence[Place], talk: Talk, number: int, found: Rolling) -> None:
        self._places = places
        self._talk = talk
        self._at = number // 2
        self._by_socket = number % 2 == 0
        self._found = found
        self._http = Http()
        self._line: Line | None = None
        self._answer: asyncio.Future[bool] | None = None
        self.acked: list[str] = []

    @property
    def _here(self) -> Place:
        return self._places[self._at % len(self._places)]

    async def talk(self, over: asyncio.Event) -> None:
        """One message after the other, until it is over."""
        while not over.is_set():
            client_id, started, tries = str(uuid4()), time.monotonic(), 1
            while not await (self._say(client_id) if self._by_socket else self._post(client_id)):
                tries += 1
                if time.monotonic() - started > GIVEN_UP_SECONDS:
                    self._found.failed += 1
                    break
                self._at += 1
                await asyncio.sleep(MOVING_SECONDS)
            else:
                self.acked.append(client_id)
                self._found.took.append((time.monotonic() - started) * 1000)
            self._found.again += tries > 1
            await asyncio.sleep(PAUSE_SECONDS)
        self._http.close()
        if self._line is not None:
            self._line.cut()

    async def _post(self, client_id: str) -> bool:
        mentee, _, thread = self._talk
        body = {"client_id": client_id, "text": "hei"}
        try:
            path = f"/v1/threads/{thread}/messages"
            status, _ = await self._http.call(self._here.address, "POST", path, mentee.token, body)
        except OSError:
            return False
        self._found.failed += status not in {*STORED, AWAY}
        return status in STORED

    async def _say(self, client_id: str) -> bool:
        mentee, _, thread = self._talk
        try:
            if self._line is None:
                self._answer = asyncio.get_running_loop().create_future()
                first = {"type": "auth", "access_token": mentee.token}
                self._line = await Line.open(self._here.address, first, self._hear, self._ended)
                if not await asyncio.wait_for(self._answer, ANSWER_SECONDS):
                    return False
            self._answer = asyncio.get_running_loop().create_future()
            self._line.say({"type": "send", "thread_id": str(thread), "client_id": client_id, "text": "hei"})
            return await asyncio.wait_for(self._answer, ANSWER_SECONDS)
        except OSError:  # also when nobody answers in time
            if self._line is not None:
                self._line.cut()
            return False

    def _hear(self, frame: Frame) -> None:
        if frame.type in {"hello", "ack"}:
            self._settle(True)
        elif frame.type == "refused":
            self._found.failed += not frame.retryable
            self._settle(False)

    def _ended(self, _: int | None) -> None:
        self._line = None
        self._settle(False)

    def _settle(self, answer: bool) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)


async def rolling() -> Rolling:
    """Restart them under load, and hold what was acknowledged against what is stored."""
    async with stage(nodes=2) as made:
        places = [Place(node.address, made.settings) for node in made.nodes]
        found, over = Rolling(), asyncio.Event()
        async with places[0].people() as people:
            talks = [await people.talkers() for _ in range(PAIRS)]
        senders = [Sender(places, talk, number, found) for number, talk in enumerate(talks)]
        async with asyncio.TaskGroup() as tasks:
            for sender in senders:
                tasks.create_task(sender.talk(over))
            started = time.monotonic()
            await _restart(made)
            found.seconds = time.monotonic() - started
            over.set()
        connection = await made.direct()
        stored = Counter(row["client_id"] for row in await connection.fetch(STORED_IDS))
        await connection.close()
        found.failed += sum(stored[client_id] != 1 for sender in senders for client_id in sender.acked)
    return found


async def _restart(made: Stage) -> None:
    for _ in range(ROUNDS):
        for node in made.nodes:
            await asyncio.sleep(QUIET_SECONDS)
            await node.stop()
            node.start()
            await node.ready()
    await asyncio.sleep(QUIET_SECONDS)
