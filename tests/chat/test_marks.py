"""Delivered and read: two marks, and who is told of which."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from rinnalla.kit.errors import Unavailable
from rinnalla.realtime import frames
from rinnalla.realtime.news import ThreadChanged, ThreadGone
from tests.api import ok, refused, served
from tests.chat.test_sending import say
from tests.factories import Factory, Person
from tests.phone import Phone
from tests.realtime.lines import caller_of
from tests.words import Words

Marks = tuple[int | None, int | None]


async def delivered(person: Person, thread: UUID, up_to_seq: int) -> None:
    ok(await person.put(f"/v1/threads/{thread}/delivered", {"up_to_seq": up_to_seq}))


async def read(person: Person, thread: UUID, up_to_seq: int) -> None:
    ok(await person.put(f"/v1/threads/{thread}/read", {"up_to_seq": up_to_seq}))


async def marks(person: Person, thread: UUID) -> Marks:
    """How far the other side has come, as a thread's body says it: delivered, read."""
    body = ok(await person.get(f"/v1/threads/{thread}"))
    return body["other_delivered_seq"], body["other_read_seq"]


async def show_reading(*people: Person, shown: bool = True) -> None:
    for person in people:
        body = {"presence": "hidden", "read_marks": shown}
        ok(await person.edit("PUT", "/v1/account/visibility", body))


async def three_messages(make: Factory) -> tuple[Person, Person, UUID]:
    mentee, mentor, thread = await make.talkers()
    for number in range(3):
        ok(await say(mentee, thread, f"{number}"), 201)
    return mentee, mentor, thread


async def test_what_is_delivered_is_seen_by_who_wrote_it(make: Factory) -> None:
    mentee, mentor, thread = await three_messages(make)
    assert await marks(mentee, thread) == (0, None)
    await delivered(mentor, thread, 2)
    assert await marks(mentee, thread) == (2, None)
    await delivered(mentor, thread, 1)
    assert await marks(mentee, thread) == (2, None)
    assert ok(await mentor.get(f"/v1/threads/{thread}"))["unread"] == 3
    assert await marks(mentor, thread) == (0, None)


async def test_nothing_is_delivered_that_was_not_sent(make: Factory) -> None:
    mentee, mentor, thread = await three_messages(make)
    stranger = await make.mentee(mentee.organisation_id)
    path = f"/v1/threads/{thread}/delivered"
    refused(await mentor.put(path, {"up_to_seq": 4}), 400, "invalid_body", pointer="/up_to_seq")
    refused(await mentor.put(path, {"up_to_seq": -1}), 400, "invalid_body", pointer="/up_to_seq")
    refused(await mentor.put(path, {"up_to_seq": 2**53}), 400, "invalid_body", pointer="/up_to_seq")
    refused(await mentor.put(path, {}), 400, "invalid_body", pointer="/up_to_seq")
    for person, elsewhere in ((stranger, path), (mentor, f"/v1/threads/{uuid4()}/delivered")):
        refused(await person.put(elsewhere, {"up_to_seq": 1}), 404, "thread_not_found")
    assert await marks(mentee, thread) == (0, None)


async def mark(person: Person, path: str, up_to_seq: int) -> httpx.Response:
    return await served(lambda: person.put(path, {"up_to_seq": up_to_seq}))


async def test_many_devices_mark_at_once_and_the_furthest_stands(make: Factory) -> None:
    mentee, mentor, thread = await three_messages(make)
    stranger = await make.mentee(mentee.organisation_id)
    path = f"/v1/threads/{thread}/delivered"
    answers = await asyncio.gather(
        *(mark(mentor, path, number % 4) for number in range(24)),
        *(mark(mentor, f"/v1/threads/{thread}/read", number % 3) for number in range(12)),
        *(mark(mentor, path, 9) for _ in range(4)),
        *(mark(stranger, path, 1) for _ in range(4)),
        *(served(lambda: say(mentee, thread, "lisää")) for _ in range(4)),
    )
    assert [answer.status_code for answer in answers] == [200] * 36 + [400] * 4 + [404] * 4 + [201] * 4
    assert await marks(mentee, thread) == (3, None)
    assert ok(await mentor.get(f"/v1/threads/{thread}"))["read_seq"] == 2


