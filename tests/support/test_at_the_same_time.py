"""What young people, mentors and staff do at the same time waits in one order, so that nobody is sent away for it."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import asyncpg
import httpx

from tests.api import ok
from tests.factories import PASSWORD
from tests.locks import is_free, someone_waits
from tests.patience import eventually
from tests.programme import Programme
from tests.support.scenes import Change
from tests.support.test_absences import COVER, Away


async def while_held(
    db: asyncpg.Connection, held: str, doing: Awaitable[httpx.Response], free: str, how: str = "FOR UPDATE"
) -> httpx.Response:
    """What comes of `doing`, which had to wait for one table and meanwhile held nothing of the other."""
    async with db.transaction():
        await db.execute(f"SELECT FROM {held} FOR UPDATE")
        done = asyncio.ensure_future(doing)
        await eventually(lambda: someone_waits(db))
        assert await is_free(db, free, how)
    return await done


async def test_naming_a_cover_and_being_kept_out(programme: Programme, raw_db: asyncpg.Connection) -> None:
    away = await Away(programme, raw_db).made()
    await away.asked()
    nobody: dict[str, Any] = {"cover_id": None}
    ok(await while_held(raw_db, "absence", away.mentor.put(COVER, nobody), "mentor_card"))


async def test_choosing_what_is_handed_over_and_the_end_of_the_pair(change: Change, raw_db: asyncpg.Connection) -> None:
    path = await change.opened()
    choosing = change.mentee.edit("PUT", f"{path}/choice", {"choice": "nothing"}, read_from=path)
    ok(await while_held(raw_db, "pair_care", choosing, "handover"))


async def test_leaving_and_being_told_of_another_contact(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await programme.active(mentee, mentor)
    ok(await programme.staff.put(f"/v1/people/{mentor.id}/suspension"), 204)
    assert await raw_db.fetchval("SELECT count(*) FROM interim_contact") == 1
    leaving = mentee.post("/v1/account/departure", {"password": PASSWORD})
    ok(await while_held(raw_db, "interim_contact", leaving, "account", "FOR KEY SHARE"), 204)
