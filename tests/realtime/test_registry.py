"""The list of open sockets that all processes share: nobody has too many anywhere, and nothing waits for it."""

import asyncio
import contextlib
import copy
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.app import Services
from rinnalla.kit import bus
from rinnalla.kit.database import Database
from rinnalla.kit.errors import Unavailable
from rinnalla.realtime import frames
from rinnalla.realtime.connection import Closed, Connection
from rinnalla.realtime.frames import CloseCode
from rinnalla.realtime.registry import SOCKETS_PER_ACCOUNT, Registry
from tests.api import ok
from tests.chat.test_sending import say
from tests.conftest import RunningService
from tests.factories import Factory, Person
from tests.phone import Phone
from tests.privacy.test_leaving import leave
from tests.realtime.lines import Client, caller_of
from tests.realtime.test_ack_means_stored import AS_EVER, SLOW_COMMITS
from tests.weather import door_of, through, url_through
from tests.words import Words

WRITTEN = "SELECT count(*) FROM open_socket WHERE left_at IS NULL"


def node(services: Services) -> Registry:
    """The list as another process keeps it."""
    return Registry(services.delivery, services.showing)


def opened(services: Services, registry: Registry, person: Person, count: int = 1) -> list[Connection]:
    connections = [Connection(caller_of(person), services.reader, Client()) for _ in range(count)]
    for connection in connections:
        registry.enter(connection)
    return connections


async def code_of(connection: Connection) -> int | None:
    """With what code a socket is to be closed, if it is."""
    with contextlib.suppress(TimeoutError):
        try:
            await asyncio.wait_for(connection.closed(), 0.01)
        except Closed as closed:
            return closed.code
    return None


async def until(raw_db: asyncpg.Connection, query: str, *values: object) -> None:
    """Wait until a query says yes."""
    async with asyncio.timeout(10):
        while not await raw_db.fetchval(query, *values):
            await asyncio.sleep(0.01)


async def test_the_sixth_socket_closes_the_oldest_of_another_process(
    make: Factory, strict_service: RunningService
) -> None:
    mentee, _, thread = await make.talkers()
    elsewhere = copy.copy(mentee)
    elsewhere.url = strict_service.url
    async with AsyncExitStack() as stack:
        phones = [
            await stack.enter_async_context(await Phone.let_in(person))
            for person in (mentee, elsewhere, mentee, elsewhere, mentee, elsewhere)
        ]
        assert await phones[0].closed_with() == CloseCode.TOO_MANY
        for number, phone in enumerate(phones[1:]):
            await phone.send(thread, f"{number}")
            await phone.expect(frames.Ack)


async def test_a_lost_word_is_made_good_by_the_next_look(services: Services, make: Factory) -> None:
    mentee, first, second = await make.mentee(), node(services), node(services)
    [oldest] = opened(services, first, mentee)
    await first.look()
    others = opened(services, second, mentee, SOCKETS_PER_ACCOUNT)
    await second.look()
    assert await code_of(oldest) is None, "nobody told it yet"
    await first.sweep()
    assert await code_of(oldest) == CloseCode.TOO_MANY
    assert {await code_of(other) for other in others} == {None}


async def test_of_many_opened_everywhere_at_once_the_youngest_stay(services: Services, make: Factory) -> None:
    mentee, nodes = await make.mentee(), [node(services) for _ in range(4)]
    sockets = [one for each in nodes for one in opened(services, each, mentee, 3)]
    for age, socket in enumerate(reversed(sockets)):
        socket.opened_at -= age
    await asyncio.gather(*(each.look() for each in nodes))
    for each in nodes:
        await each.sweep()
    codes = [await code_of(one) for one in sockets]
    assert codes == [CloseCode.TOO_MANY] * 7 + [None] * SOCKETS_PER_ACCOUNT


