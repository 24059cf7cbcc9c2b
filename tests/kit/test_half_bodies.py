"""Bodies that don't arrive whole."""

from typing import Any

from rinnalla.kit.edge import Edge
from tests.conftest import RunningService


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
