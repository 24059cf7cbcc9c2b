"""The `rinnalla` command as people and scripts use it: a process of its own, its output and its exit status.

To start Python and to import the service is more than a second of work, the same every time. So these processes are
forked from one that has done that and nothing else (`multiprocessing`'s fork server), and only then told what to do.
"""

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["rinnalla.__main__"])
PATIENCE_SECONDS = 100
STREAMS = {"typed": os.O_RDONLY, "output": os.O_WRONLY, "errors": os.O_WRONLY}
"""Standard input, output and error: the file that stands for each, and how it is opened."""


def environment(**settings: object) -> dict[str, str]:
    """This process's own environment, with these settings of the service and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RINNALLA_", "DATABASE_"))}
    return {**kept, **{name: str(value) for name, value in settings.items()}}


class Started:
    """`rinnalla` with these arguments, running."""

    def __init__(self, *arguments: str, environment: dict[str, str], typed: str = "") -> None:
        self._arguments = arguments
        self._streams = TemporaryDirectory()
        folder = Path(self._streams.name)
        for stream in STREAMS:
            (folder / stream).write_text(typed if stream == "typed" else "", "utf-8")
        self._process = _forks.Process(target=_be_the_command, args=(arguments, environment, folder))
        self._process.start()

    def end(self) -> subprocess.CompletedProcess[str]:
        """Wait for it. Raises: subprocess.TimeoutExpired."""
        with self._streams as folder:
            try:
                self._process.join(PATIENCE_SECONDS)
                if self._process.exitcode is None:
                    raise subprocess.TimeoutExpired(self._arguments, PATIENCE_SECONDS)
            finally:
                self._process.kill()
                self._process.join()
            said = [Path(folder, stream).read_text("utf-8") for stream in ("output", "errors")]
            return subprocess.CompletedProcess(self._arguments, self._process.exitcode, *said)


def run(*arguments: str, environment: dict[str, str], typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run it to its end. Raises: subprocess.TimeoutExpired."""
    return Started(*arguments, environment=environment, typed=typed).end()


def _be_the_command(arguments: tuple[str, ...], environment: dict[str, str], folder: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for number, (stream, flags) in enumerate(STREAMS.items()):
        opened = os.open(folder / stream, flags)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - open to the end of the process
    sys.argv = ["rinnalla", *arguments]
    from rinnalla.__main__ import main  # noqa: PLC0415 - only here: the process of the tests has no use for it

    main()
