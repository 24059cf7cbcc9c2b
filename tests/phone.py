"""A phone's socket, as a client developer would write it. Every frame it gets is held against the contract."""

import asyncio
import json
from typing import Any, TypeVar
from uuid import UUID, uuid4

import jsonschema_rs
import msgspec
from websockets.asyncio.client import ClientConnection, connect

from rinnalla.realtime import frames
from rinnalla.realtime.asyncapi import asyncapi_document
from tests.factories import Person
from tests.patience import PATIENCE_SECONDS
from tests.wire import check_close

Frame = TypeVar("Frame")


def _documented_frames() -> Any:
    """Judges whether a text from the server is one of the documented frames."""
    document = asyncapi_document()
    sent = [one["$ref"].rpartition("/")[2] for one in document["operations"]["fromServer"]["messages"]]
    payloads = [document["components"]["messages"][name]["payload"] for name in sent]
    schema = {"anyOf": payloads, "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


DOCUMENTED = _documented_frames()


class Phone:
    """One open socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.hello: frames.Hello
        self.resumed: frames.Resumed

    @classmethod
    async def open(cls, person: Person, query: str = "", **options: Any) -> "Phone":
        """Connect without saying who it is, but for what `query` adds to the address.

        However many frames wait to be taken, the socket goes on reading: one that stops would not see the server's
        answer when it wants to close, and wait for it in vain.
        """
        url = person.url.replace("http://", "ws://") + "/v1/realtime" + query
        return cls(await connect(url, **{"compression": None, "max_queue": None, **options}))

    @classmethod
    async def let_in(cls, person: Person, *, after: int | None = None) -> "Phone":
        """Connect, authenticate and, with `after`, resume; again, if asked to come back, as on a busy machine."""
        phone, hello = await cls._knock(person)
        while isinstance(hello, frames.GoingAway):
            await asyncio.sleep(hello.retry_after_ms / 1000)
            phone, hello = await cls._knock(person)
        assert isinstance(hello, frames.Hello), hello
        phone.hello = hello
        if after is not None:
            await phone.resume(after)
        return phone

    @classmethod
    async def _knock(cls, person: Person) -> "tuple[Phone, object]":
        phone = await cls.open(person)
        await phone.say({"type": "auth", "access_token": person.token})
        return phone, await phone.next()

    async def __aenter__(self) -> "Phone":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    async def say(self, frame: object) -> None:
        await self.socket.send(msgspec.json.encode(frame).decode())

    async def resume(self, after: int) -> None:
        await self.say({"type": "resume", "after": after, "epoch": str(self.hello.epoch)})

    async def send(self, thread: UUID, text: str, client_id: UUID | None = None) -> UUID:
        client_id = client_id or uuid4()
        await self.say({"type": "send", "thread_id": str(thread), "client_id": str(client_id), "text": text})
        return client_id

    async def next(self) -> frames.ServerFrame:
        """The next frame, whatever it is; `resumed` frames are kept in `resumed`."""
        text = await asyncio.wait_for(self.socket.recv(), PATIENCE_SECONDS)
        assert DOCUMENTED.is_valid(json.loads(text)), f"undocumented frame: {text!r}"
        frame: frames.ServerFrame = msgspec.json.decode(text, type=frames.ServerFrame)
        if isinstance(frame, frames.Resumed):
            self.resumed = frame
            return await self.next()
        return frame

    async def expect(self, kind: type[Frame]) -> Frame:
        """The next frame, which must be of this kind."""
        frame = await self.next()
        assert isinstance(frame, kind), frame
        return frame

    async def until(self, kind: type[Frame]) -> tuple[list[frames.Event], Frame]:
        """Events up to the first frame of this kind, and that frame."""
        events: list[frames.Event] = []
        while True:
            frame = await self.next()
            if isinstance(frame, kind):
                return events, frame
            if isinstance(frame, frames.EventFrame):
                events.append(frame.event)

    async def event(self, kind: type[Frame]) -> Frame:
        """The next event, which must be of this kind; acks before it are passed over."""
        while True:
            frame = await self.next()
            if isinstance(frame, frames.EventFrame):
                assert isinstance(frame.event, kind), frame
                return frame.event

    async def closed_with(self) -> int | None:
        """Wait for the server to close; its code."""
        await asyncio.wait_for(self.socket.wait_closed(), PATIENCE_SECONDS)
        check_close(self.socket.close_code, self.socket.close_reason or "")
        return self.socket.close_code
