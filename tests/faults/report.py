"""What a person sees while it runs and at the end, and what a script gets."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.faults.journal import FAULTS, Ledger
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


def show(console: Console, verdicts: Sequence[Verdict], not_played: Sequence[str], how: str = "") -> None:
    """The table, with a line for each nemesis that was not played; and the first broken promises in words, with
    the command that plays the same again. `how`: what of it is not as usual, with a blank after each."""
    table = Table(title="Faults", title_justify="left", show_footer=True)
    table.add_column("nemesis", no_wrap=True)
    for name in ("acked", "/s", *FAULTS, "gap s", "MiB"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("seed", no_wrap=True)
    for verdict in verdicts:
        table.add_row(*_cells(verdict), style="red" if verdict.broken else None)
    for name in not_played:
        table.add_row(name, "not played", style="yellow")
    _total(table, verdicts)
    console.print(table)
    if not_played:
        console.print(
            f"{len(not_played)} of {len(not_played) + len({one.nemesis for one in verdicts})} nemeses were not played: "
            "nothing is known of them.",
            highlight=False,
        )
    for verdict in (one for one in verdicts if one.broken):
        console.print(f"Again: make faults {how}SEED={verdict.seed} ONLY='{verdict.nemesis}'", highlight=False)
        for words in verdict.ledger.words[:WORDS_SHOWN]:
            console.print(f"  {words}", highlight=False, markup=False, soft_wrap=True)


def _cells(verdict: Verdict) -> list[str]:
    ledger = verdict.ledger
    return [
        verdict.nemesis,
        f"{ledger.acked:,}",
        f"{ledger.acked / verdict.talked:.0f}" if verdict.talked else "",
        *(f"{ledger.faults[name]}" for name in FAULTS),
        f"{verdict.gap:.2f}",
        f"{verdict.grown / 2**20:+.0f}",
        verdict.seed,
    ]


def _total(table: Table, verdicts: Sequence[Verdict]) -> None:
    footers = ["all that were played", f"{sum(verdict.ledger.acked for verdict in verdicts):,}", ""]
    footers += [f"{sum(verdict.ledger.faults[name] for verdict in verdicts)}" for name in FAULTS]
    for column, footer in zip(table.columns, footers, strict=False):
        column.footer = footer


class Row(msgspec.Struct, kw_only=True):
    """One phase, as a script reads it. Times in seconds."""

    nemesis: str
    seed: str
    acked: int
    unanswered_at_first: int
    lost: int
    doubled: int
    reordered: int
    leaked: int
    failed: int
    delivery_gap_seconds: float
    recovery_gap_seconds: float
    memory_grown_bytes: int
    talked_seconds: float
    seconds: float
    broken: list[str]


class Total(msgspec.Struct, kw_only=True):
    """Messages, and phases in which a promise was broken."""

    acked: int
    broken: int


class Sheet(msgspec.Struct, kw_only=True):
    """The whole table. `not_played`: what there was no time for, or not yet, and what can't be played here."""

    phases: list[Row]
    not_played: list[str] = []
    total: Total


def write(path: Path, verdicts: Sequence[Verdict], not_played: Sequence[str] = ()) -> None:
    """The table as JSON; whoever reads meanwhile finds the whole of the last one."""
    rows = [_row(verdict) for verdict in verdicts]
    total = Total(acked=sum(row.acked for row in rows), broken=sum(verdict.broken for verdict in verdicts))
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(
        msgspec.json.format(msgspec.json.encode(Sheet(phases=rows, not_played=list(not_played), total=total)), indent=2)
        + b"\n"
    )
    beside.replace(path)


def read(path: Path) -> list[Verdict]:
    """What `write` wrote. Raises: OSError, msgspec.MsgspecError."""
    return [_verdict(row) for row in msgspec.json.decode(path.read_bytes(), type=Sheet).phases]


def _row(verdict: Verdict) -> Row:
    ledger = verdict.ledger
    return Row(
        nemesis=verdict.nemesis,
        seed=verdict.seed,
        acked=ledger.acked,
        unanswered_at_first=ledger.unanswered,
        **{name: ledger.faults[name] for name in FAULTS},
        delivery_gap_seconds=round(ledger.delivery_gap, 3),
        recovery_gap_seconds=round(ledger.recovery_gap, 3),
        memory_grown_bytes=verdict.grown,
        talked_seconds=round(verdict.talked, 1),
        seconds=round(verdict.took, 1),
        broken=ledger.words,
    )


def _verdict(row: Row) -> Verdict:
    ledger = Ledger()
    ledger.acked, ledger.unanswered, ledger.words = row.acked, row.unanswered_at_first, row.broken
    ledger.delivery_gap, ledger.recovery_gap = row.delivery_gap_seconds, row.recovery_gap_seconds
    ledger.faults.update({name: count for name in FAULTS if (count := getattr(row, name))})
    return Verdict(row.nemesis, row.seed, row.seconds, row.talked_seconds, ledger, row.memory_grown_bytes)
