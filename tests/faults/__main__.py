"""The command behind `make faults`: break the service in every way we know while people talk, and see what is left."""

import asyncio
import math
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from statistics import mean

import click
import msgspec
import uvloop
from rich.console import Console
from rich.progress import Progress

from tests.faults import report
from tests.faults.nemeses import ALL, BUS_DOWN, Nemesis
from tests.faults.people import Size
from tests.faults.phase import Phase, Play, Verdict
from tests.faults.stage import Stage, own_postgres
from tests.valkey import server_program
from tests.ylitse.day import Course

WHOLE, SHORT = "whole", "short"
SECONDS = {WHOLE: 20.0, SHORT: 2.0}
MENTORS = {WHOLE: 20, SHORT: 5}
COURSES = {WHOLE: Course(), SHORT: Course(contacts=8, writers=2, earlier=12)}
LASTS_AT_MOST = {WHOLE: math.inf, SHORT: 57.0}
WIDTH_ON_PAPER = 120
SHOWN_EVERY_SECONDS = 0.25


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--set",
    "chosen",
    envvar="SET",
    type=click.Choice([WHOLE, SHORT]),
    default=WHOLE,
    show_default=True,
    help="Every nemesis, some minutes; or some of them, as many as a minute has room for.",
)
@click.option("--seed", envvar="SEED", default="1", show_default=True, help="What chance hangs on.")
@click.option("--only", envvar="ONLY", default="", help="Only nemeses with this in their name.")
@click.option(
    "--messages",
    envvar="MESSAGES",
    type=click.IntRange(min=1),
    default=1,
    help="Go on, round after round, until so many were acknowledged in all.",
)
@click.option(
    "--seconds",
    envvar="SECONDS",
    type=click.FloatRange(0.5, 3600),
    help="How long people talk under each nemesis. Default: 20, in the short set 2.",
)
@click.option(
    "--mentors",
    envvar="MENTORS",
    type=click.IntRange(1, 1000),
    help="How many there are; each talks with three young people. Default: 20, in the short set 5.",
)
@click.option(
    "--json",
    "json_file",
    envvar="JSON",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the table to this file, for a script, after each nemesis.",
)
@click.option(
    "--go-on",
    envvar="GO_ON",
    is_flag=True,
    help="Go on with the run whose table is in the JSON file.",
)
@click.option("--list", "listed", is_flag=True, help="Name the nemeses, and end.")
def main(
    chosen: str,
    seed: str,
    only: str,
    messages: int,
    seconds: float | None,
    mentors: int | None,
    json_file: Path | None,
    go_on: bool,
    listed: bool,
) -> None:
    """Many people talk over a bad network with a service whose parts are killed, frozen and cut off, and one of them
    lives a day with a Ylitse app; then everything that was promised to them is held against what they got. Exit status
    1: a promise was broken."""
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH_ON_PAPER
    nemeses = [one for one in ALL if (chosen == WHOLE or one.brief or only) and only in one.name]
    if server_program() is None and any(one.name == BUS_DOWN for one in nemeses):
        console.print(f"{BUS_DOWN}: left out, as there is no Valkey or Redis for this machine.", highlight=False)
        nemeses = [one for one in nemeses if one.name != BUS_DOWN]
    if not nemeses:
        raise click.UsageError(f"No nemesis has {only!r} in its name: see --list.")
    if listed:
        console.print("\n".join(one.name for one in nemeses))
        return
    _end_in_order()
    play = Play(seconds or SECONDS[chosen], Size(mentors=mentors or MENTORS[chosen]), course=COURSES[chosen])
    before = _before(json_file, nemeses, seed) if go_on else []
    plan = Plan(nemeses, seed, messages, play, time.monotonic() + LASTS_AT_MOST[chosen], json_file)
    with report.progress(console) as progress, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        verdicts = runner.run(plan.run(progress, before))
    report.show(console, verdicts)
    if left := [one.name for one in nemeses if one.name not in {verdict.nemesis for verdict in verdicts}]:
        console.print(f"No time was left for: {', '.join(left)}", highlight=False)
    sys.exit(any(verdict.broken for verdict in verdicts))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is played: each nemesis once, then on from the first, each round with a seed of its own, until enough was
    acknowledged or the next phase might not end before `until` (monotonic). What came of it is in `json_file` after
    each, so that a run of hours which can't go on has still said what it found."""

    nemeses: Sequence[Nemesis]
    seed: str
    messages: int
    play: Play
    until: float
    json_file: Path | None

    def phases(self, verdicts: Sequence[Verdict]) -> Iterator[tuple[Nemesis, str]]:
        """What comes next, given what has been."""
        for nemesis, seed in islice(_rounds(self.nemeses, self.seed), len(verdicts), None):
            if verdicts and time.monotonic() + mean(verdict.took for verdict in verdicts) > self.until:
                return
            if len(verdicts) >= len(self.nemeses) and _acked(verdicts) >= self.messages:
                return
            yield nemesis, seed

    async def run(self, progress: Progress, before: Sequence[Verdict]) -> list[Verdict]:
        """All of it, or what comes after `before`, from an empty Postgres on."""
        verdicts = list(before)
        bar = progress.add_task(
            "Postgres and two nodes",
            total=len(self.nemeses),
            completed=len(verdicts),
            acked=_acked(verdicts),
            state="starting",
        )
        async with own_postgres() as (folder, postgres), Stage(folder, postgres, self.seed) as stage:
            for nemesis, seed in self.phases(verdicts):
                phase = Phase(stage, nemesis, seed, self.play)
                acked = _acked(verdicts)

                async def follow(phase: Phase = phase, acked: int = acked, name: str = nemesis.name) -> None:
                    while True:
                        so_far = acked + phase.swarm.ledger.acked
                        progress.update(bar, description=name, acked=so_far, state=phase.state)
                        await asyncio.sleep(SHOWN_EVERY_SECONDS)

                following = asyncio.create_task(follow())
                verdicts.append(await phase.play())
                following.cancel()
                if self.json_file is not None:
                    report.write(self.json_file, verdicts)
                progress.update(bar, total=max(len(self.nemeses), len(verdicts)), completed=len(verdicts))
                if not progress.console.is_terminal:
                    progress.console.print(report.line(verdicts[-1]), highlight=False, markup=False, soft_wrap=True)
        return verdicts


