"""The sockets of this process by person, and how they learn that something is new.

A wake-up only marks sockets as dirty; each reads the database from its own place. Should the listening connection die,
a look at the streams every few seconds finds what it missed, and whether sessions were ended meanwhile.
"""

import asyncio
import contextlib
import random
from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from rinnalla.accounts.service import Accounts
from rinnalla.kit import bus, events, log
from rinnalla.kit.bus import Bus
from rinnalla.kit.database import Database
from rinnalla.kit.errors import Unavailable
from rinnalla.realtime import frames
from rinnalla.realtime.connection import FRESH_SECONDS, Closed, Connection
from rinnalla.realtime.frames import CloseCode
from rinnalla.realtime.reader import SOCKETS_PER_PROCESS
from rinnalla.realtime.registry import SOCKETS_PER_ACCOUNT, Registry

LOOK_DEADLINE_SECONDS = 5.0
RETRY_SECONDS = 0.5
RECONNECT_SECONDS = (0.1, 2.0)
CLIENT_PAUSE_MS = 5000
NOTICE_SECONDS = 1.0
"""How long a process that stops waits for a client to have room for the word of it."""


class Hub:
    """Knows every open socket of this process and wakes those that have something to read."""

    def __init__(
        self, database: Database, accounts: Accounts, registry: Registry, bus: Bus, *, look_every: float
    ) -> None:
        """`look_every` is in seconds."""
        self._database = database
        self._accounts = accounts
        self._registry = registry
        self._bus = bus
        self._look_every = look_every
        self._by_account: dict[UUID, list[Connection]] = defaultdict(list)
        self._tasks: list[asyncio.Task[None]] = []
        self._look_now = asyncio.Event()
        self._pause = RECONNECT_SECONDS[0]
        self._listening = False
        self._degraded = False
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
        everyone = self._everyone()
        await asyncio.gather(*(self._send_away(connection, seconds) for connection in everyone))

    @staticmethod
    async def _send_away(connection: Connection, seconds: float) -> None:
        await asyncio.sleep(random.uniform(0, seconds))  # noqa: S311 - spreads load, guards nothing
        notice = frames.GoingAway(retry_after_ms=random.randrange(CLIENT_PAUSE_MS))  # noqa: S311 - the same
        with contextlib.suppress(Closed, TimeoutError):
            async with asyncio.timeout(NOTICE_SECONDS):
                await connection.push(notice)
        connection.close(CloseCode.GOING_AWAY)

    def join(self, connection: Connection) -> None:
        """Add a socket; the oldest of a person who has too many are closed.

        Raises: Unavailable (this process is about to stop, and has sent everyone elsewhere).
        """
        if self._draining:
            raise Unavailable
        own = self._by_account[connection.caller.account_id]
        own.append(connection)
        self._registry.enter(connection)
        if self._degraded:
            connection.notice("state", frames.Degraded())
        for oldest in own[:-SOCKETS_PER_ACCOUNT]:  # several, when many open at once: those before may not be gone yet
            oldest.close(CloseCode.TOO_MANY)

    def leave(self, connection: Connection) -> None:
        """Forget a socket."""
        self._registry.leave(connection)
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
        """One word, of whoever calls `kit.bus.say`. What makes no sense is only a hint that was lost."""
        try:
            kind, _, rest = payload.partition(" ")
            self._heed(kind, rest)
        except (TypeError, ValueError):
            log.warning("unknown_word")

    def _heed(self, kind: str, rest: str) -> None:
        match kind:
            case "members":
                self._wake(UUID(part) for part in rest.split(","))
            case "session":
                self._close_session(UUID(rest))
            case "typing":
                thread_id, author_id, reader_id = map(UUID, rest.split(" "))
                for connection in self._by_account.get(reader_id, ()):
                    notice = frames.TypingNotice(thread_id=thread_id, account_id=author_id)
                    connection.notice(("typing", thread_id), notice, worth=FRESH_SECONDS)
            case "sides":
                for place in rest.split(","):
                    thread_id, reader_id = map(UUID, place.split(":"))
                    for connection in self._by_account.get(reader_id, ()):
                        connection.look_across(thread_id)
            case bus.WORDS_LOST:
                self._look_for_all()
            case "sockets":
                self._registry.close(UUID(part) for part in rest.split(","))
            case _:
                raise ValueError(kind)

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._bus.listen(self._hear, self._begin_listening)
            except bus.LOST as error:
                log.warning("listener_lost", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - without a listener news are late: it must always be begun again
                log.failure("listener_failed", error)
            self._listening = False
            self._look_now.set()  # what took the listener may have taken the database
            await asyncio.sleep(random.uniform(self._pause / 2, self._pause))  # noqa: S311 - spreads load
            self._pause = min(self._pause * 2, RECONNECT_SECONDS[1])

    def _begin_listening(self) -> None:
        self._listening = True
        self._pause = RECONNECT_SECONDS[0]
        self._look_for_all()

    def _look_for_all(self) -> None:
        """Whatever may have been said that this process did not hear."""
        for connection in self._everyone():
            connection.wake()
            connection.look_across(None)

    async def _look_for_ever(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY_SECONDS if self._degraded else self._look_every):
                    await self._look_now.wait()
            self._look_now.clear()
            try:
                async with asyncio.timeout(LOOK_DEADLINE_SECONDS):
                    await self._look()
            except (Unavailable, TimeoutError):
                self._tell_state(degraded=True)
            except Exception as error:  # noqa: BLE001 - the look must go on, whatever it met
                log.failure("look_failed", error)
            else:
                self._tell_state(degraded=False)

    def _tell_state(self, *, degraded: bool) -> None:
        """Let every client know when the database goes and when it is back."""
        if degraded != self._degraded:
            self._degraded = degraded
            log.warning("degraded" if degraded else "restored")
            for connection in self._everyone():
                connection.notice("state", frames.Degraded() if degraded else frames.Restored())
            if not degraded:  # a crash takes the list of sockets with it, and nobody says who is gone by then
                self._look_for_all()

    def _everyone(self) -> list[Connection]:
        return [connection for connections in self._by_account.values() for connection in connections]

    async def _look(self) -> None:
        """Find what no wake-up told: streams that have moved on, sessions that have ended. Raises: Unavailable."""
        places = {connection: connection.place for connection in self._everyone()}
        async with self._database.reading() as db:
            heads = await events.heads(db, self._by_account.keys())
            alive = await self._accounts.live_sessions(db, [one.caller.session_id for one in places])
        for connection, place in places.items():
            head = heads.get(connection.caller.account_id)
            if connection.caller.session_id not in alive:
                connection.close(CloseCode.UNAUTHENTICATED)
            elif head is not None and connection.follow(head, place):
                log.info("woken", wake_source="poll")
