"""`rinnalla serve` as a process of its own, or several with workers, for tests that stop, kill and restart it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx
import psutil

from tests.patience import PATIENCE_SECONDS

READY = re.compile(r"Rinnalla is ready on (\S+)")


class Node:
    """One machine that serves. What it logs goes to `folder`, where a failing test's reader finds it."""

    def __init__(self, folder: Path, **settings: object) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RINNALLA_", "DATABASE_"))}
        self._environment = {**kept, **{name: str(value) for name, value in settings.items()}}
        self._log = folder / f"{settings['RINNALLA_PORT']}.log"
        self.url = f"http://127.0.0.1:{settings['RINNALLA_PORT']}"
        self.process: subprocess.Popen[str]
        self._said: IO[str] | None = None

    def start(self) -> "Node":
        """Start it, or start it again; it may not answer yet."""
        self._close()
        with self._log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "rinnalla", "serve"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,  # a terminal of its own, so to speak: what a test signals stays in there
            )
        self._said = self.process.stdout
        return self

    def until_ready(self) -> "Node":
        """Wait until it says that it serves."""
        assert self._said is not None
        for line in self._said:
            if READY.match(line):
                return self
        raise AssertionError(f"it did not start: {self._log.read_text()[-2000:]}")

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
        self._close()

    def _close(self) -> None:
        if self._said is not None:
            self._said.close()
            self._said = None

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
        found = []
        for line in self.logged("worker_started"):
            if psutil.pid_exists(line["process"]):
                process = psutil.Process(line["process"])
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

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