async def test_who_is_held_up_does_not_hold_up_the_others(make: Factory, raw_db: asyncpg.Connection) -> None:
    """Marks of one moment go into one transaction; two sides that someone holds too long must not undo the third."""
    readers = [(await three_messages(make))[1:] for _ in range(3)]
    held = [reader.id for reader, _ in readers[:2]]
    async with raw_db.transaction():
        await raw_db.execute("SELECT FROM thread_member WHERE account_id = ANY($1) FOR UPDATE", held)
        marking = [make.services.chat.mark_delivered(caller_of(reader), thread, 2) for reader, thread in readers]
        answers = await asyncio.gather(*marking, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable, Unavailable, type(None)]
    marked = await raw_db.fetch("SELECT account_id FROM thread_member WHERE delivered_seq = 2")
    assert [row["account_id"] for row in marked] == [readers[2][0].id]


NOT_COMMITTED = """
CREATE FUNCTION not_committed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001'; END $$;
CREATE CONSTRAINT TRIGGER not_committed AFTER UPDATE ON thread_member DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.account_id = '%s') EXECUTE FUNCTION not_committed()
"""


async def test_what_was_not_committed_is_not_confirmed(make: Factory, raw_db: asyncpg.Connection) -> None:
    """Of two marks of one moment one is held up and goes alone, and its commit fails."""
    (_, held, thread), (_, free, another) = [await three_messages(make) for _ in range(2)]
    await raw_db.execute(NOT_COMMITTED % held.id)
    try:
        async with raw_db.transaction():
            await raw_db.execute("SELECT FROM thread_member WHERE account_id = $1 FOR UPDATE", held.id)
            places = ((held, thread), (free, another))
            marks = [
                asyncio.create_task(make.services.chat.mark_delivered(caller_of(one), at, 2)) for one, at in places
            ]
            while not await raw_db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.01)
        answers = await asyncio.gather(*marks, return_exceptions=True)
    finally:
        await raw_db.execute("DROP FUNCTION not_committed CASCADE")
    assert [type(answer) for answer in answers] == [Unavailable, type(None)]
    assert await raw_db.fetchval("SELECT delivered_seq FROM thread_member WHERE account_id = $1", held.id) == 0


