"""The machine that solves runs: one process holds a run at a time, another takes it up when that one dies, and nothing
is solved for ever."""

import asyncio
import sys
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec
import pytest

from rinnalla.app import Services
from rinnalla.kit.ids import new_id
from rinnalla.matching.service import Freezer, Machine, Patience, Preparing
from rinnalla.matching.solver import COMMAND
from rinnalla.matching.solving import Progress
from rinnalla.matching.stages import RunPhase
from tests.api import ok
from tests.factories import PASSWORD
from tests.matching.running import Run, solved, started
from tests.patience import eventually
from tests.privacy.traces import THE_TRAIL, keys_of, tables_holding
from tests.programme import Programme, events_of

DIES = (sys.executable, "-c", "raise SystemExit('out of memory')")
FALLS_SILENT = (sys.executable, "-c", "import sys; sys.stdin.read()")
NEVER_ENDS = (sys.executable, "-c", "import time; time.sleep(600)")


@dataclass
class Elsewhere:
    """Another process of the service, with a solver of its own."""

    services: Services

    def machine(self, command: tuple[str, ...], **patience: Any) -> Machine:
        services = self.services
        preparing = Preparing(services.gathering, services.pair_history)
        freezer = Freezer(services.vault)
        return Machine(services.database, freezer, preparing, Patience(**patience), command)


@pytest.fixture
def elsewhere(services: Services) -> Elsewhere:
    return Elsewhere(services)


async def held_elsewhere(programme: Programme, raw_db: asyncpg.Connection, seconds: int) -> Run:
    """A run that a process holds, of which nothing more is heard."""
    run = await started(programme)
    await raw_db.execute(
        "UPDATE matching_run SET state = 'solving', held_by = $1, tries = 1,"
        " held_until = clock_timestamp() + $2 * interval '1 second' WHERE id = $3",
        new_id(),
        seconds,
        run.id,
    )
    return run


async def failed_by(programme: Programme, machine: Machine, turns: int) -> Run:
    """A run that this machine failed at. The service that runs beside the test may be faster: then it is another's."""
    for _ in range(20):
        run = await started(programme)
        for _ in range(turns):
            await machine.turn()
        if (await run.now())["state"] == "failed":
            return run
    raise AssertionError("the other service was always faster")


async def test_a_run_whose_holder_is_dead_is_taken_up(
    programme: Programme, services: Services, raw_db: asyncpg.Connection
) -> None:
    await programme.mentee()
    await programme.mentor()
    run = await held_elsewhere(programme, raw_db, 60)
    assert await services.machine.turn() is False
    assert (await run.now())["state"] == "solving"
    await raw_db.execute("UPDATE matching_run SET held_until = clock_timestamp() - interval '1 second'")
    assert (await run.is_ready())["state"] == "ready"
    assert len(await run.paired()) == 1


async def test_of_many_processes_one_solves_a_run(programme: Programme, services: Services) -> None:
    run = await started(programme)
    machines = [services.machine, *(Elsewhere(services).machine(COMMAND) for _ in range(4))]
    took = await asyncio.gather(*(machine.turn() for machine in machines))
    assert sum(took) <= 1  # none, if the service that runs beside this test was faster
    await run.is_ready()
    assert (await run.now())["solves"] == 1


@pytest.mark.parametrize("command", [DIES, FALLS_SILENT], ids=["dies", "falls silent"])
async def test_a_solver_that_dies_is_tried_again_and_not_for_ever(
    programme: Programme, elsewhere: Elsewhere, command: tuple[str, ...]
) -> None:
    run = await failed_by(programme, elsewhere.machine(command, tries=2), turns=3)
    assert (await run.now())["failure"] == "died"
    assert await run.solve_again() | {"state": "ready", "failure": None} == await run.now()


async def test_a_run_that_takes_too_long_fails_and_can_be_tried_again(
    programme: Programme, elsewhere: Elsewhere, raw_db: asyncpg.Connection
) -> None:
    run = await failed_by(programme, elsewhere.machine(NEVER_ENDS, solve=0.3), turns=1)
    assert (await run.now())["failure"] == "too_long"
    assert await events_of(raw_db, programme.staff, "matching_run_changed") >= 1
    assert (await run.solve_again())["state"] == "ready"


