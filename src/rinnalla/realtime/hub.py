"""The sockets of this process by person, and how they learn that something is new.

A wake-up only marks sockets as dirty; each reads the database from its own place. Should the listening connection die,
a look at the streams every few seconds finds what it missed, and whether sessions were ended meanwhile.
"""

import asyncio
import contextlib
import random
from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID, uuid4

import asyncpg

from rinnalla.accounts.service import Accounts
from rinnalla.kit import events, log
from rinnalla.kit.database import Database
from rinnalla.realtime import frames
from rinnalla.realtime.connection import Closed, Connection
from rinnalla.realtime.frames import CloseCode

LISTENER_NAME = "rinnalla listener"
SOCKETS_PER_ACCOUNT = 5
SOCKETS_PER_PROCESS = 10_000
LOOK_EVERY_SECONDS = 5.0
PING_EVERY_SECONDS = 10.0
PING_DEADLINE_SECONDS = 5.0
RECONNECT_SECONDS = (0.1, 2.0)
CLIENT_PAUSE_MS = 5000


class Hub:
    """Knows every open socket of this process and wakes those that have something to read."""

    def __init__(self, database: Database, accounts: Accounts, url: str) -> None:
        self._database = database
        self._accounts = accounts
        self._url = url.replace("postgresql+asyncpg://", "postgresql://")
        self._by_account: dict[UUID, list[Connection]] = defaultdict(list)
        self._tasks: list[asyncio.Task[None]] = []
        self._pong = asyncio.Event()
        self._listening = False
        self._draining = False

    @property
    def sockets(self) -> int:
        """How many sockets are open."""
        return sum(map(len, self._by_account.values()))

    @property
    def is_full(self) -> bool:
        """Whether no further socket may be opened now."""
        return self._draining or self.sockets >= SOCKETS_PER_PROCESS

    async def is_listening(self) -> bool:
        """Whether wake-ups of other processes reach this one."""
        return self._listening

    async def is_staying(self) -> bool:
        """Whether this process is not about to stop."""
        return not self._draining

    def start(self) -> None:
        """Begin to listen and to look."""
        self._tasks = [asyncio.create_task(self._listen_for_ever()), asyncio.create_task(self._look_for_ever())]

    async def stop(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def drain(self, seconds: float) -> None:
        """Ask every client to come back to another process, and close the sockets spread over `seconds`."""
        self._draining = True
        everyone = [connection for connections in self._by_account.values() for connection in connections]
        await asyncio.gather(*(self._send_away(connection, seconds) for connection in everyone))

    @staticmethod
    async def _send_away(connection: Connection, seconds: float) -> None:
        await asyncio.sleep(random.uniform(0, seconds))  # noqa: S311 - spreads load, guards nothing
        notice = frames.GoingAway(retry_after_ms=random.randrange(CLIENT_PAUSE_MS))  # noqa: S311 - the same
        with contextlib.suppress(Closed):
            await connection.push(notice)
        connection.close(CloseCode.GOING_AWAY)

    def join(self, connection: Connection) -> None:
        """Add a socket; the oldest of a person who has too many are closed."""
        own = self._by_account[connection.caller.account_id]
        own.append(connection)
        for oldest in own[:-SOCKETS_PER_ACCOUNT]:  # several, when many open at once: those before may not be gone yet
            oldest.close(CloseCode.TOO_MANY)

    def leave(self, connection: Connection) -> None:
        """Forget a socket."""
        own = self._by_account[connection.caller.account_id]
        if connection in own:
            own.remove(connection)
        if not own:
            del self._by_account[connection.caller.account_id]

    def _wake(self, account_ids: Iterable[UUID]) -> None:
        for account_id in account_ids:
            for connection in self._by_account.get(account_id, ()):
                connection.wake()

    def _close_session(self, session_id: UUID) -> None:
        for connections in self._by_account.values():
            for connection in connections:
                if connection.caller.session_id == session_id:
                    connection.close(CloseCode.UNAUTHENTICATED)

    def _hear(self, payload: str) -> None:
        """One notification: see `kit.events.notify` for who sends which."""
        kind, _, rest = payload.partition(" ")
        match kind:
            case "members":
                self._wake(UUID(part) for part in rest.split(","))
            case "session":
                self._close_session(UUID(rest))
            case "typing":
                thread_id, author_id, reader_id = map(UUID, rest.split(" "))
                for connection in self._by_account.get(reader_id, ()):
                    connection.notice(frames.TypingNotice(thread_id=thread_id, account_id=author_id))
            case _:
                self._pong.set()

    async def _listen_for_ever(self) -> None:
        pause = RECONNECT_SECONDS[0]
        while True:
            try:
                await self._listen()
                pause = RECONNECT_SECONDS[0]
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("listener_lost", error=type(error).__name__)
            self._listening = False
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - spreads load
            pause = min(pause * 2, RECONNECT_SECONDS[1])

    async def _listen(self) -> None:
        """Listen on a connection of its own until it stops answering its own pings."""
        connection = await asyncpg.connect(
            self._url, timeout=PING_DEADLINE_SECONDS, server_settings={"application_name": LISTENER_NAME}
        )
        try:
            await connection.add_listener(events.WAKE_CHANNEL, lambda *heard: self._hear(str(heard[3])))
            self._listening = True
            self._wake(list(self._by_account))  # whatever was said while nobody listened
            while True:
                self._pong.clear()
                ping = connection.execute("SELECT pg_notify($1, $2)", events.WAKE_CHANNEL, f"ping {uuid4()}")
                await asyncio.wait_for(ping, PING_DEADLINE_SECONDS)
                await asyncio.wait_for(self._pong.wait(), PING_DEADLINE_SECONDS)
                await asyncio.sleep(PING_EVERY_SECONDS)
        finally:
            connection.terminate()

    async def _look_for_ever(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            with contextlib.suppress(Exception):  # the database is away: the next look may find it
                await self._look()

    async def _look(self) -> None:
        """Find what no wake-up told: streams that have moved on, sessions that have ended."""
        everyone = [connection for connections in self._by_account.values() for connection in connections]
        if not everyone:
            return
        async with self._database.unit_of_work() as db:
            heads = await events.heads(db, self._by_account.keys())
            alive = await self._accounts.live_sessions(db, [one.caller.session_id for one in everyone])
        for connection in everyone:
            if connection.caller.session_id not in alive:
                connection.close(CloseCode.UNAUTHENTICATED)
            elif connection.is_behind(heads.get(connection.caller.account_id, 0)):
                log.info("woken", wake_source="poll")
                connection.wake()
