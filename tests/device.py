"""A device that keeps what a good app keeps, and a checker of what the service promises it.

The promises: what was acknowledged is in both members' streams exactly once, with its text; what was refused is
nowhere; each stream is 1, 2, 3 … without a hole, and the same however it is read; threads count their messages so too.

It speaks by `tests.phone` and `tests.api`, which hold every frame and answer against the contract: for a few devices.
`make faults` has hundreds, whose device and checker (`tests.faults`) know blocks, log-outs and repeated requests too.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
from websockets.exceptions import ConnectionClosed

from rinnalla.realtime import frames
from tests.factories import Person
from tests.phone import Phone

QUIET_SECONDS = 0.05
RETRYABLE = {429, 500, 502, 503, 504}


class Device:
    """One person's phone: a place in the stream, the events stored so far, and what became of each send."""

    def __init__(self, person: Person, thread: UUID) -> None:
        self.person = person
        self.thread = thread
        self.phone: Phone | None = None
        self.place = 0
        self.events: list[frames.Event] = []
        self.texts: dict[UUID, str] = {}
        self.unknown: list[UUID] = []
        self.acked: dict[UUID, UUID] = {}
        self.refused: set[UUID] = set()

    async def connect(self) -> None:
        """Open a socket and go on from the last event stored."""
        await self.disconnect()
        self.phone = await Phone.let_in(self.person, after=self.place)

    async def disconnect(self) -> None:
        """Close the socket as one should."""
        if self.phone is not None:
            await self.phone.socket.close()
            self.phone = None

    async def drop(self) -> None:
        """Lose the connection: nothing that was on its way arrives."""
        if self.phone is not None:
            self.phone.socket.transport.abort()
            await self.phone.socket.wait_closed()
            self.phone = None

    async def say(self, text: str) -> None:
        """Send over the socket, or only note it down while there is none."""
        client_id = uuid4()
        self.texts[client_id] = text
        self.unknown.append(client_id)
        if self.phone is not None:
            try:
                await self.phone.send(self.thread, text, client_id)
            except ConnectionClosed:
                self.phone = None

    async def listen(self) -> None:
        """Take frames until it is quiet."""
        while self.phone is not None:
            try:
                self.take(await asyncio.wait_for(self.phone.next(), QUIET_SECONDS))
            except TimeoutError:
                return
            except ConnectionClosed:
                self.phone = None

    def take(self, frame: frames.ServerFrame) -> None:
        """Store what a frame says."""
        match frame:
            case frames.EventFrame():
                assert frame.event.seq == self.place + 1, f"after {self.place} came {frame.event.seq}"
                self.place = frame.event.seq
                self.events.append(frame.event)
            case frames.Ack():
                self.settle(frame.client_id, frame.message.id)
            case frames.Refused(client_id=UUID() as client_id, retryable=False):
                self.settle(client_id, None)

    def settle(self, client_id: UUID, message_id: UUID | None) -> None:
        """What became of a send. An answer given once must not change."""
        if message_id is None:
            assert client_id not in self.acked, "refused what was acknowledged"
            self.refused.add(client_id)
        else:
            assert self.acked.setdefault(client_id, message_id) == message_id, "another message for the same send"
        if client_id in self.unknown:
            self.unknown.remove(client_id)

    async def retry(self) -> None:
        """Send everything again that was not answered, over HTTP, until it is."""
        for client_id in list(self.unknown):
            body = {"client_id": str(client_id), "text": self.texts[client_id]}
            while client_id in self.unknown:
                try:
                    answer = await self.person.post(f"/v1/threads/{self.thread}/messages", body)
                except httpx.TransportError:
                    continue
                if answer.status_code in {200, 201}:
                    self.settle(client_id, UUID(answer.json()["id"]))
                elif answer.status_code not in RETRYABLE:
                    self.settle(client_id, None)

    async def catch_up(self) -> None:
        """Connect and take everything there is."""
        await self.connect()
        assert self.phone is not None
        while True:
            frame = await self.phone.next()
            self.take(frame)
            if isinstance(frame, frames.CaughtUp):
                return

    async def stream_from_zero(self) -> list[dict[str, Any]]:
        """The whole stream, by polling."""
        events: list[dict[str, Any]] = []
        place: dict[str, Any] = {}
        while True:
            body = (await self.person.get("/v1/sync", params=place)).json()
            place = {"after": body["next_after"], "epoch": body["epoch"]}
            events += body["events"]
            if not body["more"]:
                return events


async def check(devices: Sequence[Device]) -> None:
    """Heal everything, then hold what each device has against the promises. Raises: AssertionError."""
    for device in devices:
        await device.retry()
    streams: dict[UUID, list[dict[str, Any]]] = {}
    for device in devices:
        await device.catch_up()
        polled = await device.stream_from_zero()
        assert [event["seq"] for event in polled] == list(range(1, len(polled) + 1))
        assert msgspec.to_builtins(device.events) == polled, "the socket told another story than polling"
        streams[device.person.id] = polled
        await device.disconnect()
    for device in devices:
        _check_sends(device, (stream for stream in streams.values() if _knows(stream, device.thread)))


def _knows(stream: Iterable[dict[str, Any]], thread: UUID) -> bool:
    return any(event.get("thread_id") == str(thread) for event in stream)


def _check_sends(device: Device, streams: Iterable[list[dict[str, Any]]]) -> None:
    for stream in streams:
        messages = [event["message"] for event in stream if event["type"] == "message"]
        own = [message for message in messages if message["thread_id"] == str(device.thread)]
        assert [message["seq"] for message in own] == sorted({message["seq"] for message in own})
        found = Counter(
            (message["client_id"], message["id"], message["text"])
            for message in own
            if message["author_id"] == str(device.person.id)
        )
        expected = Counter(
            (str(client_id), str(message_id), device.texts[client_id]) for client_id, message_id in device.acked.items()
        )
        assert found == expected, "acknowledged and delivered are not the same"
