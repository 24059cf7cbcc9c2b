"""`rinnalla serve` as a process of its own, or several with workers, for tests that stop, kill and restart it."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

READY = re.compile(r"Rinnalla is ready on (\S+)")
PATIENCE_SECONDS = 60


class Node:
    """One machine that serves. What it logs goes to `folder`, where a failing test's reader finds it."""

    def __init__(self, folder: Path, **settings: object) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RINNALLA_", "DATABASE_"))}
        self._environment = {**kept, **{name: str(value) for name, value in settings.items()}}
        self._log = folder / f"{settings['RINNALLA_PORT']}.log"
        self.url = f"http://127.0.0.1:{settings['RINNALLA_PORT']}"
        self.process: subprocess.Popen[str]

    def start(self) -> "Node":
        """Start it; it may not answer yet."""
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
        return self

    def until_ready(self) -> "Node":
        """Wait until it says that it serves."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if READY.match(line):
                return self
        raise AssertionError(f"it did not start: {self._log.read_text()[-2000:]}")

    def stop(self) -> None:
        """Take it away, whatever it is doing, with everything that it started."""
        for process in [*self.workers(), self.process]:
            if process.is_running() if isinstance(process, psutil.Process) else True:
                process.kill()
        self.process.wait(PATIENCE_SECONDS)
        if self.process.stdout is not None:
            self.process.stdout.close()

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


def wait_until(what: Callable[[], bool]) -> None:
    """Wait for something that will be; the test fails when it is not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@contextmanager
def serving(folder: Path, **settings: object) -> Iterator[Node]:
    """A node that serves while the block lasts; nothing of it is left afterwards."""
    node = Node(folder, **settings).start()
    try:
        yield node.until_ready()
    finally:
        node.stop()
