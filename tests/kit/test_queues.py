"""What can't be done is tried again, less and less often, and holds up no other."""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla import setup
from rinnalla.accounts.models import Account
from rinnalla.app import Services
from rinnalla.kit.errors import Unavailable
from rinnalla.kit.jobs import MOST_ATTEMPTS, Jobs
from tests.api import ok
from tests.factories import PASSWORD, Factory
from tests.kit.queues import GREETED, GREETINGS, greetings
from tests.patience import eventually
from tests.programme import Programme

REST_IS_OVER = "UPDATE job_attempt SET rests_until = clock_timestamp()"


class Poisoned(Exception):
    """What someone's greeting ends with."""


class Greeter:
    """Greets everyone but one, whom it can't until it is well."""

    def __init__(self, services: Services, people: list[UUID], poison: UUID) -> None:
        self.tried: list[UUID] = []
        self.is_well = False
        self._poison = poison
        self.jobs = Jobs(services.database, [greetings(people, self._greet)])

    async def _greet(self, _db: AsyncSession, person: Account) -> None:
        self.tried.append(person.id)
        if person.id == self._poison and not self.is_well:
            raise Poisoned

    async def turn(self) -> int | None:
        return await self.jobs.turn(GREETINGS)


async def people(make: Factory, count: int = 3) -> list[UUID]:
    return sorted([(await make.mentee()).id for _ in range(count)])


async def names(raw_db: asyncpg.Connection) -> list[str]:
    return [row[0] for row in await raw_db.fetch("SELECT display_name FROM account ORDER BY id")]


async def test_the_others_go_on(services: Services, make: Factory, raw_db: asyncpg.Connection) -> None:
    first, *others = await people(make)
    greeter = Greeter(services, [first, *others], poison=first)
    with pytest.raises(Poisoned):
        await greeter.turn()
    assert [await greeter.turn() for _ in range(3)] == [1, 1, 0]
    assert greeter.tried == [first, *others]
    assert (await names(raw_db))[1:] == [GREETED, GREETED]
    greeter.is_well = True
    assert await greeter.turn() == 0, "it rests"
    await raw_db.execute(REST_IS_OVER)
    assert await greeter.turn() == 1
    assert await names(raw_db) == [GREETED] * 3
    assert await raw_db.fetchval("SELECT count(*) FROM job_attempt WHERE task = $1", GREETINGS) == 0


