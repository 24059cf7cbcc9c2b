"""A conversation that was handed over to the next mentor: gone for the one before, kept by the young person."""

from uuid import UUID

import pytest

from rinnalla.chat.service import HandedOver
from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.ylitse.client import own, told, user
from tests.ylitse.test_contacts import contacts, file
from tests.ylitse.test_messages import contents, say


class Before:
    """Two who have talked, until the next mentor took over."""

    def __init__(self, mentee: Person, mentor: Person, thread: UUID) -> None:
        self.mentee, self.mentor, self.thread = mentee, mentor, thread
        self.said: list[str] = []


async def opened(person: Person) -> list[bool]:
    """Whether what someone wrote was opened, the newest first."""
    listed = ok(await person.get(own(person, "/messages")))["resources"]
    return [message["opened"] for message in listed if message["sender_id"] == user(person)]


@pytest.fixture
async def before(make: Factory) -> Before:
    found = Before(*await make.talkers())
    for person in (found.mentee, found.mentor):
        ok(await person.edit("PUT", "/v1/account/visibility", {"presence": "hidden", "read_marks": True}))
    for author, other in ((found.mentee, found.mentor), (found.mentor, found.mentee), (found.mentee, found.mentor)):
        found.said.append(ok(await say(author, other, "sana"), 201)["id"])
    ok(await found.mentor.put(own(found.mentor, f"/messages/{found.said[0]}"), {"opened": True}))
    assert await opened(found.mentee) == [False, True]
    next_mentor = await make.mentor(found.mentee.organisation_id)
    await make.end(found.thread)
    async with make.services.database.unit_of_work() as db:
        await HandedOver(make.services.vault).hand_over(db, found.thread, next_mentor.id, None)
    return found


async def test_it_is_gone_for_the_mentor_before(before: Before) -> None:
    mentor, mentee = before.mentor, before.mentee
    assert await contacts(mentor) == {}
    assert await contents(mentor) == []
    assert await contents(mentor, contact_user_ids=user(mentee)) == []
    for beyond in before.said:
        for descending in ("true", "false"):
            assert await contents(mentor, from_message_id=beyond, desc=descending, max=10) == []
        told(await mentor.put(own(mentor, f"/messages/{beyond}"), {"opened": True}), 404)
    told(await say(mentor, mentee, "kuuleeko"), 404)
    told(await file(mentor, mentee, "ok"), 404)


async def test_the_young_person_keeps_it_among_the_archived(before: Before) -> None:
    mentee, mentor = before.mentee, before.mentor
    assert await contacts(mentee) == {user(mentor): "archived"}
    assert await contents(mentee) == ["sana"] * 3
    assert ok(await file(mentee, mentor, "archived"))["status"] == "archived"
    for status in ("ok", "banned", "deleted"):
        told(await file(mentee, mentor, status), 403)
    told(await say(mentee, mentor, "vielä"), 403)
    assert ok(await mentee.get(f"/v1/threads/{before.thread}"))["filing"] == "handed_over"


async def test_where_the_mentor_read_to_is_not_told_any_more(before: Before) -> None:
    assert await opened(before.mentee) == [False, False]


async def test_of_several_contacts_none_is_filed_when_one_cannot_be(before: Before, make: Factory) -> None:
    mentee, mentor = before.mentee, before.mentor
    other = await make.mentor(mentee.organisation_id)
    await make.thread(mentee, other)
    wanted = [{"id": user(other), "status": "banned"}, {"id": user(mentor), "status": "ok"}]
    told(await mentee.patch(own(mentee, "/contacts"), wanted), 403)
    assert await contacts(mentee) == {user(mentor): "archived", user(other): "ok"}
    wanted[1]["status"] = "archived"
    ok(await mentee.patch(own(mentee, "/contacts"), wanted))
    assert await contacts(mentee) == {user(mentor): "archived", user(other): "banned"}


async def test_nobody_files_a_conversation_so(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    for person in (mentee, mentor):
        refused(await person.put(f"/v1/threads/{thread}/filing", {"filing": "handed_over"}), 400, "invalid_body")
    told(await file(mentee, mentor, "handed_over"), 400)
    assert ok(await mentee.get(f"/v1/threads/{thread}"))["filing"] == "inbox"
