"""Python imports this at the start of every process of a node, whose `PYTHONPATH` has its folder in it. At SIGUSR2 the
process writes what it holds that can't be seen from outside: connections that are lent out by its pools, and what its
tasks are at. Nothing of the service is changed by it."""

import asyncio
import gc
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path

TOLD = Path(os.environ["RINNALLA_DATA"]) / f"{os.getpid()}.holds"


def _lent() -> int:
    kit = sys.modules.get("rinnalla.kit.database")
    if kit is None:
        return 0
    return sum(one.connections_in_use() for one in gc.get_objects() if type(one) is kit.Database)


def _tasks() -> Counter[str]:
    try:
        tasks = asyncio.all_tasks()
    except RuntimeError:  # this process has no event loop
        tasks = set()
    return Counter(getattr(task.get_coro(), "__qualname__", "something") for task in tasks)


def _tell(*_: object) -> None:
    beside = TOLD.with_suffix(".new")
    beside.write_text(json.dumps({"lent": _lent(), "tasks": _tasks()}))
    beside.replace(TOLD)


signal.signal(signal.SIGUSR2, _tell)
TOLD.touch()
