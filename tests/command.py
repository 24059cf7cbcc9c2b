"""The `rinnalla` command as people and scripts use it: a process of its own, its output and its exit status.

To start Python and to import the service is more than a second of work, the same every time. So these processes are
forked from one that has done that and nothing else (`multiprocessing`'s fork server), and only then told what to do.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["rinnalla.__main__"])
# `multiprocessing` looks after every child when it starts one: two threads at once may take a status from each other.
_one_at_a_time = threading.Lock()
PATIENCE_SECONDS = 100
LOOK_EVERY_SECONDS = 0.01


def environment(**settings: object) -> dict[str, str]:
    """This process's own environment, with these settings of the service and no others."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("RINNALLA_", "DATABASE_", "BUS_"))
    }
    return {**kept, **{name: str(value) for name, value in settings.items()}}


class Command:
    """`rinnalla` with these arguments, running: what tests need of `subprocess.Popen`.

    `typed` is the file that it reads as its standard input; `output` and `errors` are added to. It leads a session of
    its own, as in a terminal of its own: what a test signals stays in there.
    """

    def __init__(self, *arguments: str, environment: dict[str, str], typed: Path, output: Path, errors: Path) -> None:
        self._arguments = arguments
        self._process = _forks.Process(target=_be, args=(arguments, environment, typed, output, errors))
        with _one_at_a_time:
            self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        with _one_at_a_time:
            return self._process.exitcode

    def wait(self, timeout: float = PATIENCE_SECONDS) -> int:
        """The exit status, once there is one. Raises: subprocess.TimeoutExpired."""
        deadline = time.monotonic() + timeout
        while (status := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self._arguments, timeout)
            time.sleep(LOOK_EVERY_SECONDS)
        return status

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Started:
    """`rinnalla` with these arguments and this typed into it, on its way to its end."""

    def __init__(self, *arguments: str, environment: dict[str, str], typed: str = "") -> None:
        self._arguments = arguments
        self._folder = TemporaryDirectory()
        self._typed, self._output, self._errors = (Path(self._folder.name, name) for name in ("in", "out", "err"))
        self._typed.write_text(typed, "utf-8")
        self._command = Command(
            *arguments, environment=environment, typed=self._typed, output=self._output, errors=self._errors
        )

    def end(self) -> subprocess.CompletedProcess[str]:
        """Wait for it. Raises: subprocess.TimeoutExpired."""
        with self._folder:
            try:
                status = self._command.wait()
            finally:
                self._command.kill()
            said = [path.read_text("utf-8") for path in (self._output, self._errors)]
            return subprocess.CompletedProcess(self._arguments, status, *said)


def run(*arguments: str, environment: dict[str, str], typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run it to its end. Raises: subprocess.TimeoutExpired."""
    return Started(*arguments, environment=environment, typed=typed).end()


def _be(arguments: tuple[str, ...], environment: dict[str, str], typed: Path, output: Path, errors: Path) -> None:
    os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored, and handed down, where the tests run under nohup
    os.environ.clear()
    os.environ.update(environment)
    added_to = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    for number, (path, flags) in enumerate([(typed, os.O_RDONLY), (output, added_to), (errors, added_to)]):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - open to the end of the process
    sys.argv = ["rinnalla", *arguments]
    from rinnalla.__main__ import main  # noqa: PLC0415 - only here: the process of the tests has no use for it

    main()
