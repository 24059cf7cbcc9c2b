"""One bundled Postgres and one real server (in a thread, on a free port) for the whole run; tables empty each time."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest
from sqlalchemy import text

from rinnalla.app import MANNERS, Services, create_app
from rinnalla.kit import embedded, keyring, log, migrations
from rinnalla.kit.clock import SystemClock
from rinnalla.kit.edge import Edge
from rinnalla.kit.errors import Unavailable
from rinnalla.kit.settings import Settings
from rinnalla.server import Server, uvicorn_config
from tests.api import Api, Contract
from tests.contract.documents import whole_contract
from tests.factories import Factory
from tests.programme import Programme
from tests.tables import Tables


def pytest_configure() -> None:
    """The service logs as it does in earnest: captured, and shown with a test that fails."""
    log.configure("warning")


@pytest.fixture(scope="session")
def data_folder() -> Iterator[Path]:
    """Not in pytest's own folder: run by root, Postgres is another user, whom pytest shuts out at each start."""
    with TemporaryDirectory(prefix="rinnalla-") as folder:
        yield Path(folder)


@pytest.fixture
def own_data() -> Iterator[Path]:
    """An empty data folder for a test that starts a Postgres of its own."""
    with TemporaryDirectory(prefix="rinnalla-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres_url(data_folder: Path) -> Iterator[str]:
    with embedded.postgres(data_folder) as url:
        yield url


@pytest.fixture(scope="session")
def settings(data_folder: Path, postgres_url: str) -> Settings:
    migrations.migrate(postgres_url)
    return Settings(
        data_folder=data_folder,
        database_url=postgres_url,
        master_keys=keyring.from_folder(data_folder, keyring.MASTER_KEY_FILE),
        token_keys=keyring.from_folder(data_folder, keyring.TOKEN_KEY_FILE),
        allowed_origins=("https://app.example.org",),
        limit_factor=1000.0,
        pool_size=20,  # crowds of twenty race each other, and on a busy machine none should wait for a connection
        drain_seconds=0.2,
    )


class RunningService:
    """A server in a thread of its own, with its own event loop."""

    def __init__(self, settings: Settings) -> None:
        self.app = create_app(settings)
        self._server = Server(uvicorn_config(settings, Edge(self.app, manners=MANNERS)), self.app.state.services)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=self._server.config.get_loop_factory()) as runner:
            runner.run(self._server.serve())

    def __enter__(self) -> "RunningService":
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the server did not start")
            self._thread.join(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(15)

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    @property
    def address(self) -> str:
        host, port = self._server.servers[0].sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"


@pytest.fixture(scope="session")
def service(settings: Settings) -> Iterator[RunningService]:
    with RunningService(replace(settings, port=0)) as running:
        yield running


@pytest.fixture(scope="session")
def strict_service(settings: Settings) -> Iterator[RunningService]:
    """A second process on the same database, with limits as they are in earnest, behind a proxy that it trusts."""
    earnest = replace(settings, port=0, limit_factor=1.0, trusted_proxies=("127.0.0.1",))
    with RunningService(earnest) as running:
        yield running


@pytest.fixture(scope="session")
def contract() -> Contract:
    return whole_contract()


@asynccontextmanager
async def connected(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres_url.replace("postgresql+asyncpg", "postgresql"))
    yield connection
    await connection.close()


@pytest.fixture
async def raw_db(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection beside the service, to look at what is really stored."""
    async with connected(postgres_url) as db:
        yield db


@pytest.fixture(scope="session")
async def tables(postgres_url: str, settings: Settings) -> AsyncIterator[Tables]:
    async with connected(postgres_url) as db:
        yield Tables(db)


@pytest.fixture
async def clean(tables: Tables) -> None:
    """Every table empty but those that a migration fills."""
    await tables.empty()


@pytest.fixture(scope="session")
async def warm_services(settings: Settings) -> AsyncIterator[Services]:
    """Made once: their connections, and the statements compiled for them, serve one test after the other."""
    made = Services(settings, SystemClock())
    yield made
    await made.close()


@pytest.fixture
async def services(warm_services: Services, clean: None) -> Services:
    """The services in the tests' own event loop, for making people quickly."""
    for database in (warm_services.database, warm_services.delivery):
        with suppress(Unavailable):  # the test before may have ended these connections: now the pool has noticed
            async with database.unit_of_work() as db:
                await db.execute(text("SELECT 1"))
    return warm_services


@pytest.fixture
async def api(service: RunningService, contract: Contract, clean: None) -> AsyncIterator[Api]:
    """A client without a token. Every answer it gets is held against the contract."""
    async with Api(service.url, contract) as client:
        yield client


@pytest.fixture
async def strict_api(strict_service: RunningService, contract: Contract, clean: None) -> AsyncIterator[Api]:
    """A client of `strict_service`. Whoever it seems to be is told by `X-Forwarded-For`."""
    async with Api(strict_service.url, contract) as client:
        yield client


@pytest.fixture
async def make(services: Services, api: Api) -> AsyncIterator[Factory]:
    """Makes organisations and people who are signed in."""
    factory = Factory(services, api)
    yield factory
    await factory.close()


@pytest.fixture
async def programme(make: Factory) -> Programme:
    """A programme in which staff match."""
    home = await make.organisation()
    return Programme(make, home, await make.staff(home))


@pytest.fixture
async def open_programme(make: Factory) -> Programme:
    """A programme in which young people choose."""
    home = await make.organisation(mentees_may_choose=True)
    return Programme(make, home, await make.staff(home))
