"""Every answer, of a route or of none, carries safe headers and the number that the log knows it by."""

import asyncio
import json
from typing import Any

import asyncpg
import httpx
import pytest
from litestar.enums import ScopeType
from litestar.types import Message, Receive, Scope, Send

from rinnalla.kit.edge import SAFE_HEADERS, Edge
from rinnalla.kit.errors import Unavailable
from tests.api import Api
from tests.factories import Factory


def is_safe(answer: httpx.Response) -> bool:
    return all(answer.headers.get_list(name.decode()) == [value.decode()] for name, value in SAFE_HEADERS.items())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/livez", 200),
        ("POST", "/v1/accounts", 400),
        ("GET", "/v1/account", 401),
        ("GET", "/nothing/here", 404),
        ("GET", "/%ff/..%2f", 404),
        ("DELETE", "/livez", 405),
        ("OPTIONS", "/v1/topics", 204),
    ],
)
async def test_every_kind_of_answer_is_safe(api: Api, method: str, path: str, status: int) -> None:
    answer = await api.http.request(method, path)
    assert answer.status_code == status
    assert is_safe(answer)
    assert "server" not in answer.headers


async def test_a_failure_of_ours_is_safe_and_says_nothing(api: Api, make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee = await make.mentee()
    await raw_db.execute("ALTER TABLE topic RENAME TO mislaid")
    try:
        answer = await mentee.get("/v1/topics")
    finally:
        await raw_db.execute("ALTER TABLE mislaid RENAME TO topic")
    assert answer.status_code == 500
    assert is_safe(answer)
    assert answer.json()["code"] == "internal_error"
    assert "topic" not in answer.text


async def test_an_answer_has_a_number_of_its_own(api: Api) -> None:
    numbers = [(await api.get("/v1/account")).json()["instance"] for _ in range(2)]
    assert len(set(numbers)) == 2


async def answer_of(app: Any, scope: Scope) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    await Edge(app)(scope, receive, send)
    return sent


def scope_of(kind: str) -> Any:
    return {"type": kind, "method": "GET", "path": "/"}


async def test_a_header_that_the_app_sets_is_left() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"Cache-Control", b"public")]})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    start, _ = await answer_of(app, scope_of("http"))
    assert start["type"] == "http.response.start"
    named = [name.lower() for name, _ in start["headers"]]
    assert sorted(named) == sorted(SAFE_HEADERS)


async def test_what_breaks_the_app_itself_goes_on_to_the_server() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await answer_of(app, scope_of("http"))


async def test_who_finds_no_room_is_asked_to_come_back_and_probes_get_in() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})

    edge = Edge(app, requests=0)

    async def ask(path: str) -> list[Message]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.disconnect"}

        scope = scope_of("http")
        scope["path"] = path
        await edge(scope, receive, send)
        return sent

    start, body = await ask("/v1/topics")
    assert start["status"] == 503  # type: ignore[typeddict-item]
    headers = dict(start["headers"])  # type: ignore[typeddict-item]
    assert 1 <= int(headers[b"retry-after"]) <= 3
    assert headers[b"content-type"] == b"application/problem+json"
    assert json.loads(body["body"])["code"] == "unavailable"  # type: ignore[typeddict-item]
    assert (await ask("/livez"))[0]["status"] == 204  # type: ignore[typeddict-item]


async def test_whose_body_is_there_when_no_place_is_left_is_asked_to_come_back() -> None:
    """They had one, and others have it now."""
    over = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await over.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})

    edge = Edge(app, requests=1)
    sent: list[Message] = []
    bodies: list[asyncio.Queue[Any]] = [asyncio.Queue(), asyncio.Queue()]

    async def send(message: Message) -> None:
        sent.append(message)

    def visit(body: asyncio.Queue[Any]) -> asyncio.Task[None]:
        scope = scope_of("http")
        scope["headers"] = [(b"content-length", b"2")]
        return asyncio.create_task(edge(scope, body.get, send))

    late, prompt = map(visit, bodies)
    for body in reversed(bodies):
        await asyncio.sleep(0)
        body.put_nowait({"type": "http.request", "body": b"", "more_body": False})
        await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await late
    over.set()
    await prompt
    assert [message["status"] for message in sent if message["type"] == "http.response.start"] == [204]


async def test_other_kinds_of_connections_pass_through() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})

    assert await answer_of(app, scope_of("websocket")) == [
        {"type": "websocket.accept", "subprotocol": None, "headers": []}
    ]


async def test_sockets_and_requests_take_no_room_from_each_other() -> None:
    """F10: however many sockets are open, requests are worked on; with no room for requests, sockets get in."""
    over = asyncio.Event()
    sent: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.WEBSOCKET:
            await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        else:
            await send({"type": "http.response.start", "status": 204, "headers": []})
        await over.wait()

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(str(message.get("status", message["type"])))

    edge = Edge(app, requests=1)
    visits = []
    for kind in ("websocket", "websocket", "http", "websocket", "http"):
        visits.append(asyncio.create_task(edge(scope_of(kind), receive, send)))
        await asyncio.sleep(0)
    over.set()
    await asyncio.gather(*visits)
    answers = [one for one in sent if one != "http.response.body"]
    assert answers == ["websocket.accept", "websocket.accept", "204", "websocket.accept", "503"]
