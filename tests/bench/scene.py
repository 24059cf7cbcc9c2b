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
from tests.faults.wire import Address, Frame, Line
from tests.node import Node, free_port, serving

NO_CONTRACT = Contract({"paths": {}, "components": {}})
PATIENCE_SECONDS = 30
Talk = tuple[Person, Person, UUID]


class Scene:
    """A service that runs, seen from outside."""

    def __init__(self, node: Node, port: int, settings: Settings, postgres: Postgres) -> None:
        self.node = node
        self.address: Address = ("127.0.0.1", port)
        self.settings = settings
        self.postgres = postgres

    @asynccontextmanager
    async def people(self) -> AsyncIterator[Factory]:
        """Makes people who are signed in, by the service's own code: sign-up would hash a password for each."""
        services = Services(self.settings, SystemClock())
        factory = Factory(services, Api(self.node.url, NO_CONTRACT))
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
