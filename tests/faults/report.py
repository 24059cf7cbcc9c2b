"""What a person sees while it runs and at the end, and what a script gets."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.faults.journal import FAULTS
from tests.faults.phase import Verdict

WORDS_SHOWN = 5


def progress(console: Console) -> Progress:
    """A bar that fits a phase: what is being done, how much of it, how many messages."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[acked]:>9,} acked  {task.fields[state]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


def line(verdict: Verdict) -> str:
    """One phase in one line, for where no bar can be drawn."""
    ledger = verdict.ledger
    faults = ", ".join(f"{count} {fault}" for fault, count in ledger.faults.items()) or "nothing broken"
    told = f"{verdict.nemesis}: {ledger.acked:,} acked in {verdict.took:.0f} s, {faults}"
    return "\n  ".join([told, *ledger.words[:WORDS_SHOWN]])


def show(console: Console, verdicts: Sequence[Verdict]) -> None:
    """The table, and the first broken promises in words."""
    table = Table(title="Faults", title_justify="left", show_footer=True)
    table.add_column("nemesis", no_wrap=True)
    for name in ("acked", "/s", *FAULTS, "gap s", "MiB"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("seed", no_wrap=True)
    for verdict in verdicts:
        table.add_row(*_cells(verdict), style="red" if verdict.broken else None)
    _total(table, verdicts)
    console.print(table)
    for verdict in (one for one in verdicts if one.broken):
        console.print(f"Again: make faults SEED={verdict.seed} ONLY='{verdict.nemesis}'", highlight=False)
        for words in verdict.ledger.words[:WORDS_SHOWN]:
            console.print(f"  {words}", highlight=False, markup=False, soft_wrap=True)


def _cells(verdict: Verdict) -> list[str]:
    ledger = verdict.ledger
    return [
        verdict.nemesis,
        f"{ledger.acked:,}",
        f"{ledger.acked / verdict.talked:.0f}",
        *(f"{ledger.faults[name]}" for name in FAULTS),
        f"{verdict.gap:.2f}",
        f"{verdict.grown / 2**20:+.0f}",
        verdict.seed,
    ]


def _total(table: Table, verdicts: Sequence[Verdict]) -> None:
    footers = ["all", f"{sum(verdict.ledger.acked for verdict in verdicts):,}", ""]
    footers += [f"{sum(verdict.ledger.faults[name] for verdict in verdicts)}" for name in FAULTS]
    for column, footer in zip(table.columns, footers, strict=False):
        column.footer = footer


def write(path: Path, verdicts: Sequence[Verdict]) -> None:
    """The table as JSON; whoever reads meanwhile finds the whole of the last one."""
    rows: list[dict[str, Any]] = [
        {
            "nemesis": verdict.nemesis,
            "seed": verdict.seed,
            "acked": verdict.ledger.acked,
            "unanswered_at_first": verdict.ledger.unanswered,
            **{name: verdict.ledger.faults[name] for name in FAULTS},
            "delivery_gap_seconds": round(verdict.ledger.delivery_gap, 3),
            "recovery_gap_seconds": round(verdict.ledger.recovery_gap, 3),
            "memory_grown_bytes": verdict.grown,
            "seconds": round(verdict.took, 1),
            "broken": verdict.ledger.words,
        }
        for verdict in verdicts
    ]
    total = {"acked": sum(row["acked"] for row in rows), "broken": sum(verdict.broken for verdict in verdicts)}
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(msgspec.json.format(msgspec.json.encode({"phases": rows, "total": total}), indent=2) + b"\n")
    beside.replace(path)
