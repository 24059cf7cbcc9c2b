"""What the audience sees: chapters, steps with their time, and a conversation with how long each message travelled."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from rinnalla.demo.lines import YOUNG, Line

MARKS_WITHOUT_TERMINAL = 10
WIDEST = 110


class StepFailed(Exception):
    """A step did not hold."""

    def __init__(self, expected: str, came: str) -> None:
        super().__init__(expected, came)
        self.expected = expected
        self.came = came


def must_be(expected: str, holds: bool, came: str) -> None:
    """Raises: StepFailed."""
    if not holds:
        raise StepFailed(expected, came)


class Stage:
    """Prints the story. `step_now` is what is being tried."""

    def __init__(self, console: Console | None = None) -> None:
        made = console or Console(highlight=False)
        self._console = made if made.width <= WIDEST else Console(highlight=False, width=WIDEST)
        self._began = time.monotonic()
        self.step_now = ""
        self.steps = 0

    def chapter(self, title: str) -> None:
        """What follows is about this."""
        self._console.print()
        self._console.print(Rule(f"[bold]{escape(title)}[/]", align="left"))

    def note(self, text: str) -> None:
        """Something worth telling that is no step."""
        self._console.print(Padding(f"[dim]{escape(text)}[/]", (0, 2, 0, 4)))

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Something that must hold; told, with its time, when it does."""
        self.step_now, began = text, time.monotonic()
        yield
        self.steps += 1
        row = Table.grid(expand=True, padding=(0, 1))
        row.add_column(width=3, justify="right")
        row.add_column(ratio=1)
        row.add_column(justify="right", no_wrap=True)
        row.add_row("[green]✓[/]", escape(text), f"[dim]{milliseconds(time.monotonic() - began)}[/]")
        self._console.print(row)

    def said(self, line: Line, travelled: str) -> None:
        """One message, the young person's on the left and the mentor's on the right."""
        young = line.speaker == YOUNG
        panel = Panel(
            Text(line.text),
            title=Text(line.speaker, "bold"),
            title_align="left",
            subtitle=Text(travelled, "dim"),
            subtitle_align="right",
            border_style="cyan" if young else "magenta",
        )
        indent = max(4, self._console.width // 5)
        self._console.print(Padding(panel, (0, indent if young else 2, 0, 2 if young else indent)))

    @contextmanager
    def progress(self, total: int, done: str) -> "Iterator[Marks]":
        """A bar for what takes long; on paper a line now and then."""
        if not self._console.is_terminal:
            yield _Lines(self, total, done)
            return
        columns = (TextColumn(f"  {done.capitalize()}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            yield _Bar(progress, total)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Many alike, one a line."""
        table = Table(box=SIMPLE, padding=(0, 1), header_style="dim")
        for title in head:
            table.add_column(title)
        for row in rows:
            table.add_row(*(escape(cell) for cell in row))
        self._console.print(Padding(table, (0, 2, 0, 2)))

    def failed(self, error: StepFailed) -> None:
        """The step that did not hold."""
        self._console.print(f"  [red]✗ {escape(self.step_now)}[/]")
        self._console.print(f"    expected: {escape(error.expected)}")
        self._console.print(f"    came:     {escape(error.came)}")

    def curtain(self) -> None:
        """Everything held."""
        took = time.monotonic() - self._began
        self._console.print(f"\n[bold green]Every step held:[/] {self.steps} steps in {took:.1f} s.")


class Marks(Protocol):
    """Tells how far something long has come."""

    def advance(self, count: int) -> None:
        """So many more are done."""
        ...


class _Bar:
    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=total)

    def advance(self, count: int) -> None:
        self._progress.advance(self._task, count)


class _Lines:
    def __init__(self, stage: Stage, total: int, word: str) -> None:
        self._stage = stage
        self._total = total
        self._word = word
        self._done = 0

    def advance(self, count: int) -> None:
        before, self._done = self._done, self._done + count
        if self._mark(self._done) > self._mark(before):
            self._stage.note(f"{self._done} of {self._total} {self._word}")

    def _mark(self, done: int) -> int:
        return done * MARKS_WITHOUT_TERMINAL // self._total


def milliseconds(seconds: float) -> str:
    """A time as people read it."""
    return f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:.1f} s"  # noqa: PLR2004 - ten seconds
