"""Bodies that don't arrive whole."""

import asyncio
import json
from typing import Any

import asyncpg

from rinnalla.kit.edge import Edge
from tests.api import Api
from tests.conftest import RunningService
from tests.patience import PATIENCE_SECONDS
from tests.wire import handshake

DRIP_SECONDS = 0.5
SIGN_UP = b'{"nickname": "hitaasti", "password": "kolme kissaa ja kuu"}'.ljust(200)
FORM = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\naino'.ljust(200)


async def test_a_client_that_goes_while_it_sends_is_no_failure_of_the_service(service: RunningService) -> None:
    arriving = [{"type": "http.request", "body": b'{"nick', "more_body": True}, {"type": "http.disconnect"}]
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        return arriving.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": "/v1/accounts",
        "raw_path": b"/v1/accounts", "root_path": "", "query_string": b"", "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2), "headers": [(b"content-type", b"application/json")], "app": service.app,
    }  # fmt: skip
    await Edge(service.app)(scope, receive, send)
    assert sent[0]["status"] == 400


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
