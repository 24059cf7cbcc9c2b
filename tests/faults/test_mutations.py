"""A checker that has never said no proves nothing: five broken builds, and each must be seen through."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import uvloop

from rinnalla.kit import migrations
from tests.faults import builds, nemeses
from tests.faults.builds import Broken, build
from tests.faults.journal import Fault
from tests.faults.people import Size
from tests.faults.phase import Phase, Play, Verdict
from tests.faults.processes import Postgres
from tests.faults.stage import Stage
from tests.faults.swarm import Habits

CALM = Habits(lose=0, hang_up=0, storm=0, log_another_out=0)
ONE_CROWD = Size(mentors=2, mentees_each=5)


@dataclass(frozen=True, slots=True)
class Case:
    """A broken build, what to do to it, and what the checker must then find."""

    broken: Broken
    nemesis: str
    play: Play
    found: Fault


CASES = [
    Case(builds.NO_LOCK, "none", Play(20, ONE_CROWD, CALM, stops_early=True), "doubled"),
    Case(builds.ACK_TOO_EARLY, "all connections ended", Play(4, ONE_CROWD, CALM), "lost"),
    Case(builds.NO_KEY, "every request twice", Play(20, ONE_CROWD, CALM, stops_early=True), "doubled"),
    Case(builds.NOTIFICATIONS_ONLY, "no notifications", Play(2, ONE_CROWD, CALM, patience=8, stops_early=True), "lost"),
    Case(
        builds.NO_REVOCATION_CHECK,
        "no notifications",
        Play(30, ONE_CROWD, replace(CALM, log_another_out=0.5), stops_early=True),
        "leaked",
    ),
]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with TemporaryDirectory(prefix="rinnalla-faults-") as name, Postgres.running(Path(name)) as running:
        migrations.migrate(running.url)
        yield running


async def play(stage: Stage, nemesis: str, how: Play) -> Verdict:
    async with stage:
        return await Phase(stage, nemeses.named(nemesis), "1", how).play()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.broken.name)
def test_a_broken_build_is_seen_through(postgres: Postgres, tmp_path: Path, case: Case) -> None:
    name = f"broken_{CASES.index(case)}"
    postgres.ask(f"CREATE DATABASE {name} TEMPLATE postgres")
    if case.broken.sql:
        postgres.ask(case.broken.sql, name)
    source = build(tmp_path, case.broken.changes)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        stage = Stage(postgres.folder, postgres, case.broken.name, nodes=1, source=source, database=name)
        verdict = runner.run(play(stage, case.nemesis, case.play))
    assert case.found in verdict.ledger.faults, verdict.ledger.words
