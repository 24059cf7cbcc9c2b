"""What young people, mentors and staff do at the same time waits in one order, so that nobody is sent away for it."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from tests.api import ok
from tests.conftest import connected
from tests.factories import PASSWORD, Person
from tests.locks import beside, is_free, someone_waits
from tests.patience import eventually
from tests.programme import Programme
from tests.support.scenes import Change
from tests.support.test_absences import COVER, Away


async def test_naming_a_cover_and_being_kept_out(programme: Programme, raw_db: asyncpg.Connection) -> None:
    away = await Away(programme, raw_db).made()
    await away.asked()
    nobody: dict[str, Any] = {"cover_id": None}
    ok(await beside(raw_db, "absence FOR UPDATE", lambda: away.mentor.put(COVER, nobody), "mentor_card"))


async def test_naming_a_cover_twice(programme: Programme, raw_db: asyncpg.Connection) -> None:
    """A tap too many, or a request that is repeated because its answer was lost."""
    away = await Away(programme, raw_db).made()
    cover = {"cover_id": str(away.cover.id)}
    answers = await asyncio.gather(*(away.mentor.put(COVER, cover) for _ in range(8)))
    assert len({ok(answer)["id"] for answer in answers}) == 1


async def test_naming_a_cover_for_an_absence_that_is_made_meanwhile(
    programme: Programme, raw_db: asyncpg.Connection, postgres_url: str
) -> None:
    away = await Away(programme, raw_db).made()
    async with connected(postgres_url) as maker:
        async with raw_db.transaction():
            await raw_db.execute("SELECT FROM mentor_card FOR UPDATE")
            naming = asyncio.ensure_future(away.asked())
            await eventually(lambda: someone_waits(raw_db))
            await maker.execute("""
                INSERT INTO absence (id, organisation_id, mentor_id, first_on, last_on)
                SELECT gen_random_uuid(), organisation_id, account_id, away_from, away_until FROM mentor_card
                WHERE away_from IS NOT NULL
            """)
            making = maker.transaction()
            await making.start()
            await maker.execute("SELECT FROM absence FOR UPDATE")
        await eventually(lambda: someone_waits(maker))
        assert await is_free(maker, "mentor_card")
        await making.commit()
    assert (await naming)["cover"]["id"] == str(away.cover.id)
    assert len(ok(await away.mentor.get("/v1/absences"))["items"]) == 1


async def test_choosing_what_is_handed_over_and_the_end_of_the_pair(change: Change, raw_db: asyncpg.Connection) -> None:
    path = await change.opened()

    async def choose() -> httpx.Response:
        return await change.mentee.edit("PUT", f"{path}/choice", {"choice": "nothing"}, read_from=path)

    ok(await beside(raw_db, "pair_care FOR UPDATE", choose, "handover"))


@pytest.mark.parametrize("who", ["mentee", "old", "new"])
async def test_leaving_and_what_is_handed_over(change: Change, raw_db: asyncpg.Connection, who: str) -> None:
    """Who chooses or takes back holds the hand-over and goes on to the conversation, or to what is read of it."""
    await change.chosen("history", 1)
    leaver: Person = vars(change)[who]

    async def leave() -> httpx.Response:
        return await leaver.post("/v1/account/departure", {"password": PASSWORD})

    ok(await beside(raw_db, "handover FOR UPDATE", leave, "thread"), 204)


@pytest.mark.parametrize("held", ["pair_care FOR SHARE", "handover FOR UPDATE"])
async def test_being_kept_out_and_what_is_handed_over(change: Change, raw_db: asyncpg.Connection, held: str) -> None:
    """Where the mentor before is there for whoever loses this one, their conversation is locked as well."""
    await change.opened()
    mentor = {"mentor_id": str(change.old.id)}
    ok(await change.staff.put("/v1/staff/interim-mentor", mentor))

    async def suspend() -> httpx.Response:
        return await change.staff.put(f"/v1/people/{change.new.id}/suspension")

    ok(await beside(raw_db, held, suspend, "thread"), 204)
    assert ok(await change.mentee.get("/v1/interim-contact"))["thread_id"] == str(change.thread)


async def test_leaving_and_being_told_of_another_contact(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await programme.active(mentee, mentor)
    ok(await programme.staff.put(f"/v1/people/{mentor.id}/suspension"), 204)
    assert await raw_db.fetchval("SELECT count(*) FROM interim_contact") == 1

    async def leave() -> httpx.Response:
        return await mentee.post("/v1/account/departure", {"password": PASSWORD})

    ok(await beside(raw_db, "interim_contact FOR UPDATE", leave, "account", "FOR KEY SHARE"), 204)
