"""A way to a server on which a test makes the weather."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

from tests.faults.ends import Target
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
