"""The words that processes say to each other, overheard: what is not said wakes nobody."""

import asyncio
from types import TracebackType
from uuid import uuid4

import asyncpg

from rinnalla.kit.bus import CHANNEL


class Words:
    """Listens for as long as the block lasts."""

    def __init__(self, db: asyncpg.Connection) -> None:
        self._db = db
        self._heard: asyncio.Queue[str] = asyncio.Queue()

    async def __aenter__(self) -> "Words":
        await self._db.add_listener(CHANNEL, self._hear)
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self._db.remove_listener(CHANNEL, self._hear)

    def _hear(self, *heard: object) -> None:
        self._heard.put_nowait(str(heard[3]))

    async def so_far(self, kind: str) -> list[str]:
        """What was said of this kind by transactions that have ended, since this was last asked."""
        fence = f"ping {uuid4()}"
        await self._db.execute("SELECT pg_notify($1, $2)", CHANNEL, fence)
        said = []
        while (word := await asyncio.wait_for(self._heard.get(), 10)) != fence:
            if word.partition(" ")[0] == kind:
                said.append(word)
        return said
