"""A client in the place of a socket, that takes frames as the test likes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from uuid import UUID, uuid4

import msgspec

from rinnalla.app import Services
from rinnalla.kit.caller import Caller, Role
from rinnalla.realtime import frames
from rinnalla.realtime.connection import Connection
from rinnalla.realtime.reader import Part, Reader, Standing
from tests.factories import Person

HELLO = frames.Hello(epoch=uuid4(), last_seq=0, expires_in=600)


class Client:
    """Takes every frame. While `gate` is shut there is room for one, and for none after it."""

    def __init__(self) -> None:
        self.taken: asyncio.Queue[frames.ServerFrame] = asyncio.Queue()
        self.gate = asyncio.Event()
        self.gate.set()
        self.interrupted = False

    async def __call__(self, text: str) -> None:
        self.taken.put_nowait(msgspec.json.decode(text, type=frames.ServerFrame))
        await self.gate.wait()

    async def next(self) -> frames.ServerFrame:
        """The next frame; what a device that comes back shows first is passed over."""
        while isinstance(frame := await asyncio.wait_for(self.taken.get(), 10), frames.Resumed):
            pass
        return frame

    async def seqs_until_caught_up(self) -> tuple[list[int], int]:
        """The numbers of the events that came, and the one that the client is told it has caught up with."""
        seqs: list[int] = []
        while isinstance(frame := await self.next(), frames.EventFrame):
            seqs.append(frame.event.seq)
        assert isinstance(frame, frames.CaughtUp)
        return seqs, frame.seq


def caller_of(person: Person) -> Caller:
    return Caller(
        account_id=person.id, role=Role.MENTEE, organisation_id=person.organisation_id, session_id=person.session_id
    )


@contextlib.asynccontextmanager
async def pumping(connection: Connection) -> AsyncIterator[None]:
    task = asyncio.create_task(connection.pump())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class FillsTheLine(Reader):
    """Has an answer to the client itself fill the line just before what was read the first time goes out."""

    def __init__(self, services: Services, client: Client) -> None:
        super().__init__(services.delivery, services.accounts, services.chat, services.limits)
        self._client = client
        self.connection: Connection
        self.answering: list[asyncio.Task[None]] = []
        self.looked_twice = asyncio.Event()
        self.fills_before_resumed = False

    async def standing(self, caller: Caller) -> Standing:
        standing = await super().standing(caller)
        if self.fills_before_resumed:
            await self._fill()
        return standing

    async def after(self, caller: Caller, seq: int) -> Part:
        part = await super().after(caller, seq)
        await self._fill()
        return part

    async def other_sides(self, caller: Caller, thread_ids: Iterable[UUID | None]) -> list[frames.OtherSide]:
        sides = await super().other_sides(caller, thread_ids)
        if self.answering:
            self.looked_twice.set()
        await self._fill()
        return sides

    async def _fill(self) -> None:
        if not self.answering:
            self._client.gate.clear()
            self.answering.append(asyncio.create_task(self.connection.push(HELLO)))
            await asyncio.sleep(0)
