"""Mentors who were moved in are kept out or leave: conversations that no pair stands for end as those of pairs do."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from rinnalla.ylitse.ids import user_id
from tests.api import Api, ok, refused
from tests.factories import PASSWORD, Factory, Person
from tests.ylitse.client import told
from tests.ylitse.moving.mover import Mover
from tests.ylitse.moving.old_service import OldService, bcrypt_hash
from tests.ylitse.moving.test_moving_in import signed_in, talkers


@dataclass
class Moved:
    """A young person and a mentor who were moved in, with one member of the staff."""

    mover: Mover
    old: OldService
    staff: Person
    aino: Api
    outi: Api
    mentor_id: UUID
    thread: str

    async def write(self, who: Api) -> Any:
        return await who.post(f"/v1/threads/{self.thread}/messages", {"client_id": str(uuid4()), "text": "hei"})

    async def is_caught(self) -> None:
        """The young person has a word and somebody to turn to, and can't write any more."""
        refused(await self.write(self.aino), 409, "thread_closed")
        await self.has_word_and_name()

    async def has_word_and_name(self) -> None:
        (notice,) = ok(await self.aino.get("/v1/notices"))["items"]
        assert (notice["code"], notice["contact"]["id"]) == ("mentor_unavailable", str(self.staff.id))
        contact = ok(await self.aino.get("/v1/interim-contact"))
        assert contact["contact"]["id"] == str(self.staff.id)


@pytest.fixture
async def moved(mover: Mover, make: Factory, api: Api, raw_db: asyncpg.Connection) -> AsyncIterator[Moved]:
    old = OldService()
    talkers(old)
    mover.moved(old)
    staff = await make.staff(await raw_db.fetchval("SELECT id FROM organisation"))
    async with AsyncExitStack() as stack:
        aino, outi = [await stack.enter_async_context(signed_in(api, name)) for name in ("aino", "outi")]
        thread = ok(await aino.get("/v1/threads"))["items"][0]["id"]
        mentor_id = UUID(ok(await outi.get("/v1/account"))["id"])
        yield Moved(mover, old, staff, aino, outi, mentor_id, thread)


async def test_who_is_stood_down_writes_no_more(moved: Moved) -> None:
    ok(await moved.write(moved.outi), 201)
    ok(await moved.staff.post(f"/v1/staff/mentors/{moved.mentor_id}/standing-down"), 204)
    refused(await moved.write(moved.outi), 409, "thread_closed")
    message = {
        "sender_id": user_id(moved.mentor_id),
        "recipient_id": user_id(UUID(ok(await moved.aino.get("/v1/account"))["id"])),
        "content": "hei",
        "opened": False,
    }
    told(await moved.outi.post(f"/ylitse/users/{user_id(moved.mentor_id)}/messages", message), 403)
    await moved.is_caught()
    ok(await moved.staff.post(f"/v1/staff/mentors/{moved.mentor_id}/standing-down"), 204)
    await moved.is_caught()


async def test_who_is_suspended_leaves_nobody_in_the_dark(moved: Moved, make: Factory) -> None:
    ok(await moved.write(moved.aino), 201)
    ok(await moved.staff.put(f"/v1/people/{moved.mentor_id}/suspension"), 204)
    await moved.is_caught()
    events = ok(await moved.aino.get("/v1/sync"))["events"]
    assert {"notice", "thread_changed"} <= {event["type"] for event in events}
    assert await make.services.jobs.turn("losses") == 0


async def test_who_leaves_is_told_of(moved: Moved) -> None:
    ok(await moved.outi.post("/v1/account/departure", {"password": PASSWORD}), 204)
    refused(await moved.write(moved.aino), 404, "thread_not_found")
    await moved.has_word_and_name()


async def test_moving_in_again_opens_no_conversation_that_ended_so(moved: Moved) -> None:
    ok(await moved.staff.post(f"/v1/staff/mentors/{moved.mentor_id}/standing-down"), 204)
    assert moved.mover.moved(moved.old)["messages"] == (6, 0, 6, 0)
    await moved.is_caught()
    mentee, mentor = (user["id"] for user in moved.old.lists["users"])
    moved.old.message(mentee, mentor, "Vielä yksi.", 60)
    assert moved.mover.refused(moved.old) == ["/messages/6: conversation_went_on_here"]
    await moved.is_caught()


async def test_who_parted_by_a_block_hears_nothing(moved: Moved) -> None:
    ok(await moved.aino.put(f"/v1/threads/{moved.thread}/filing", {"filing": "blocked"}))
    ok(await moved.staff.put(f"/v1/people/{moved.mentor_id}/suspension"), 204)
    assert ok(await moved.aino.get("/v1/notices"))["items"] == []
    refused(await moved.aino.get("/v1/interim-contact"), 404, "interim_contact_not_found")
    ok(await moved.aino.put(f"/v1/threads/{moved.thread}/filing", {"filing": "inbox"}))
    refused(await moved.write(moved.aino), 409, "thread_closed")


async def test_two_who_are_paired_afterwards_go_on_where_they_were(moved: Moved, make: Factory) -> None:
    ok(await moved.staff.put(f"/v1/people/{moved.mentor_id}/suspension"), 204)
    ok(await moved.staff.delete(f"/v1/people/{moved.mentor_id}/suspension"), 204)
    async with make.services.database.unit_of_work() as db:
        await make.services.chat.open_thread(db, UUID(ok(await moved.aino.get("/v1/account"))["id"]), moved.mentor_id)
    ok(await moved.write(moved.aino), 201)


async def test_who_was_switched_off_there_is_made_good_for_here(
    mover: Mover, make: Factory, api: Api, raw_db: asyncpg.Connection
) -> None:
    old = OldService()
    mentee = old.person("mentee", "aino", stored=bcrypt_hash())
    old.message(mentee, old.person("mentor", "outi", stored=bcrypt_hash(), active=False), "Oletko siellä?", 1)
    mover.moved(old)
    staff = await make.staff(await raw_db.fetchval("SELECT id FROM organisation"))
    assert await make.services.jobs.turn("losses") == 1
    assert await make.services.jobs.turn("losses") == 0
    async with signed_in(api, "aino") as aino:
        (thread,) = ok(await aino.get("/v1/threads"))["items"]
        assert thread["state"] == "closed"
        (notice,) = ok(await aino.get("/v1/notices"))["items"]
        assert (notice["code"], notice["contact"]["id"]) == ("mentor_unavailable", str(staff.id))
