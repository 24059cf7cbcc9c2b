"""How fast messages travel on this machine, and when no wake-up is heard; what quiet sockets and polling cost; how long
a killed Postgres and a rolling restart are felt; what is left when too much is asked; whether acks are true and who
takes nothing is harmless; how long a matching run takes: `make bench`, or one part of it with `ONLY=name`; figures go
to a file with `JSON=FILE`. They are for comparing within one run.

The service runs in processes of its own with a Postgres of its own; this process plays its clients.
"""

import asyncio
import os
import platform
import statistics
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from tests.bench import acks, idle, listener, matching, outage, overload, polling, rolling, sending, slow, steady
from tests.bench.figures import percentile
from tests.bench.scene import scene

WIDTH_ON_PAPER = 110
CPUS = Path("/proc/cpuinfo")
T = TypeVar("T")


def main() -> None:
    """All parts, or the one that `ONLY` names; `JSON` names a file for the figures. Exit status 1: what must hold at
    any speed did not."""
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH_ON_PAPER
    only = os.environ.get("ONLY")
    if only and only not in PARTS:
        sys.exit(f"ONLY={only} is no part: {', '.join(PARTS)}")
    console.print(f"{_machine()}, Python {platform.python_version()}", highlight=False)
    figures = {name: part(console) for name, part in PARTS.items() if only in {None, "", name}}
    if file := os.environ.get("JSON"):
        machine = {"machine": _machine(), "python": platform.python_version()}
        Path(file).write_bytes(msgspec.json.format(msgspec.json.encode(machine | figures)))
    sys.exit(any(map(_is_broken, figures.values())))


def _is_broken(found: Any) -> bool:
    return any(getattr(one, "broken", False) for one in (found if isinstance(found, list) else [found]))


def _messages(console: Console) -> Any:
    with scene() as running, console.status("Messages"):
        journeys = _run(sending.journeys(running))
    _show_messages(console, journeys)
    return journeys


def _steady(console: Console) -> Any:
    with scene() as alone, console.status("A steady load, one process"):
        times = {"one process": _run(steady.steady(alone))}
    with scene(RINNALLA_WORKERS=2) as together, console.status("A steady load, two processes"):
        times["two processes"] = _run(steady.steady(together))
    _show_steady(console, times)
    return times


def _listener(console: Console) -> Any:
    with console.status("A steady load, no wake-up heard"):
        times = {"no wake-up heard": _run(listener.unheard())}
    _show_steady(console, times)
    return times


def _rolling(console: Console) -> Any:
    with console.status("Nodes are restarted while people send"):
        found = _run(rolling.rolling())
    console.print(str(found), highlight=False)
    return found


def _idle(console: Console) -> Any:
    with scene() as running:
        found = _run(idle.idle(running, console))
    _show_idle(console, found)
    return found


def _polling(console: Console) -> Any:
    with scene() as running:
        found = _run(polling.polling(running, console))
    _show_polling(console, found)
    return found


def _outage(console: Console) -> Any:
    with scene() as running, console.status("Postgres is killed and comes back"):
        took = _run(outage.outages(running))
    _show_outages(console, took)
    return took


def _overload(console: Console) -> Any:
    with scene() as running, console.status("More is asked than can be done"):
        found = _run(overload.overload(running))
    _show_overload(console, found)
    return found


def _matching(console: Console) -> Any:
    found = matching.matching(console)
    _show_matching(console, found)
    return found


def _acks(console: Console) -> Any:
    with scene() as running, console.status("Is there what was acknowledged?"):
        found = _run(acks.acks(running))
    console.print(str(found), highlight=False)
    return found


def _slow(console: Console) -> Any:
    with scene() as running, console.status("Sockets that take nothing"):
        found = _run(slow.slow(running))
    console.print(str(found), highlight=False)
    return found


PARTS: Mapping[str, Callable[[Console], Any]] = {
    "messages": _messages,
    "steady": _steady,
    "listener": _listener,
    "idle": _idle,
    "polling": _polling,
    "outage": _outage,
    "rolling": _rolling,
    "overload": _overload,
    "acks": _acks,
    "slow": _slow,
    "matching": _matching,
}


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


def _show_polling(console: Console, stretches: Sequence[polling.Stretch]) -> None:
    pace = f"every {polling.POLL_EVERY_SECONDS:.0f} s, {polling.SENDS_A_SECOND} messages a second"
    title = f"{polling.PEOPLE} people who poll {pace}"
    took = ("p50 ms", "p99 ms")
    table = Table("stretch", "polls", *took, "messages", *took, "put off", "failed", "processor", title=title)
    table.title_justify = "left"
    for seen in stretches:
        counts = [(str(len(took)), *_shares(took)) for took in (seen.polls, seen.sends)]
        ends = (str(seen.put_off), str(seen.failed), f"{seen.cost / polling.SECONDS:.0%}")
        table.add_row(seen.name, *counts[0], *counts[1], *ends)
    console.print(table)
    polls, sends, _ = stretches
    a_poll, a_send = (
        1000 * seen.cost / max(1, len(took)) for seen, took in ((polls, polls.polls), (sends, sends.sends))
    )
    console.print(
        f"A poll costs {a_poll:.2f} ms of processor, a message {a_send:.2f} ms: {a_poll / a_send:.0%} of it.",
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
        f"Asked for twice the {found.best:.0f} messages a second that it stores at its best, for "
        f"{overload.LOAD_SECONDS:.0f} s, it stores {found.under_load:.0f}, "
        f"which is {found.under_load / found.best:.0%} ({answers}); "
        f"{found.recovery:.1f} s later all is well.",
        highlight=False,
    )


def _show_matching(console: Console, sizes: Sequence[matching.Found]) -> None:
    title = "A matching run: seconds of one core, the most memory, our total to what none can exceed"
    steps = ("prune, score", "value", "solve", "these s", "MiB", "ratio", "with why s", "MiB")
    table = Table("young people x mentors", "pairs", *steps, title=title)
    table.title_justify = "left"
    people = Table("young people x mentors", "", "paired", "points", "overdue paired", title="... and who is helped")
    people.title_justify = "left"
    for size in sizes:
        name = f"{size.mentees:,} x {size.mentors:,}"
        parts = (size.scoring, size.valuing, size.solving, size.seconds)
        shares = [f"{part:.2f} ({part / size.seconds:.0%})" for part in parts[:3]]
        row = (name, f"{size.pairs:,}", *shares, f"{size.seconds:.2f}", f"{size.mib:.0f}", f"{size.ratio:.3f}")
        table.add_row(*row, f"{size.explained:.2f}", f"{size.explained_mib:.0f}")
        people.add_row(name, "exact", f"{size.paired:,}", f"{size.fit:,}", f"{size.overdue_paired} of {size.overdue}")
        greedy = (f"{size.greedy_paired:,}", f"{size.greedy_fit:,}", f"{size.greedy_overdue_paired} of {size.overdue}")
        people.add_row("", "greedy", *greedy)
    console.print(table)
    console.print(people)


def _shares(took: Sequence[float]) -> tuple[str, str]:
    return (f"{statistics.median(took):.1f}", f"{percentile(took, 0.99):.1f}") if took else ("", "")


def _machine() -> str:
    """What it is measured on."""
    lines = CPUS.read_text().splitlines() if CPUS.exists() else []
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} x {model}"


if __name__ == "__main__":  # processes that are forked for a service import this file, too
    main()
