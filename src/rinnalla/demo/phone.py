"""A phone's socket, as an app keeps it: a place in the stream of events, and what became of each message sent."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from rinnalla.demo.person import Person
from rinnalla.demo.stage import StepFailed

PATIENCE_SECONDS = 15
BREATH_SECONDS = 3
"""After a pause of this length the next message is not refused for coming too fast."""


class Phone:
    """One person's device. `messages` are those of the events, in the order that they came."""

    def __init__(self, person: Person) -> None:
        self.messages: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.closed_with: int | None = None
        self._person = person
        self._failure: StepFailed | None = None
        self._place = 0
        self._epoch: str | None = None
        self._seen: set[str] = set()
        self._acks: dict[str, dict[str, Any]] = {}
        self._refused: list[dict[str, Any]] = []
        self._let_in = False
        self._is_caught_up = False
        self._was_slowed = False
        self._news = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def connect(self) -> None:
        """Open a socket, say who it is in the first frame, and go on after the last event seen. Raises: StepFailed."""
        url = self._person.url.replace("http", "ws", 1) + "/v1/realtime"
        try:
            self._socket = await connect(url, compression=None, proxy=None if self._person.is_near else True)
        except (OSError, TimeoutError, InvalidHandshake) as error:
            raise StepFailed("a socket", type(error).__name__) from error
        self._let_in = self._is_caught_up = False
        self.closed_with = None
        self._start(self._listen(self._socket))
        await self._say({"type": "auth", "access_token": await self._person.fresh_token()})
        await self.until(lambda: self._let_in, "hello after auth")
        await self._say({"type": "resume", "after": self._place, "epoch": self._epoch})
        await self.until(lambda: self._is_caught_up, "caught_up after resume")

    async def close(self) -> None:
        """Hang up as one should."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()

    async def send(self, thread_id: str, text: str, client_id: str | None = None) -> dict[str, Any]:
        """Say something until it is acknowledged; the ack. Raises: StepFailed."""
        client_id = client_id or str(uuid4())
        while True:
            self._refused.clear()
            await self._say(_send_frame(thread_id, text, client_id))
            await self.until(lambda: client_id in self._acks or bool(self._refused), "an ack")
            if client_id in self._acks:
                return self._acks.pop(client_id)
            refusal = self._refused[0]
            if not refusal["retryable"]:
                raise StepFailed("an ack", f"refused: {refusal['code']}")
            self._was_slowed = True
            await asyncio.sleep(refusal["retry_after"] or 1)

    async def send_and_lose_the_ack(self, thread_id: str, text: str, arrived: Callable[[], Any]) -> str:
        """Say something, hear nothing more, and lose the connection once `arrived` (a waiting of the other side) is
        over; the client_id to send it again with. Raises: StepFailed.
        """
        if self._was_slowed:
            await asyncio.sleep(BREATH_SECONDS)
        client_id = str(uuid4())
        socket = self._open_socket()
        # What the service answers stays in the network's buffers and dies with the connection.
        socket.transport.pause_reading()
        await self._say(_send_frame(thread_id, text, client_id))
        await arrived()
        socket.transport.abort()
        await self.until(lambda: self.closed_with is not None, "a lost connection")
        return client_id

    async def mark_read(self, thread_id: str, up_to: int) -> None:
        """Everything up to that message was read."""
        await self._say({"type": "read", "thread_id": thread_id, "up_to_seq": up_to})

    async def until_said(self, text: str, number: int) -> None:
        """Wait for a message, the `number`th of the conversation, with this text. Raises: StepFailed."""
        await self.until(lambda: len(self.messages) >= number, f"message {number}")
        if self.messages[number - 1]["text"] != text:
            raise StepFailed(f"message {number} as it was sent", "another text")

    async def until_told(self, kind: str, **refs: Any) -> None:
        """Wait for an event of this kind with these references. Raises: StepFailed."""
        wanted = {"type": kind, **refs}
        await self.until(lambda: any(wanted.items() <= event.items() for event in self.events), f"an event {kind}")

    async def until(self, holds: Callable[[], bool], expected: str) -> None:
        """Wait for something that this phone hears. Raises: StepFailed."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not holds():
                    if self._failure is not None:
                        raise self._failure
                    if self.closed_with is not None:
                        raise StepFailed(expected, f"the socket was closed with {self.closed_with}")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError as error:
            raise StepFailed(expected, f"nothing within {PATIENCE_SECONDS} s") from error

    def _open_socket(self) -> ClientConnection:
        if self._socket is None:
            raise StepFailed("an open socket", "none")
        return self._socket

    async def _say(self, frame: dict[str, Any]) -> None:
        try:
            await self._open_socket().send(json.dumps(frame, ensure_ascii=False))
        except ConnectionClosed as error:
            raise StepFailed("an open socket", f"closed with {_close_code(error)}") from error

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                self._hear(json.loads(text))
                self._news.set()
        except ConnectionClosed:
            pass  # told by the close code below
        except StepFailed as error:
            self._failure = error
        self.closed_with = socket.close_code or 0
        self._news.set()

    def _hear(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "hello":
                self._epoch, self._let_in = frame["epoch"], True
            case "caught_up":
                self._is_caught_up = True
            case "ack":
                self._acks[frame["client_id"]] = frame
            case "refused":
                self._refused.append(frame)
            case "expiring":
                self._start(self._stay_on())
            case "event":
                self._take(frame["event"])
            case _:
                pass  # going_away, typing and what a later version may add

    def _take(self, event: dict[str, Any]) -> None:
        if event["seq"] != self._place + 1:
            raise StepFailed(f"event {self._place + 1}: numbers come one after the other", f"event {event['seq']}")
        self._place = event["seq"]
        if event["type"] != "message":
            self.events.append(event)
        elif event["message"]["id"] in self._seen:
            raise StepFailed("each message once", f"message {event['message']['seq']} again")
        else:
            self._seen.add(event["message"]["id"])
            self.messages.append(event["message"])

    async def _stay_on(self) -> None:
        await self._say({"type": "auth", "access_token": await self._person.fresh_token()})


def _send_frame(thread_id: str, text: str, client_id: str) -> dict[str, Any]:
    return {"type": "send", "thread_id": thread_id, "client_id": client_id, "text": text}


def _close_code(error: ConnectionClosed) -> int:
    return error.rcvd.code if error.rcvd else 0
