"""A way to a server on which a test makes the weather."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from urllib.parse import unquote

from tests.faults.ends import Target
from tests.faults.processes import SOCKET_NAME
from tests.faults.proxy import Proxy


@asynccontextmanager
async def through(target: Target) -> AsyncIterator[Proxy]:
    """A proxy before it; nothing that goes through it outlives the block."""
    proxy = Proxy(target, Random(1))
    await proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()


def door_of(postgres_url: str) -> Path:
    """The socket of the Postgres of the test run, for a proxy to go to."""
    return Path(unquote(postgres_url.partition("?host=")[2])) / SOCKET_NAME


def url_through(proxy: Proxy, postgres_url: str) -> str:
    """The same database, by way of a proxy that reads what passes."""
    people, _, rest = postgres_url.partition("@/")
    return f"{people}@127.0.0.1:{proxy.port}/{rest.partition('?')[0]}?sslmode=disable"
