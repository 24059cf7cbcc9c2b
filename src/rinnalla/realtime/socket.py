"""The socket's way in: who is it, what do they want, and until when may they stay.

Frames of one socket are worked on one after the other, so that a client's own messages keep their order, and so that a
client which sends faster than it can be served is slowed by its own connection.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import WebSocket
from litestar.exceptions import WebSocketException

from rinnalla.accounts.service import Accounts, Tokens
from rinnalla.chat.schemas import message_body
from rinnalla.chat.service import Chat
from rinnalla.kit import bodies, log
from rinnalla.kit.caller import Caller
from rinnalla.kit.clock import Clock
from rinnalla.kit.database import Database
from rinnalla.kit.errors import DomainError, InvalidBody, InvalidToken, TooManyRequests, Unauthenticated, Unavailable
from rinnalla.realtime import frames
from rinnalla.realtime.connection import Closed, Connection
from rinnalla.realtime.frames import CloseCode
from rinnalla.realtime.hub import Hub
from rinnalla.realtime.pace import Pace
from rinnalla.realtime.reader import Reader

AUTH_DEADLINE_SECONDS = 5.0
WARN_BEFORE_SECONDS = 60.0
BAD_FRAMES_ALLOWED = 5
TYPING_EVERY_SECONDS = 3.0
FRAMES_AT_ONCE = 60
FRAMES_PER_SECOND = 10.0
GONE = 1000
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
        return self.until - time.monotonic()


class Sockets:
    """Serves sockets."""

    def __init__(
        self,
        *,
        database: Database,
        accounts: Accounts,
        tokens: Tokens,
        chat: Chat,
        hub: Hub,
        reader: Reader,
        clock: Clock,
        allowed_origins: Sequence[str],
        limit_factor: float,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._tokens = tokens
        self._chat = chat
        self._hub = hub
        self._reader = reader
        self._clock = clock
        self._allowed_origins = frozenset(allowed_origins)
        self._limit_factor = limit_factor

    async def serve(self, socket: Socket) -> None:
        """One socket, from the handshake to the close. Refused before it opens: foreign origins, a full process."""
        origin = socket.headers.get("origin")
        if (origin is not None and origin not in self._allowed_origins) or self._hub.is_full:
            await socket.close(CloseCode.POLICY)
            return
        await socket.accept()
        code = await self._serve_open(socket)
        if code != GONE:
            try:
                await socket.close(code)
            except (WebSocketException, RuntimeError, OSError):
                log.info("socket_was_gone", code=str(code))

    async def _serve_open(self, socket: Socket) -> int:
        """Serve an accepted socket until it is to be closed; with which code."""
        try:
            caller, stay = await asyncio.wait_for(self._let_in(socket), AUTH_DEADLINE_SECONDS)
        except (DomainError, TimeoutError):
            return CloseCode.UNAUTHENTICATED
        except Closed as closed:
            return closed.code
        connection = Connection(caller, self._reader, lambda text: _transmit(socket, text))
        self._hub.join(connection)
        try:
            head = await self._reader.head(caller.account_id)
            await connection.push(frames.Hello(epoch=head.epoch, last_seq=head.last_seq, expires_in=int(stay.left)))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(connection.pump())
                tasks.create_task(connection.closed())
                tasks.create_task(self._watch(connection, stay))
                tasks.create_task(Conversation(self, connection, stay).listen(socket))
        except (Closed, ExceptionGroup) as error:
            return _close_code(error)
        except DomainError:
            return CloseCode.INTERNAL
        finally:
            self._hub.leave(connection)
        return GONE

    async def _let_in(self, socket: Socket) -> tuple[Caller, Stay]:
        """The first frame. Raises: InvalidBody, Unauthenticated, InvalidToken, Closed."""
        frame = bodies.decode(await _receive(socket), frames.ClientFrame)
        if not isinstance(frame, frames.Auth):
            raise Unauthenticated
        caller, until = await self.identify(frame)
        return caller, Stay(until, asyncio.Event())

    async def identify(self, auth: frames.Auth) -> tuple[Caller, float]:
        """Who an `auth` frame speaks for, and until when (monotonic seconds). Raises: InvalidToken, Unauthenticated."""
        if auth.access_token is not None:
            claims = self._tokens.read(auth.access_token)
            left = claims.expires_at - self._clock.now().timestamp()
            async with self._database.unit_of_work() as db:
                caller = await self._accounts.caller_of(db, claims.session_id, claims.account_id)
        elif auth.ticket is not None:
            left = float(self._tokens.lifetime)
            async with self._database.unit_of_work() as db:
                caller = await self._accounts.caller_of_ticket(db, auth.ticket)
        else:
            raise Unauthenticated
        if caller is None:
            raise InvalidToken
        return caller, time.monotonic() + left

    async def _watch(self, connection: Connection, stay: Stay) -> None:
        """Warn before the token expires, and close when it has. Raises: Closed."""
        while True:
            stay.renewed.clear()
            if await _renewed_within(stay, stay.left - WARN_BEFORE_SECONDS):
                continue
            await connection.push(frames.Expiring(expires_in=max(0, int(stay.left))))
            if not await _renewed_within(stay, stay.left):
                raise Closed(CloseCode.UNAUTHENTICATED)

    def pace(self) -> Pace:
        """How fast a socket may send frames."""
        return Pace(FRAMES_AT_ONCE * self._limit_factor, FRAMES_PER_SECOND * self._limit_factor)

    async def send(self, caller: Caller, frame: frames.Send) -> frames.Ack:
        """Raises: as `chat.service.Chat.send`."""
        sent = await self._chat.send(caller, frame.thread_id, frame.text, frame.client_id)
        return frames.Ack(client_id=frame.client_id, message=message_body(sent.message), replayed=sent.replayed)

    async def read(self, caller: Caller, frame: frames.Read) -> None:
        """Raises: as `chat.service.Chat.mark_read`."""
        async with self._database.unit_of_work() as db:
            await self._chat.mark_read(db, caller, frame.thread_id, frame.up_to_seq)

    async def typing(self, caller: Caller, thread_id: UUID) -> None:
        """Raises: as `chat.service.Chat.typing`."""
        async with self._database.unit_of_work() as db:
            await self._chat.typing(db, caller, thread_id)


class Conversation:
    """The frames that one client sends."""

    def __init__(self, sockets: Sockets, connection: Connection, stay: Stay) -> None:
        self._sockets = sockets
        self._connection = connection
        self._stay = stay
        self._pace = sockets.pace()
        self._bad_frames = 0
        self._typed: dict[UUID, float] = {}

    async def listen(self, socket: Socket) -> None:
        """Work on one frame after the other. Raises: Closed."""
        while True:
            received = await _receive(socket)
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
            match frame:
                case frames.Send():
                    await self._connection.push(await self._sockets.send(self._connection.caller, frame))
                case frames.Read():
                    await self._sockets.read(self._connection.caller, frame)
                case frames.Typing():
                    await self._typing(frame.thread_id)
                case frames.Resume():
                    await self._connection.resume(frame.after, frame.epoch)
                case frames.Auth():
                    await self._stay_on(frame)
        except InvalidToken as refusal:
            raise Closed(CloseCode.UNAUTHENTICATED) from refusal
        except DomainError as refusal:
            client_id = frame.client_id if isinstance(frame, frames.Send) else None
            await self._refuse(_kind(frame), refusal, client_id)

    async def _stay_on(self, frame: frames.Auth) -> None:
        caller, until = await self._sockets.identify(frame)
        if (caller.account_id, caller.session_id) != (
            self._connection.caller.account_id,
            self._connection.caller.session_id,
        ):
            raise InvalidToken
        self._stay.renew(until)

    async def _typing(self, thread_id: UUID) -> None:
        present = time.monotonic()
        self._typed = {one: at for one, at in self._typed.items() if present - at < TYPING_EVERY_SECONDS}
        if thread_id not in self._typed:
            self._typed[thread_id] = present
            await self._sockets.typing(self._connection.caller, thread_id)

    async def _refuse(self, kind: frames.FrameKind, refusal: DomainError, client_id: UUID | None = None) -> None:
        await self._connection.push(
            frames.Refused(
                frame=kind,
                client_id=client_id,
                code=refusal.code,
                retryable=isinstance(refusal, Unavailable | TooManyRequests),
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
        case frames.Typing():
            return "typing"
        case frames.Resume():
            return "resume"
        case frames.Auth():
            return "auth"


async def _receive(socket: Socket) -> bytes:
    """The next frame's bytes; a binary frame is no JSON of ours and is handed on as nothing. Raises: Closed."""
    message: Any = await socket.receive()  # type: ignore[no-untyped-call, unused-ignore]
    if message["type"] == "websocket.disconnect":
        raise Closed(GONE)
    return (message.get("text") or "").encode("utf-8", "surrogatepass")


async def _transmit(socket: Socket, text: str) -> None:
    try:
        await socket.send_text(text)
    except (WebSocketException, RuntimeError, OSError) as error:
        raise Closed(GONE) from error


async def _renewed_within(stay: Stay, seconds: float) -> bool:
    try:
        await asyncio.wait_for(stay.renewed.wait(), max(0.0, seconds))
    except TimeoutError:
        return False
    return True


def _close_code(error: Closed | ExceptionGroup[Exception]) -> int:
    """The code of the first `Closed`; anything else is a failure of ours."""
    if isinstance(error, Closed):
        return error.code
    closed = [one for one in error.exceptions if isinstance(one, Closed)]
    if closed:
        return closed[0].code
    log.failure("socket_failed", error.exceptions[0])
    return CloseCode.INTERNAL
