"""A TCP proxy that makes bad weather: between clients and nodes, between nodes and Postgres, between nodes and the bus.

A connection's fate is drawn when it opens: forwarded as it is, late, drop by drop, or into a hole that swallows
everything and says nothing, as when a phone leaves the network.
"""

import asyncio
import random
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

Target = tuple[str, int] | Path
NOTIFICATION = ord("A")
END = b""
COMMIT = b"COMMIT;"
BEYOND_RECALL_SECONDS = 0.002
AT_ONCE = struct.pack("ii", 1, 0)


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
    """Postgres' notifications are left out, and nothing else."""
    commits_lost: float = 0.0
    """The share of commits at which the connection is reset, half of them before Postgres hears it, half after."""
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
        self._server = await loop.create_server(lambda: _End(self._open), "127.0.0.1", 0)
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

    def _open(self, near: "_End") -> None:
        if self.weather.closed:
            near.abort()
            return
        link = Link(near, self._target, self._chance, self._links.discard)
        self._links.add(link)
        link.meet(self.weather)
        link.open()


class Link:
    """One connection through the proxy: `near` is who asked for it, `far` whom they asked for."""

    def __init__(self, near: "_End", target: Target, chance: random.Random, gone: Callable[["Link"], None]) -> None:
        self._near, self._far = near, _End()
        self._shadow: _End | None = None
        self._chance = chance
        self._gone = gone
        self._target = target
        self._loop = asyncio.get_running_loop()
        self._late: dict[_End, deque[tuple[float, bytes]]] = {near: deque(), self._far: deque()}
        self._owed: dict[_End, bytearray] = {near: bytearray(), self._far: bytearray()}
        self._filter: _NoNotifications | None = None
        self._opening: asyncio.Task[None] | None = None
        self._death: asyncio.TimerHandle | None = None
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
            await _reach(self._target, self._far)
            if self.weather.twice is not None:
                self._shadow = _End()
                self._shadow.meet(lambda _: None, lambda: None, self._near)
                await _reach(self.weather.twice, self._shadow)
        except OSError:
            self.cut()
            return
        if self.weather.deaf:
            self._filter = _NoNotifications()
        for end, other in ((self._near, self._far), (self._far, self._near)):
            end.meet(partial(self._carry, end, other), partial(self._ended, other), other)

    def _carry(self, end: "_End", other: "_End", data: bytes) -> None:
        if self.weather.hole:
            return
        if end is self._far and self._filter is not None:
            data = self._filter.without(data)
        if end is self._near and self._shadow is not None:
            self._shadow.write(data)
        if COMMIT in data and self._chance.random() < self.weather.commits_lost:
            if self._chance.random() < 0.5:
                other.write(data)
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

    def _hold_back(self, other: "_End", data: bytes, seconds: float) -> None:
        """Pass data on later; nothing overtakes what came before it."""
        waiting = self._late[other]
        waiting.append((self._loop.time() + seconds, data))
        if len(waiting) == 1:
            self._loop.call_later(seconds, self._pass_on, other)

    def _pass_on(self, other: "_End") -> None:
        waiting = self._late[other]
        while waiting and waiting[0][0] <= self._loop.time():
            _, data = waiting.popleft()
            if data:
                other.write(data)
            else:
                self.cut()
        if waiting:
            self._loop.call_later(max(0.001, waiting[0][0] - self._loop.time()), self._pass_on, other)

    def _drip(self, other: "_End") -> None:
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

    def _ended(self, other: "_End") -> None:
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


async def _reach(target: Target, end: "_End") -> None:
    loop = asyncio.get_running_loop()
    if isinstance(target, Path):
        await loop.create_unix_connection(lambda: end, str(target))
    else:
        await loop.create_connection(lambda: end, *target)


class _End(asyncio.Protocol):
    """One side of a connection. Whoever can't take more makes the other side wait."""

    def __init__(self, opened: Callable[["_End"], None] | None = None) -> None:
        self._opened = opened
        self._transport: asyncio.Transport | None = None
        self._early = bytearray()
        self._carry: Callable[[bytes], None] = self._early.extend
        self._ended: Callable[[], None] = lambda: None
        self._other: _End | None = None

    def meet(self, carry: Callable[[bytes], None], ended: Callable[[], None], other: "_End") -> None:
        """Know where to pass things on, beginning with what came before that was known."""
        self._carry, self._ended, self._other = carry, ended, other
        if self._early:
            carry(bytes(self._early))
        if self._transport is None:
            ended()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self._opened is not None:
            self._opened(self)

    def data_received(self, data: bytes) -> None:
        self._carry(data)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        self._transport = None
        self._ended()

    def pause_writing(self) -> None:
        if self._other is not None:
            self._other.pause()

    def resume_writing(self) -> None:
        if self._other is not None:
            self._other.resume()

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def pause(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Reset: the other side is told at once, and what is on its way to it is lost."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            self._transport.abort()


class _NoNotifications:
    """Leaves `NotificationResponse` out of what Postgres says (each message: a letter, its length, its content)."""

    def __init__(self) -> None:
        self._rest = b""

    def without(self, data: bytes) -> bytes:
        buffer, at, kept = self._rest + data, 0, []
        while len(buffer) - at >= 5:
            end: int = at + 1 + struct.unpack_from("!I", buffer, at + 1)[0]
            if end > len(buffer):
                break
            if buffer[at] != NOTIFICATION:
                kept.append(buffer[at:end])
            at = end
        self._rest = buffer[at:]
        return b"".join(kept)
