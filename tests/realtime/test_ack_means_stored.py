"""An ack, and the event of one's own message, come when the message is there for everyone to see, never before."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from rinnalla.realtime import frames
from tests.factories import Factory, Person
from tests.phone import Phone

SENDS = 25
PAIRS = 5
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


async def test_a_commit_that_fails_is_never_acknowledged(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, _, thread = await make.talkers()
    await raw_db.execute(SLOW_COMMITS.replace("PERFORM pg_sleep(0.01)", "RAISE EXCEPTION ''not today''"))
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
