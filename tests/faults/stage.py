"""The whole scene: two nodes of two processes, their Postgres, and a proxy on every way between."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import asyncpg

from rinnalla.app import Services, connections_of_one_process
from rinnalla.kit import keyring, migrations
from rinnalla.kit.clock import SystemClock
from rinnalla.kit.postgres import plain
from rinnalla.kit.settings import Settings
from tests.faults.holdings import Holding, holdings, most_tasks
from tests.faults.processes import RECOVERY_SECONDS, SOURCE, WORKERS, Node, Postgres
from tests.faults.proxy import Proxy

CONNECTIONS_OF_A_START = 12


class Stage:
    """What nemeses break, and what the swarm talks to."""

    def __init__(
        self,
        folder: Path,
        postgres: Postgres,
        seed: object,
        *,
        nodes: int = 2,
        source: Path = SOURCE,
        database: str = "postgres",
        recovery: float = RECOVERY_SECONDS,
    ) -> None:
        chance = random.Random(f"stage {seed}")
        self.postgres = postgres
        self.settings = Settings(
            data_folder=folder,
            database_url=postgres.url_of(database),
            master_keys=keyring.from_folder(folder, keyring.MASTER_KEY_FILE),
            token_keys=keyring.from_folder(folder, keyring.TOKEN_KEY_FILE),
        )
        self.backs = [Proxy(postgres.door, chance) for _ in range(nodes)]
        self.bus: Proxy | None = None
        """Before the bus, where there is one."""
        self._chance = chance
        self._pool_size = self.settings.pool_size
        self._source = source
        self._recovery = recovery
        self._database = database
        self.nodes: list[Node] = []
        self.fronts: list[Proxy] = []
        self.recovered: Callable[[], None] = lambda: None
        """Called when something that was broken works again."""
        self.quiet: Counter[str] = Counter()
        """What the tasks of a process are at while nobody has come yet."""

    async def __aenter__(self) -> "Stage":
        """Everything started and ready."""
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    @property
    def connections_at_most(self) -> int:
        """How many connections to Postgres all processes together may hold, with those that a start takes."""
        settings = replace(self.settings, pool_size=self._pool_size)
        return len(self.nodes) * (WORKERS * connections_of_one_process(settings) + CONNECTIONS_OF_A_START)

    async def _start(self) -> None:
        for number, back in enumerate(self.backs):
            await back.start()
            environ = {
                "DATABASE_URL": f"postgresql://postgres@127.0.0.1:{back.port}/{self._database}",
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
        began = time.monotonic()
        await self.ready()
        for node in self.nodes:  # a slow machine is no fault of what starts on it
            node.recovery = max(self._recovery, 2 * (time.monotonic() - began))
        self.quiet = most_tasks(await self.holdings())

    async def _stop(self) -> None:
        for node in self.nodes:
            node.thaw()
            node.kill()
        for proxy in (*self.fronts, *self.backs):
            proxy.stop()

    async def ready(self) -> None:
        """Wait until every process serves. Raises: Stuck."""
        await asyncio.gather(*(node.ready() for node in self.nodes))

    async def holdings(self) -> list[Holding]:
        """What each process of the service holds. Raises: TimeoutError."""
        processes = [process for node in self.nodes for process in node.processes]
        return await asyncio.to_thread(holdings, processes, self.settings.data_folder)

    @asynccontextmanager
    async def otherwise(self, sources: Sequence[Path] = (), **extra: str) -> AsyncIterator[None]:
        """All nodes anew, with `extra` settings, and each from its own of `sources`, if any; as usual afterwards.
        Nobody is there when it begins and when it ends."""
        await self._restart(sources, extra)
        yield
        await self._restart((), {})

    async def _restart(self, sources: Sequence[Path], extra: Mapping[str, str]) -> None:
        for node, source in zip_longest(self.nodes, sources):
            node.kill()
            node.start(extra, source=source)
        self._pool_size = int(extra.get("RINNALLA_POOL_SIZE", self.settings.pool_size))
        await self.ready()
        self.quiet = most_tasks(await self.holdings())

    def services(self) -> Services:
        """The service's own code, straight to Postgres; to be closed."""
        return Services(self.settings, SystemClock())

    def direct(self) -> "asyncpg.connect_utils.Connection":
        """A connection to Postgres beside the service and the proxies."""
        return asyncpg.connect(plain(self.postgres.url_of(self._database)))


@asynccontextmanager
async def own_postgres(folder: Path) -> AsyncIterator[Postgres]:
    """A Postgres with all tables in that folder, while the block lasts."""
    # Started and left outside of the event loop: what the service's own code does there has a loop of its own.
    running = Postgres.running(folder)
    postgres = await asyncio.to_thread(running.__enter__)
    try:
        await asyncio.to_thread(migrations.migrate, postgres.url)
        yield postgres
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)
