"""These clients know no mark for what they have stored: what was handed out to them counts as delivered, so that
opening it tells nobody (docs/adr/0009)."""

import asyncpg
import pytest

from rinnalla.chat.policy import MARKS
from rinnalla.realtime import frames
from tests.api import ok
from tests.chat.test_marks import marks, show_reading
from tests.factories import Factory, Person
from tests.phone import Phone
from tests.words import Words
from tests.ylitse.client import own, user
from tests.ylitse.test_contacts import file
from tests.ylitse.test_messages import contents, read, say


async def opens(person: Person, message_id: str) -> None:
    ok(await person.put(own(person, f"/messages/{message_id}"), {"opened": True}))


async def said(author: Person, reader: Person, *texts: str) -> list[str]:
    """The ids of what was said."""
    return [ok(await say(author, reader, text), 201)["id"] for text in texts]


@pytest.mark.parametrize("by", ["start", "poll", "conversation", "everything"])
async def test_what_was_handed_out_is_delivered_and_opening_it_tells_nothing(
    make: Factory, raw_db: asyncpg.Connection, by: str
) -> None:
    mentee, mentor, thread = await make.talkers()
    (before,) = await said(mentee, mentor, "hei")
    first, second = await said(mentor, mentee, "hei itse", "mitä kuuluu")
    assert await marks(mentor, thread) == (0, None)
    query = {
        "start": {"desc": "true", "max": 10},
        "poll": {"from_message_id": before, "desc": "false", "max": 10},
        "conversation": {"contact_user_ids": user(mentor), "max": 10},
        "everything": {"desc": "false", "max": 100},
    }[by]
    async with await Phone.let_in(mentor) as phone, Words(raw_db) as words:
        assert {first, second} < {before, *(one["id"] for one in (await read(mentee, **query))["resources"])}
        side = await phone.expect(frames.OtherSide)
        assert (side.other_delivered_seq, side.other_read_seq) == (3, None)
        assert await marks(mentor, thread) == (3, None)
        assert len(await words.so_far("sides")) == 1
        for message_id in (first, second):
            await opens(mentee, message_id)
        await read(mentee, **query)
        assert await words.so_far("sides") == []
    assert await marks(mentor, thread) == (3, None)
    assert ok(await mentee.get(f"/v1/threads/{thread}"))["unread"] == 0


async def test_where_both_want_it_reading_is_told_all_the_same(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    (message_id,) = await said(mentor, mentee, "hei")
    await show_reading(mentee, mentor)
    await read(mentee)
    assert await marks(mentor, thread) == (1, 0)
    async with await Phone.let_in(mentor) as phone:
        await opens(mentee, message_id)
        assert (await phone.expect(frames.OtherSide)).other_read_seq == 1


async def test_only_what_others_wrote_was_delivered_and_only_as_far_as_it_was_handed_out(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    home = await make.organisation()
    mentor, aino, veera = await make.mentor(home), await make.mentee(home), await make.mentee(home)
    threads = [await make.thread(mentee, mentor) for mentee in (aino, veera)]
    (start,) = await said(mentor, aino, "moi")
    await said(aino, mentor, "1", "2")
    await said(veera, mentor, "3")
    await said(mentor, veera, "4")
    async with Words(raw_db) as words:
        assert await contents(mentor, from_message_id=start, desc="false", max=1) == ["1"]
        assert [await marks(mentee, at) for mentee, at in zip((aino, veera), threads, strict=True)] == [
            (2, None),
            (0, None),
        ]
        assert await contents(mentor, from_message_id=start, desc="false", max=10) == ["1", "2", "3", "4"]
        assert [await marks(mentee, at) for mentee, at in zip((aino, veera), threads, strict=True)] == [
            (3, None),
            (1, None),
        ]
        assert len(await words.so_far("sides")) in {2, 3}
        await read(mentor)
        assert await words.so_far("sides") == [], "all of it was marked before"


@pytest.mark.parametrize("why", ["so many marks", "held by someone"])
async def test_a_poll_is_answered_though_it_cannot_be_marked(
    make: Factory, raw_db: asyncpg.Connection, why: str
) -> None:
    mentee, mentor, thread = await make.talkers()
    await said(mentor, mentee, "hei")
    if why == "so many marks":
        async with make.services.database.unit_of_work() as db:
            await make.services.limits.take_within(db, MARKS, [mentee.id])
        await raw_db.execute("UPDATE rate_limit SET full_at = full_at + interval '1 hour'")
        assert await contents(mentee) == ["hei"]
        await raw_db.execute("DELETE FROM rate_limit")
    else:
        async with raw_db.transaction():
            await raw_db.execute("SELECT FROM thread_member WHERE account_id = $1 FOR UPDATE", mentee.id)
            assert await contents(mentee) == ["hei"]
    assert await marks(mentor, thread) == (0, None)
    assert await contents(mentee) == ["hei"]
    assert await marks(mentor, thread) == (1, None)


async def test_who_was_blocked_is_not_told_that_it_arrives(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    (message_id,) = await said(mentor, mentee, "hei")
    ok(await file(mentee, mentor, "banned"))
    async with await Phone.let_in(mentor, after=0) as phone:
        await phone.until(frames.CaughtUp)
        assert await contents(mentee) == ["hei"]
        ok(await file(mentee, mentor, "ok"))
        heard, _ = await phone.until(frames.EventFrame)
        assert heard == []
    assert await marks(mentor, thread) == (1, None)
    await opens(mentee, message_id)
    assert await marks(mentor, thread) == (1, None)


async def test_what_is_over_can_be_read_and_opened(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    (message_id,) = await said(mentor, mentee, "hei")
    await make.end(thread)
    assert await contents(mentee) == ["hei"]
    assert await marks(mentor, thread) == (1, None)
    await opens(mentee, message_id)
    assert await marks(mentor, thread) == (1, None)