async def test_it_rests_longer_each_time_and_is_given_up_after_the_eighth(
    services: Services, make: Factory, raw_db: asyncpg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    (person,) = await people(make, 1)
    greeter = Greeter(services, [person], poison=person)
    rests = []
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(Poisoned):
            await greeter.turn()
        rest = await raw_db.fetchval("SELECT extract(epoch FROM rests_until - clock_timestamp()) / 60 FROM job_attempt")
        rests.append(round(rest))
        await raw_db.execute(REST_IS_OVER)
    assert rests == [1, 2, 4, 8, 16, 32, 64, 128]
    assert await greeter.turn() == 0
    assert len(greeter.tried) == MOST_ATTEMPTS == 8
    await services.jobs.turn("given_up")
    logged = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    about_it = [one for one in logged if one["event"].startswith("job")]
    assert [(one["event"], one.get("job"), one.get("count")) for one in about_it] == [
        ("job_gave_up", GREETINGS, None),
        ("jobs_given_up", GREETINGS, 1),
    ]
    await raw_db.execute("UPDATE job_attempt SET rests_until = clock_timestamp() - interval '29 days 23 hours'")
    await services.jobs.turn("given_up")
    assert await greeter.turn() == 0
    await raw_db.execute("UPDATE job_attempt SET rests_until = clock_timestamp() - interval '30 days 1 second'")
    await services.jobs.turn("given_up")
    greeter.is_well = True
    assert await greeter.turn() == 1


async def test_an_attempt_counts_also_when_the_process_dies_of_it(
    services: Services, make: Factory, raw_db: asyncpg.Connection, postgres_url: str
) -> None:
    first, second = await people(make, 2)
    command = [sys.executable, "-m", "tests.kit.queues", postgres_url, str(first)]
    for attempts in range(1, MOST_ATTEMPTS + 1):
        process = await asyncio.create_subprocess_exec(*command)
        assert await process.wait() == 3
        assert await raw_db.fetchval("SELECT attempts FROM job_attempt") == attempts
        await raw_db.execute(REST_IS_OVER)
    greeter = Greeter(services, [first, second], poison=first)
    assert [await greeter.turn() for _ in range(2)] == [1, 0]
    assert greeter.tried == [second]


async def test_that_the_database_was_in_the_way_is_no_attempt(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    (person,) = await people(make, 1)

    async def too_slowly(db: AsyncSession, _person: Account) -> None:
        await db.execute(text("SET LOCAL statement_timeout = '10ms'"))
        await db.execute(text("SELECT pg_sleep(1)"))

    jobs = Jobs(services.database, [greetings([person], too_slowly)])
    for _ in range(2 * MOST_ATTEMPTS):
        with pytest.raises(Unavailable):
            await jobs.turn(GREETINGS)
        assert await raw_db.fetchval("SELECT attempts FROM job_attempt WHERE rests_until > clock_timestamp()") == 0
        await raw_db.execute(REST_IS_OVER)


async def test_what_somebody_has_in_hand_is_left_for_later_and_is_no_attempt(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    (person,) = await people(make, 1)
    greeter = Greeter(services, [person], poison=person)
    with pytest.raises(Poisoned):
        await greeter.turn()
    await raw_db.execute(REST_IS_OVER)
    async with raw_db.transaction():
        await raw_db.execute("SELECT FROM account WHERE id = $1 FOR UPDATE", person)
        assert await greeter.turn() == 0
    assert await raw_db.fetchval("SELECT attempts FROM job_attempt") == 1


async def test_what_hangs_is_an_attempt(services: Services, make: Factory, raw_db: asyncpg.Connection) -> None:
    (person,) = await people(make, 1)

    async def hangs(_db: AsyncSession, _person: Account) -> None:
        await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        await Jobs(services.database, [greetings([person], hangs)], deadline=0.5).turn(GREETINGS)
    assert await raw_db.fetchval("SELECT attempts FROM job_attempt") == 1


async def test_attempts_at_what_is_not_there_any_more_are_forgotten(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentor = await make.mentor()
    tried = "INSERT INTO job_attempt (task, thing_id, attempts, rests_until) VALUES ('lost_mentors', $1, 3, $2)"
    await raw_db.execute(tried, mentor.id, datetime.now(UTC) - timedelta(hours=23))
    await services.jobs.turn("given_up")
    assert await raw_db.fetchval("SELECT count(*) FROM job_attempt") == 1
    await raw_db.execute("UPDATE job_attempt SET rests_until = rests_until - interval '1 hour 1 minute'")
    await services.jobs.turn("given_up")
    assert await raw_db.fetchval("SELECT count(*) FROM job_attempt") == 0
    await raw_db.execute(tried, mentor.id, datetime.now(UTC))
    ok(await mentor.post("/v1/account/departure", {"password": PASSWORD}), 204)
    assert await raw_db.fetchval("SELECT count(*) FROM job_attempt") == 0


async def test_nobody_else_begins_with_what_is_under_way(services: Services, make: Factory) -> None:
    (person,) = await people(make, 1)
    working, may_end = asyncio.Event(), asyncio.Event()

    async def slowly(_db: AsyncSession, _person: Account) -> None:
        working.set()
        await may_end.wait()

    here, elsewhere = (Jobs(services.database, [greetings([person], slowly)]) for _ in range(2))
    first = asyncio.create_task(here.turn(GREETINGS))
    await working.wait()
    assert await elsewhere.turn(GREETINGS) is None
    may_end.set()
    assert await first == 1
    assert await elsewhere.turn(GREETINGS) == 0


async def test_a_queue_that_runs_goes_on_past_what_it_cant_do(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    first, *others = await people(make, 3)
    greeter = Greeter(services, [first, *others], poison=first)
    greeter.jobs.start()

    async def others_are_greeted() -> bool:
        return (await names(raw_db))[1:] == [GREETED, GREETED]

    try:
        await eventually(others_are_greeted)
    finally:
        await greeter.jobs.stop()
    assert greeter.tried == [first, *others]


async def test_a_proposal_that_cant_expire_keeps_no_other_from_it(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    pairs = [await programme.proposed(await programme.mentee(), await programme.mentor()) for _ in range(2)]
    poison = UUID(pairs[0].rpartition("/")[2])
    await raw_db.execute("UPDATE pair SET expires_at = clock_timestamp() - interval '1 day' WHERE id = $1", poison)
    await raw_db.execute("UPDATE pair SET expires_at = clock_timestamp() WHERE id <> $1", poison)
    await raw_db.execute(f"""
        CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'a broken row'; END $$;
        CREATE TRIGGER poison BEFORE UPDATE ON pair FOR EACH ROW WHEN (OLD.id = '{poison}') EXECUTE FUNCTION poison();
    """)

    async def states() -> list[str]:
        answers: list[dict[str, Any]] = [(await programme.staff.get(pair)).json() for pair in pairs]
        return [answer["state"] for answer in answers]

    try:
        with pytest.raises(Exception, match="a broken row"):
            await programme.job("proposals")
        await programme.job("proposals")
        assert await states() == ["proposed", "expired"]
    finally:
        await raw_db.execute("DROP FUNCTION poison CASCADE")
    assert await programme.make.services.jobs.turn("proposals") == 0, "it rests"
    assert await setup.retry_jobs(programme.make.services) == {"expiry_of_proposals": 1}
    await programme.job("proposals")
    assert await states() == ["expired", "expired"]