async def test_the_authors_devices_are_shown_what_was_delivered(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await three_messages(make)
    stored = await raw_db.fetchval("SELECT count(*) FROM member_event")
    async with (
        await Phone.let_in(mentee) as one,
        await Phone.let_in(mentee) as two,
        await Phone.let_in(mentor) as other,
    ):
        await other.say({"type": "delivered", "thread_id": str(thread), "up_to_seq": 2})
        expected = frames.OtherSide(thread_id=thread, other_delivered_seq=2, other_read_seq=None, other_presence=None)
        assert [await phone.expect(frames.OtherSide) for phone in (one, two)] == [expected] * 2
        await delivered(mentor, thread, 3)
        assert [(await phone.expect(frames.OtherSide)).other_delivered_seq for phone in (one, two)] == [3, 3]
    assert await raw_db.fetchval("SELECT count(*) FROM member_event") == stored


async def test_a_mark_over_the_socket_is_refused_as_over_http(make: Factory, raw_db: asyncpg.Connection) -> None:
    _, mentor, thread = await three_messages(make)
    async with await Phone.let_in(mentor) as phone:
        for where, up_to_seq, code in ((thread, 4, "invalid_body"), (uuid4(), 1, "thread_not_found")):
            await phone.say({"type": "delivered", "thread_id": str(where), "up_to_seq": up_to_seq})
            answer = await phone.expect(frames.Refused)
            assert (answer.frame, answer.thread_id, answer.code) == ("delivered", where, code)
        await raw_db.execute("UPDATE session SET revoked_at = clock_timestamp() WHERE id = $1", mentor.session_id)
        await phone.say({"type": "delivered", "thread_id": str(thread), "up_to_seq": 3})
        assert await phone.closed_with() == frames.CloseCode.UNAUTHENTICATED
    assert await raw_db.fetchval("SELECT max(delivered_seq) FROM thread_member") == 0


async def test_what_is_read_was_delivered_and_is_not_told_by_itself(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await three_messages(make)
    async with Words(raw_db) as words:
        await read(mentor, thread, 1)
        assert await words.so_far("sides") == [f"sides {thread}:{mentee.id}"]
        assert await marks(mentee, thread) == (1, None)
        await delivered(mentor, thread, 3)
        assert len(await words.so_far("sides")) == 1
        for number in (2, 3, 3):
            await read(mentor, thread, number)
        await delivered(mentor, thread, 3)
        assert await words.so_far("sides") == []
    assert await marks(mentee, thread) == (3, None)


async def test_reading_is_told_where_both_want_it(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await three_messages(make)
    await delivered(mentor, thread, 3)
    for wants in (mentor, mentee):
        assert await marks(mentee, thread) == (3, None)
        await show_reading(wants)
    assert await marks(mentee, thread) == (3, 0)
    async with await Phone.let_in(mentee) as phone, Words(raw_db) as words:
        await read(mentor, thread, 2)
        assert (await phone.expect(frames.OtherSide)).other_read_seq == 2
        await show_reading(mentor, shown=False)
        assert (await phone.expect(frames.OtherSide)).other_read_seq is None
        assert await marks(mentee, thread) == (3, None)
        await words.so_far("sides")
        await read(mentor, thread, 3)
        assert await words.so_far("sides") == []
        await show_reading(mentor)
        assert (await phone.expect(frames.OtherSide)).other_read_seq == 3


async def test_who_hides_reading_sees_none(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await three_messages(make)
    await show_reading(mentee, mentor)
    await read(mentor, thread, 3)
    assert await marks(mentee, thread) == (3, 3)
    await show_reading(mentee, shown=False)
    assert await marks(mentee, thread) == (3, None)
    async with Words(raw_db) as words:
        await show_reading(mentor, shown=False)
        assert await words.so_far("sides") == [], "who shows no reading is not woken for that of another"


@pytest.mark.parametrize("told", ["delivered", "read"])
async def test_a_blocked_side_tells_nothing_and_is_told_nothing(make: Factory, told: str) -> None:
    mentee, mentor, thread = await three_messages(make)
    await show_reading(mentee, mentor)
    await read(mentor, thread, 1)
    async with await Phone.let_in(mentee, after=0) as young, await Phone.let_in(mentor, after=0) as other:
        await young.until(frames.CaughtUp)
        await other.until(frames.CaughtUp)
        ok(await mentee.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
        await young.event(ThreadChanged)
        await other.event(ThreadGone)
        refused(await mentor.put(f"/v1/threads/{thread}/{told}", {"up_to_seq": 3}), 404, "thread_not_found")
        assert await marks(mentee, thread) == (None, None)
        ok(await mentee.put(f"/v1/threads/{thread}/{told}", {"up_to_seq": 3}))
        ok(await mentee.put(f"/v1/threads/{thread}/filing", {"filing": "inbox"}))
        heard, _ = await other.until(frames.EventFrame)
        assert heard == []
        assert await marks(mentee, thread) == (1, 1)
        assert (await marks(mentor, thread))[0] == 3


async def test_the_marks_of_all_threads_are_shown_when_words_may_have_been_lost(make: Factory) -> None:
    mentee, mentor, thread = await three_messages(make)
    second = await make.thread(mentee, await make.mentor(mentee.organisation_id))
    await delivered(mentor, thread, 3)
    sides = await make.services.reader.other_sides(caller_of(mentee), [None])
    assert {side.thread_id: side.other_delivered_seq for side in sides} == {thread: 3, second: 0}
    only = await make.services.reader.other_sides(caller_of(mentee), [second, uuid4()])
    assert [side.thread_id for side in only] == [second]
    assert await make.services.reader.other_sides(caller_of(mentor), [second]) == []
