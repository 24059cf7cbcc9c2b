"""One socket's way out: events from where the client is, in order, and short-lived notices.

There is no queue to overflow. A pump reads the next page of the stream when it is woken and hands it over frame by
frame, as the client has room; what has had to wait is read anew, as it may be seen then. A client that does not take a
frame in time is closed and resumes later. Notices (typing) are kept one per subject, the latest, and dropped when they
are old; of the other side of a thread it is only noted that it is another now, and what may be seen of it is read when
it can be sent.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from rinnalla.kit.caller import Caller
from rinnalla.kit.errors import InvalidToken, TooManyRequests, Unavailable
from rinnalla.kit.events import Head
from rinnalla.kit.ids import new_id
from rinnalla.kit.settings import SocketLimits
from rinnalla.realtime import frames
from rinnalla.realtime.frames import CloseCode
from rinnalla.realtime.reader import Reader, must_reset

PAUSE_WHEN_UNAVAILABLE = 1.0
NOTICES_WAITING = 100
FRESH_SECONDS = 2.0
"""How long what was read may still be sent: what was taken from someone meanwhile is not to reach them."""


class Closed(Exception):
    """The socket is to be closed by the server, with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Stale(Exception):
    """Too much time has passed since a frame was read: it is to be read again."""


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
        """`transmit` returns when there is room for another frame."""
        self.id = new_id()
        self.opened_at = time.monotonic()
        self.caller = caller
        self._reader = reader
        self._transmit = transmit
        self._send_deadline = send_deadline
        self._line = asyncio.Lock()
        self._place: int | None = None
        self._epoch: UUID | None = None
        self._asked_for: tuple[int, UUID | None] | None = None
        self._owes_caught_up = False
        self._woken = asyncio.Event()
        self._notices: dict[object, tuple[frames.Notice, float]] = {}
        self._other_sides: set[UUID | None] = set()
        self._taken = 0
        self._closing: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def wake(self) -> None:
        """There is something new to read."""
        self._woken.set()

    def notice(self, subject: object, notice: frames.Notice, *, worth: float = math.inf) -> None:
        """Something of this moment, worth nothing after so many seconds: the next one on the same subject takes its
        place."""
        if subject in self._notices or len(self._notices) < NOTICES_WAITING:
            self._notices[subject] = (notice, time.monotonic() + worth)
            self._woken.set()

    def look_across(self, thread_id: UUID | None) -> None:
        """The other side of a thread is another now; None: of any thread, for all that is known."""
        self._other_sides.add(thread_id)
        self._woken.set()

    @property
    def place(self) -> int | None:
        """The number of the last event that was handed over; None before the client has named a place."""
        return self._place

    def follow(self, head: Head, place_before: int | None) -> bool:
        """Catch up with the head of the stream, which was read after the socket was at `place_before`. One of another
        epoch or behind that place is another stream than the client knows, and one whose next events are forgotten has
        a hole: the client is told to start anew. Returns whether there was something to catch up with."""
        if self._place is None or place_before is None or self._asked_for is not None:
            return False
        if head.epoch != self._epoch or head.last_seq < place_before or head.floor_seq > self._place:
            self.resume(self._place, None)
            return True
        is_behind = self._place < head.last_seq
        if is_behind:
            self.wake()
        return is_behind

    def close(self, code: int) -> None:
        """Have the socket closed. The first reason stands."""
        if not self._closing.done():
            self._closing.set_result(code)

    async def closed(self) -> None:
        """Wait until someone wants the socket closed. Raises: Closed."""
        raise Closed(await asyncio.shield(self._closing))

    async def push(self, frame: frames.ServerFrame, *, before: float = math.inf) -> None:
        """Hand one frame to the client, and wait until there is room for the next one.

        Raises: Closed when the client does not take it in time, Stale when it could not be sent before that moment
        (monotonic seconds).
        """
        try:
            async with asyncio.timeout(self._send_deadline), self._line:
                if time.monotonic() >= before:
                    raise Stale
                await self._transmit(frames.encode(frame).decode())
        except TimeoutError as error:
            raise Closed(CloseCode.SLOW) from error

    def resume(self, after: int, epoch: UUID | None) -> None:
        """Let events flow after that number, or tell the client to start anew: as soon as the database can be asked. Of
        several the last one counts."""
        self._asked_for = (after, epoch)
        self._woken.set()

    async def pump(self) -> None:
        """Send what is new, for as long as the socket lives. Raises: Closed."""
        stuck: tuple[int, float] | None = None
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                await self._send_notices()
                while self._asked_for is not None:
                    await self._begin(self._asked_for)
                await self._send_events()
                await self._send_other_sides()
                stuck = None
            except Stale:
                if stuck is None or stuck[0] != self._taken:
                    stuck = (self._taken, time.monotonic())
                elif time.monotonic() > stuck[1] + self._send_deadline:
                    raise Closed(CloseCode.SLOW) from None
                self.wake()
            except InvalidToken as refusal:
                raise Closed(CloseCode.UNAUTHENTICATED) from refusal
            except (Unavailable, TooManyRequests):
                await asyncio.sleep(PAUSE_WHEN_UNAVAILABLE)
                self.wake()

    async def _begin(self, asked_for: tuple[int, UUID | None]) -> None:
        """Take the place that the client has asked for, unless it has asked for another one meanwhile."""
        standing = await self._reader.standing(self.caller)
        stale_at = time.monotonic() + FRESH_SECONDS
        if self._asked_for is not asked_for:
            return
        self._asked_for, self._place = None, None
        if must_reset(standing.head, *asked_for):
            await self.push(frames.ResetRequired(epoch=standing.head.epoch, last_seq=standing.head.last_seq))
            return
        try:
            resumed = frames.resumed(standing.head.epoch, standing.head.last_seq, standing.newest)
            await self.push(resumed, before=stale_at)
        except Stale:
            self._asked_for = self._asked_for or asked_for
            raise
        self._place, self._epoch = asked_for[0], standing.head.epoch
        self._owes_caught_up = True

    async def _send_notices(self) -> None:
        noticed, self._notices = self._notices, {}
        for notice, worthless_at in noticed.values():
            with contextlib.suppress(Stale):
                await self.push(notice, before=worthless_at)

    async def _send_other_sides(self) -> None:
        """What changes meanwhile has its turn after the next events."""
        if not self._other_sides:
            return
        looked_at, self._other_sides = self._other_sides, set()
        try:
            sides = await self._reader.other_sides(self.caller, looked_at)
            stale_at = time.monotonic() + FRESH_SECONDS
            looked_at = {side.thread_id for side in sides}
            for side in sides:
                await self.push(side, before=stale_at)
                looked_at.discard(side.thread_id)
                self._taken += 1
        except (Unavailable, Stale):
            self._other_sides |= looked_at
            raise

    async def _send_events(self) -> None:
        """Ends early when the client has asked for another place, as it may at any `await`: the pump begins again.

        Raises: Stale, and what has not been sent is to be read again.
        """
        more = True
        while self._place is not None and more:
            part = await self._reader.after(self.caller, self._place)
            stale_at = time.monotonic() + FRESH_SECONDS  # from here: also what a slow database took long for is sent
            more = part.more
            for event in part.events:
                if self._asked_for is not None:
                    return
                if event.seq != self._place + 1:  # what lay between has just been forgotten, being too old
                    self.resume(self._place, None)
                    return
                await self.push(frames.EventFrame(event=event), before=stale_at)
                self._place = event.seq
                self._taken += 1
        if self._place is not None and self._owes_caught_up and self._asked_for is None:
            self._owes_caught_up = False
            await self.push(frames.CaughtUp(seq=self._place))