async def test_what_is_discarded_while_it_is_solved_ends(
    programme: Programme, elsewhere: Elsewhere, raw_db: asyncpg.Connection
) -> None:
    run = await started(programme)
    working = asyncio.create_task(elsewhere.machine(NEVER_ENDS, beat=0.05).turn())

    async def is_solving() -> bool:
        return str((await run.now())["state"]) != "queued"

    await eventually(is_solving)
    if (await run.now())["state"] == "solving":
        ok(await run.decide("DELETE"))
        assert (await run.now())["state"] == "discarded"
    await asyncio.wait_for(working, 30)
    assert await raw_db.fetchval("SELECT count(*) FROM matching_run_mentee") == 0


async def test_staff_see_how_far_a_run_is(programme: Programme, elsewhere: Elsewhere) -> None:
    told = msgspec.json.encode(Progress(RunPhase.EXPLAINING, 3, 9)).decode()
    tells = (sys.executable, "-c", f"import sys, time; sys.stdin.read(); print({told!r}, flush=True); time.sleep(600)")
    for _ in range(20):
        run = await started(programme)
        working = asyncio.create_task(elsewhere.machine(tells, beat=0.05).turn())

        async def is_seen(run: Run = run) -> bool:
            now = await run.now()
            return now["state"] == "ready" or (now["phase"], now["done"], now["of"]) == ("explaining", 3, 9)

        await eventually(is_seen)
        if (await run.now())["state"] == "solving":
            ok(await run.decide("DELETE"))
            await asyncio.wait_for(working, 30)
            return
        await working
    raise AssertionError("the other service was always faster")


async def test_a_machine_that_stops_leaves_its_run_to_others(
    programme: Programme, elsewhere: Elsewhere, raw_db: asyncpg.Connection
) -> None:
    machine = elsewhere.machine(NEVER_ENDS, look=0.01)
    machine.start()
    run = await started(programme)

    async def is_taken() -> bool:
        return str((await run.now())["state"]) != "queued"

    await eventually(is_taken)
    await machine.stop()
    await raw_db.execute("UPDATE matching_run SET held_until = clock_timestamp() WHERE held_until IS NOT NULL")
    assert (await run.is_ready())["state"] == "ready"


async def test_whoever_leaves_takes_their_part_of_every_run_with_them(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    """And what is left still explains itself."""
    mentee, other = await programme.mentee(), await programme.mentee()
    mentor = await programme.mentor(languages=["fi"], capacity=1)
    spare = await programme.mentor(languages=["fi"], capacity=1)
    await raw_db.execute("INSERT INTO wishes (account_id, region) VALUES ($1, 'Revontuli')", mentee.id)
    run = await solved(programme)
    ok(await run.fix(mentee, mentor))
    await run.solve_again()
    ok(await run.release())
    assert {"matching_run_mentee", "matching_run_choice", "pair"} <= await tables_holding(raw_db, str(mentee.id))
    assert await tables_holding(raw_db, "Revontuli") == {"wishes"}
    before = await run.found()
    keys = await keys_of(raw_db, mentee.id)
    ok(await mentee.post("/v1/account/departure", {"password": PASSWORD}), 204)
    for trace in (str(mentee.id), *keys):
        assert await tables_holding(raw_db, trace) == set()
    left = await run.found()
    assert left == {str(other.id): before[str(other.id)]}
    assert left[str(other.id)]["mentor"]["id"] == str(spare.id)
    ok(await spare.post("/v1/account/departure", {"password": PASSWORD}), 204)
    assert await tables_holding(raw_db, str(spare.id)) <= {THE_TRAIL}
    one = (await run.found())[str(other.id)]
    assert (one["mentor"], one["pair_id"], one["outcome"]) == (None, None, "proposed")
    assert one["contributions"] == before[str(other.id)]["contributions"]
