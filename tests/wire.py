"""A socket's bare bytes, for clients that keep to no rules: frames of any kind, halves of them, or none.

Clients that keep to the rules are `tests.phone`, which checks every frame, and for crowds `tests.faults.wire`.
"""

import asyncio
import base64
import contextlib
import os
import socket
from collections.abc import Mapping
from typing import Any

import msgspec
from websockets.frames import Close, Frame, Opcode

from rinnalla.realtime.frames import CLOSE_CODES
from tests.factories import Person
from tests.patience import PATIENCE_SECONDS

UPGRADE = {
    "Host": "localhost", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
}  # fmt: skip


def handshake(headers: Mapping[str, str], *, line: str = "GET /v1/realtime HTTP/1.1") -> bytes:
    """The bytes of a request. Header values are Latin-1, as HTTP has it."""
    lines = [line, *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def text(payload: str | bytes, *, fin: bool = True) -> bytes:
    """A text frame, as a client masks it; with `fin` false, the first piece of a message."""
    data = payload.encode() if isinstance(payload, str) else payload
    return Frame(Opcode.TEXT, data, fin=fin).serialize(mask=True)


def piece(payload: bytes) -> bytes:
    """One more piece of a message, and not the last one."""
    return Frame(Opcode.CONT, payload, fin=False).serialize(mask=True)


def check_close(code: int | None, reason: str) -> None:
    """Every close is a documented one, and says nothing of how the service is built. Raises: AssertionError."""
    assert code in CLOSE_CODES, f"undocumented close: {code} {reason!r}"
    assert len(reason.encode()) <= 123
    assert not {"Traceback", "rinnalla", "asyncpg", "sqlalchemy", "Error"} & set(reason.replace(".", " ").split())


class Wire:
    """One TCP connection to the service."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.answers_pings = True

    @classmethod
    async def to(cls, url: str, *, receive_buffer: int | None = None) -> "Wire":
        """Connect. `receive_buffer` bytes are what the client's kernel takes unread."""
        host, _, port = url.removeprefix("http://").partition(":")
        connected = socket.socket()
        if receive_buffer is not None:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connected.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connected, (host, int(port)))
        limit = receive_buffer or 2**16
        return cls(*await asyncio.open_connection(sock=connected, limit=limit))

    @classmethod
    async def upgraded(cls, url: str, *, receive_buffer: int | None = None, **headers: str) -> "Wire":
        """Connect and open a socket."""
        wire = await cls.to(url, receive_buffer=receive_buffer)
        await wire.send(handshake({**UPGRADE, **headers}))
        status = await wire.status()
        assert status == 101, status
        return wire

    @classmethod
    async def let_in(cls, person: Person) -> "Wire":
        """Open a socket whose person is known."""
        wire = await cls.upgraded(person.url)
        await wire.say({"type": "auth", "access_token": person.token})
        assert (await wire.next())["type"] == "hello"
        return wire

    async def __aenter__(self) -> "Wire":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.transport.abort()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    async def send(self, data: bytes) -> None:
        """As far as the service takes it."""
        try:
            self.writer.write(data)
            await self.writer.drain()
        except OSError:
            return

    async def say(self, frame: object) -> None:
        await self.send(text(msgspec.json.encode(frame)))

    async def status(self) -> int:
        """The status of an answer in HTTP, whose headers are read over."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE_SECONDS)
        return int(head.split()[1])

    async def frame(self) -> tuple[int, bytes] | None:
        """The next frame's opcode and payload; None when the connection is over. Pings are answered on the way."""
        try:
            while True:
                opcode, payload = await asyncio.wait_for(self._frame(), PATIENCE_SECONDS)
                if opcode != Opcode.PING:
                    return opcode, payload
                if self.answers_pings:
                    await self.send(Frame(Opcode.PONG, payload).serialize(mask=True))
        except (asyncio.IncompleteReadError, OSError):
            return None

    async def _frame(self) -> tuple[int, bytes]:
        head, size = await self.reader.readexactly(2)
        if size >= 126:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8))
        return head & 0x0F, await self.reader.readexactly(size)

    async def next(self) -> Any:
        """The next frame of ours, decoded."""
        found = await self.frame()
        assert found is not None
        assert found[0] == Opcode.TEXT, found
        return msgspec.json.decode(found[1])

    async def closed_with(self) -> int | None:
        """Take frames until the service closes; with which code, or None when it cut the connection."""
        while (found := await self.frame()) is not None:
            if found[0] == Opcode.CLOSE:
                close = Close.parse(found[1])
                check_close(close.code, close.reason)
                return close.code
        return None

    async def is_cut(self) -> None:
        """Wait, reading nothing, until the service has let go of the connection."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.writer.transport.is_closing():
                self.writer.write(Frame(Opcode.PONG, b"").serialize(mask=True))
                with contextlib.suppress(OSError):
                    await self.writer.drain()
                await asyncio.sleep(0.05)
