"""The outermost layer of every request, routed or not: room for it, a request id, safe headers, one line in the log."""

import random
import time
from dataclasses import dataclass
from uuid import uuid4

import msgspec
import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, ReceiveMessage, Scope, Send

from rinnalla.kit import log
from rinnalla.kit.errors import Unavailable
from rinnalla.kit.problems import Manners

SAFE_HEADERS = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"referrer-policy": b"no-referrer",
    b"strict-transport-security": b"max-age=31536000; includeSubDomains",
    b"x-content-type-options": b"nosniff",
}


# More than these are answered at once that they should come back. Requests that can't be worked on soon would only make
# all others wait; those that are turned away cost next to nothing. Sockets don't count: they are quiet (see uvicorn's
# `limit_concurrency`, which counts them and lets them in).
REQUESTS_AT_ONCE = 256
# Nor do those that wait for the rest of their body, or a few who send slowly would shut everybody out. They have a
# bound of their own: each holds a connection and what it has sent, 64 KiB at most and mostly nothing.
BODIES_AT_ONCE = 2048
COME_BACK_SECONDS = (1, 3)
PROBES = {"/livez", "/readyz"}


@dataclass(slots=True)
class Room:
    """What is left: places for those that are worked on, and for those whose bodies are on their way."""

    places: int
    bodies: int


class Visit:
    """One request and its place in the room, which it gives up for as long as its client has more to send."""

    def __init__(self, room: Room, receive: Receive) -> None:
        self._room = room
        self._receive = receive
        self._is_in = False
        self._is_whole = False

    def enter(self) -> bool:
        """Take a place, if there is one."""
        self._is_in = self._room.places > 0
        self._room.places -= self._is_in
        return self._is_in

    def leave(self) -> None:
        """Give the place back, if it has one."""
        self._room.places += self._is_in
        self._is_in = False

    async def receive(self) -> ReceiveMessage:
        """As `receive` of ASGI. Raises: Unavailable when there is no room to wait in, or none to come back to."""
        if self._is_whole:
            return await self._receive()
        if self._room.bodies <= 0:
            raise _come_back()
        self.leave()
        self._room.bodies -= 1
        try:
            message = await self._receive()
        finally:
            self._room.bodies += 1
        if not self.enter():
            raise _come_back()
        self._is_whole = not message.get("more_body", False)
        return message


class Edge:
    """Wraps the app. There is room for so many `requests` at once; who asks after its health gets in always."""

    def __init__(
        self,
        app: ASGIApp,
        requests: int = REQUESTS_AT_ONCE,
        bodies: int = BODIES_AT_ONCE,
        manners: Manners | None = None,
    ) -> None:
        self._app = app
        self._room = Room(requests, bodies)
        self._manners = manners or Manners()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        method, request_id = scope["method"], str(uuid4())
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        started = time.monotonic()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message.get("headers", []))
                present = {name.lower() for name, _ in headers}
                headers += [(name, value) for name, value in SAFE_HEADERS.items() if name not in present]
                message["headers"] = headers
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            visit = Visit(self._room, receive)
            app = self._app if visit.enter() or scope["path"] in PROBES else self._turn_away
            try:
                await app(scope, visit.receive, send_with_headers)
            finally:
                visit.leave()
                log.info(
                    "request",
                    method=method,
                    route=scope.get("path_template", "") or "-",
                    status=status,
                    milliseconds=round((time.monotonic() - started) * 1000, 1),
                )

    async def _turn_away(self, scope: Scope, _receive: Receive, send: Send) -> None:
        refusal, manner = _come_back(), self._manners.of(scope["path"])
        body = msgspec.json.encode(manner.body(refusal, f"urn:uuid:{scope['state']['request_id']}"))
        headers = [
            (b"content-type", manner.media_type.encode()),
            (b"content-length", str(len(body)).encode()),
            *((name.lower().encode(), value.encode()) for name, value in refusal.headers.items()),
        ]
        start: HTTPResponseStartEvent = {"type": "http.response.start", "status": refusal.status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": body, "more_body": False})


def _come_back() -> Unavailable:
    return Unavailable(retry_after=random.randint(*COME_BACK_SECONDS))  # noqa: S311 - spreads load