async def test_who_comes_back_in_the_same_moment_is_not_one_too_many(services: Services, make: Factory) -> None:
    mentee, registry = await make.mentee(), node(services)
    before = opened(services, registry, mentee, SOCKETS_PER_ACCOUNT)
    await registry.look()
    registry.leave(before[-1])
    [back] = opened(services, registry, mentee)
    await registry.look()
    assert {await code_of(one) for one in (*before, back)} == {None}


class LosesAnswers(Database):
    """The connection is cut after a commit: whether it was one is not known here."""

    loses = False

    @contextlib.asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[AsyncSession]:
        async with super().unit_of_work() as db:
            yield db
        if self.loses:
            raise Unavailable


async def test_a_socket_that_closes_before_it_is_known_to_be_written_down_is_gone_all_the_same(
    services: Services, make: Factory, raw_db: asyncpg.Connection, postgres_url: str
) -> None:
    database = LosesAnswers(postgres_url, pool_size=1)
    registry = Registry(database, services.showing)
    [gone, stays] = opened(services, registry, await make.mentee(), 2)
    database.loses = True
    with pytest.raises(Unavailable):
        await registry.look()
    database.loses = False
    registry.leave(gone)
    await registry.look()
    await database.close()
    assert [row[0] for row in await raw_db.fetch("SELECT id FROM open_socket WHERE left_at IS NULL")] == [stays.id]


@contextlib.asynccontextmanager
async def commits_hang(raw_db: asyncpg.Connection) -> AsyncIterator[None]:
    """For a second, those that have written a socket down."""
    await raw_db.execute(SLOW_COMMITS.replace("0.01", "1").replace("ON message", "ON open_socket"))
    try:
        yield
    finally:
        await raw_db.execute(AS_EVER.replace("message", "open_socket"))


