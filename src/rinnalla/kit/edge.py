"""The outermost layer of every request, routed or not: room for it, a request id, safe headers, one line in the log."""

import random
import time
from uuid import uuid4

import msgspec
import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

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
COME_BACK_SECONDS = (1, 3)
PROBES = {"/livez", "/readyz"}


class Edge:
    """Wraps the app. There is `room` for so many requests at once; who asks after its health gets in always."""

    def __init__(self, app: ASGIApp, room: int = REQUESTS_AT_ONCE, manners: Manners | None = None) -> None:
        self._app = app
        self._room = room
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
            app = self._app if self._room > 0 or scope["path"] in PROBES else self._turn_away
            self._room -= 1
            try:
                await app(scope, receive, send_with_headers)
            finally:
                self._room += 1
                log.info(
                    "request",
                    method=method,
                    route=scope.get("path_template", "") or "-",
                    status=status,
                    milliseconds=round((time.monotonic() - started) * 1000, 1),
                )

    async def _turn_away(self, scope: Scope, _receive: Receive, send: Send) -> None:
        refusal, manner = Unavailable(retry_after=random.randint(*COME_BACK_SECONDS)), self._manners.of(scope["path"])  # noqa: S311 - spreads load
        body = msgspec.json.encode(manner.body(refusal, f"urn:uuid:{scope['state']['request_id']}"))
        headers = [
            (b"content-type", manner.media_type.encode()),
            (b"content-length", str(len(body)).encode()),
            *((name.lower().encode(), value.encode()) for name, value in refusal.headers.items()),
        ]
        start: HTTPResponseStartEvent = {"type": "http.response.start", "status": refusal.status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": body, "more_body": False})
