"""Who may open a socket, before anyone is known: by origin, by address, by how many there are."""

import asyncio
import itertools
from contextlib import AsyncExitStack, ExitStack
from typing import Any

import msgspec
import pytest
from litestar import WebSocket
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response

from rinnalla.kit.edge import SAFE_HEADERS
from rinnalla.kit.errors import DomainError, TooManyRequests, Unavailable
from rinnalla.kit.problems import Problem
from rinnalla.kit.settings import SocketLimits
from rinnalla.realtime.door import STRANGERS_AT_ONCE, Door
from tests.conftest import RunningService
from tests.factories import Factory, Person
from tests.patience import eventually
from tests.phone import Phone


async def turned_away(person: Person, **options: Any) -> tuple[Response, Problem]:
    """The answer to a handshake that is refused."""
    with pytest.raises(InvalidStatus) as refused:
        await Phone.open(person, **options)
    answer = refused.value.response
    problem = msgspec.json.decode(answer.body, type=Problem)
    assert answer.headers["content-type"] == "application/problem+json"
    assert all(answer.headers[name.decode()] == value.decode() for name, value in SAFE_HEADERS.items())
    assert problem.status == answer.status_code
    return answer, problem


@pytest.mark.parametrize("origin", [None, "https://app.example.org"])
async def test_native_apps_and_allowed_pages_may_open_sockets(make: Factory, origin: str | None) -> None:
    async with await Phone.open(await make.mentee(), origin=origin):
        return


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.org",
        "null",
        "",
        "https://app.example.org.evil.org",
        "https://evil.org/https://app.example.org",
        "https://app.example.org@evil.org",
        "https://xapp.example.org",
        "https://sub.app.example.org",
        "https://app-example.org",
        "https://app.example.org:8443",
        "https://app.example.org/",
        "https://app.example.org https://evil.org",
        "http://app.example.org",
        "HTTPS://APP.EXAMPLE.ORG",
        "file://",
    ],
)
async def test_no_other_origin_may_nor_one_that_looks_alike(make: Factory, origin: str) -> None:
    answer, problem = await turned_away(await make.mentee(), additional_headers={"Origin": origin})
    assert (answer.status_code, problem.code) == (403, "origin_refused")


async def test_one_allowed_origin_does_not_let_in_a_second_one(make: Factory) -> None:
    both = [("Origin", "https://app.example.org"), ("Origin", "https://evil.example.org")]
    for headers in (both, both[::-1]):
        with pytest.raises(InvalidStatus) as refused:
            await Phone.open(await make.mentee(), additional_headers=headers)
        assert refused.value.response.status_code == 400


async def test_a_socket_that_reached_the_proxy_without_tls_is_refused(
    make: Factory, strict_service: RunningService
) -> None:
    mentee = await make.mentee()
    mentee.url = strict_service.url
    answer, problem = await turned_away(mentee, additional_headers={"X-Forwarded-Proto": "http"})
    assert (answer.status_code, problem.code) == (403, "tls_required")
    async with await Phone.open(mentee, additional_headers={"X-Forwarded-Proto": "https"}):
        return


async def test_the_fifty_first_socket_of_an_address_is_refused_in_the_handshake(
    make: Factory, strict_service: RunningService
) -> None:
    mentee = await make.mentee()
    mentee.url = strict_service.url
    home, elsewhere = ({"X-Forwarded-For": address} for address in ("198.51.100.1", "198.51.100.2"))
    async with AsyncExitStack() as stack:
        phones = await asyncio.gather(*(Phone.open(mentee, additional_headers=home) for _ in range(50)))
        for phone in phones:
            await stack.enter_async_context(phone)
        answer, problem = await turned_away(mentee, additional_headers=home)
        assert (answer.status_code, problem.code) == (429, "too_many_requests")
        assert int(answer.headers["retry-after"]) > 0
        async with await Phone.open(mentee, additional_headers=elsewhere):
            pass
        await phones[0].socket.close()
        await eventually(lambda: may_open(mentee, home))


async def may_open(person: Person, headers: dict[str, str]) -> bool:
    try:
        async with await Phone.open(person, additional_headers=headers):
            return True
    except InvalidStatus:
        return False


def test_an_address_may_have_fifty_sockets_unless_it_is_set_otherwise() -> None:
    assert SocketLimits().per_address == 50


def visitor(number: int) -> WebSocket[Any, Any, Any]:
    scope: Any = {"type": "websocket", "client": (f"192.0.2.{number % 256}", 1), "headers": [], "state": {}}
    return WebSocket(scope)


def refusal(door: Door, number: int) -> DomainError | None:
    try:
        with door.opened(visitor(number)):
            return None
    except DomainError as error:
        return error


def test_a_crowd_of_strangers_waits_outside_until_some_are_known_or_gone() -> None:
    door = Door((), STRANGERS_AT_ONCE, lambda: False)
    with ExitStack() as inside:
        visits = [inside.enter_context(door.opened(visitor(number))) for number in range(STRANGERS_AT_ONCE)]
        refused = refusal(door, 0)
        assert isinstance(refused, Unavailable)
        assert int(refused.headers["Retry-After"]) >= 1
        visits[0].is_known()
        visits[0].is_known()
        assert refusal(door, 0) is None
        with door.opened(visitor(1)):
            assert isinstance(refusal(door, 1), Unavailable)
    assert door.strangers == 0
    assert refusal(door, 0) is None


def test_a_process_that_is_full_or_leaving_refuses_everyone() -> None:
    full = itertools.cycle([True, False])
    door = Door((), 5, lambda: next(full))
    assert isinstance(refusal(door, 1), Unavailable)
    assert refusal(door, 1) is None


def test_an_address_is_forgotten_when_its_last_socket_closes() -> None:
    door = Door((), 1, lambda: False)
    for number in range(3):
        with door.opened(visitor(number)):
            assert isinstance(refusal(door, number), TooManyRequests)
        assert refusal(door, number) is None
