"""F2: twice as much as the service can work on, for a minute, by requests and by sockets: how much of its best does it
still do, and when is it well again?

Nobody here heeds Retry-After, as a good app would.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from uuid import uuid4

from tests.bench.scene import PATIENCE_SECONDS, Scene, Talk
from tests.faults.wire import Frame, Line
from tests.overload.raw import Client

PAIRS = 16
AT_ITS_BEST = 32
"""Clients, each of which asks again as soon as it is answered: about as many as the service likes best."""
CROWD = 512
BY_SOCKET = 8
"""Of so many clients one sends by socket: a person may have five."""
BEST_SECONDS = 10.0
LOAD_SECONDS = 60.0
WARM_UP_SECONDS = 2.0
STORED, LATER, FAULT = 201, 503, 500
ORDERLY = {STORED, 429, LATER}


@dataclass(frozen=True)
class Overload:
    """Stored messages a second at its best and under twice that; all answers by status, those of sockets as requests
    would be answered; seconds until well again."""

    best: float
    under_load: float
    answers: Counter[int]
    recovery: float

    @property
    def broken(self) -> bool:
        return not ORDERLY.issuperset(self.answers)


class Requests:
    """Sends by HTTP."""

    def __init__(self, scene: Scene, talk: Talk) -> None:
        self._client = Client(scene.node.url, talk[0].token)
        self._path = f"/v1/threads/{talk[2]}/messages"

    async def __aenter__(self) -> "Requests":
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._client.close()

    async def send(self) -> int:
        body = {"client_id": str(uuid4()), "text": "kuuluuko?"}
        return (await self._client.ask("POST", self._path, body)).status


class Socket:
    """Sends by a socket."""

    def __init__(self, scene: Scene, talk: Talk) -> None:
        self._scene, self._talk = scene, talk
        self._line: Line | None = None
        self._answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> "Socket":
        self._line = await self._scene.open(self._talk[0], self._hear)
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._line is not None:
            self._line.cut()

    async def send(self) -> int:
        self._answer = asyncio.get_running_loop().create_future()
        frame = {"type": "send", "thread_id": str(self._talk[2]), "client_id": str(uuid4()), "text": "kuuluuko?"}
        assert self._line is not None
        self._line.say(frame)
        try:
            return await asyncio.wait_for(self._answer, PATIENCE_SECONDS)
        except TimeoutError:
            return FAULT

    def _hear(self, frame: Frame) -> None:
        if self._answer.done():  # it was not waited for any longer
            return
        if frame.type == "ack":
            self._answer.set_result(STORED)
        elif frame.type == "refused":
            self._answer.set_result(LATER if frame.retryable and frame.retry_after else FAULT)


async def overload(scene: Scene) -> Overload:
    async with scene.people() as people:
        talks = [await people.talkers() for _ in range(PAIRS)]
    await _asked(scene, talks, AT_ITS_BEST, WARM_UP_SECONDS, None)
    best = (await _asked(scene, talks, AT_ITS_BEST, BEST_SECONDS, None))[STORED] / BEST_SECONDS
    answers = await _asked(scene, talks, CROWD, LOAD_SECONDS, 2 * best)
    started = time.monotonic()
    while set(await _asked(scene, talks, 1, 0.2, None)) != {STORED}:
        continue
    return Overload(best, answers[STORED] / LOAD_SECONDS, answers, time.monotonic() - started)


async def _asked(scene: Scene, talks: Sequence[Talk], clients: int, seconds: float, rate: float | None) -> Counter[int]:
    """What so many clients are answered, who ask at `rate` together, or as soon as each is answered."""
    answers: Counter[int] = Counter()

    async def ask_on(client: Requests | Socket, number: int, until: float) -> None:
        due = time.monotonic() + (number / rate if rate else 0.0)
        while (present := time.monotonic()) < until:
            if rate:
                await asyncio.sleep(max(0.0, due - present))
                due += clients / rate
            answers[await client.send()] += 1

    async with AsyncExitStack() as stack:
        crowd: list[Requests | Socket] = []
        for number in range(clients):
            kind: type[Requests | Socket] = Socket if number % BY_SOCKET == 1 else Requests
            crowd.append(await stack.enter_async_context(kind(scene, talks[number // BY_SOCKET % len(talks)])))
        until = time.monotonic() + seconds
        await asyncio.gather(*(ask_on(client, number, until) for number, client in enumerate(crowd)))
    return answers
