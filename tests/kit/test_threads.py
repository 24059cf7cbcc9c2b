"""Work beside the event loop, with a bounded queue before it."""

import asyncio
import threading

import pytest

from rinnalla.kit.errors import Unavailable
from rinnalla.kit.threads import BoundedThreads


async def test_one_works_some_wait_and_the_next_is_refused() -> None:
    threads = BoundedThreads("test", 1, max_waiting=1)
    gate = threading.Event()
    first = asyncio.create_task(threads.run(gate.wait))
    second = asyncio.create_task(threads.run(lambda: "second"))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await threads.run(lambda: "third")
    gate.set()
    assert await first
    assert await second == "second"
    assert await threads.run(lambda: "there is room again") == "there is room again"
    threads.close()


async def test_a_failure_reaches_who_asked_and_gives_the_room_back() -> None:
    threads = BoundedThreads("test", 1, max_waiting=0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await threads.run(lambda: 1 // 0)
    threads.close()
