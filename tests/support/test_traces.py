"""Whoever leaves takes along what support knows of them and what they wrote."""

import asyncpg
import pytest

from tests.api import Contract, ok
from tests.factories import PASSWORD, Factory, Person
from tests.privacy.traces import THE_TRAIL, tables_holding
from tests.programme import Programme
from tests.support.scenes import TALKED, Change, days_pass, thread_of, turn
from tests.support.test_absences import COVER, day
from tests.support.test_nudges import Silent

CANARY = "kanarialintu"


class Lives:
    """A young person with everything that support has, and everyone whom it has to do with."""

    def __init__(self, programme: Programme, raw_db: asyncpg.Connection) -> None:
        self.programme, self.raw_db = programme, raw_db

    async def lived(self) -> "Lives":
        programme = self.programme
        change = await Change(programme).made()
        self.mentee, self.old, self.new = change.mentee, change.old, change.new
        path = await change.chosen("summary")
        ok(await self.old.edit("PUT", f"{path}/summary", {"text": CANARY}, read_from=path))
        ok(await self.mentee.edit("POST", f"{path}/agreement", None, read_from=path))
        await self.checked_in()
        await self.nudged(change.after)
        self.cover = await programme.mentor()
        await self.covered()
        third = await programme.mentor()
        ok(await programme.staff.put("/v1/staff/interim-mentor", {"mentor_id": str(self.cover.id)}))
        ok(await self.mentee.put("/v1/waiting"))
        await programme.active(self.mentee, third)
        ok(await programme.staff.put(f"/v1/people/{third.id}/suspension"), 204)
        return self

    async def checked_in(self) -> None:
        for checkin in ok(await self.programme.staff.get("/v1/staff/checkins"))["items"]:
            path = f"/v1/staff/checkins/{checkin['id']}"
            said = TALKED | {"notes": f"{CANARY} {checkin['party']}"}
            ok(await self.programme.staff.edit("PUT", f"{path}/done", said, read_from=path))

    async def nudged(self, pair: str) -> None:
        silent = Silent(self.programme, self.raw_db)
        silent.mentee, silent.mentor, silent.pair = self.mentee, self.new, pair
        silent.thread = await thread_of(self.mentee, pair)
        await silent.at_any_hour()
        await silent.days_pass(15)
        (draft,) = await silent.drafts()
        assert await silent.send(self.programme.staff, draft) is None
        await silent.days_pass(40)
        assert len(await silent.drafts()) == 1
        ok(await self.mentee.post(f"{pair}/not-now", {}), 204)

    async def covered(self) -> None:
        await self.raw_db.execute(
            "UPDATE mentor_card SET away_from = $2, away_until = $3 WHERE account_id = $1", self.new.id, day(1), day(9)
        )
        path = f"/v1/absences/{ok(await self.new.put(COVER, {'cover_id': str(self.cover.id)}))['id']}"
        ok(await self.cover.put(f"{path}/acceptance", {"accepts": True}))
        ok(await self.mentee.put(f"{path}/consent", {"consents": True}))
        await days_pass(self.raw_db, 2)
        await turn(self.programme, "absences")


async def leaves(person: Person) -> None:
    ok(await person.post("/v1/account/departure", {"password": PASSWORD}), 204)


@pytest.fixture
async def lives(programme: Programme, raw_db: asyncpg.Connection) -> Lives:
    return await Lives(programme, raw_db).lived()


OF_SUPPORT = {"pair_care", "checkin", "notice", "nudge", "not_now", "cover_consent", "interim_contact", "handover"}


async def test_nothing_that_was_said_is_stored_in_plain(lives: Lives, raw_db: asyncpg.Connection) -> None:
    for written in (CANARY, CANARY.encode().hex(), b"Kuulumisia".hex()):
        assert await tables_holding(raw_db, written) == set()


async def test_what_staff_note_is_for_staff(lives: Lives, contract: Contract, make: Factory) -> None:
    """No address that lists or shows something says it to a member, to another programme or to an administrator."""
    others = [lives.mentee, lives.old, lives.new, lives.cover, await make.staff(), await make.admin()]
    paths = [path for path, item in contract.document["paths"].items() if "get" in item and "{" not in path]
    assert len(paths) > 30
    for person in others:
        for path in paths:
            answer = await person.http.get(path)
            assert f"{CANARY} m" not in answer.text, path
            assert '"concern"' not in answer.text or answer.json()["items"] == [], path


async def test_of_a_young_person(lives: Lives, raw_db: asyncpg.Connection) -> None:
    assert await tables_holding(raw_db, str(lives.mentee.id)) >= OF_SUPPORT
    await leaves(lives.mentee)
    assert await tables_holding(raw_db, str(lives.mentee.id)) - {THE_TRAIL} == set()
    for table in ("checkin", "nudge", "cover_consent", "interim_contact", "handover", "reading_grant", "pair_care"):
        assert await raw_db.fetchval(f"SELECT count(*) FROM {table}") == 0, table


@pytest.mark.parametrize("who", ["old", "new", "cover"])
async def test_of_a_mentor(lives: Lives, raw_db: asyncpg.Connection, who: str) -> None:
    mentor: Person = getattr(lives, who)
    await leaves(mentor)
    assert await tables_holding(raw_db, str(mentor.id)) - {THE_TRAIL} == set()
    assert await raw_db.fetchval("SELECT count(*) FROM handover") == (who == "cover")


async def test_of_staff(lives: Lives, raw_db: asyncpg.Connection, make: Factory) -> None:
    """What the programme did stays the programme's; the words that someone signed go with them."""
    admin = await make.admin()
    ok(await admin.delete(f"/v1/staff/{lives.programme.staff.id}"), 204)
    records = {THE_TRAIL, "matching_settings"}
    assert await tables_holding(raw_db, str(lives.programme.staff.id)) - records == set()
    assert await raw_db.fetchval("SELECT count(*) FROM notice WHERE body IS NOT NULL") == 0
    assert await raw_db.fetchval("SELECT count(*) FROM checkin WHERE done_at IS NOT NULL") > 0
