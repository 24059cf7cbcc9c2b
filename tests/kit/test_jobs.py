"""What is done again and again, by one process at a time."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.app import Services
from rinnalla.kit.database import Database
from rinnalla.kit.errors import Unavailable
from rinnalla.kit.jobs import Jobs, Sweep
from tests.factories import Factory
from tests.patience import eventually


@pytest.fixture
def database(services: Services) -> Database:
    return services.database


@pytest.fixture
async def started(database: Database) -> AsyncIterator[list[Jobs]]:
    running: list[Jobs] = []
    yield running
    for jobs in running:
        await jobs.stop()


async def test_one_process_at_a_time(database: Database) -> None:
    working, may_end = asyncio.Event(), asyncio.Event()

    async def slow(_: AsyncSession) -> int:
        working.set()
        await may_end.wait()
        return 1

    here, elsewhere = (Jobs(database, [Sweep("slow", 60, slow)]) for _ in range(2))
    first = asyncio.create_task(here.turn("slow"))
    await working.wait()
    assert await elsewhere.turn("slow") is None
    may_end.set()
    assert await first == 1
    assert await elsewhere.turn("slow") == 1


async def test_a_job_goes_on_while_there_is_something_to_do_and_after_it_failed(
    database: Database, started: list[Jobs]
) -> None:
    left, failures = 3, 0

    async def some(_: AsyncSession) -> int:
        nonlocal left, failures
        if left == 2 and failures < 2:
            failures += 1
            raise Unavailable if failures == 1 else ValueError("a fault in the job")
        left -= 1
        return max(left, 0)

    jobs = Jobs(database, [Sweep("some", 0.01, some)])
    started.append(jobs)
    jobs.start()

    async def is_done() -> bool:
        return left < -2

    await eventually(is_done)
    assert failures == 2


async def test_what_a_failing_turn_did_is_undone(database: Database, raw_db: asyncpg.Connection, make: Factory) -> None:
    mentee = await make.mentee()

    async def half(db: AsyncSession) -> int:
        await db.execute(text("UPDATE account SET display_name = 'half'"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Jobs(database, [Sweep("half", 60, half)]).turn("half")
    assert await raw_db.fetchval("SELECT display_name FROM account WHERE id = $1", mentee.id) != "half"


async def test_the_service_forgets_old_events(services: Services, raw_db: asyncpg.Connection, make: Factory) -> None:
    mentee, mentor, _ = await make.talkers()
    counted = "SELECT count(*) FROM member_event WHERE account_id = $1"
    before = await raw_db.fetchval(counted, mentor.id)
    await raw_db.execute(
        "UPDATE member_event SET created_at = created_at - interval '91 days' WHERE account_id = $1", mentee.id
    )
    assert await services.jobs.turn("tidy") == 1
    assert await raw_db.fetchval(counted, mentee.id) == 0
    assert await raw_db.fetchval(counted, mentor.id) == before > 0
