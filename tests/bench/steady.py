"""A steady load, sent when it is due and not when the service is ready for it: how late are the frames?

The moment of a commit can't be seen from outside. Measured is more: from the send to the frame on the other phone,
which holds the way in, the batch, the commit and the way out; and from the ack, which comes after the commit.
"""

import asyncio
import time
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from tests.bench.scene import Place, Talk
from tests.faults.wire import Frame, Line

PAIRS = 50
SENDS_A_SECOND = 200
SECONDS = 15
AFTERGLOW_SECONDS = 8


@dataclass
class Times:
    """Milliseconds, in the order in which they were seen."""

    to_ack: list[float] = field(default_factory=list)
    to_frame: list[float] = field(default_factory=list)
    ack_to_frame: list[float] = field(default_factory=list)


class Pair:
    """Two phones of which one writes."""

    def __init__(self, thread: UUID, times: Times) -> None:
        self._thread = str(thread)
        self._times = times
        self._sent: dict[str, float] = {}
        self._acked: dict[str, float] = {}
        self._arrived: dict[str, float] = {}
        self._writer: Line | None = None

    async def begin(self, place: Place, talk: Talk) -> None:
        mentee, mentor, _ = talk
        self._writer = await place.open(mentee, self._hear_ack)
        await place.open(mentor, self._hear_news)

    def send(self, number: int) -> None:
        client_id = str(uuid4())
        self._sent[client_id] = time.perf_counter()
        frame = {"type": "send", "thread_id": self._thread, "client_id": client_id, "text": f"viesti {number}"}
        if self._writer is not None:
            self._writer.say(frame)

    def _hear_ack(self, frame: Frame) -> None:
        if frame.type == "ack" and frame.client_id in self._sent:
            self._acked[frame.client_id] = time.perf_counter()
            self._times.to_ack.append((self._acked[frame.client_id] - self._sent[frame.client_id]) * 1000)
            self._compare(frame.client_id)

    def _hear_news(self, frame: Frame) -> None:
        message = frame.event.message if frame.event else None
        if message is not None and message.client_id in self._sent:
            self._arrived[message.client_id] = time.perf_counter()
            self._times.to_frame.append((self._arrived[message.client_id] - self._sent[message.client_id]) * 1000)
            self._compare(message.client_id)

    def _compare(self, client_id: str) -> None:
        if client_id in self._acked and client_id in self._arrived:
            self._times.ack_to_frame.append(max(0.0, self._arrived[client_id] - self._acked[client_id]) * 1000)


async def steady(place: Place) -> Times:
    """What `SENDS_A_SECOND` messages from `PAIRS` people took over `SECONDS`."""
    times = Times()
    async with place.people() as people:
        talks = [await people.talkers() for _ in range(PAIRS)]
        pairs = [Pair(talk[2], times) for talk in talks]
        for pair, talk in zip(pairs, talks, strict=True):
            await pair.begin(place, talk)
        wanted = SENDS_A_SECOND * SECONDS
        began = time.perf_counter()
        for number in range(wanted):
            await asyncio.sleep(began + number / SENDS_A_SECOND - time.perf_counter())
            pairs[number % PAIRS].send(number)
        until = time.perf_counter() + AFTERGLOW_SECONDS
        while len(times.to_frame) < wanted and time.perf_counter() < until:
            await asyncio.sleep(0.05)
    return times
