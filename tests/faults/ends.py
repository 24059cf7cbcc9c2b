"""The two ends of a connection through the proxy."""

import asyncio
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import cast

Target = tuple[str, int] | Path
NOTIFICATION = ord("A")
OWN_WORD = b"ping "
AT_ONCE = struct.pack("ii", 1, 0)


async def reach(target: Target, end: "End") -> None:
    """Connect to where someone listens. Raises: OSError."""
    loop = asyncio.get_running_loop()
    if isinstance(target, Path):
        await loop.create_unix_connection(lambda: end, str(target))
    else:
        await loop.create_connection(lambda: end, *target)


class End(asyncio.Protocol):
    """One side of a connection. Whoever can't take more makes the other side wait."""

    def __init__(self, opened: Callable[["End"], None] | None = None) -> None:
        self._opened = opened
        self._transport: asyncio.Transport | None = None
        self._early = bytearray()
        self._carry: Callable[[bytes], None] = self._early.extend
        self._ended: Callable[[], None] = lambda: None
        self._other: End | None = None

    def meet(self, carry: Callable[[bytes], None], ended: Callable[[], None], other: "End") -> None:
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


class NoNotifications:
    """Leaves `NotificationResponse` out of what Postgres says (each message: a letter, its length, its content), except
    the word that a listener says to itself: it must believe that it hears, or it would begin again and look for all
    that it has missed, and nothing would hang on the look that is taken every few seconds."""

    def __init__(self) -> None:
        self._rest = b""

    def without(self, data: bytes) -> bytes:
        buffer, at, kept = self._rest + data, 0, []
        while len(buffer) - at >= 5:
            end: int = at + 1 + struct.unpack_from("!I", buffer, at + 1)[0]
            if end > len(buffer):
                break
            if buffer[at] != NOTIFICATION or _is_own_word(buffer[at:end]):
                kept.append(buffer[at:end])
            at = end
        self._rest = buffer[at:]
        return b"".join(kept)


def _is_own_word(notification: bytes) -> bool:
    """Whether a `NotificationResponse` is such: four bytes (whose), a channel and a payload, each up to a zero."""
    _, _, payload = notification[9:].partition(b"\0")
    return payload.startswith(OWN_WORD)
