"""Whatever is refused under `/ylitse`, and whoever refuses it, is told as `{"message": …}`."""

import json
from typing import Any

import asyncpg
import pytest
from litestar.types import Message, Receive, Scope, Send

from rinnalla.app import MANNERS
from rinnalla.kit.edge import Edge
from rinnalla.kit.errors import Unavailable
from rinnalla.kit.problems import PROBLEMS
from rinnalla.ylitse.refusals import MANNER
from tests.api import Api, ok
from tests.conftest import RunningService
from tests.factories import Factory
from tests.ylitse.client import told


@pytest.mark.parametrize("path", ["/ylitse", "/ylitse/", "/ylitse/nothing", "/ylitse/users/a/b/c/d", "/ylitse/%ff"])
async def test_nothing_there(api: Api, path: str) -> None:
    told(await api.get(path), 404)


async def test_what_only_begins_alike_is_told_as_elsewhere(api: Api) -> None:
    answer = await api.http.get("/ylitsex")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_a_method_that_is_not_taken(api: Api) -> None:
    answer = await api.delete("/ylitse/login")
    told(answer, 405)
    assert "POST" in answer.headers["allow"]


async def test_a_body_that_is_too_large(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    told(await mentee.post("/ylitse/events", [{"name": "x" * 70_000}]), 413)


async def test_a_field_that_is_wrong_is_named(api: Api) -> None:
    assert "/login_name" in told(await api.post("/ylitse/login", {"password": "x"}), 400)


@pytest.mark.parametrize("path", ["/ylitse/mentors/", "/ylitse//mentors", "//ylitse/mentors", "/ylitse/version/"])
async def test_addresses_as_clients_put_them_together(api: Api, path: str) -> None:
    """Of a base that may end in a stroke, and a path that may begin and end with one."""
    ok(await api.http.get(api.url + path))


async def test_too_many(strict_api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    body = {"login_name": mentee.login_name, "password": "jotain muuta"}
    for _ in range(10):
        told(await strict_api.post("/ylitse/login", body), 401)
    answer = await strict_api.post("/ylitse/login", body)
    told(answer, 429)
    assert int(answer.headers["retry-after"]) > 0


async def test_a_failure_of_ours_says_nothing(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee = await make.mentee()
    await raw_db.execute("ALTER TABLE topic RENAME TO mislaid")
    try:
        answer = await mentee.get("/ylitse/skills")
    finally:
        await raw_db.execute("ALTER TABLE mislaid RENAME TO topic")
    assert "topic" not in told(answer, 500)


async def test_who_is_turned_away_at_the_edge(service: RunningService) -> None:
    told_at: dict[str, Any] = {}
    for path in ("/ylitse/login", "/v1/sessions"):
        messages: list[Message] = []

        async def receive() -> Any:
            raise AssertionError

        async def send(message: Message, into: list[Message] = messages) -> None:
            into.append(message)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            raise AssertionError

        scope: Any = {"type": "http", "method": "POST", "path": path, "headers": []}
        await Edge(app, requests=0, manners=MANNERS)(scope, receive, send)
        headers = dict(messages[0]["headers"])  # type: ignore[typeddict-item]  # of a union of messages
        assert messages[0]["status"] == 503  # type: ignore[typeddict-item]
        assert b"retry-after" in headers
        told_at[path] = (headers[b"content-type"], json.loads(messages[1]["body"]))  # type: ignore[typeddict-item]
    assert told_at["/ylitse/login"] == (b"application/json", {"message": Unavailable.title})
    assert told_at["/v1/sessions"][0] == b"application/problem+json"


def test_each_address_has_its_manner() -> None:
    for path in ("/ylitse", "/ylitse/login", "/ylitse/"):
        assert MANNERS.of(path) is MANNER
    for path in ("/", "", "/v1/account", "/ylitsex", "/v1/ylitse"):
        assert MANNERS.of(path) is PROBLEMS


async def test_the_contract_is_not_mixed_with_the_other(api: Api) -> None:
    served = ok(await api.http.get("/v1/contract/openapi.json"))
    assert not [path for path in served["paths"] if path.startswith("/ylitse")]
