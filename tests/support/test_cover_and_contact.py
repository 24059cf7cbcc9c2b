"""Someone stands in for one mentor of a young person, and is there because they lost another: the two write on until
neither is so any more."""

import asyncio

import asyncpg
import pytest

from tests.api import ok
from tests.programme import Programme
from tests.support.scenes import lost, say, turn
from tests.support.test_absences import Away


@pytest.fixture
async def away(programme: Programme, raw_db: asyncpg.Connection) -> Away:
    return await Away(programme, raw_db).made()


async def test_who_stood_in_stays_as_the_contact(away: Away) -> None:
    second = await away.programme.mentor()
    ok(await away.mentee.put("/v1/waiting"))
    await away.programme.active(away.mentee, second)
    await away.covered(away.mentee)
    await away.days_pass(3)
    thread = (await away.own(away.mentee))["thread_id"]
    ok(await away.programme.staff.put("/v1/staff/interim-mentor", {"mentor_id": str(away.cover.id)}))
    await lost("suspended", away.programme, second)
    assert ok(await away.mentee.get("/v1/interim-contact"))["thread_id"] == thread
    await away.days_pass(10)
    assert ok(await away.mentee.get("/v1/absences"))["items"] == []
    await say(away.mentee, thread)


async def test_the_contact_stays_as_the_one_who_stands_in(away: Away) -> None:
    second = await away.programme.mentor()
    ok(await away.mentee.put("/v1/waiting"))
    await away.programme.active(away.mentee, second)
    ok(await away.programme.staff.put("/v1/staff/interim-mentor", {"mentor_id": str(away.cover.id)}))
    await lost("suspended", away.programme, second)
    thread = ok(await away.mentee.get("/v1/interim-contact"))["thread_id"]
    await away.covered(away.mentee)
    await away.days_pass(3)
    assert (await away.own(away.mentee))["thread_id"] == thread
    ok(await away.mentee.put("/v1/interim-contact/waiting"))
    await away.programme.in_trial(away.mentee, await away.programme.mentor())
    assert await turn(away.programme, "losses") == 1
    await say(away.mentee, thread)
    await away.days_pass(10)
    assert ok(await away.mentee.get(f"/v1/threads/{thread}"))["state"] == "closed"


async def test_who_is_lost_while_away_waits_for_the_absence_before_any_conversation(
    away: Away, raw_db: asyncpg.Connection
) -> None:
    """A step of the absence locks it first and conversations then: neither of the two waits for the other."""
    await away.covered(away.mentee)
    await away.days_pass(3)
    async with raw_db.transaction():
        await raw_db.execute("SELECT FROM absence FOR UPDATE")
        suspending = asyncio.create_task(away.programme.staff.put(f"/v1/people/{away.mentor.id}/suspension"))
        while not await raw_db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.01)
        await raw_db.execute("SELECT FROM thread FOR UPDATE NOWAIT")
    ok(await suspending, 204)
