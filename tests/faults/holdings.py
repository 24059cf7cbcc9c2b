"""What the processes of a node hold when everyone has left: it must be no more than before anyone came."""

import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil

from tests.living import send

ANSWER_SECONDS = 5.0
LOOK_SECONDS = 0.02
GROWS_AT_MOST = 0.10


class Told(msgspec.Struct):
    """What a process says of itself. `lent`: connections that are out of its pools. `tasks`: how many are at what."""

    lent: int
    tasks: dict[str, int]


@dataclass(frozen=True, slots=True)
class Holding:
    """What one process holds. `memory`: resident, in bytes."""

    pid: int
    memory: int
    told: Told


def holdings(processes: Sequence[psutil.Process], folder: Path) -> list[Holding]:
    """What each of these processes holds that has the service in it; `folder` is its data folder. One that ends
    meanwhile is left out. Takes a moment. Raises: TimeoutError."""
    found = (_holding(process, folder / f"{process.pid}.holds") for process in processes)
    return [one for one in found if one is not None]


def _holding(process: psutil.Process, answer: Path) -> Holding | None:
    if not answer.exists():  # it can't be asked, and SIGUSR2 would end it
        return None
    before = answer.stat().st_mtime_ns
    send(signal.SIGUSR2, [process])
    until = time.monotonic() + ANSWER_SECONDS
    while answer.stat().st_mtime_ns == before:
        if not process.is_running():
            return None
        if time.monotonic() > until:
            raise TimeoutError(f"process {process.pid} does not say what it holds")
        time.sleep(LOOK_SECONDS)
    with suppress(psutil.NoSuchProcess):
        told = msgspec.json.decode(answer.read_bytes(), type=Told)
        return Holding(process.pid, process.memory_info().rss, told)
    return None


def most_tasks(holdings: Sequence[Holding]) -> Counter[str]:
    """The most that one process has at each thing."""
    most: Counter[str] = Counter()
    for holding in holdings:
        most |= Counter(holding.told.tasks)
    return most


def left_behind(holding: Holding, quiet: Counter[str]) -> Iterator[str]:
    """What a process still holds when everyone has left, in words; `quiet`: its tasks when nobody had come."""
    if holding.told.lent:
        yield f"process {holding.pid} has {holding.told.lent} connections that did not come back to their pool"
    if tasks := Counter(holding.told.tasks) - quiet:
        yield f"process {holding.pid} has tasks that did not end: {dict(tasks)}"


def memory_grown(before: Sequence[Holding], after: Sequence[Holding]) -> str | None:
    """Whether the processes that were there the whole time have grown too much together, in words. What a new one
    needs is no leak: it has just begun."""
    first = {one.pid: one.memory for one in before}
    last = {one.pid: one.memory for one in after if one.pid in first}
    had, has = sum(first[pid] for pid in last), sum(last.values())
    if has <= had * (1 + GROWS_AT_MOST):
        return None
    return f"{len(last)} processes grew from {had >> 20} to {has >> 20} MiB together"
