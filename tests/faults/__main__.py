"""The command behind `make faults`: break the service in every way we know while people talk, and see what is left."""

import asyncio
import math
import random
import signal
import sys
import threading
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import msgspec
import psutil
import uvloop
from rich.console import Console

from tests.faults import report
from tests.faults.deadline import last_resort
from tests.faults.nemeses import ALL, BUS_DOWN, Nemesis
from tests.faults.people import Size
from tests.faults.phase import Play, Verdict
from tests.faults.plan import Plan, rounds
from tests.faults.processes import RECOVERY_SECONDS
from tests.valkey import server_program
from tests.ylitse.day import Course

WHOLE, SHORT = "whole", "short"
SECONDS = {WHOLE: 20.0, SHORT: 2.0}
MENTORS = {WHOLE: 20, SHORT: 3}
RECOVERY = {WHOLE: RECOVERY_SECONDS, SHORT: 20.0}
COURSES = {WHOLE: Course(), SHORT: Course(contacts=8, writers=2, earlier=12)}
STOPS_AFTER = {WHOLE: math.inf, SHORT: 50.0}
"""Seconds after which what is still played is given up, in order; a phase that may not end by then is not begun."""
ENDS_AFTER = {WHOLE: threading.TIMEOUT_MAX, SHORT: 58.0}
"""Seconds after which everything is killed, should even that hang."""
WIDTH_ON_PAPER = 120


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
    help="How many there are; each talks with three young people. Default: 20, in the short set 3.",
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
    1: a promise was broken, something hung, or there was no time to play anything."""
    began = time.monotonic() - (time.time() - psutil.Process().create_time())
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH_ON_PAPER
    nemeses = [one for one in ALL if (chosen == WHOLE or one.brief or only) and only in one.name]
    left_out = [one.name for one in nemeses if one.name == BUS_DOWN and server_program() is None]
    if left_out:
        console.print(f"{BUS_DOWN}: left out, as there is no Valkey or Redis for this machine.", highlight=False)
        nemeses = [one for one in nemeses if one.name not in left_out]
    if chosen == SHORT:  # not all of them may have their turn: others for each seed
        random.Random(seed).shuffle(nemeses)
    if not nemeses:
        raise click.UsageError(f"No nemesis has {only!r} in its name: see --list.")
    if listed:
        console.print("\n".join(one.name for one in nemeses))
        return
    _end_in_order()
    unusual = {"SET": chosen if chosen != WHOLE else None, "SECONDS": seconds, "MENTORS": mentors}
    how = "".join(f"{name}={value} " for name, value in unusual.items() if value is not None)
    size = Size(mentors=mentors or MENTORS[chosen])
    play = Play(seconds or SECONDS[chosen], size, recovery=RECOVERY[chosen], course=COURSES[chosen])
    before = _before(json_file, nemeses, seed) if go_on else []
    with TemporaryDirectory(prefix="rinnalla-faults-", ignore_cleanup_errors=True) as folder:
        plan = Plan(nemeses, seed, messages, play, began + STOPS_AFTER[chosen], json_file, before, left_out)

        def say_what_is_known() -> None:
            plan.give_up("time was up, and this could not even be ended")
            report.show(console, plan.verdicts, plan.not_played(), how)

        with (
            last_resort(began + ENDS_AFTER[chosen] - time.monotonic(), Path(folder), say_what_is_known),
            report.progress(console) as progress,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            runner.run(plan.run(Path(folder), progress))
    report.show(console, plan.verdicts, plan.not_played(), how)
    sys.exit(not plan.verdicts or any(verdict.broken for verdict in plan.verdicts))


def _end_in_order() -> None:
    """Have SIGTERM end a run like ^C, also where a shell's background had SIGINT ignored: by way of the runner, which
    cancels what is under way, so that nodes and Postgres don't outlive it. An exception that is raised wherever the
    program happens to be might be taken for a mistake of a connection, and go unheard."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))


def _before(json_file: Path | None, nemeses: Sequence[Nemesis], seed: str) -> list[Verdict]:
    """What a run that is gone on with has found so far. Raises: click.UsageError."""
    if json_file is None:
        raise click.UsageError("To go on, name the JSON file of the run.")
    try:
        found = report.read(json_file)
    except (OSError, msgspec.MsgspecError) as error:
        raise click.UsageError(f"{json_file} can't be gone on with: {error}") from error
    planned = islice(rounds(nemeses, seed), len(found))
    if [(one.nemesis, one.seed) for one in found] != [(nemesis.name, name) for nemesis, name in planned]:
        raise click.UsageError(f"{json_file} is of another run: give the same SEED, SET and ONLY.")
    return found


if __name__ == "__main__":
    main()
