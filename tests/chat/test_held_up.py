"""Sends of one moment go into one transaction. Who is held up by someone else's lock must not hold up the others: a
process that froze in the middle of a send keeps its locks for ten seconds."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from rinnalla.chat.service import Sent
from rinnalla.kit.errors import Unavailable
from tests.api import ok
from tests.chat.test_sending import history, say
from tests.factories import Factory
from tests.realtime.lines import caller_of

HOLDS = {
    "thread": "SELECT FROM thread WHERE id = ANY($1) FOR UPDATE",
    "one side": "SELECT FROM thread_member WHERE thread_id = ANY($1) AND account_id = ANY($2) FOR UPDATE",
    "stream": "SELECT FROM member_stream WHERE $1::uuid[] IS NOT NULL AND account_id = ANY($2) FOR UPDATE",
}


@pytest.mark.parametrize("hold", HOLDS)
async def test_what_nobody_holds_is_sent(make: Factory, raw_db: asyncpg.Connection, hold: str) -> None:
    talks = [await make.talkers() for _ in range(5)]
    held = talks[:3]
    query = HOLDS[hold]
    people, threads = [mentor.id for _, mentor, _ in held], [thread for *_, thread in held]
    chat = make.services.chat
    async with raw_db.transaction():
        await (raw_db.execute(query, threads) if hold == "thread" else raw_db.execute(query, threads, people))
        sending = [chat.send(caller_of(mentee), thread, "hei", uuid4()) for mentee, _, thread in talks]
        answers = await asyncio.gather(*sending, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 3 + [Sent] * 2
    for mentee, mentor, thread in held:
        assert await history(mentor, thread) == []
        ok(await say(mentee, thread, "hei"), 201)
    for _, mentor, thread in talks:
        assert [message["text"] for message in await history(mentor, thread)] == ["hei"]
        told = [event["seq"] for event in ok(await mentor.get("/v1/sync"))["events"]]
        assert told == list(range(1, len(told) + 1))