def _end_in_order() -> None:
    """Have SIGTERM end a run like ^C, also where a shell's background had SIGINT ignored: by way of the runner, which
    cancels what is under way, so that nodes and Postgres don't outlive it. An exception that is raised wherever the
    program happens to be might be taken for a mistake of a connection, and go unheard."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))


def _rounds(nemeses: Sequence[Nemesis], seed: str) -> Iterator[tuple[Nemesis, str]]:
    """Each nemesis in turn, for ever, with the seed of its round."""
    for number in count():
        for nemesis in nemeses:
            yield nemesis, seed if number == 0 else f"{seed}.{number}"


def _before(json_file: Path | None, nemeses: Sequence[Nemesis], seed: str) -> list[Verdict]:
    """What a run that is gone on with has found so far. Raises: click.UsageError."""
    if json_file is None:
        raise click.UsageError("To go on, name the JSON file of the run.")
    try:
        found = report.read(json_file)
    except (OSError, msgspec.MsgspecError) as error:
        raise click.UsageError(f"{json_file} can't be gone on with: {error}") from error
    planned = islice(_rounds(nemeses, seed), len(found))
    if [(one.nemesis, one.seed) for one in found] != [(nemesis.name, name) for nemesis, name in planned]:
        raise click.UsageError(f"{json_file} is of another run: give the same SEED, SET and ONLY.")
    return found


def _acked(verdicts: Sequence[Verdict]) -> int:
    return sum(verdict.ledger.acked for verdict in verdicts)


if __name__ == "__main__":
    main()
