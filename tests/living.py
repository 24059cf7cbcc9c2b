"""Processes, any of which may end while it is looked at."""

import time
from collections.abc import Sequence

import psutil

LOOK_SECONDS = 0.02


def send(signal_number: int, processes: Sequence[psutil.Process]) -> None:
    """The same signal to all that still live."""
    for process in processes:
        try:
            process.send_signal(signal_number)
        except psutil.NoSuchProcess:
            continue


def family(pid: int) -> list[psutil.Process]:
    """A process and all that it has started."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def living(pids: Sequence[int]) -> list[psutil.Process]:
    """Which of these processes live, in this order."""
    found = []
    for pid in pids:
        try:
            process = psutil.Process(pid)
        except psutil.NoSuchProcess:
            continue
        if lives(process):
            found.append(process)
    return found


def lives(process: psutil.Process) -> bool:
    """Whether it has not ended. Who is dead and not buried yet has: an orphan's grave is dug by the machine, which may
    take its time."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def still_alive(processes: Sequence[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Which have not ended after so many seconds."""
    until = time.monotonic() + seconds
    while (left := [process for process in processes if lives(process)]) and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
    return left
