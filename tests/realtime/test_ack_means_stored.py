"""An ack, and the event of one's own message, come when the message is there for everyone to see, never before."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from rinnalla.kit.settings import Settings
from rinnalla.realtime import frames
from tests.api import ok, refused
from tests.chat.test_sending import history, say
from tests.conftest import RunningService
from tests.factories import Factory, Person
from tests.faults.proxy import Weather
from tests.phone import Phone
from tests.weather import door_of, through, url_through

SENDS = 25
PAIRS = 5
LOST_COMMITS = 32
"""Of each it is a matter of chance whether it came to pass."""
SLOW_COMMITS = """
CREATE FUNCTION commit_slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.01); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER slow_commits AFTER INSERT ON message
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION commit_slowly()
"""
AS_EVER = "DROP TRIGGER slow_commits ON message; DROP FUNCTION commit_slowly()"


@pytest.fixture
async def slow_commits(make: Factory, raw_db: asyncpg.Connection) -> AsyncIterator[None]:
    """Between the last statement of a send and the end of its commit there is time to be caught."""
    await raw_db.execute(SLOW_COMMITS)
    yield
    await raw_db.execute(AS_EVER)


@pytest.mark.usefixtures("slow_commits")
async def test_no_ack_and_no_echo_comes_before_the_row_can_be_seen_from_elsewhere(
    make: Factory, postgres_url: str
) -> None:
    """D12 with 125 sends: `make bench ONLY=acks` has 10,000."""
    talks = [await make.talkers() for _ in range(PAIRS)]
    url = postgres_url.replace("postgresql+asyncpg", "postgresql")
    async with asyncpg.create_pool(url, min_size=2, max_size=4) as elsewhere:

        async def is_there(message: UUID) -> bool:
            return bool(await elsewhere.fetchval("SELECT count(*) FROM message WHERE id = $1", message))

        async def talk(person: Person, thread: UUID) -> None:
            async with await Phone.let_in(person, after=1) as phone:
                await phone.until(frames.CaughtUp)
                for number in range(SENDS):
                    await phone.send(thread, f"{number}")
                acks = echoes = 0
                while acks + echoes < 2 * SENDS:
                    frame = await phone.next()
                    if isinstance(frame, frames.Ack):
                        acks += 1
                        assert await is_there(frame.message.id), "acknowledged before it was stored"
                    elif isinstance(frame, frames.EventFrame) and isinstance(frame.event, frames.MessageEvent):
                        echoes += 1
                        assert await is_there(frame.event.message.id), "told before it was stored"

        await asyncio.gather(*(talk(mentee, thread) for mentee, _, thread in talks))


@pytest.mark.usefixtures("slow_commits")
async def test_no_answer_over_http_comes_before_the_row_can_be_seen_from_elsewhere(
    make: Factory, postgres_url: str
) -> None:
    talks = [await make.talkers() for _ in range(PAIRS)]
    url = postgres_url.replace("postgresql+asyncpg", "postgresql")
    async with asyncpg.create_pool(url, min_size=2, max_size=4) as elsewhere:

        async def talk(person: Person, thread: UUID) -> None:
            for number in range(SENDS):
                sent = ok(await say(person, thread, f"{number}"), 201)
                found = await elsewhere.fetchval("SELECT count(*) FROM message WHERE id = $1", UUID(sent["id"]))
                assert found == 1, "acknowledged before it was stored"

        await asyncio.gather(*(talk(mentee, thread) for mentee, _, thread in talks))


@pytest.mark.parametrize("instead", ["RAISE EXCEPTION ''not today''", "PERFORM pg_terminate_backend(pg_backend_pid())"])
async def test_a_commit_that_fails_is_never_acknowledged(
    make: Factory, raw_db: asyncpg.Connection, instead: str
) -> None:
    """It is refused, or its connection is ended between the last statement and the end of the commit."""
    mentee, _, thread = await make.talkers()
    await raw_db.execute(SLOW_COMMITS.replace("PERFORM pg_sleep(0.01)", instead))
    try:
        async with await Phone.let_in(mentee, after=1) as phone:
            await phone.until(frames.CaughtUp)
            client_id = await phone.send(thread, "hei")
            refusal = await phone.expect(frames.Refused)
            assert (refusal.client_id, refusal.retryable) == (client_id, True)
            await raw_db.execute(AS_EVER)
            await phone.send(thread, "hei", client_id)
            _, ack = await phone.until(frames.Ack)
            assert (ack.client_id, ack.replayed, ack.message.seq) == (client_id, False, 1)
    finally:
        await raw_db.execute("DROP TRIGGER IF EXISTS slow_commits ON message; DROP FUNCTION IF EXISTS commit_slowly()")


async def test_of_a_commit_whose_answer_is_lost_nothing_final_is_said_and_the_same_send_finds_it(
    make: Factory, settings: Settings, postgres_url: str, raw_db: asyncpg.Connection
) -> None:
    """By socket and over HTTP: no yes, and no no of what may be stored."""
    mentee, mentor, thread = await make.talkers()
    client_ids = [uuid4() for _ in range(LOST_COMMITS)]
    async with through(door_of(postgres_url)) as proxy:
        far = RunningService(replace(settings, port=0, database_url=url_through(proxy, postgres_url)))
        await asyncio.to_thread(far.__enter__)
        there = make.again(mentee)
        there.url, there.http.base_url = far.url, httpx.URL(far.url)
        for number, client_id in enumerate(client_ids):
            async with await Phone.let_in(there) as phone:  # a new one: each waits for what was said before it there
                proxy.turn(Weather(commits_lost=1.0))
                if number % 2:
                    answer = await say(there, thread, "hei", client_id)
                    refused(answer, 503, "unavailable")
                    assert int(answer.headers["retry-after"]) >= 1
                else:
                    await phone.send(thread, "hei", client_id)
                    _, refusal = await phone.until(frames.Refused)
                    assert (refusal.client_id, refusal.code, refusal.retryable) == (client_id, "unavailable", True)
                proxy.clear()
        await asyncio.to_thread(far.__exit__)
    async with raw_db.transaction():
        await raw_db.execute("LOCK TABLE message")  # when those commits are over that nobody waits for
        stored = {row["client_id"]: row["id"] for row in await raw_db.fetch("SELECT client_id, id FROM message")}
    for ids in (client_ids[::2], client_ids[1::2]):
        assert 0 < len(stored.keys() & set(ids)) < len(ids), "the proxy had it all one way"
    for client_id in client_ids:
        again = ok(await say(mentee, thread, "hei", client_id), 200 if client_id in stored else 201)
        assert again["id"] == str(stored.get(client_id, again["id"]))
    assert [one["seq"] for one in await history(mentor, thread)] == list(range(1, LOST_COMMITS + 1))
