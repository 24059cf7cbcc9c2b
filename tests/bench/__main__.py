"""How fast messages travel on this machine, what quiet sockets cost, how long a killed Postgres is felt, and what is
left when too much is asked: `make bench`. Figures are for comparing within one run.

The service runs in a process of its own with a Postgres of its own; this process plays its clients.
"""

import asyncio
import os
import platform
import statistics
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import uvloop
from rich.console import Console
from rich.table import Table

from tests.bench import idle, outage, overload, sending, steady
from tests.bench.figures import percentile
from tests.bench.scene import scene

WIDTH_ON_PAPER = 110
CPUS = Path("/proc/cpuinfo")
T = TypeVar("T")


def main() -> None:
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH_ON_PAPER
    console.print(f"{_machine()}, Python {platform.python_version()}", highlight=False)
    with scene() as running, console.status("Messages"):
        journeys = _run(sending.journeys(running))
    _show_messages(console, journeys)
    with scene() as alone, console.status("A steady load, one process"):
        times = {"one process": _run(steady.steady(alone))}
    with scene(RINNALLA_WORKERS=2) as together, console.status("A steady load, two processes"):
        times["two processes"] = _run(steady.steady(together))
    _show_steady(console, times)
    with scene() as running:
        _show_idle(console, _run(idle.idle(running, console)))
    with scene() as running, console.status("Postgres is killed and comes back"):
        _show_outages(console, _run(outage.outages(running)))
    with scene() as running, console.status("More is asked than can be done"):
        _show_overload(console, _run(overload.overload(running)))


def _run(measuring: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(measuring)


def _show_messages(console: Console, journeys: Sequence[sending.Journey]) -> None:
    table = Table("what", "a second", "p50 ms", "p99 ms", title="Messages", title_justify="left")
    for journey in journeys:
        table.add_row(journey.name, f"{journey.rate:.0f}", *_shares(journey.took))
    console.print(table)


def _show_steady(console: Console, times: Mapping[str, steady.Times]) -> None:
    title = f"{steady.SENDS_A_SECOND} messages a second from {steady.PAIRS} people, {steady.SECONDS} s"
    table = Table("what", "messages", "p50 ms", "p99 ms", "longest ms", title=title, title_justify="left")
    for processes, seen in times.items():
        for name, took in (
            ("send -> ack", seen.to_ack),
            ("send -> the other phone", seen.to_frame),
            ("ack (after the commit) -> the other phone", seen.ack_to_frame),
        ):
            table.add_row(f"{name}, {processes}", str(len(took)), *_shares(took), f"{max(took, default=0):.0f}")
    console.print(table)


def _show_idle(console: Console, found: idle.Idle) -> None:
    console.print(
        f"{found.sockets} quiet sockets in one process: {found.kib_each:.1f} KiB each; "
        f"{found.busy} of {found.connections} connections to Postgres in use; "
        f"/livez meanwhile p99 {percentile(found.answer_ms, 0.99):.1f} ms.",
        highlight=False,
    )


def _show_outages(console: Console, took: Sequence[float]) -> None:
    console.print(
        "First stored message after a killed Postgres accepts connections again: "
        f"{statistics.median(took):.0f} ms in the middle of {len(took)}, {max(took):.0f} ms at the longest.",
        highlight=False,
    )


def _show_overload(console: Console, found: overload.Overload) -> None:
    answers = ", ".join(f"{count} x {status}" for status, count in sorted(found.answers.items()))
    console.print(
        f"Asked for twice the {found.best:.0f} messages a second that it stores at its best, it stores "
        f"{found.under_load:.0f}, which is {found.under_load / found.best:.0%} ({answers}); "
        f"{found.recovery:.1f} s later all is well.",
        highlight=False,
    )


def _shares(took: Sequence[float]) -> tuple[str, str]:
    return (f"{statistics.median(took):.1f}", f"{percentile(took, 0.99):.1f}") if took else ("", "")


def _machine() -> str:
    """What it is measured on."""
    lines = CPUS.read_text().splitlines() if CPUS.exists() else []
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} x {model}"


if __name__ == "__main__":  # processes that are forked for a service import this file, too
    main()
