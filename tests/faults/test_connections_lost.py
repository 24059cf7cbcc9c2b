"""What Postgres ends under the service comes back by itself."""

import asyncio
import time

import asyncpg
import pytest

from rinnalla.kit import postgres
from rinnalla.kit.bus import LISTENER_NAME
from rinnalla.realtime import frames
from tests.api import ok
from tests.chat.test_sending import say
from tests.factories import Factory
from tests.faults.journal import Ledger
from tests.faults.proxy import Weather
from tests.phone import Phone
from tests.weather import door_of, through, url_through

COMMITS = 16
WAIT_SECONDS = 0.05


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


async def test_who_commits_in_bad_weather_never_hears_whether_it_came_to_pass(
    postgres_url: str, raw_db: asyncpg.Connection
) -> None:
    """The instrument's own: the answer is swallowed, and about every other commit has happened all the same."""
    await raw_db.execute("CREATE TABLE tried (number int)")
    async with through(door_of(postgres_url)) as proxy:
        proxy.turn(Weather(commits_lost=1.0))
        for number in range(COMMITS):
            connection = await asyncpg.connect(**postgres.arguments(url_through(proxy, postgres_url), {}))
            with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
                async with connection.transaction():
                    await connection.execute("INSERT INTO tried VALUES ($1)", number)
            connection.terminate()
    stored = await raw_db.fetchval("SELECT count(*) FROM tried")
    await raw_db.execute("DROP TABLE tried")
    assert 0 < stored < COMMITS


async def test_the_longest_wait_for_what_works_again_is_kept() -> None:
    ledger = Ledger()
    ledger.recovered()
    await asyncio.sleep(WAIT_SECONDS)
    ledger.recovered()  # it broke again in between
    ledger.ack(time.monotonic())
    assert ledger.recovery_gap >= WAIT_SECONDS
    ledger.recovered()
    await asyncio.sleep(2 * WAIT_SECONDS)
    ledger.waited()
    assert ledger.recovery_gap >= 2 * WAIT_SECONDS
