"""The whole scene: two nodes of two processes, their Postgres, and a proxy on every way between."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from rinnalla.app import Services
from rinnalla.kit import keyring, migrations
from rinnalla.kit.clock import SystemClock
from rinnalla.kit.settings import Settings
from tests.faults.processes import SOURCE, Node, Postgres
from tests.faults.proxy import Proxy

NODES = 2


class Stage:
    """What nemeses break, and what the swarm talks to."""

    def __init__(self, folder: Path, postgres: Postgres, chance: random.Random, source: Path) -> None:
        self.postgres = postgres
        self.settings = Settings(
            data_folder=folder,
            database_url=postgres.url,
            master_keys=keyring.from_folder(folder, keyring.MASTER_KEY_FILE),
            token_keys=keyring.from_folder(folder, keyring.TOKEN_KEY_FILE),
        )
        self.backs = [Proxy(postgres.door, chance) for _ in range(NODES)]
        self._chance = chance
        self._source = source
        self.nodes: list[Node] = []
        self.fronts: list[Proxy] = []
        self.recovered: Callable[[], None] = lambda: None
        """Called when something that was broken works again."""

    @classmethod
    @asynccontextmanager
    async def set(cls, folder: Path, postgres: Postgres, seed: object, source: Path = SOURCE) -> AsyncIterator["Stage"]:
        """Everything started and ready."""
        stage = cls(folder, postgres, random.Random(f"stage {seed}"), source)
        try:
            await stage._start()
            yield stage
        finally:
            await stage._stop()

    async def _start(self) -> None:
        for number, back in enumerate(self.backs):
            await back.start()
            environ = {
                "DATABASE_URL": f"postgresql://postgres@127.0.0.1:{back.port}/postgres",
                "RINNALLA_DATA": str(self.settings.data_folder),
                "RINNALLA_LIMIT_FACTOR": "100000",
                "RINNALLA_LOG_LEVEL": "error",
                "RINNALLA_DRAIN_SECONDS": "1",
                "RINNALLA_HASH_WORKERS": "1",
                "RINNALLA_SOCKETS_PER_ADDRESS": "10000",
            }
            node = Node(f"node-{number + 1}", environ, self._source)
            node.start()
            self.nodes.append(node)
            self.fronts.append(Proxy(node.address, self._chance))
            await self.fronts[-1].start()
        await self.ready()

    async def _stop(self) -> None:
        for node in self.nodes:
            node.thaw()
            node.kill()
        for proxy in (*self.fronts, *self.backs):
            proxy.stop()

    async def ready(self) -> None:
        """Wait until every process serves."""
        await asyncio.gather(*(node.ready() for node in self.nodes))

    async def restart(self, **extra: str) -> None:
        """All nodes anew, with `extra` settings."""
        for node in self.nodes:
            node.kill()
            node.start(extra)
        await self.ready()

    def services(self) -> Services:
        """The service's own code, straight to Postgres; to be closed."""
        return Services(self.settings, SystemClock())

    def direct(self) -> "asyncpg.connect_utils.Connection":
        """A connection to Postgres beside the service and the proxies."""
        return asyncpg.connect(self.postgres.url.replace("+asyncpg", ""))


@asynccontextmanager
async def stage_in_own_folder(seed: object, source: Path = SOURCE) -> AsyncIterator[Stage]:
    """A stage that leaves nothing behind."""
    with TemporaryDirectory(prefix="rinnalla-faults-") as name:
        folder = Path(name)
        # started and left outside of the event loop, which it would hold up
        manager = Postgres.running(folder)
        postgres = await asyncio.to_thread(manager.__enter__)
        try:
            await asyncio.to_thread(migrations.migrate, postgres.url)
            async with Stage.set(folder, postgres, seed, source) as stage:
                yield stage
        finally:
            await asyncio.to_thread(manager.__exit__, None, None, None)
