"""A checker that has never said no proves nothing: broken builds, and each must be seen through."""

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
from tests.faults.people import Habits, Size
from tests.faults.phase import Phase, Play, Verdict
from tests.faults.processes import SOURCE, Postgres
from tests.faults.stage import Stage

pytestmark = pytest.mark.timeout(300)  # on a busy machine, whose nodes take long to come up
CALM = Habits(lose=0, hang_up=0, storm=0, log_another_out=0)
READERS = replace(CALM, read=0.5)
ONE_CROWD = Size(mentors=2, mentees_each=5)
STORMY_CROWD = replace(ONE_CROWD, stormy=1.0)


@dataclass(frozen=True, slots=True)
class Case:
    """A broken build, what to do to it, and what the checker must then find."""

    broken: Broken
    nemesis: str
    play: Play
    found: Fault


CASES = [
    Case(builds.NO_LOCK, "none", Play(20, ONE_CROWD, CALM, stops_early=True), "doubled"),
    Case(builds.ACK_TOO_EARLY, "resets at COMMIT", Play(3, ONE_CROWD, CALM), "lost"),
    Case(builds.NO_KEY, "every request twice", Play(20, ONE_CROWD, CALM, stops_early=True), "doubled"),
    Case(builds.NOTIFICATIONS_ONLY, "no notifications", Play(2, ONE_CROWD, CALM, patience=8, stops_early=True), "lost"),
    Case(builds.NO_LOOK, "no notifications", Play(2, ONE_CROWD, CALM, patience=8, stops_early=True), "lost"),
    Case(
        builds.NO_REVOCATION_CHECK,
        "no notifications",
        Play(30, ONE_CROWD, replace(CALM, log_another_out=0.5), stops_early=True),
        "leaked",
    ),
    Case(
        builds.TYPING_PASSES_BLOCKS,
        "none",
        Play(60, STORMY_CROWD, replace(CALM, storm=0.3, type=0.5), stops_early=True),
        "leaked",
    ),
    Case(builds.MARKS_GET_LOST, "none", Play(4, ONE_CROWD, replace(CALM, read=0, deliver=0.5)), "lost"),
    Case(builds.READING_IS_TOLD, "none", Play(20, ONE_CROWD, READERS, stops_early=True), "leaked"),
    Case(builds.READING_IS_SEEN, "none", Play(20, ONE_CROWD, READERS, stops_early=True), "leaked"),
    Case(builds.THREADS_OF_OTHERS, "none", Play(20, ONE_CROWD, READERS, stops_early=True), "leaked"),
    Case(builds.REFUSES_FOR_NO_REASON, "none", Play(20, ONE_CROWD, CALM, stops_early=True), "failed"),
]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with TemporaryDirectory(prefix="rinnalla-faults-") as name, Postgres.running(Path(name)) as running:
        migrations.migrate(running.url)
        yield running


def played(postgres: Postgres, case: Case, source: Path) -> Verdict:
    """What the checker says of the build in `source`, which gets a node and a database of its own."""
    name = case.broken.name.replace(" ", "_")
    postgres.ask(f"CREATE DATABASE {name} TEMPLATE postgres")
    if case.broken.sql:
        postgres.ask(case.broken.sql, name)

    async def play() -> Verdict:
        async with Stage(postgres.folder, postgres, name, nodes=1, source=source, database=name) as stage:
            return await Phase(stage, nemeses.named(case.nemesis), "1", case.play).play()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(play())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.broken.name)
def test_a_broken_build_is_seen_through(postgres: Postgres, tmp_path: Path, case: Case) -> None:
    verdict = played(postgres, case, build(tmp_path, case.broken.changes))
    assert case.found in verdict.ledger.faults, verdict.ledger.words


def test_what_is_never_put_away_is_noticed(postgres: Postgres, tmp_path: Path) -> None:
    """I8: a connection of each process that does not come back, and a task for each message."""
    broken = builds.NOTHING_PUT_AWAY
    case = Case(broken, "none", Play(2, ONE_CROWD, CALM, leaving=1), "failed")
    words = str(played(postgres, case, build(tmp_path, broken.changes)).ledger.words)
    assert ("did not come back to their pool" in words, "tasks that did not end: {'sleep'" in words) == (True, True), (
        words
    )


def test_what_is_left_behind_with_other_settings_is_noticed(postgres: Postgres, tmp_path: Path) -> None:
    """Before those processes make room for others, in which there is nothing of it."""
    broken = builds.A_TASK_FOR_EACH_SEND
    case = Case(broken, "pool of 2", Play(2, ONE_CROWD, CALM, leaving=1), "failed")
    words = played(postgres, case, build(tmp_path, broken.changes)).ledger.words
    assert "tasks that did not end: {'sleep'" in str(words), words


def test_where_messages_must_flow_some_are_acknowledged(postgres: Postgres, tmp_path: Path) -> None:
    broken = builds.PUTS_OFF
    case = Case(broken, "none", Play(1, ONE_CROWD, CALM, patience=3, stops_early=True), "failed")
    verdict = played(postgres, case, build(tmp_path, broken.changes))
    assert verdict.ledger.words == ["failed: nothing was acknowledged for 4 s, in which messages must flow"]


def test_the_build_as_it_is_passes_the_hardest_of_them(postgres: Postgres) -> None:
    sound = Broken("nothing broken", ())
    play = Play(8, ONE_CROWD, Habits(log_another_out=0.2))
    verdict = played(postgres, Case(sound, "no notifications", play, "lost"), SOURCE)
    assert verdict.ledger.acked
    assert not verdict.broken, verdict.ledger.words
