"""F1: whoever sends slowly, or nothing, is cut off by the proxy as it is shipped, and the service does not notice."""

import asyncio
import re
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import httpx
import pytest

from rinnalla.kit.errors import BodyTooLarge, TooManyRequests, Unavailable
from rinnalla.profiles.errors import NotAnImage
from tests.conftest import RunningService
from tests.factories import PASSWORD, Factory
from tests.node import free_port
from tests.overload.proxy import SHIPPED, Proxy, shipped_proxy
from tests.patience import eventually
from tests.wire import UPGRADE, handshake

CONNECTIONS = 500
# By the configuration it is ten; the rest is for a busy machine.
CUT_SECONDS = 25
DRIP_SECONDS = 0.3
QUIET_SECONDS = 3
HEADER = b"POST /v1/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"
PER_ADDRESS = 200


@pytest.fixture(scope="module")
def proxy(service: RunningService) -> Iterator[Proxy]:
    with shipped_proxy(service.address) as running:
        yield running


@pytest.fixture
async def through(proxy: Proxy) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=proxy.url, verify=proxy.tls) as client:
        yield client


def test_the_times_are_configured() -> None:
    for name in ("client_header_timeout", "client_body_timeout"):
        found = re.search(rf"{name} (\d+)s;", SHIPPED.read_text())
        assert found is not None
        assert int(found[1]) <= 10


async def until_cut(proxy: Proxy, *, tls: bool, first: bytes = b"", drip: bytes = b"") -> float:
    """Connect, send something or nothing, and go on byte by byte: the seconds until the proxy has had enough."""
    options: dict[str, Any] = {"ssl": proxy.tls, "server_hostname": "localhost"} if tls else {}
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port, **options)
    started = time.monotonic()
    writer.write(first)

    async def send_on() -> None:
        for number in range(len(drip)):
            await asyncio.sleep(DRIP_SECONDS)
            writer.write(drip[number : number + 1])
            await writer.drain()

    sending = asyncio.create_task(send_on())
    try:
        async with asyncio.timeout(CUT_SECONDS):
            with suppress(OSError):
                while await reader.read(1000):
                    pass
            return time.monotonic() - started
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.transport.abort()


async def asked_meanwhile(client: httpx.AsyncClient, over: asyncio.Event) -> list[float]:
    """Milliseconds that each of many ordinary requests took; each must be answered."""
    took = []
    while not over.is_set():
        started = time.monotonic()
        answer = await client.get("/v1/topics")
        assert answer.status_code == httpx.codes.OK
        took.append((time.monotonic() - started) * 1000)
        await asyncio.sleep(0.05)
    return took


def told_in_words(took: list[float]) -> str:
    return f"p50 {statistics.median(took):.0f} ms, p99 {statistics.quantiles(took, n=100)[98]:.0f} ms"


async def test_slow_clients_are_cut_and_others_served(proxy: Proxy, through: httpx.AsyncClient, clean: None) -> None:
    quiet = asyncio.Event()
    asyncio.get_running_loop().call_later(QUIET_SECONDS, quiet.set)
    before = await asked_meanwhile(through, quiet)
    over = asyncio.Event()
    slow = {
        "silent, without a handshake": until_cut(proxy, tls=False),
        "silent after the handshake": until_cut(proxy, tls=True),
        "a handshake that drips": until_cut(proxy, tls=False, first=b"\x16\x03\x01\x02\x00\x01", drip=b"\x00" * 500),
        "a header that drips": until_cut(proxy, tls=True, first=HEADER, drip=b"X-More: " + b"a" * 500),
        "a body that stops": until_cut(proxy, tls=True, first=HEADER + b'\r\n{"nickname": "'),
        "a body that drips": until_cut(proxy, tls=True, first=HEADER + b'\r\n{"nickname": "', drip=b"a" * 500),
    }
    crowd = [until_cut(proxy, tls=False) for _ in range(CONNECTIONS)]
    cut = asyncio.gather(*slow.values(), *crowd)
    await asyncio.sleep(1)  # until all of them stand: to open so many takes this process a while
    asking = asyncio.create_task(asked_meanwhile(through, over))
    try:
        took = await cut
    finally:
        over.set()
    meanwhile = await asking
    for name, seconds in zip(slow, took, strict=False):
        print(f"{name}: cut after {seconds:.1f} s")  # noqa: T201 - for whoever looks (pytest -rP)
    print(f"others before: {told_in_words(before)}; meanwhile: {told_in_words(meanwhile)}")  # noqa: T201 - the same
    assert meanwhile


async def test_a_stranger_who_drips_a_photo_is_told_at_once(proxy: Proxy, clean: None) -> None:
    """Photos may take longer than other bodies; those of whom nobody knows are not waited for."""
    first = HEADER.replace(b"POST /v1/accounts", b"PUT /v1/mentors/me/photo") + b"\r\n"
    await until_cut(proxy, tls=True, first=first, drip=b"a" * 500)


