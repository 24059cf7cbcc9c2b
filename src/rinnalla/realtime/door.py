"""The door: who may open a socket at all. It is asked before anyone is known, so it costs memory alone, no database."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import msgspec
from litestar import WebSocket

from rinnalla.kit import log
from rinnalla.kit.addresses import neighbourhood
from rinnalla.kit.edge import SAFE_HEADERS
from rinnalla.kit.errors import DomainError, TooManyRequests, Unavailable
from rinnalla.kit.problems import MEDIA_TYPE, problem_of
from rinnalla.kit.tally import Ledger, Tally
from rinnalla.realtime.errors import OriginRefused, TlsRequired

Socket = WebSocket[Any, Any, Any]
STRANGERS_AT_ONCE = 1000
"""Sockets of this process that are open and not yet let in."""
WAIT_WHEN_FULL_SECONDS = (1, 10)
WAIT_WHEN_MANY_SECONDS = 30
_WITHOUT_TLS = {"http", "ws"}


class Visit:
    """One socket that was let through the door."""

    def __init__(self, door: "Door") -> None:
        self._door = door
        self._is_stranger = True
        door.strangers += 1

    def is_known(self) -> None:
        """Who it is has been said, or will not be said any more."""
        if self._is_stranger:
            self._is_stranger = False
            self._door.strangers -= 1


class Door:
    """Counts sockets: those of an address in all processes of this machine, strangers in this one."""

    def __init__(self, allowed_origins: Sequence[str], per_address: float, is_full: Callable[[], bool]) -> None:
        self._allowed_origins = frozenset(allowed_origins)
        self._per_address = per_address
        self._is_full = is_full
        self.tally = Tally(Ledger.of(1), 1)
        self.strangers = 0

    @contextmanager
    def opened(self, socket: Socket) -> Iterator[Visit]:
        """Counted for as long as the block runs. Raises: OriginRefused, TlsRequired, TooManyRequests, Unavailable."""
        address = neighbourhood(socket.client.host if socket.client else "")
        self._check(socket, address)
        self.tally.add(address)
        visit = Visit(self)
        try:
            yield visit
        finally:
            visit.is_known()
            self.tally.remove(address)

    def _check(self, socket: Socket, address: str) -> None:
        if not self._allowed_origins.issuperset(socket.headers.getall("origin", [])):
            raise OriginRefused
        if not _WITHOUT_TLS.isdisjoint(socket.headers.getall("x-forwarded-proto", [])):
            raise TlsRequired
        if self.tally.count(address) >= self._per_address:
            raise TooManyRequests(retry_after=WAIT_WHEN_MANY_SECONDS)
        if self._is_full() or self.strangers >= STRANGERS_AT_ONCE:
            raise Unavailable(retry_after=random.randint(*WAIT_WHEN_FULL_SECONDS))  # noqa: S311 - spreads load


async def turn_away(socket: Socket, refusal: DomainError) -> None:
    """Answer a handshake as HTTP answers a request that is refused."""
    request_id = str(uuid4())
    log.info("socket_refused", code=refusal.code, status=refusal.status, request_id=request_id)
    headers = {**refusal.headers, "Content-Type": MEDIA_TYPE}
    await socket.send(
        {
            "type": "websocket.http.response.start",
            "status": refusal.status,
            "headers": [
                *((name.lower().encode(), value.encode()) for name, value in headers.items()),
                *SAFE_HEADERS.items(),
            ],
        }
    )
    body = msgspec.json.encode(problem_of(refusal, f"urn:uuid:{request_id}"))
    await socket.send({"type": "websocket.http.response.body", "body": body, "more_body": False})
