"""How the swarm speaks to the service, as cheaply as can be: it shares the machine with what it watches.

Only what the contract says is used, and of each frame only what the checker needs, as in `shapes`.
"""

import asyncio
import base64
import os
import struct
import time
from collections.abc import Callable
from typing import Any, cast

import msgspec

from tests.faults.shapes import Event, Message, Thread

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
FIN, MASKED = 0x80, 0x80
HEADS = {FIN | kind for kind in (TEXT, CLOSE, PING, PONG)}
"""How frames from the server begin: they are whole, and none is binary."""
SWITCHED, NO_CODE = 101, 1005
LENGTH_16, LENGTH_64 = 126, 127
# A mask of zeros is a mask: servers undo it all the same, and it need not be laid over the text here.
NO_MASK = b"\0\0\0\0"
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 12.0
Address = tuple[str, int]


class Frame(msgspec.Struct, frozen=True, gc=False):
    """Any frame from the server. What a kind does not have is None."""

    type: str
    event: Event | None = None
    client_id: str | None = None
    message: Message | None = None
    replayed: bool = False
    epoch: str | None = None
    last_seq: int | None = None
    seq: int | None = None
    frame: str | None = None
    code: str | None = None
    retryable: bool = False
    retry_after: int | None = None
    thread_id: str | None = None
    threads: list[Thread] = msgspec.field(default_factory=list)
    other_delivered_seq: int | None = None
    other_read_seq: int | None = None
    other_presence: str | None = None

    @property
    def speaks_of(self) -> list[str]:
        """The threads of which something is shown that is no event: who types, how far the other side is. A refusal
        names what was asked for."""
        if self.type == "refused":
            return []
        return [one.id for one in self.threads] if self.thread_id is None else [self.thread_id]

    @property
    def sides(self) -> list[Thread]:
        """The threads of whose other side it may say something."""
        if self.thread_id is None:
            return self.threads
        return [Thread(self.thread_id, self.other_delivered_seq, self.other_read_seq, self.other_presence)]


read_frame = msgspec.json.Decoder(Frame).decode
write = msgspec.json.Encoder().encode


class Garbled(Exception):
    """What came is no frame, in words."""


class Line(asyncio.Protocol):
    """One WebSocket. `first` is said as soon as it is open; `heard(frame)` is called for each frame, `ended(code)` at
    the end; the code is None when nobody said why, and a status of HTTP when the handshake was refused. `failed(error)`
    is called when something can't be taken, and the line is given up; without it, asyncio logs that."""

    def __init__(
        self,
        first: Any,
        heard: Callable[[Frame], None],
        ended: Callable[[int | None], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        self._first = first
        self._heard = heard
        self._ended = ended
        self._failed = failed
        self._transport: asyncio.Transport | None = None
        self._open = False
        self._code: int | None = None
        self._rest = b""
        self.heard_at = time.monotonic()

    @classmethod
    async def open(
        cls,
        address: Address,
        first: Any,
        heard: Callable[[Frame], None],
        ended: Callable[[int | None], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> "Line":
        """Connect. Raises: OSError, TimeoutError."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_SECONDS):
            _, line = await loop.create_connection(lambda: cls(first, heard, ended, failed), *address)
        return line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            b"GET /v1/realtime HTTP/1.1\r\nHost: swarm\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key.encode() + b"\r\n\r\n"
        )

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        self._transport = None
        self._ended(self._code)

    def data_received(self, data: bytes) -> None:
        self.heard_at = time.monotonic()
        try:
            self._receive(data)
        except Exception as error:
            if self._failed is None:
                raise
            self.cut()
            self._failed(error)

    def _receive(self, data: bytes) -> None:
        """Raises: Garbled, ValueError; whatever `heard` failed with."""
        buffer = self._rest + data
        if not self._open:
            head, found, after = buffer.partition(b"\r\n\r\n")
            if not found:
                self._rest = buffer
                return
            if (status := int(head.split(b" ", 2)[1])) != SWITCHED:
                self._code = status
                self.cut()
                return
            self._open, buffer = True, after
            self.say(self._first)
        self._rest = self._read(buffer)

    def _read(self, buffer: bytes) -> bytes:
        """Take whole frames; what is left of a last one that is not whole yet."""
        at, size = 0, len(buffer)
        while size - at >= 2:
            start, length = at + 2, buffer[at + 1]
            if buffer[at] not in HEADS or length > LENGTH_64:
                raise Garbled(f"a frame that begins with {buffer[at]:#x}{', masked' if length & MASKED else ''}")
            if length == LENGTH_16:
                start, length = at + 4, int.from_bytes(buffer[at + 2 : at + 4])
            elif length == LENGTH_64:
                start, length = at + 10, int.from_bytes(buffer[at + 2 : at + 10])
            if start > size or start + length > size:
                break
            self._take(buffer[at] & 0x0F, buffer[start : start + length])
            at = start + length
        return buffer[at:]

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == TEXT:
            self._heard(read_frame(payload))
        elif kind == PING:
            self._send(PONG, payload)
        elif kind == CLOSE:
            self._code = int.from_bytes(payload[:2]) if len(payload) >= 2 else NO_CODE
            self._send(CLOSE, payload[:2])
            if self._transport is not None:
                self._transport.close()

    def say(self, frame: Any) -> None:
        """Send one frame, if the line still stands."""
        self._send(TEXT, write(frame))

    def ping(self) -> None:
        """Ask whether the other end is there; `heard_at` tells the answer."""
        self._send(PING, b"")

    def hang_up(self) -> None:
        """Close as one should."""
        self._send(CLOSE, b"\x03\xe8")

    def cut(self) -> None:
        """Lose the connection: nothing that is on its way arrives."""
        if self._transport is not None:
            self._transport.abort()

    def _send(self, kind: int, payload: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if len(payload) < LENGTH_16:
            head = bytes((FIN | kind, MASKED | len(payload)))
        else:
            head = struct.pack("!BBH", FIN | kind, MASKED | LENGTH_16, len(payload))
        self._transport.write(head + NO_MASK + payload)


class Http:
    """HTTP requests of one device, one after the other, over one connection that is kept while it lasts."""

    def __init__(self) -> None:
        self._address: Address | None = None
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._turn = asyncio.Lock()

    async def call(
        self, address: Address, method: str, path: str, token: str | None = None, body: Any = None
    ) -> tuple[int, bytes]:
        """Status and body. Raises: OSError when what became of the request is unknown."""
        try:
            async with self._turn, asyncio.timeout(ANSWER_SECONDS):
                return await self._call(address, method, path, token, body)
        except (OSError, EOFError, ValueError, TimeoutError, RuntimeError) as error:
            self.close()
            raise ConnectionError(type(error).__name__) from error
        except asyncio.CancelledError:
            self.close()
            raise

    async def _call(self, address: Address, method: str, path: str, token: str | None, body: Any) -> tuple[int, bytes]:
        if self._streams is None or self._address != address or self._streams[0].at_eof():
            self.close()
            self._streams = await asyncio.open_connection(*address)
            self._address = address
        reader, writer = self._streams
        payload = b"" if body is None else write(body)
        head = [f"{method} {path} HTTP/1.1", "Host: swarm", f"Content-Length: {len(payload)}"]
        if token is not None:
            head.append(f"Authorization: Bearer {token}")
        if body is not None:
            head.append("Content-Type: application/json")
        writer.write("\r\n".join([*head, "\r\n"]).encode() + payload)
        lines = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        answer = await reader.readexactly(length)
        if b"connection: close" in lines:
            self.close()
        return int(lines[0][9:12]), answer

    def close(self) -> None:
        """Drop the connection."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None
