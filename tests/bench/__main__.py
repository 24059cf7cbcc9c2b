"""How fast messages travel, on this machine, now: `make bench`. Figures are for comparing within one run.

The service runs in a process of its own with a Postgres of its own; this process plays its clients.
"""

import asyncio
import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from tests.bench import idle, outage, sending, steady
from tests.bench.figures import percentile
from tests.bench.scene import scene

WIDTH_ON_PAPER = 110
CPUS = Path("/proc/cpuinfo")


def main() -> None:
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH_ON_PAPER
    console.print(f"{_machine()}, Python {platform.python_version()}", highlight=False)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_messages(console))
        runner.run(_steady(console))
        runner.run(_idle(console))
        runner.run(_outages(console))


async def _messages(console: Console) -> None:
    table = Table("what", "a second", "p50 ms", "p99 ms", title="Messages", title_justify="left")
    with scene() as running, console.status("Messages"):
        async for name, rate, took in sending.journeys(running):
            table.add_row(name, f"{rate:.0f}", *_shares(took))
    console.print(table)


async def _steady(console: Console) -> None:
    title = f"{steady.SENDS_A_SECOND} messages a second from {steady.PAIRS} people, {steady.SECONDS} s"
    table = Table("what", "messages", "p50 ms", "p99 ms", "longest ms", title=title, title_justify="left")
    for workers in (1, 2):
        with scene(RINNALLA_WORKERS=workers) as running, console.status(title):
            times = await steady.steady(running)
        for name, took in (
            ("send -> ack", times.to_ack),
            ("send -> the other phone", times.to_frame),
            ("ack (after commit) -> the other phone", times.ack_to_frame),
        ):
            process = "process" if workers == 1 else "processes"
            table.add_row(f"{name}, {workers} {process}", str(len(took)), *_shares(took), f"{max(took):.0f}")
    console.print(table)


async def _idle(console: Console) -> None:
    with scene() as running:
        found = await idle.idle(running, console)
    console.print(
        f"{found.sockets} quiet sockets in one process: {found.kib_each:.1f} KiB each; {found.busy} of {found.connections} "
        f"connections to Postgres in use; /livez meanwhile p99 {percentile(found.answer_ms, 0.99):.1f} ms."
    )


async def _outages(console: Console) -> None:
    with scene() as running, console.status("Postgres is killed and comes back"):
        took = await outage.outages(running)
    console.print(
        f"First stored message after a killed Postgres accepts connections again: {max(took):.0f} ms at the longest of "
        f"{len(took)}, {statistics.median(took):.0f} ms in the middle."
    )


def _shares(took: Sequence[float]) -> tuple[str, str]:
    return (f"{statistics.median(took):.1f}", f"{percentile(took, 0.99):.1f}") if took else ("", "")


def _machine() -> str:
    """What it is measured on."""
    lines = CPUS.read_text().splitlines() if CPUS.exists() else []
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} x {model}"


main()
