"""Staff decide, and the machine looks, while someone is about to leave: whoever waits for that holds nothing that
leaving needs. Leaving locks the person first, and what is noted about them after that."""

import asyncio
from contextlib import suppress

import asyncpg

from rinnalla.kit.errors import Unavailable
from tests.api import ok, refused
from tests.factories import PASSWORD, Person
from tests.locks import beside, someone_waits
from tests.matching.running import solved
from tests.matching.test_follow_ups import FOLLOW_UPS, listed, released, settle
from tests.patience import eventually
from tests.programme import Programme

ERASED = "FOR UPDATE"
LEAVING = "FOR NO KEY UPDATE"


def person(someone: Person, how: str) -> str:
    """Their row, locked."""
    return f"account WHERE id = '{someone.id}' {how}"


async def test_fixing_another_mentor(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, one, other = await programme.mentee(), await programme.mentor(), await programme.mentor()
    run = await solved(programme)
    for someone in (mentee, one, other):
        ok(await run.fix(mentee, one))
        held = person(someone, ERASED)
        fixed = await beside(raw_db, held, lambda: run.fix(mentee, other), "matching_run_choice")
        assert ok(fixed)["mentor"]["id"] == str(other.id)


async def test_striking_who_was_fixed(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    run = await solved(programme)
    ok(await run.fix(mentee, mentor))
    for someone in (mentee, mentor):
        ok(await run.fix(mentee, mentor))
        held = person(someone, ERASED)
        ok(await beside(raw_db, held, lambda: run.strike(mentee), "matching_run_choice"))


async def test_solving_again(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    run = await solved(programme)
    for someone, table in ((mentee, "matching_run_mentee"), (mentor, "matching_run_mentor")):
        ok(await run.decide("POST", "/solve"))
        assert (await beside(raw_db, person(someone, ERASED), run.is_ready, table))["state"] == "ready"
    assert await run.paired() == {str(mentee.id): str(mentor.id)}


async def test_proposing_what_follows(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, _ = await programme.mentee(), await programme.mentor()
    pair = await released(programme, mentee)
    ok(await mentee.post(f"{pair}/decline", {"answer": "no"}))
    await programme.mentor()
    found = (await listed(programme))["person"]
    held = person(mentee, LEAVING)
    proposed = await beside(raw_db, held, lambda: settle(programme, found, "proposal"), "matching_follow_up")
    assert ok(proposed)["state"] == "proposed"


async def test_looking_for_who_comes_next(programme: Programme, raw_db: asyncpg.Connection) -> None:
    """It waits for nobody, and is looked for again."""
    mentee, _ = await programme.mentee(), await programme.mentor(capacity=1)
    pair = await released(programme, mentee)
    newcomer, next_mentor = await programme.mentee(), await programme.mentor(capacity=1)
    ok(await mentee.post(f"{pair}/decline", {"answer": "no"}))
    async with raw_db.transaction():
        for someone in (newcomer, next_mentor):
            await raw_db.execute(f"SELECT FROM {person(someone, ERASED)}")
        for _ in ("place", "person"):
            looking = asyncio.create_task(programme.job("follow_ups"))

            async def has_ended(looking: asyncio.Task[None] = looking) -> bool:
                return looking.done() or await someone_waits(raw_db)

            await eventually(has_ended)
            assert looking.done()
            with suppress(Unavailable):
                await looking
        due = ok(await programme.staff.get(FOLLOW_UPS, params={"state": "due"}))["items"]
    assert {one["kind"] for one in due} == {"place", "person"}
    await raw_db.execute("DELETE FROM job_attempt")  # which let them rest for some seconds
    assert {one["state"] for one in (await listed(programme)).values()} == {"open"}


async def test_deciding_about_who_has_just_left(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    run = await solved(programme)
    ok(await mentor.post("/v1/account/departure", {"password": PASSWORD}), 204)
    refused(await run.strike(mentee), 404, "proposal_not_found")
    refused(await run.fix(mentee, mentor), 404, "mentor_not_found")
