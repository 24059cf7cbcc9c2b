"""HTTP by hand, for crowds: a thousand of these cost less than ten clients that know everything.

As the one in `tests.faults.wire`, but with headers, and lost connections are told as they are.
"""

import asyncio
import json
from types import TracebackType
from typing import Any


class Answer:
    """What came back."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def is_orderly(self) -> bool:
        """Whether it is what an overloaded service may say: yes, or when to come back."""
        return self.status in {200, 201, 204} or (self.status in {429, 503} and int(self.headers["retry-after"]) >= 1)


class Client:
    """One connection, kept open between requests and opened anew when it was closed."""

    def __init__(self, url: str, token: str | None = None) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._address = host, int(port)
        self._headers = f"Host: {host}\r\n" + (f"Authorization: Bearer {token}\r\n" if token else "")
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """Raises: OSError, EOFError when the connection is lost."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._address)
        reader, writer = self._streams
        content = b"" if body is None else json.dumps(body).encode()
        kind = "Content-Type: application/json\r\n" if content else ""
        head = f"{method} {path} HTTP/1.1\r\n{self._headers}{kind}Content-Length: {len(content)}\r\n\r\n"
        writer.write(head.encode() + content)
        try:
            answer = await _read(reader)
        except (OSError, EOFError):
            self.close()
            raise
        if answer.headers.get("connection") == "close":
            self.close()
        return answer


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Answer(int(head[0].split()[1]), headers, body)
