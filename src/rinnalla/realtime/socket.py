"""A socket from the handshake to the close: who is it, and until when may they stay."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import ExitStack, suppress

from litestar.exceptions import WebSocketException

from rinnalla.kit import bodies, log
from rinnalla.kit.caller import Caller
from rinnalla.kit.errors import DomainError, Unauthenticated, Unavailable
from rinnalla.kit.settings import SocketLimits
from rinnalla.kit.tally import Tally
from rinnalla.realtime import frames
from rinnalla.realtime.connection import Closed, Connection
from rinnalla.realtime.conversation import GONE, Conversation, Desk, Socket, Stay, receive
from rinnalla.realtime.door import Door, Visit, turn_away
from rinnalla.realtime.frames import CloseCode
from rinnalla.realtime.hub import CLIENT_PAUSE_MS, Hub
from rinnalla.realtime.reader import Reader

WARN_BEFORE_SECONDS = 60.0


class Sockets:
    """Serves sockets."""

    def __init__(
        self,
        *,
        desk: Desk,
        hub: Hub,
        reader: Reader,
        allowed_origins: Sequence[str],
        limits: SocketLimits,
        limit_factor: float,
    ) -> None:
        self._desk = desk
        self._hub = hub
        self._reader = reader
        self._limits = limits
        self._door = Door(allowed_origins, limits.per_address * limit_factor, lambda: hub.is_full)

    def count_in(self, tally: Tally) -> None:
        """Before any socket is opened: count those of each address together with other processes."""
        self._door.tally = tally

    @property
    def strangers(self) -> int:
        """How many sockets are open whose person is not known yet."""
        return self._door.strangers

    async def serve(self, socket: Socket) -> None:
        """One socket, from the handshake to the close."""
        with ExitStack() as inside:
            try:
                visit = inside.enter_context(self._door.opened(socket))
            except DomainError as refusal:
                await turn_away(socket, refusal)
                return
            try:
                await socket.accept()
                code = await self._serve_open(socket, visit)
            except OSError:  # gone in the middle of the handshake
                return
            except Exception as error:  # noqa: BLE001 - Litestar would tell the client what it says
                log.failure("socket_failed", error)
                code = CloseCode.INTERNAL
            if code != GONE:
                try:
                    await socket.close(code)
                except (WebSocketException, RuntimeError, OSError):
                    log.info("socket_was_gone", code=str(code))

    async def _serve_open(self, socket: Socket, visit: Visit) -> int:
        """Serve an accepted socket until it is to be closed; with which code."""
        try:
            auth, caller, stay = await self._let_in(socket)
            visit.is_known()
            await self._talk(socket, auth, caller, stay)
        except (Closed, ExceptionGroup) as error:
            return _close_code(error)
        except Unavailable:
            return await _ask_to_come_back(socket)
        except (DomainError, TimeoutError):
            return CloseCode.UNAUTHENTICATED
        return GONE

    async def _let_in(self, socket: Socket) -> tuple[frames.Auth, Caller, Stay]:
        """The first frame, and who it speaks for.

        Raises: TimeoutError, InvalidBody, Unauthenticated, InvalidToken, Unavailable, Closed.
        """
        async with asyncio.timeout(self._limits.auth):
            auth = await _first_frame(socket)
        caller, until = await self._desk.identify(auth)
        return auth, caller, Stay(until, asyncio.Event())

    async def _talk(self, socket: Socket, auth: frames.Auth, caller: Caller, stay: Stay) -> None:
        """Raises: InvalidToken, Unavailable, Closed, ExceptionGroup (what went wrong at the same time)."""
        connection = Connection(
            caller, self._reader, lambda text: _transmit(socket, text), send_deadline=self._limits.send
        )
        self._hub.join(connection)
        try:
            conversation = Conversation(self._desk, connection, stay)
            await conversation.greet(auth, await self._reader.head(caller))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(connection.pump())
                tasks.create_task(connection.closed())
                tasks.create_task(self._watch(connection, stay))
                tasks.create_task(conversation.listen(socket))
        finally:
            self._hub.leave(connection)

    async def _watch(self, connection: Connection, stay: Stay) -> None:
        """Warn before the token expires, and close when it has. Raises: Closed."""
        while True:
            stay.renewed.clear()
            if await _renewed_within(stay, stay.left - WARN_BEFORE_SECONDS):
                continue
            await connection.push(frames.Expiring(expires_in=int(stay.left)))
            if not await _renewed_within(stay, stay.left):
                raise Closed(CloseCode.UNAUTHENTICATED)


async def _first_frame(socket: Socket) -> frames.Auth:
    """Raises: InvalidBody, Unauthenticated, Closed."""
    frame = bodies.decode(await receive(socket), frames.ClientFrame)
    if not isinstance(frame, frames.Auth):
        raise Unauthenticated
    return frame


async def _ask_to_come_back(socket: Socket) -> int:
    """The service can't let anyone in at the moment: say when to try again."""
    notice = frames.GoingAway(retry_after_ms=random.randrange(CLIENT_PAUSE_MS))  # noqa: S311 - spreads load
    with suppress(Closed):
        await _transmit(socket, frames.encode(notice).decode())
    return CloseCode.GOING_AWAY


async def _transmit(socket: Socket, text: str) -> None:
    try:
        await socket.send_text(text)
    except (WebSocketException, RuntimeError, OSError) as error:
        raise Closed(GONE) from error


async def _renewed_within(stay: Stay, seconds: float) -> bool:
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await stay.renewed.wait()
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
