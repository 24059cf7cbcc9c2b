"""Bodies that don't arrive whole."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
from litestar.types import Receive, Send

from rinnalla.kit.edge import REQUESTS_AT_ONCE, Edge
from tests.api import Api
from tests.conftest import RunningService
from tests.factories import Factory
from tests.patience import PATIENCE_SECONDS
from tests.wire import handshake

DRIP_SECONDS = 0.5
CROWD_BEYOND = 50
SIGN_UP = b'{"nickname": "hitaasti", "password": "kolme kissaa ja kuu"}'.ljust(200)
FORM = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\naino'.ljust(200)


class Client:
    """Someone who signs up at an edge and sends the body piece by piece."""

    def __init__(self, edge: Edge, service: RunningService, method: str = "POST") -> None:
        self._pieces: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._waited_for = asyncio.Event()
        self._sent: list[Any] = []
        headers = [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")]
        scope: Any = {
            "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "path": "/v1/accounts",
            "raw_path": b"/v1/accounts", "root_path": "", "query_string": b"", "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2), "headers": headers if method == "POST" else [], "app": service.app,
        }  # fmt: skip
        self._visit = asyncio.create_task(edge(scope, self._receive, self._keep))

    async def has_been_heard(self) -> None:
        """Until what was sent has been taken and more is waited for."""
        await asyncio.wait_for(self._waited_for.wait(), PATIENCE_SECONDS)

    async def _receive(self) -> Any:
        if self._pieces.empty():
            self._waited_for.set()
        return await self._pieces.get()

    async def _keep(self, message: Any) -> None:
        self._sent.append(message)

    def send(self, piece: bytes, *, more: bool) -> None:
        self._waited_for.clear()
        self._pieces.put_nowait({"type": "http.request", "body": piece, "more_body": more})

    def go(self) -> None:
        self._pieces.put_nowait({"type": "http.disconnect"})

    async def end(self) -> None:
        await asyncio.wait_for(self._visit, PATIENCE_SECONDS)

    async def status(self) -> int:
        await self.end()
        return int(self._sent[0]["status"])


async def test_a_client_that_goes_while_it_sends_is_no_failure_of_the_service(service: RunningService) -> None:
    client = Client(Edge(service.app), service)
    client.send(b'{"nick', more=True)
    client.go()
    assert await client.status() == 400


async def test_who_has_more_to_send_takes_no_place_of_others(service: RunningService) -> None:
    edge = Edge(service.app, requests=1, bodies=2)
    slow = Client(edge, service)
    slow.send(b"{", more=True)
    await slow.has_been_heard()
    quick = Client(edge, service)
    quick.send(b"{}", more=False)
    assert await quick.status() == 400
    slow.send(b"}", more=False)
    assert await slow.status() == 400


async def test_a_piece_takes_no_place(service: RunningService) -> None:
    """Only who has sent all is worked on."""
    inside, over = asyncio.Event(), asyncio.Event()

    async def app(scope: Any, receive: Receive, send: Send) -> None:
        if scope["method"] == "GET":
            inside.set()
            await over.wait()
        else:
            await service.app(scope, receive, send)

    edge = Edge(app, requests=1)
    slow = Client(edge, service)
    await slow.has_been_heard()
    busy = Client(edge, service, method="GET")
    await asyncio.wait_for(inside.wait(), PATIENCE_SECONDS)
    for piece in (b"{", b" ", b" "):
        slow.send(piece, more=True)
        await slow.has_been_heard()
    over.set()
    await busy.end()
    slow.send(b"}", more=False)
    assert await slow.status() == 400


async def test_who_has_waited_longest_for_a_body_makes_way(service: RunningService) -> None:
    """However often they send a little."""
    edge = Edge(service.app, bodies=2)
    slowest, slow = Client(edge, service), Client(edge, service)
    for client in (slowest, slow, slowest):
        client.send(b"{", more=True)
        await client.has_been_heard()
    quick = Client(edge, service)
    quick.send(b"{}", more=False)
    assert [await quick.status(), await slowest.status()] == [400, 503]
    slow.send(b"}", more=False)
    assert await slow.status() == 400


async def test_who_has_no_body_waits_for_none(service: RunningService) -> None:
    edge = Edge(service.app, bodies=1)
    slow = Client(edge, service)
    await slow.has_been_heard()
    assert await Client(edge, service, method="GET").status() == 405
    slow.send(b"{}", more=False)
    assert await slow.status() == 400


async def test_a_crowd_that_drips_shuts_nobody_out(service: RunningService, make: Factory) -> None:
    """More than there are places for, and far more than there are connections to the database."""
    mentee = await make.mentee()
    half = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": "100"}
    known = {**half, "Authorization": mentee.http.headers["Authorization"]}
    async with AsyncExitStack() as stack:
        for number in range(REQUESTS_AT_ONCE + CROWD_BEYOND):
            _, writer = await asyncio.open_connection(*service.address.split(":"))
            stack.callback(lambda slow: slow.transport.abort(), writer)
            line, headers = ("PUT /v1/wishes HTTP/1.1", known) if number % 2 else ("POST /v1/accounts HTTP/1.1", half)
            writer.write(handshake(headers, line=line) + b'{"')
        for _ in range(CROWD_BEYOND):
            assert (await mentee.get("/v1/topics")).status_code == 200
            assert (await mentee.get("/v1/account")).status_code == 200


async def answer_to_a_drip(address: str, path: str, media_type: str, body: bytes) -> tuple[bytes, dict[str, Any]]:
    """A body that comes byte by byte, none of them late: what is answered, and that the connection ends with it."""
    reader, writer = await asyncio.open_connection(*address.split(":"))
    headers = {"Host": "localhost", "Content-Type": media_type, "Content-Length": str(len(body))}
    writer.write(handshake(headers, line=f"POST {path} HTTP/1.1"))
    answering = asyncio.create_task(reader.read())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            for number in range(len(body)):
                writer.write(body[number : number + 1])
                if (await asyncio.wait([answering], timeout=DRIP_SECONDS))[0]:
                    break
            status, _, told = (await answering).partition(b"\r\n\r\n")
    finally:
        answering.cancel()
        writer.transport.abort()
    return status.partition(b"\r\n")[0], json.loads(told)


async def test_a_body_that_drips_is_given_up_on_as_a_whole(
    api: Api, service: RunningService, raw_db: asyncpg.Connection
) -> None:
    """However short the pauses. The proxy bounds those alone."""
    (status, problem), (face_status, said) = await asyncio.gather(
        answer_to_a_drip(service.address, "/v1/accounts", "application/json", SIGN_UP),
        answer_to_a_drip(service.address, "/ylitse/weblogin", "multipart/form-data; boundary=x", FORM),
    )
    assert (status, problem["code"], problem["status"]) == (b"HTTP/1.1 408 Request Timeout", "body_too_slow", 408)
    assert (face_status, said) == (status, {"message": problem["title"]})
    assert await raw_db.fetchval("SELECT count(*) FROM account") == 0
