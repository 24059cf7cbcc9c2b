"""A socket from the handshake to the close: who is it, and until when may they stay."""

import asyncio
from collections.abc import Sequence

from litestar.exceptions import WebSocketException

from rinnalla.accounts.service import Accounts, Tokens
from rinnalla.chat.service import Chat
from rinnalla.kit import bodies, log
from rinnalla.kit.caller import Caller
from rinnalla.kit.clock import Clock
from rinnalla.kit.database import Database
from rinnalla.kit.errors import DomainError, InvalidToken, Unauthenticated
from rinnalla.realtime import frames
from rinnalla.realtime.connection import Closed, Connection
from rinnalla.realtime.conversation import GONE, Conversation, Desk, Socket, Stay, receive
from rinnalla.realtime.frames import CloseCode
from rinnalla.realtime.hub import Hub
from rinnalla.realtime.reader import Reader

AUTH_DEADLINE_SECONDS = 5.0
WARN_BEFORE_SECONDS = 60.0


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
        self._desk = Desk(database, accounts, tokens, chat, clock, limit_factor)
        self._hub = hub
        self._reader = reader
        self._allowed_origins = frozenset(allowed_origins)

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
            auth, caller, stay = await asyncio.wait_for(self._let_in(socket), AUTH_DEADLINE_SECONDS)
        except (DomainError, TimeoutError):
            return CloseCode.UNAUTHENTICATED
        except Closed as closed:
            return closed.code
        connection = Connection(caller, self._reader, lambda text: _transmit(socket, text))
        self._hub.join(connection)
        try:
            conversation = Conversation(self._desk, connection, stay)
            await conversation.greet(auth, await self._reader.head(caller))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(connection.pump())
                tasks.create_task(connection.closed())
                tasks.create_task(self._watch(connection, stay))
                tasks.create_task(conversation.listen(socket))
        except (Closed, ExceptionGroup) as error:
            return _close_code(error)
        except InvalidToken:
            return CloseCode.UNAUTHENTICATED
        except DomainError:
            return CloseCode.INTERNAL
        finally:
            self._hub.leave(connection)
        return GONE

    async def _let_in(self, socket: Socket) -> tuple[frames.Auth, Caller, Stay]:
        """The first frame. Raises: InvalidBody, Unauthenticated, InvalidToken, Closed."""
        frame = bodies.decode(await receive(socket), frames.ClientFrame)
        if not isinstance(frame, frames.Auth):
            raise Unauthenticated
        caller, until = await self._desk.identify(frame)
        return frame, caller, Stay(until, asyncio.Event())

    async def _watch(self, connection: Connection, stay: Stay) -> None:
        """Warn before the token expires, and close when it has. Raises: Closed."""
        while True:
            stay.renewed.clear()
            if await _renewed_within(stay, stay.left - WARN_BEFORE_SECONDS):
                continue
            await connection.push(frames.Expiring(expires_in=int(stay.left)))
            if not await _renewed_within(stay, stay.left):
                raise Closed(CloseCode.UNAUTHENTICATED)


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
