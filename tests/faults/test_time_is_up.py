"""A run that has to end does, and says what it does not know."""

import asyncio
import io
import math
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import msgspec
import pytest
from rich.console import Console

from tests.faults import report
from tests.faults.journal import Ledger
from tests.faults.nemeses import ALL, Nemesis, again_and_again
from tests.faults.people import Size
from tests.faults.phase import Play, Verdict
from tests.faults.plan import Plan
from tests.faults.stage import Stage

HANGS = """
import sys, threading
from pathlib import Path
from tests.faults.deadline import last_resort
with last_resort(0.5, Path(sys.argv[1]), lambda: print("it hangs", flush=True)):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
"""
SLEEPS = "import time; time.sleep(100)"


def python(code: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", code, *arguments], env=os.environ | environment, stdout=subprocess.PIPE, text=True
    )


def fine(nemesis: str, took: float) -> Verdict:
    return Verdict(nemesis, "1", took=took, talked=1.0, ledger=Ledger(), grown=0)


def test_no_phase_is_begun_that_may_not_end_in_time(tmp_path: Path) -> None:
    play, table, names = Play(1.0, Size()), tmp_path / "table.json", [nemesis.name for nemesis in ALL]
    plan = Plan(ALL, "1", 1, play, time.monotonic() + 30, table, [fine(names[0], 3), fine(names[1], 20)], ["bus"])
    assert next(plan.phases())[0].name == names[2]
    plan.verdicts.append(fine(names[2], 40))
    assert next(plan.phases(), None) is None
    assert plan.not_played() == [*names[3:], "bus"]
    report.write(table, plan.verdicts, plan.not_played())
    assert msgspec.json.decode(table.read_bytes())["not_played"] == [*names[3:], "bus"]


def test_a_round_in_which_nothing_is_acknowledged_is_the_last() -> None:
    plan = Plan(ALL, "1", 10**9, Play(1.0, Size()), math.inf, None, [fine(nemesis.name, 3) for nemesis in ALL])
    assert next(plan.phases(), None) is None
    plan.verdicts[0].ledger.acked = 1
    assert next(plan.phases())[0] is ALL[0]


@pytest.mark.timeout(300)  # on a busy machine, whose nodes take long to come up
async def test_a_node_that_never_comes_back_is_a_promise_broken(tmp_path: Path) -> None:
    @asynccontextmanager
    async def freeze_for_good(stage: Stage, _: Random) -> AsyncIterator[None]:
        stage.nodes[0].freeze()
        yield

    nemeses = [Nemesis("frozen for good", freeze_for_good), ALL[0]]
    play, table = Play(0.2, Size(mentors=1), patience=1.0, recovery=1.0), tmp_path / "table.json"
    plan = Plan(nemeses, "1", 1, play, time.monotonic() + 280, table)
    with TemporaryDirectory(prefix="rinnalla-faults-") as folder, report.progress(Console(file=io.StringIO())) as shown:
        await plan.run(Path(folder), shown)
    (verdict,) = plan.verdicts
    assert verdict.ledger.faults.keys() == {"failed"}
    assert "mending: node-1 is not ready after" in str(verdict.ledger.words)
    assert msgspec.json.decode(table.read_bytes())["not_played"] == [ALL[0].name]


async def test_when_time_is_up_nobody_waits_for_what_is_being_mended() -> None:
    async def mend() -> None:
        await asyncio.sleep(600)

    async def trouble() -> None:
        async with again_and_again(mend, lambda: 0.0):
            await asyncio.sleep(600)

    task = asyncio.create_task(trouble())
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait([task], timeout=10)
    assert task.cancelled()


def test_what_was_not_played_has_a_line_and_no_figures() -> None:
    told = io.StringIO()
    report.show(Console(file=told, width=120), [fine("none", 3)], ["bus down", "pool of 2"])
    lines = [line.strip("│ ").split() for line in told.getvalue().splitlines() if "not played" in line]
    assert [[word for word in line if word != "│"] for line in lines[:2]] == [
        ["bus", "down", "not", "played"],
        ["pool", "of", "2", "not", "played"],
    ]
    assert "2 of 3 nemeses were not played" in told.getvalue()


def test_a_broken_promise_is_told_with_how_to_see_it_again() -> None:
    told, verdict = io.StringIO(), fine("bus down", 3)
    verdict.ledger.breach("lost", "a message is not there")
    report.show(Console(file=told, width=120), [verdict], [], "SET=short MENTORS=4 ")
    assert "Again: make faults SET=short MENTORS=4 SEED=1 ONLY='bus down'" in told.getvalue()


def test_whatever_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    started = [python(SLEEPS, RINNALLA_DATA=str(folder)), python(SLEEPS, str(folder))]
    bystander = python(SLEEPS)
    hung = python(HANGS, str(folder))
    try:
        assert hung.communicate(timeout=60)[0] == "it hangs\n"
        assert hung.returncode == 1
        assert [process.wait(10) for process in started] == [-9, -9]
        assert not folder.exists()
        assert bystander.poll() is None
    finally:
        for process in (*started, bystander, hung):
            process.kill()
            process.communicate()
