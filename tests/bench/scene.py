"""One service in a process of its own with a Postgres of its own, and people who talk."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from rinnalla.app import Services
from rinnalla.kit import keyring, migrations
from rinnalla.kit.clock import SystemClock
from rinnalla.kit.settings import Settings
from tests.api import Api, Contract
from tests.factories import Factory, Person
from tests.faults.processes import Postgres
from tests.faults.stage import Stage, own_postgres
from tests.faults.wire import Address, Frame, Line
from tests.node import Node, free_port, serving

NO_CONTRACT = Contract({"paths": {}, "components": {}})
PATIENCE_SECONDS = 30
Talk = tuple[Person, Person, UUID]


class Place:
    """Where a service listens, and the settings by which people can be made there."""

    def __init__(self, address: Address, settings: Settings) -> None:
        self.address = address
        self.settings = settings

    @asynccontextmanager
    async def people(self) -> AsyncIterator[Factory]:
        """Makes people who are signed in, by the service's own code: sign-up would hash a password for each."""
        services = Services(self.settings, SystemClock())
        factory = Factory(services, Api("http://{}:{}".format(*self.address), NO_CONTRACT))
        try:
            yield factory
        finally:
            await factory.close()
            await factory.nobody.http.aclose()
            await services.close()

    async def open(self, person: Person, heard: Callable[[Frame], None]) -> Line:
        """A socket that has resumed; `heard` gets each frame from then on."""
        ready = asyncio.Event()

        def hear(frame: Frame) -> None:
            if frame.type == "caught_up":
                ready.set()
            heard(frame)

        first: dict[str, Any] = {"type": "auth", "access_token": person.token, "resume": {"after": 0, "epoch": None}}
        line = await Line.open(self.address, first, hear, lambda _: None)
        await asyncio.wait_for(ready.wait(), PATIENCE_SECONDS)
        return line


class Scene(Place):
    """A service in one process or more, with its Postgres."""

    def __init__(self, node: Node, port: int, settings: Settings, postgres: Postgres) -> None:
        super().__init__(("127.0.0.1", port), settings)
        self.node = node
        self.postgres = postgres


@asynccontextmanager
async def stage(nodes: int) -> AsyncIterator[Stage]:
    """Nodes of two processes each, with proxies before and behind them, as `make faults` has them."""
    with TemporaryDirectory(prefix="rinnalla-bench-") as name:
        async with own_postgres(Path(name)) as postgres, Stage(Path(name), postgres, "bench", nodes=nodes) as made:
            yield made


@contextmanager
def scene(**settings: object) -> Iterator[Scene]:
    """A scene of its own, gone afterwards. `settings` are of the service."""
    with TemporaryDirectory(prefix="rinnalla-bench-") as name, Postgres.running(Path(name)) as postgres:
        folder = Path(name)
        migrations.migrate(postgres.url)
        known = Settings(
            data_folder=folder,
            database_url=postgres.url,
            master_keys=keyring.from_folder(folder, keyring.MASTER_KEY_FILE),
            token_keys=keyring.from_folder(folder, keyring.TOKEN_KEY_FILE),
        )
        port = free_port()
        environ = {
            "RINNALLA_DATA": name,
            "RINNALLA_PORT": port,
            "RINNALLA_LIMIT_FACTOR": 100_000,
            "RINNALLA_LOG_LEVEL": "error",
            **settings,
        }
        with serving(folder, **environ) as node:
            yield Scene(node, port, known, postgres)
