"""A TCP proxy that makes bad weather: between clients and nodes, between nodes and Postgres, between nodes and the bus.

A connection's fate is drawn when it opens: forwarded as it is, late, drop by drop, or into a hole that swallows
everything and says nothing, as when a phone leaves the network.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.faults.ends import End, NoNotifications, Target, reach

END = b""
COMMIT = b"COMMIT;"
BEYOND_RECALL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Weather:
    """What happens to connections. `share`: of how many of them (0 to 1)."""

    share: float = 1.0
    late: tuple[float, float] | None = None
    """Seconds that each piece of data takes at least and at most."""
    cut_after: float | None = None
    """Seconds that a connection lives in the mean."""
    hole: bool = False
    drip: float | None = None
    """Seconds between one byte and the next."""
    closed: bool = False
    """Nobody is let in."""
    deaf: bool = False
    """Postgres' notifications are left out, and nothing else, but what a listener says to itself."""
    commits_lost: float = 0.0
    """The share of commits at which the connection is reset, half of them before Postgres hears it, half after; its
    answer is never heard."""
    twice: Target | None = None
    """Where everything that clients say is said once more, unheard."""


CLEAR = Weather()


class Proxy:
    """Listens on a free port and forwards to `target`."""

    def __init__(self, target: Target, chance: random.Random) -> None:
        self._target = target
        self._chance = chance
        self._server: asyncio.Server | None = None
        self._links: set[Link] = set()
        self.weather = CLEAR
        self.port = 0

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: End(self._open), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    def stop(self) -> None:
        self.cut_all()
        if self._server is not None:
            self._server.close()

    def turn(self, weather: Weather) -> None:
        """Change the weather for new connections and for those that stand; holes stay holes until they are cut."""
        self.weather = weather
        for link in list(self._links):
            link.meet(weather)

    def cut_all(self) -> None:
        """Reset every connection."""
        for link in list(self._links):
            link.cut()

    def clear(self) -> None:
        """Good weather again; connections that had met bad weather are gone."""
        self.weather = CLEAR
        for link in list(self._links):
            if link.weather != CLEAR:
                link.cut()

    def _open(self, near: End) -> None:
        if self.weather.closed:
            near.abort()
            return
        link = Link(near, self._target, self._chance, self._links.discard)
        self._links.add(link)
        link.meet(self.weather)
        link.open()


class Link:
    """One connection through the proxy: `near` is who asked for it, `far` whom they asked for."""

    def __init__(self, near: End, target: Target, chance: random.Random, gone: Callable[["Link"], None]) -> None:
        self._near, self._far = near, End()
        self._shadow: End | None = None
        self._chance = chance
        self._gone = gone
        self._target = target
        self._loop = asyncio.get_running_loop()
        self._late: dict[End, deque[tuple[float, bytes]]] = {near: deque(), self._far: deque()}
        self._owed: dict[End, bytearray] = {near: bytearray(), self._far: bytearray()}
        self._filter: NoNotifications | None = None
        self._opening: asyncio.Task[None] | None = None
        self._death: asyncio.TimerHandle | None = None
        self._is_doomed = False
        self.weather = CLEAR

    def meet(self, weather: Weather) -> None:
        """Draw this connection's fate."""
        if self.weather.hole:
            return
        self.weather = weather if self._chance.random() < weather.share else CLEAR
        if self._death is not None:
            self._death.cancel()
        if weather.closed:
            self.cut()
        elif self.weather.cut_after is not None:
            self._death = self._loop.call_later(self._chance.expovariate(1 / self.weather.cut_after), self.cut)

    def open(self) -> None:
        self._opening = self._loop.create_task(self._connect())

    async def _connect(self) -> None:
        try:
            await reach(self._target, self._far)
            if self.weather.twice is not None:
                self._shadow = End()
                self._shadow.meet(lambda _: None, lambda: None, self._near)
                await reach(self.weather.twice, self._shadow)
        except OSError:
            self.cut()
            return
        if self.weather.deaf:
            self._filter = NoNotifications()
        for end, other in ((self._near, self._far), (self._far, self._near)):
            end.meet(partial(self._carry, end, other), partial(self._ended, other), other)

    def _carry(self, end: End, other: End, data: bytes) -> None:
        if self.weather.hole or self._is_doomed:
            return
        if end is self._far and self._filter is not None:
            data = self._filter.without(data)
        if end is self._near and self._shadow is not None:
            self._shadow.write(data)
        if COMMIT in data and self._chance.random() < self.weather.commits_lost:
            if self._chance.random() < 0.5:
                other.write(data)
                self._is_doomed = True
                self._loop.call_later(BEYOND_RECALL_SECONDS, self.cut)
            else:
                self.cut()
            return
        if self.weather.late is not None:
            self._hold_back(other, data, self._chance.uniform(*self.weather.late))
        elif self.weather.drip is not None:
            self._owed[other] += data
            if len(self._owed[other]) == len(data):
                self._drip(other)
        else:
            other.write(data)

    def _hold_back(self, other: End, data: bytes, seconds: float) -> None:
        """Pass data on later; nothing overtakes what came before it."""
        waiting = self._late[other]
        waiting.append((self._loop.time() + seconds, data))
        if len(waiting) == 1:
            self._loop.call_later(seconds, self._pass_on, other)

    def _pass_on(self, other: End) -> None:
        waiting = self._late[other]
        while waiting and waiting[0][0] <= self._loop.time():
            _, data = waiting.popleft()
            if data:
                other.write(data)
            else:
                self.cut()
        if waiting:
            self._loop.call_later(max(0.001, waiting[0][0] - self._loop.time()), self._pass_on, other)

    def _drip(self, other: End) -> None:
        owed = self._owed[other]
        if not owed:
            return
        other.write(bytes(owed[:1]))
        del owed[:1]
        if self.weather.drip is not None:
            self._loop.call_later(self.weather.drip, self._drip, other)
        else:
            other.write(bytes(owed))
            owed.clear()

    def _ended(self, other: End) -> None:
        """One side has gone. In a hole the other does not learn of it."""
        if self.weather.hole:
            return
        if self.weather.late is not None:
            self._hold_back(other, END, self.weather.late[1])
            return
        other.close()
        self._leave()

    def cut(self) -> None:
        """Reset both sides."""
        if self._opening is not None and self._opening is not asyncio.current_task():
            self._opening.cancel()
        self._near.abort()
        self._far.abort()
        self._leave()

    def _leave(self) -> None:
        if self._death is not None:
            self._death.cancel()
        if self._shadow is not None:
            self._shadow.close()
        self._gone(self)
