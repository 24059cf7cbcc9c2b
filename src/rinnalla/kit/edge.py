"""The outermost layer of every request, routed or not: room for it, a request id, safe headers, one line in the log."""

import asyncio
import random
import time
from uuid import uuid4

import msgspec
import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, HTTPScope, Message, Receive, ReceiveMessage, Scope, Send

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
# bound of their own, and who has waited longest makes way: what somebody sends in earnest is soon there. Each holds
# what it has sent: at most 64 KiB, of a photo more, and the proxy lets few of those through.
BODIES_AT_ONCE = 2048
COME_BACK_SECONDS = (1, 3)
PROBES = {"/livez", "/readyz"}


class Room:
    """Places for those who are worked on, and room for those whose bodies are on their way."""

    def __init__(self, places: int, bodies: int) -> None:
        self.places = places
        self._most_bodies = bodies
        self._waiting: dict[Visit, None] = {}

    def wait(self, visit: "Visit") -> None:
        """Let someone wait for their body. If too many do, who has waited longest makes way."""
        if visit not in self._waiting and len(self._waiting) >= self._most_bodies:
            next(iter(self._waiting)).make_way()
        self._waiting[visit] = None

    def wait_no_more(self, visit: "Visit") -> None:
        """Their body is there, or will not come any more."""
        self._waiting.pop(visit, None)


class Visit:
    """One request and its place in the room, which it gives up for as long as its client has more to send."""

    def __init__(self, room: Room, scope: HTTPScope, receive: Receive) -> None:
        self._room = room
        self._receive = receive
        self._is_in = False
        self._is_whole = not _has_body(scope)
        self._made_way = False
        self._patience: asyncio.Timeout | None = None

    def enter(self) -> bool:
        """Take a place, if there is one."""
        self._is_in = self._room.places > 0
        self._room.places -= self._is_in
        return self._is_in

    def leave(self) -> None:
        """Give back what it has of the room."""
        self._room.wait_no_more(self)
        self._step_out()

    def make_way(self) -> None:
        """Wait no longer: others need the room."""
        self._room.wait_no_more(self)
        self._made_way = True
        if self._patience is not None:
            self._patience.reschedule(asyncio.get_running_loop().time())

    async def receive(self) -> ReceiveMessage:
        """As `receive` of ASGI. Raises: Unavailable when there is no room to wait in, or no place to come back to."""
        if self._is_whole:
            return await self._receive()
        message = await self._piece()
        if not message.get("more_body", False):
            self._is_whole = True
            self._room.wait_no_more(self)
            if not self.enter():
                raise _come_back()
        return message

    async def _piece(self) -> ReceiveMessage:
        if self._made_way:
            raise _come_back()
        self._step_out()
        self._room.wait(self)
        try:
            async with asyncio.timeout(None) as self._patience:
                return await self._receive()
        except TimeoutError as error:
            raise _come_back() from error
        finally:
            self._patience = None

    def _step_out(self) -> None:
        self._room.places += self._is_in
        self._is_in = False


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
            visit = Visit(self._room, scope, receive)
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


def _has_body(scope: HTTPScope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope.get("headers", ())
    )


def _come_back() -> Unavailable:
    return Unavailable(retry_after=random.randint(*COME_BACK_SECONDS))  # noqa: S311 - spreads load
