"""What Postgres ends under the service comes back by itself."""

import asyncio

import asyncpg

from rinnalla.kit.bus import LISTENER_NAME
from rinnalla.realtime import frames
from tests.api import ok
from tests.chat.test_sending import say
from tests.factories import Factory
from tests.phone import Phone


async def test_news_come_although_the_listener_is_gone(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await make.talkers()
    async with await Phone.let_in(mentor, after=1) as phone:
        await phone.expect(frames.CaughtUp)
        await raw_db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", LISTENER_NAME
        )
        ok(await say(mentee, thread, "kuuletko?"), 201)
        assert (await phone.event(frames.MessageEvent)).message.text == "kuuletko?"


async def test_the_pool_is_whole_afterwards(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, _, thread = await make.talkers()
    await asyncio.gather(*(say(mentee, thread, f"{number}") for number in range(50)))
    states = await raw_db.fetch("SELECT state FROM pg_stat_activity WHERE application_name = 'rinnalla'")
    assert {row["state"] for row in states} <= {"idle"}