async def test_so_many_from_one_address(proxy: Proxy, through: httpx.AsyncClient) -> None:
    """Sockets count as long as they are open; whoever comes then is told when to come again."""
    async with AsyncExitStack() as stack:
        for _ in range(PER_ADDRESS):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", proxy.port, ssl=proxy.tls, server_hostname="localhost"
            )
            stack.callback(lambda open_writer: open_writer.transport.abort(), writer)
            writer.write(handshake(UPGRADE))
            assert b" 101 " in await reader.readline()
        check_refusal(await through.get("/v1/topics"), TooManyRequests)
        check_told(await through.get("/ylitse/version"), TooManyRequests)


async def test_so_many_photos_from_one_address(proxy: Proxy, through: httpx.AsyncClient, make: Factory) -> None:
    """The service holds each until it is there."""
    mentor = await make.mentor()
    known = {"Authorization": mentor.http.headers["Authorization"], "Content-Type": "image/png"}
    line = "PUT /v1/mentors/me/photo HTTP/1.1"

    async def one_more() -> httpx.Response:
        return await through.put("/v1/mentors/me/photo", content=b"no picture", headers=known)

    async def drip(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"P")
            await asyncio.sleep(1)

    assert (await one_more()).status_code == NotAnImage.status
    async with AsyncExitStack() as stack:

        async def is_refused() -> bool:
            """After one more that is on its way. Some of these may be refused themselves, for what was before."""
            _, writer = await asyncio.open_connection(
                "127.0.0.1", proxy.port, ssl=proxy.tls, server_hostname="localhost"
            )
            stack.callback(lambda open_writer: open_writer.transport.abort(), writer)
            writer.write(handshake({"Host": "localhost", **known, "Content-Length": "1000"}, line=line))
            stack.callback(asyncio.create_task(drip(writer)).cancel)
            return (await one_more()).status_code == TooManyRequests.status

        await eventually(is_refused)
        check_refusal(await one_more(), TooManyRequests)


async def test_no_socket_is_opened_without_tls(proxy: Proxy) -> None:
    """D15: also where who asks for one says that there was some."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(handshake({**UPGRADE, "X-Forwarded-Proto": "https"}))
    async with asyncio.timeout(CUT_SECONDS):
        assert b" 400 " in await reader.readline()
        with suppress(OSError):
            await reader.read()  # until it is closed
    writer.transport.abort()


@pytest.mark.parametrize("path", ["/readyz", "/readyz/", "//readyz"])
async def test_whether_it_is_ready_is_not_told_to_the_world(through: httpx.AsyncClient, path: str) -> None:
    assert (await through.get(path)).status_code == 404


async def test_who_sends_a_large_photo_slowly_reads_why_it_is_refused(through: httpx.AsyncClient) -> None:
    """They look for an answer when they have sent everything."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(45):
            yield b" " * 100_000
            await asyncio.sleep(DRIP_SECONDS)

    headers = {"Content-Type": "image/png", "Content-Length": "4500000"}
    answer = await through.put("/v1/mentors/me/photo/", content=pieces(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_too_much_is_refused_as_the_service_would(through: httpx.AsyncClient) -> None:
    check_refusal(await through.post("/v1/accounts", content=b" " * 70_000), BodyTooLarge)
    check_told(await through.post("/ylitse/accounts", content=b" " * 70_000), BodyTooLarge)


async def test_too_much_that_does_not_say_how_much_it_is(through: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b" " * 1000

    headers = {"Content-Type": "application/json"}
    check_refusal(await through.post("/v1/accounts", content=pieces(), headers=headers), BodyTooLarge)
    check_told(await through.post("/ylitse/accounts", content=pieces(), headers=headers), BodyTooLarge)


async def test_a_page_of_our_own_host_is_one_on_any_port(
    through: httpx.AsyncClient, proxy: Proxy, make: Factory
) -> None:
    name = (await make.mentee()).login_name
    form = {"username": (None, name), "password": (None, PASSWORD), "mfa_token": (None, "")}
    for origin, status in ((proxy.url, 200), ("https://localhost", 403), (f"{proxy.url}0", 403)):
        answer = await through.post("/ylitse/weblogin", files=form, headers={"Origin": origin})
        assert answer.status_code == status, origin


async def test_a_service_that_is_not_there(service: RunningService) -> None:
    with shipped_proxy(f"127.0.0.1:{free_port()}") as proxy:
        async with httpx.AsyncClient(base_url=proxy.url, verify=proxy.tls) as client:
            check_refusal(await client.get("/v1/topics"), Unavailable)
            check_told(await client.get("/ylitse/version"), Unavailable)


Refusal = type[TooManyRequests] | type[BodyTooLarge] | type[Unavailable]


def check_told(answer: httpx.Response, kind: Refusal) -> None:
    """It is what the apps of Ylitse understand."""
    assert (answer.status_code, answer.headers["content-type"]) == (kind.status, "application/json")
    assert list(answer.json()) == ["message"]
    assert kind is BodyTooLarge or int(answer.headers["retry-after"]) >= 1


def check_refusal(answer: httpx.Response, kind: Refusal) -> None:
    """It is a problem document with the code of the service's own refusal."""
    assert answer.status_code == kind.status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["status"], problem["type"]) == (
        kind.code,
        kind.status,
        f"urn:rinnalla:problem:{kind.code}",
    )
    assert kind is BodyTooLarge or int(answer.headers["retry-after"]) >= 1
