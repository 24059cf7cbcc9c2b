"""Many at once: quiet ones cost next to nothing, and when all come back together everyone gets in and nobody waits who
is in the middle of talking."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from rinnalla.realtime import frames
from tests.api import ok
from tests.chat.test_sending import say
from tests.conftest import RunningService
from tests.factories import Factory, Person
from tests.patience import eventually
from tests.phone import Phone

CROWD = 100
SOCKETS_EACH = 5
TEXTS = ["moi", "oletko siellä?", "kerro kun ehdit"]
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"


async def crowd_of(make: Factory, size: int) -> list[Person]:
    """So many devices, five of each person, to each of whom something was said."""
    home = await make.organisation()
    mentor, people = await make.mentor(home), [await make.mentee(home) for _ in range(size // SOCKETS_EACH)]
    for person in people:
        thread = await make.thread(person, mentor)
        for text in TEXTS:
            ok(await say(mentor, thread, text), 201)
    return [person for person in people for _ in range(SOCKETS_EACH)]


async def come_in(person: Person) -> Phone:
    """As an app does it: when the door is shut for the moment, try again after the time that was named. It hears all
    there is."""
    while True:
        try:
            phone = await Phone.open(person)
        except InvalidStatus as refused:
            if refused.response.status_code != 503:
                raise
            await asyncio.sleep(min(0.2, float(refused.response.headers["retry-after"])))
            continue
        try:
            await phone.say({"type": "auth", "access_token": person.token, "resume": {"after": 0}})
            phone.hello = await phone.expect(frames.Hello)
        except ConnectionClosed:  # the machine was too busy with all of them to hear this one in time
            continue
        heard, caught_up = await phone.until(frames.CaughtUp)
        assert [event.seq for event in heard] == list(range(1, caught_up.seq + 1))
        assert [event.message.text for event in heard if isinstance(event, frames.MessageEvent)] == TEXTS
        return phone


@asynccontextmanager
async def all_in(crowd: Sequence[Person]) -> AsyncIterator[list[Phone]]:
    """Everyone connected at the same time."""
    async with AsyncExitStack() as stack:
        phones = await asyncio.gather(*(come_in(person) for person in crowd))
        for phone in phones:
            await stack.enter_async_context(phone)
        yield phones


async def test_quiet_sockets_hold_no_connection_to_the_database(
    make: Factory, service: RunningService, raw_db: asyncpg.Connection
) -> None:
    """F4 with a tenth of the sockets: `make bench ONLY=idle` has 5,000, what each costs and how late the loop is."""
    services = service.services

    async def none_is_lent() -> bool:  # the look at the streams borrows one now and then
        return not services.delivery.connections_in_use() and not services.database.connections_in_use()

    async with all_in(await crowd_of(make, CROWD)):
        assert services.hub.sockets >= CROWD
        await eventually(none_is_lent)
        assert await raw_db.fetchval(CONNECTIONS) < CROWD / 10  # this one, and what processes do by themselves


@pytest.mark.parametrize("jitter", [0.0, 0.5])
async def test_a_crowd_that_drops_and_comes_back_gets_in_while_others_go_on_talking(
    make: Factory, service: RunningService, jitter: float
) -> None:
    crowd = await crowd_of(make, CROWD)
    mentee, mentor, thread = await make.talkers()
    coming_back = asyncio.Event()

    async def talk() -> int:
        sent = 0
        while not coming_back.is_set():
            ok(await say(mentee, thread, f"{sent}"), 201)
            sent += 1
        return sent

    async with all_in(crowd) as phones:
        talking = asyncio.create_task(talk())
        for phone in phones:
            phone.socket.transport.abort()
        await asyncio.gather(*(phone.socket.wait_closed() for phone in phones))

        async def back(person: Person, number: int) -> Phone:
            await asyncio.sleep(jitter * number / CROWD)
            return await come_in(person)

        returned = await asyncio.gather(*(back(person, number) for number, person in enumerate(crowd)))
        assert len(returned) == CROWD
        coming_back.set()
        assert await talking > 0
        assert ok(await mentor.get(f"/v1/threads/{thread}"))["last_seq"] == talking.result()
        await asyncio.gather(*(phone.socket.close() for phone in returned))
    assert service.services.sockets.strangers == 0


async def test_who_cannot_be_let_in_at_the_moment_is_asked_to_come_back(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    """Not told that they are unknown: their app would log them out."""
    mentee = await make.mentee()
    async with await Phone.open(mentee) as phone:
        await raw_db.execute("BEGIN; LOCK TABLE session IN ACCESS EXCLUSIVE MODE")
        await phone.say({"type": "auth", "access_token": mentee.token})
        notice = await phone.expect(frames.GoingAway)
        await raw_db.execute("ROLLBACK")
        assert 0 <= notice.retry_after_ms < 5000
        assert await phone.closed_with() == frames.CloseCode.GOING_AWAY
    async with await Phone.let_in(mentee):
        return
