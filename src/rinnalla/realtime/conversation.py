"""What one client asks for by its socket.

Frames of one socket are worked on one after the other, so that a client's own messages keep their order, and so that a
client which sends faster than it can be served is slowed by its own connection.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import WebSocket
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts, Callers, Tokens
from rinnalla.chat.service import Chat
from rinnalla.kit import bodies, log
from rinnalla.kit.caller import Caller
from rinnalla.kit.clock import Clock
from rinnalla.kit.database import Database
from rinnalla.kit.errors import (
    DomainError,
    InternalError,
    InvalidBody,
    InvalidToken,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from rinnalla.kit.events import MemberStream
from rinnalla.realtime import frames
from rinnalla.realtime.connection import Closed, Connection
from rinnalla.realtime.frames import CloseCode
from rinnalla.realtime.order import Order
from rinnalla.realtime.pace import Pace

BAD_FRAMES_ALLOWED = 5
TYPING_EVERY_SECONDS = 3.0
RETRY_FAILURE_SECONDS = 60
FRAMES_AT_ONCE = 60
FRAMES_PER_SECOND = 10.0
GONE = 1000
OF_A_THREAD = frames.Send | frames.Delivered | frames.Read | frames.Typing
Socket = WebSocket[Any, Any, Any]


@dataclass(slots=True)
class Stay:
    """Until when (monotonic seconds) a socket may stay open without another `auth`."""

    until: float
    renewed: asyncio.Event

    def renew(self, until: float) -> None:
        self.until = until
        self.renewed.set()

    @property
    def left(self) -> float:
        """Never less than nothing: a token is taken for some seconds after its time, as clocks differ."""
        return max(0.0, self.until - time.monotonic())


class Desk:
    """Does what frames ask for: sends and `delivered` together with those of others, the rest in a transaction each."""

    def __init__(
        self,
        *,
        database: Database,
        accounts: Accounts,
        callers: Callers,
        tokens: Tokens,
        chat: Chat,
        clock: Clock,
        limit_factor: float,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._callers = callers
        self._tokens = tokens
        self._chat = chat
        self._clock = clock
        self._limit_factor = limit_factor

    async def identify(self, auth: frames.Auth) -> tuple[Caller, float]:
        """Who an `auth` frame speaks for, and until when (monotonic seconds).

        Raises: InvalidToken, Unauthenticated, Unavailable.
        """
        if (auth.access_token is None) == (auth.ticket is None):
            raise Unauthenticated
        if auth.access_token is not None:
            claims = self._tokens.read(auth.access_token)
            left = claims.expires_at - self._clock.now().timestamp()
            caller = await self._callers.of(claims)
        else:
            left = float(self._tokens.lifetime)
            async with self._database.unit_of_work() as db:
                caller = await self._accounts.caller_of_ticket(db, auth.ticket or "")
        return caller, time.monotonic() + left

    def pace(self) -> Pace:
        """How fast a socket may send frames."""
        return Pace(FRAMES_AT_ONCE * self._limit_factor, FRAMES_PER_SECOND * self._limit_factor)

    async def send(self, caller: Caller, frame: frames.Send) -> frames.Ack:
        """Raises: as `chat.service.Chat.send`."""
        sent = await self._chat.send(caller, frame.thread_id, frame.text, frame.client_id)
        return frames.ack(frame.client_id, sent.message, replayed=sent.replayed)

    async def read(self, caller: Caller, frame: frames.Read) -> None:
        """Raises: InvalidToken; as `chat.service.Chat.mark_read`."""
        async with self._database.unit_of_work() as db:
            await self._check(db, caller)
            await self._chat.mark_read(db, caller, frame.thread_id, frame.up_to_seq)

    async def delivered(self, caller: Caller, frame: frames.Delivered) -> None:
        """Raises: as `chat.service.Chat.mark_delivered`."""
        await self._chat.mark_delivered(caller, frame.thread_id, frame.up_to_seq)

    async def typing(self, caller: Caller, thread_id: UUID) -> None:
        """Raises: InvalidToken; as `chat.service.Chat.typing`."""
        async with self._database.unit_of_work() as db:
            await self._check(db, caller)
            await self._chat.typing(db, caller, thread_id)

    async def _check(self, db: AsyncSession, caller: Caller) -> None:
        """Over HTTP the gate does this before each request. Raises: InvalidToken (the session has ended)."""
        if not await self._accounts.live_sessions(db, [caller.session_id]):
            raise InvalidToken


class Conversation:
    """The frames that one client sends."""

    def __init__(self, desk: Desk, connection: Connection, stay: Stay) -> None:
        self._desk = desk
        self._connection = connection
        self._stay = stay
        self._pace = desk.pace()
        self._order = Order()
        self._bad_frames = 0
        self._typed: dict[UUID, float] = {}

    async def greet(self, frame: frames.Auth, head: MemberStream) -> None:
        """Answer the first frame. Raises: Closed."""
        left = int(self._stay.left)
        await self._connection.push(frames.Hello(epoch=head.epoch, last_seq=head.last_seq, expires_in=left))
        self._resume(frame.resume)

    async def listen(self, socket: Socket) -> None:
        """Work on one frame after the other. Raises: Closed."""
        while True:
            received = await receive(socket)
            wait = self._pace.wait_for_one()
            if wait > 0:
                await self._refuse("unknown", TooManyRequests(retry_after=max(1, round(wait))))
                self._count_bad(CloseCode.POLICY)
                continue
            try:
                frame = bodies.decode(received, frames.ClientFrame)
            except InvalidBody as refusal:
                await self._refuse("unknown", refusal)
                self._count_bad(CloseCode.BAD_FRAMES)
                continue
            self._bad_frames = 0
            await self._obey(frame)

    async def _obey(self, frame: frames.ClientFrame) -> None:
        try:
            await self._do(frame)
        except Closed:
            raise
        except InvalidToken as refusal:
            raise Closed(CloseCode.UNAUTHENTICATED) from refusal
        except DomainError as refusal:
            await self._refuse(_kind(frame), refusal, frame)
        except Exception as error:  # noqa: BLE001 - as over HTTP: one frame failed, and the next ones may not
            log.failure("frame_failed", error)
            await self._refuse(_kind(frame), InternalError(retry_after=RETRY_FAILURE_SECONDS), frame)

    async def _do(self, frame: frames.ClientFrame) -> None:
        match frame:
            case frames.Send():
                await self._connection.push(await self._send(frame))
            case frames.Read():
                await self._desk.read(self._connection.caller, frame)
            case frames.Delivered():
                await self._desk.delivered(self._connection.caller, frame)
            case frames.Typing():
                await self._typing(frame.thread_id)
            case frames.Resume():
                self._resume(frame)
            case frames.Auth():
                await self._stay_on(frame)

    async def _send(self, frame: frames.Send) -> frames.Ack:
        self._order.check(frame)
        try:
            ack = await self._desk.send(self._connection.caller, frame)
        except (Unavailable, TooManyRequests) as refusal:
            self._order.refused(frame, refusal.retry_after or 0)
            raise
        except DomainError:
            self._order.answered(frame)
            raise
        self._order.answered(frame)
        return ack

    async def _stay_on(self, frame: frames.Auth) -> None:
        caller, until = await self._desk.identify(frame)
        if (caller.account_id, caller.session_id) != (
            self._connection.caller.account_id,
            self._connection.caller.session_id,
        ):
            raise InvalidToken
        self._stay.renew(until)
        self._resume(frame.resume)

    def _resume(self, place: frames.Place | None) -> None:
        if place is not None:
            self._connection.resume(place.after, place.epoch)

    async def _typing(self, thread_id: UUID) -> None:
        present = time.monotonic()
        self._typed = {one: at for one, at in self._typed.items() if present - at < TYPING_EVERY_SECONDS}
        if thread_id not in self._typed:
            self._typed[thread_id] = present
            await self._desk.typing(self._connection.caller, thread_id)

    async def _refuse(
        self, kind: frames.FrameKind, refusal: DomainError, frame: frames.ClientFrame | None = None
    ) -> None:
        await self._connection.push(
            frames.Refused(
                frame=kind,
                thread_id=frame.thread_id if isinstance(frame, OF_A_THREAD) else None,
                client_id=frame.client_id if isinstance(frame, frames.Send) else None,
                code=refusal.code,
                retryable=isinstance(refusal, Unavailable | TooManyRequests | InternalError),
                retry_after=refusal.retry_after,
            )
        )

    def _count_bad(self, code: int) -> None:
        self._bad_frames += 1
        if self._bad_frames > BAD_FRAMES_ALLOWED:
            raise Closed(code)


def _kind(frame: frames.ClientFrame) -> frames.FrameKind:
    match frame:
        case frames.Send():
            return "send"
        case frames.Read():
            return "read"
        case frames.Delivered():
            return "delivered"
        case frames.Typing():
            return "typing"
        case frames.Resume():
            return "resume"
        case frames.Auth():
            return "auth"


async def receive(socket: Socket) -> bytes:
    """The next frame's bytes; a binary frame is no JSON of ours and is handed on as nothing. Raises: Closed."""
    message: Any = await socket.receive()  # type: ignore[no-untyped-call, unused-ignore]
    if message["type"] == "websocket.disconnect":
        raise Closed(GONE)
    return (message.get("text") or "").encode("utf-8", "surrogatepass")
