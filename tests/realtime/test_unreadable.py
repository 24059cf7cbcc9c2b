"""What can't be read is passed: one bad row never stands between a person and the rows behind it."""

import json
from typing import Any

import asyncpg
import pytest

from rinnalla.realtime import frames
from rinnalla.realtime.news import Unavailable
from tests.api import ok
from tests.chat.test_sending import say
from tests.factories import Factory
from tests.phone import Phone

POISON = """
WITH head AS (UPDATE member_stream SET last_seq = last_seq + 1 WHERE account_id = $1 RETURNING last_seq)
INSERT INTO member_event (account_id, seq, kind, refs) SELECT $1, last_seq, $2, $3::jsonb FROM head
"""
UNREADABLE: list[tuple[str, Any]] = [
    ("dance", {}),
    ("dance", {"thread_id": 5}),
    ("", []),
    ("message", {}),
    ("message", {"message_id": "not an id"}),
    ("message", {"message_id": 7}),
    ("message", []),
    ("message", "message"),
    ("read", {"thread_id": "019ffd2e-5b1d-7f5e-8a4b-0d8f1f6e2c11"}),
    ("read", {"thread_id": "019ffd2e-5b1d-7f5e-8a4b-0d8f1f6e2c11", "up_to_seq": "many"}),
    ("read", {"thread_id": "019ffd2e-5b1d-7f5e-8a4b-0d8f1f6e2c11", "up_to_seq": -1}),
    ("thread_changed", {"thread_id": None}),
    ("thread_gone", {}),
    ("thread_gone", None),
    ("pair_changed", {"pair_id": [1]}),
    ("unavailable", {}),
]


async def test_events_that_cannot_be_made_out_are_passed_as_unavailable(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor, thread = await make.talkers()
    for kind, refs in UNREADABLE:
        await raw_db.execute(POISON, mentee.id, kind, json.dumps(refs))
    ok(await say(mentor, thread, "hei"), 201)
    async with await Phone.let_in(mentee, after=1) as phone:
        events, _ = await phone.until(frames.CaughtUp)
        assert [event.seq for event in events] == list(range(2, len(UNREADABLE) + 3))
        assert {type(event) for event in events[:-1]} == {Unavailable}
        assert isinstance(events[-1], frames.MessageEvent)
        await raw_db.execute(POISON, mentee.id, "dance", "{}")
        ok(await say(mentor, thread, "vielä"), 201)
        assert isinstance(await phone.event(Unavailable), Unavailable)
        assert (await phone.event(frames.MessageEvent)).message.text == "vielä"
    polled = ok(await mentee.get("/v1/sync", params={"after": 1, "epoch": str(phone.hello.epoch)}))["events"]
    assert [event["type"] for event in polled[-4:]] == ["unavailable", "message", "unavailable", "message"]


@pytest.mark.parametrize(
    "breaking",
    [
        "UPDATE message SET body = 'x'::bytea WHERE id = $1",
        "UPDATE message SET body = ''::bytea WHERE id = $1",
        "UPDATE message SET body = set_byte(body, 20, get_byte(body, 20) # 1) WHERE id = $1",
        "UPDATE message SET body = (SELECT body FROM message WHERE id <> $1 LIMIT 1) WHERE id = $1",
    ],
)
async def test_a_message_that_does_not_open_comes_without_its_text_and_others_with_theirs(
    make: Factory, raw_db: asyncpg.Connection, breaking: str
) -> None:
    mentee, mentor, thread = await make.talkers()
    first, second, third = [ok(await say(mentor, thread, text), 201) for text in ("yksi", "kaksi", "kolme")]
    await raw_db.execute(breaking, second["id"])
    async with await Phone.let_in(mentee, after=1) as phone:
        events, _ = await phone.until(frames.CaughtUp)
        shown = [event.message.text for event in events if isinstance(event, frames.MessageEvent)]
        assert shown == ["yksi", None, "kolme"]
    listed = ok(await mentee.get(f"/v1/threads/{thread}/messages"))["items"]
    assert {one["id"]: one["text"] for one in listed} == {first["id"]: "yksi", second["id"]: None, third["id"]: "kolme"}


async def test_an_author_whose_key_is_lost_keeps_nobody_else_from_being_read(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentor, thread, "hei"), 201)
    ok(await say(mentee, thread, "moi"), 201)
    await raw_db.execute("UPDATE thread_member SET wrapped_key = 'x'::bytea WHERE account_id = $1", mentor.id)
    async with await Phone.let_in(mentee, after=1) as phone:
        events, _ = await phone.until(frames.CaughtUp)
        assert [event.message.text for event in events if isinstance(event, frames.MessageEvent)] == [None, "moi"]


async def test_a_send_repeated_after_its_message_broke_is_known_as_stored(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    _, mentor, thread = await make.talkers()
    async with await Phone.let_in(mentor) as phone:
        client_id = await phone.send(thread, "hei")
        _, ack = await phone.until(frames.Ack)
        await raw_db.execute("UPDATE message SET body = 'x'::bytea WHERE id = $1", ack.message.id)
        await phone.send(thread, "hei", client_id)
        _, again = await phone.until(frames.Ack)
        assert (again.replayed, again.message.id, again.message.text) == (True, ack.message.id, None)


async def test_a_send_that_fails_within_the_service_takes_neither_the_socket_nor_its_neighbours(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor, thread = await make.talkers()
    await raw_db.execute("UPDATE thread_member SET wrapped_key = 'x'::bytea WHERE account_id = $1", mentor.id)
    async with await Phone.let_in(mentor) as broken, await Phone.let_in(mentee) as well:
        for _ in range(3):
            client_id = await broken.send(thread, "hei")
            await well.send(thread, "moi")
            refused = await broken.expect(frames.Refused)
            assert (refused.frame, refused.client_id, refused.code) == ("send", client_id, "internal_error")
            assert (refused.retryable, refused.retry_after) == (True, 60)
            await well.expect(frames.Ack)
