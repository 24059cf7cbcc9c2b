"""`rinnalla serve` as a process of its own, or several with workers, for tests that stop, kill and restart it.

`make faults` starts its nodes by `tests.faults.processes`: those may be builds of another source, are frozen and killed
whole, and are waited for without holding up the loop that its swarm lives in.
"""

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests import command
from tests.command import Command
from tests.living import living
from tests.patience import PATIENCE_SECONDS, wait_until

READY = re.compile(r"^Rinnalla is ready on \S+ .*\n", re.MULTILINE)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def settings_beside(postgres_url: str, data_folder: Path, **more: object) -> dict[str, Any]:
    """Of a node on the Postgres and the keys of the test run, on a port of its own."""
    return {"RINNALLA_DATA": data_folder, "DATABASE_URL": postgres_url, "RINNALLA_PORT": free_port(), **more}


class Node:
    """One machine that serves. What it logs goes to `folder`, where a failing test's reader finds it."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self._environment = command.environment(**settings)
        self._log = folder / f"{settings['RINNALLA_PORT']}.log"
        self._told = folder / f"{settings['RINNALLA_PORT']}.told"
        self.url = f"http://127.0.0.1:{settings['RINNALLA_PORT']}"
        self.process: Command

    def start(self) -> "Node":
        """Start it, or start it again; it may not answer yet."""
        self._told.write_bytes(b"")
        self.process = Command(
            "serve", environment=self._environment, typed=Path(os.devnull), output=self._told, errors=self._log
        )
        return self

    def until_ready(self) -> "Node":
        """Wait until it says that it serves."""
        wait_until(lambda: self._is_serving() or self.process.poll() is not None)
        if not self._is_serving():
            raise AssertionError(f"it did not start: {self._log.read_text()[-2000:]}")
        return self

    def _is_serving(self) -> bool:
        return READY.search(self._told.read_text()) is not None

    def leave(self) -> int:
        """Ask it to end, and wait until it has: its exit status."""
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)

    def stop(self) -> None:
        """Take it away, whatever it is doing, with everything that it started."""
        for worker in self.workers():
            worker.kill()
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)

    def restart(self) -> int:
        """Ask it to end, wait, start it again and wait until it is ready: the exit status of the first life."""
        status = self.leave()
        self.start().until_ready()
        return status

    def logged(self, event: str | None = None) -> list[dict[str, Any]]:
        """What it has logged so far, of one event or of all."""
        lines = [json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if event in {None, line["event"]}]

    def said(self) -> str:
        """Everything on standard error."""
        return self._log.read_text()

    def workers(self) -> list[psutil.Process]:
        """Its worker processes that live, the oldest first."""
        return living([line["process"] for line in self.logged("worker_started")])

    def is_ready(self) -> bool:
        """Whether it wants requests now."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


@contextmanager
def serving(folder: Path, **settings: object) -> Iterator[Node]:
    """A node that serves while the block lasts; nothing of it is left afterwards."""
    node = Node(folder, **settings).start()
    try:
        yield node.until_ready()
    finally:
        node.stop()
