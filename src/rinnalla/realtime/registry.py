"""The sockets of this process in the list that all processes share, so that nobody has too many anywhere.

No socket waits for the list: a task of its own compares what is open here with what it has written down, and writes the
difference, for all sockets of the moment in one transaction. What fails is tried again; what was lost (the database
crashed, this process was frozen and forgotten) is written anew. Idle sockets cost nothing.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit import bus, log, sockets
from rinnalla.kit.database import Database
from rinnalla.kit.errors import Unavailable
from rinnalla.kit.ids import new_id
from rinnalla.realtime.connection import Connection
from rinnalla.realtime.frames import CloseCode
from rinnalla.realtime.presence import Showing

SOCKETS_PER_ACCOUNT = 5
LOOK_EVERY_SECONDS = 5.0
PAUSE_AFTER_FAILURE = 1.0
LAST_LOOK_SECONDS = 2.0
MOST_AT_ONCE = 200
IDS_PER_WORD = 200


class Registry:
    """Keeps this process's part of the list."""

    def __init__(self, database: Database, showing: Showing) -> None:
        self._database = database
        self._showing = showing
        self._node = new_id()
        self._open: dict[UUID, Connection] = {}
        self._written: set[UUID] = set()
        self._tried: dict[UUID, UUID] = {}
        """To be written down, each with whose it is; whether they are is not known until the commit is answered."""
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin to keep the list."""
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Write down that this process has no sockets any more, if that can be done quickly."""
        self._stopping = True
        self._open.clear()
        self._changed.set()
        if self._task is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_LOOK_SECONDS):
                    await self._task

    def enter(self, connection: Connection) -> None:
        """A socket was opened."""
        self._open[connection.id] = connection
        self._changed.set()

    def leave(self, connection: Connection) -> None:
        """A socket was closed."""
        if self._open.pop(connection.id, None) is not None:
            self._changed.set()

    def close(self, ids: Iterable[UUID]) -> None:
        """Close those of these sockets that are of this process: their people have opened too many."""
        for socket_id in ids:
            if socket_id in self._open:
                self._open[socket_id].close(CloseCode.TOO_MANY)

    async def look(self) -> None:
        """Bring the list up to date with this process. Raises: Unavailable."""
        await self._write_left()
        if not self._stopping:
            await self._write_opened()
        await self._write_doubtful()

    async def sweep(self) -> None:
        """Find what no word told, and tidy up after those who are gone. Raises: Unavailable."""
        async with self._database.unit_of_work() as db:
            surplus = await sockets.surplus_of(db, self._node)
            forgotten = await sockets.forget(db, self._node)
            await self._showing.came_or_went(db, forgotten.gone)
            if forgotten.died:  # between a commit and the word of it, for all that is known
                bus.say(db, bus.WORDS_LOST)
        self.close(surplus)

    async def _take_leave(self) -> None:
        async with self._database.unit_of_work() as db:
            await sockets.stop(db, self._node)

    async def _write_left(self) -> None:
        left = self._written - self._open.keys()
        if left:
            async with self._database.unit_of_work() as db:
                done = left - await sockets.leave(db, left)
            self._written -= done

    async def _write_doubtful(self) -> None:
        """A commit that was never answered may still be under way: it holds its people's turns until it ends. Last in a
        round, as nothing else may wait for it."""
        left = self._tried.keys() - self._open.keys()
        if left:
            async with self._database.unit_of_work() as db:
                await sockets.take_turns(db, {self._tried[one] for one in left})
                done = left - await sockets.leave(db, left)
            self._forget_tried(done)

    async def _write_opened(self) -> None:
        async with self._database.unit_of_work() as db:
            if not await sockets.beat(db, self._node):
                self._written.clear()
            opened = [one for one in self._open.values() if one.id not in self._written]
            if len(opened) > MOST_AT_ONCE:
                self._changed.set()
            if not opened:
                return
            written, surplus = await self._enter(db, opened[:MOST_AT_ONCE])
            self._tried |= {one.id: one.caller.account_id for one in opened if one.id in written}
        self._written |= written
        self._forget_tried(written)
        self.close(surplus)

    def _forget_tried(self, known: Iterable[UUID]) -> None:
        for socket_id in known:
            self._tried.pop(socket_id, None)

    async def _enter(self, db: AsyncSession, opened: list[Connection]) -> tuple[set[UUID], list[UUID]]:
        """Which sockets were written down, and which of any process are too many now."""
        held = await sockets.hold(db, {one.caller.account_id for one in opened})
        ready = [one for one in opened if one.caller.account_id in held]
        before = await sockets.connected(db, held)
        present = time.monotonic()
        await sockets.enter(
            db, self._node, [sockets.Opened(one.id, one.caller.account_id, present - one.opened_at) for one in ready]
        )
        surplus = await sockets.mark_surplus(db, held, SOCKETS_PER_ACCOUNT)
        for start in range(0, len(surplus), IDS_PER_WORD):
            bus.say(db, "sockets " + ",".join(map(str, surplus[start : start + IDS_PER_WORD])))
        await self._showing.came_or_went(db, held - before)
        return {one.id for one in ready}, surplus

    async def _keep(self) -> None:
        sweep_at = time.monotonic()
        while True:
            try:
                await self.look()
                if self._stopping and not self._written and not self._tried:
                    await self._take_leave()
                    return
                if time.monotonic() >= sweep_at:
                    await self.sweep()
                    sweep_at = time.monotonic() + LOOK_EVERY_SECONDS
            except Unavailable:  # the hub tells of it, and the next round makes up for this one
                await asyncio.sleep(PAUSE_AFTER_FAILURE)
            except Exception as error:  # noqa: BLE001 - the list must be kept on, whatever it met
                log.failure("registry_failed", error)
                await asyncio.sleep(PAUSE_AFTER_FAILURE)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_SECONDS):
                    await self._changed.wait()
            self._changed.clear()
