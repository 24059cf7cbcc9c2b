"""Work that would hold up the event loop, on a few threads of its own, with a bounded queue before them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from rinnalla.kit.errors import Unavailable

T = TypeVar("T")


class BoundedThreads:
    """Runs at most `threads` pieces of work at once; `max_waiting` more may wait, and the next is refused."""

    def __init__(self, name: str, threads: int, *, max_waiting: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._room = threads + max_waiting

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises. Raises: Unavailable when too many wait already."""
        if self._room == 0:
            raise Unavailable
        self._room -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._room += 1

    def close(self) -> None:
        """Let the threads go."""
        self._executor.shutdown(wait=False, cancel_futures=True)
