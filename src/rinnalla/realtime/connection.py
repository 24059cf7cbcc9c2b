"""One socket's way out: events from where the client is, in order, and short-lived notices.

There is no queue to overflow. A pump reads the next page of the stream when it is woken and hands it over frame by
frame; a client that does not take a frame in time is closed and resumes later. Notices (typing) are kept one per
subject, the latest, and dropped first; of the other side of a thread it is only noted that it is another now, and what
may be seen of it is read when it can be sent.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from rinnalla.kit.caller import Caller
from rinnalla.kit.errors import InvalidToken, Unavailable
from rinnalla.kit.ids import new_id
from rinnalla.kit.settings import SocketLimits
from rinnalla.realtime import frames
from rinnalla.realtime.frames import CloseCode
from rinnalla.realtime.reader import PAGE, Reader, must_reset

PAUSE_WHEN_UNAVAILABLE = 1.0
NOTICES_WAITING = 100


class Closed(Exception):
    """The socket is to be closed by the server, with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Connection:
    """A socket whose person is known."""

    def __init__(
        self,
        caller: Caller,
        reader: Reader,
        transmit: Callable[[str], Awaitable[None]],
        *,
        send_deadline: float = SocketLimits().send,
    ) -> None:
        self.id = new_id()
        self.opened_at = time.monotonic()
        self.caller = caller
        self._reader = reader
        self._transmit = transmit
        self._send_deadline = send_deadline
        self._place: int | None = None
        self._resumes = 0
        self._owes_caught_up = False
        self._woken = asyncio.Event()
        self._notices: dict[object, frames.Notice] = {}
        self._other_sides: set[UUID | None] = set()
        self._closing: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def wake(self) -> None:
        """There is something new to read."""
        self._woken.set()

    def notice(self, subject: object, notice: frames.Notice) -> None:
        """Something of this moment, worth nothing later: the next one on the same subject takes its place."""
        if subject in self._notices or len(self._notices) < NOTICES_WAITING:
            self._notices[subject] = notice
            self._woken.set()

    def look_across(self, thread_id: UUID | None) -> None:
        """The other side of a thread is another now; None: of any thread, for all that is known."""
        self._other_sides.add(thread_id)
        self._woken.set()

    def is_behind(self, last_seq: int) -> bool:
        """Whether the stream has gone past where this socket is."""
        return self._place is not None and self._place < last_seq

    def close(self, code: int) -> None:
        """Have the socket closed. The first reason stands."""
        if not self._closing.done():
            self._closing.set_result(code)

    async def closed(self) -> None:
        """Wait until someone wants the socket closed. Raises: Closed."""
        raise Closed(await asyncio.shield(self._closing))

    async def push(self, frame: frames.ServerFrame) -> None:
        """Hand one frame to the client. Raises: Closed when it does not take it in time."""
        try:
            await asyncio.wait_for(self._transmit(frames.encode(frame).decode()), self._send_deadline)
        except TimeoutError as error:
            raise Closed(CloseCode.SLOW) from error

    async def resume(self, after: int, epoch: UUID | None) -> None:
        """Let events flow after that number, or tell the client to start anew.

        Raises: InvalidToken, TooManyRequests, Unavailable, Closed.
        """
        standing = await self._reader.standing(self.caller)
        head = standing.head
        self._resumes += 1
        self._place = None
        if must_reset(head, after, epoch):
            await self.push(frames.ResetRequired(epoch=head.epoch, last_seq=head.last_seq))
            return
        await self.push(frames.resumed(head.epoch, head.last_seq, standing.newest))
        self._place = after
        self._owes_caught_up = True
        self.wake()

    async def pump(self) -> None:
        """Send what is new, for as long as the socket lives. Raises: Closed."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                await self._send_notices()
                await self._send_events()
                await self._send_other_sides()
            except InvalidToken as refusal:
                raise Closed(CloseCode.UNAUTHENTICATED) from refusal
            except Unavailable:
                await asyncio.sleep(PAUSE_WHEN_UNAVAILABLE)
                self.wake()

    async def _send_notices(self) -> None:
        while self._notices:
            _, notice = self._notices.popitem()
            await self.push(notice)

    async def _send_other_sides(self) -> None:
        while self._other_sides:
            looked_at, self._other_sides = self._other_sides, set()
            try:
                sides = await self._reader.other_sides(self.caller, looked_at)
            except Unavailable:
                self._other_sides |= looked_at
                raise
            for side in sides:
                await self.push(side)

    async def _send_events(self) -> None:
        """The client may name another place at any `await`: then what was begun for the old one ends here, its place
        is not written over the new one, and the pump, which has been woken, begins again."""
        resumes, more = self._resumes, True
        while self._place is not None and more:
            page = await self._reader.after(self.caller, self._place)
            more = len(page) == PAGE
            for event in page:
                if resumes != self._resumes:
                    return
                await self.push(frames.EventFrame(event=event))
                if resumes == self._resumes:
                    self._place = event.seq
        if self._place is not None and self._owes_caught_up and resumes == self._resumes:
            self._owes_caught_up = False
            await self.push(frames.CaughtUp(seq=self._place))
