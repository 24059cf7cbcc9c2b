"""A run that has to be over in time, as CI waits for it: nothing that hangs holds it up."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.living import family

LAST_WORDS_SECONDS = 1.5


@contextmanager
def last_resort(seconds: float, folder: Path, say: Callable[[], None]) -> Iterator[None]:
    """Should the block still last after so many seconds, say so and end the program with status 1, whatever it waits
    for, and with it every process that was started on `folder`, which goes, too, as far as there is time."""
    timer = threading.Timer(seconds, _end_everything, [folder, say])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _end_everything(folder: Path, say: Callable[[], None]) -> None:
    at_the_latest = threading.Timer(LAST_WORDS_SECONDS, os._exit, [1])
    at_the_latest.daemon = True
    at_the_latest.start()
    try:
        for process in list(started_on(folder)):
            for one in family(process.pid):
                with suppress(psutil.NoSuchProcess):
                    one.kill()
        say()
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os._exit(1)


def started_on(folder: Path) -> Iterator[psutil.Process]:
    """Other processes whose command line or settings name the folder."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            named = str(folder) in f"{process.cmdline()}" or process.environ().get("RINNALLA_DATA") == str(folder)
            if named and process.pid != os.getpid():
                yield process