async def test_a_socket_that_closes_while_its_commit_still_hangs_is_gone_all_the_same(
    services: Services, make: Factory, raw_db: asyncpg.Connection, postgres_url: str
) -> None:
    """The way to Postgres is cut in the middle of a commit, and what it has begun there goes on."""
    async with commits_hang(raw_db), through(door_of(postgres_url)) as proxy:
        database = Database(url_through(proxy, postgres_url), pool_size=1)
        registry = Registry(database, services.showing)
        [connection] = opened(services, registry, await make.mentee())
        looking = asyncio.create_task(registry.look())
        await until(raw_db, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COMMIT%' AND state = 'active'")
        proxy.cut_all()
        with pytest.raises(Unavailable):
            await looking
        registry.leave(connection)
        await registry.look()
        await until(raw_db, "SELECT count(*) FROM open_socket")
        await database.close()
    assert await raw_db.fetchval(WRITTEN) == 0


async def test_sockets_of_a_silent_process_do_not_count(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, dead, alive = await make.mentee(), node(services), node(services)
    [lost] = opened(services, dead, mentee)
    await dead.look()
    await raw_db.execute("UPDATE node SET seen_at = seen_at - interval '16 seconds'")
    young = opened(services, alive, mentee, SOCKETS_PER_ACCOUNT)
    await alive.look()
    await alive.sweep()
    assert await raw_db.fetchval(WRITTEN) == SOCKETS_PER_ACCOUNT
    await dead.look()  # it was only frozen
    await dead.sweep()
    assert await code_of(lost) == CloseCode.TOO_MANY, "its socket is still the oldest"
    assert {await code_of(one) for one in young} == {None}


async def test_a_process_that_died_may_have_taken_words_with_it(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    """Over Redis, words leave after the commit: who dies in between says nothing any more, not even that."""
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentee, thread, "hei"), 201)
    async with await Phone.let_in(mentee, after=1) as phone:
        await phone.until(frames.CaughtUp)
        await raw_db.execute("UPDATE thread_member SET delivered_seq = 1 WHERE account_id = $1", mentor.id)
        await raw_db.execute("INSERT INTO node VALUES (gen_random_uuid(), clock_timestamp() - interval '16 seconds')")
        await node(services).sweep()
        side = await phone.expect(frames.OtherSide)
        assert (side.thread_id, side.other_delivered_seq) == (thread, 1)


async def test_a_process_that_stopped_has_said_all_its_words(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    stopped = node(services)
    opened(services, stopped, await make.mentee())
    await stopped.look()
    [left] = await raw_db.fetch("SELECT node_id FROM open_socket")
    stopped.start()
    await stopped.stop()
    assert await raw_db.fetchval(WRITTEN) == 0
    await raw_db.execute("UPDATE node SET seen_at = seen_at - interval '16 seconds' WHERE id = $1", left["node_id"])
    async with Words(raw_db) as words:
        await node(services).sweep()
        assert await words.so_far(bus.WORDS_LOST) == []
    assert await raw_db.fetchval("SELECT count(*) FROM node WHERE id = $1", left["node_id"]) == 0


async def test_what_a_crash_of_the_database_took_is_written_anew(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, registry = await make.mentee(), node(services)
    opened(services, registry, mentee, 3)
    await registry.look()
    await raw_db.execute("TRUNCATE node, open_socket")
    await registry.look()
    assert await raw_db.fetchval(WRITTEN) == 3
    await registry.look()
    assert await raw_db.fetchval(WRITTEN) == 3


async def test_one_who_is_leaving_holds_up_nobody_else(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    leaving, gone, stays, registry = await make.mentee(), await make.mentee(), await make.mentee(), node(services)
    ok(await leave(gone), 204)
    sockets = [opened(services, registry, person)[0] for person in (leaving, gone, stays)]
    async with raw_db.transaction():
        await raw_db.execute("SELECT FROM account WHERE id = $1 FOR UPDATE", leaving.id)
        await registry.look()
        assert await raw_db.fetch("SELECT account_id FROM open_socket") == [(stays.id,)]
    await registry.look()
    assert await raw_db.fetchval(WRITTEN) == 2
    for socket in sockets:
        registry.leave(socket)
    async with raw_db.transaction():
        await raw_db.execute("SELECT FROM open_socket WHERE account_id = $1 FOR UPDATE", leaving.id)
        await registry.look()
        assert await raw_db.fetch("SELECT account_id FROM open_socket WHERE left_at IS NULL") == [(leaving.id,)]
    await registry.look()
    assert await raw_db.fetchval(WRITTEN) == 0


async def test_who_was_erased_is_not_in_the_list(services: Services, make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, registry = await make.mentee(), node(services)
    [socket] = opened(services, registry, mentee)
    await registry.look()
    ok(await leave(mentee), 204)
    assert await raw_db.fetchval(WRITTEN) == 0
    registry.leave(socket)
    await registry.look()


async def test_nobody_waits_for_the_list(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, _, thread = await make.talkers()
    async with raw_db.transaction():
        await raw_db.execute("LOCK TABLE open_socket, node IN EXCLUSIVE MODE")
        async with asyncio.timeout(1.9), await Phone.let_in(mentee, after=0) as phone:  # a lock's own limit is 2 s
            await phone.until(frames.CaughtUp)
            await phone.send(thread, "hei")
            await phone.until(frames.Ack)


async def test_a_process_that_stops_says_so(services: Services, make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, registry = await make.mentee(), node(services)
    registry.start()
    opened(services, registry, mentee, 2)
    await until(raw_db, WRITTEN.replace("count(*)", "count(*) = 2"))
    await registry.stop()
    assert await raw_db.fetchval(WRITTEN) == 0


async def test_more_than_fit_into_one_round_follow_in_the_next(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    registry = node(services)
    for person in [await make.mentee() for _ in range(42)]:
        opened(services, registry, person, 5)
    await registry.look()
    assert await raw_db.fetchval(WRITTEN) == 200
    await registry.look()
    assert await raw_db.fetchval(WRITTEN) == 210
