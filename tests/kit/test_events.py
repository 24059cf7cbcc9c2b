"""Streams: whoever reads "everything after n" misses nothing, however the writers' commits fall."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from rinnalla.kit import bus, events
from rinnalla.kit.database import Database
from rinnalla.kit.errors import Unavailable
from rinnalla.kit.events import Event
from tests.factories import Factory

WRITERS = 8
ROUNDS = 8


@pytest.fixture
async def database(postgres_url: str, clean: None) -> AsyncIterator[Database]:
    made = Database(postgres_url, pool_size=WRITERS + 2)
    yield made
    await made.close()


async def add(database: Database, *to_tell: Event) -> None:
    async with database.unit_of_work() as db:
        await events.append(db, to_tell)


async def whole(database: Database, account_id: UUID) -> list[events.StoredEvent]:
    async with database.unit_of_work() as db:
        return (await events.read_after(db, [(account_id, 0)], 1000))[0]


async def tell(database: Database, news: list[Event], seconds: float) -> None:
    """So many seconds before the commit; again, should the machine stand still until the lock is not waited for."""
    try:
        async with database.unit_of_work() as db:
            await events.append(db, news)
            await asyncio.sleep(seconds)
    except Unavailable:
        await tell(database, news, seconds)


async def test_a_reader_misses_nothing_while_commits_fall_as_they_like(database: Database, make: Factory) -> None:
    """Waiting before the commit is what the test is about: numbers are out, and rows not yet to be seen."""
    mentee, mentor, _ = await make.talkers()
    people = (mentee.id, mentor.id)
    begin = {person: (await whole(database, person))[-1].seq for person in people}
    seen: dict[UUID, list[events.StoredEvent]] = {person: [] for person in people}

    async def write(writer: int) -> None:
        chance = random.Random(writer)
        for turn in range(ROUNDS):
            to_tell = chance.sample(people, chance.randint(1, 2))
            news = [Event(one, "test", {"by": writer, "turn": turn}) for one in to_tell]
            await tell(database, news, chance.uniform(0, 0.02))

    async def read() -> None:
        async with database.unit_of_work() as db:
            places = [(one, seen[one][-1].seq if seen[one] else begin[one]) for one in people]
            for (person, _), page in zip(places, await events.read_after(db, places, 7), strict=True):
                seen[person] += page

    async def read_until(done: asyncio.Future[list[None]]) -> None:
        while not done.done():
            await read()

    writing = asyncio.ensure_future(asyncio.gather(*(write(number) for number in range(WRITERS))))
    await read_until(writing)
    await writing
    told = -1
    while told != (told := sum(map(len, seen.values()))):
        await read()
    for person in people:
        assert [event.seq for event in seen[person]] == [begin[person] + n + 1 for n in range(len(seen[person]))]
        written = Counter((event.refs["by"], event.refs["turn"]) for event in seen[person])
        assert set(written.values()) == {1}
        for writer in range(WRITERS):
            turns = [event.refs["turn"] for event in seen[person] if event.refs["by"] == writer]
            assert turns == sorted(turns)
    everything = {(event.refs["by"], event.refs["turn"]) for page in seen.values() for event in page}
    assert len(everything) == WRITERS * ROUNDS


async def test_a_writer_who_gives_up_leaves_no_hole(database: Database, make: Factory) -> None:
    mentee = await make.mentee()
    await add(database, Event(mentee.id, "first"))

    async def give_up() -> None:
        async with database.unit_of_work() as db:
            await events.append(db, [Event(mentee.id, "never")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await give_up()
    await add(database, Event(mentee.id, "second"))
    assert [(event.seq, event.kind) for event in await whole(database, mentee.id)] == [(1, "first"), (2, "second")]


async def test_events_for_who_is_gone_are_dropped(database: Database, make: Factory) -> None:
    mentee = await make.mentee()
    await add(database, Event(uuid4(), "nobody"), Event(mentee.id, "test"), Event(uuid4(), "nobody"))
    await add(database, Event(uuid4(), "nobody"))
    await add(database)
    assert [event.kind for event in await whole(database, mentee.id)] == ["test"]


async def test_many_are_woken_in_payloads_that_fit(database: Database, raw_db: asyncpg.Connection) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    await raw_db.add_listener(bus.CHANNEL, lambda *told: heard.put_nowait(str(told[3])))
    ids = [uuid4() for _ in range(250)]
    async with database.unit_of_work() as db:
        events.wake(db, ids)
    named: list[str] = []
    while len(named) < len(ids):
        kind, _, rest = (await asyncio.wait_for(heard.get(), 10)).partition(" ")
        if kind == "members" and rest.split(",")[0] in map(str, ids):
            assert len(rest) < 8000
            named += rest.split(",")
    assert named == sorted(map(str, ids))
    await raw_db.reset()


async def test_what_is_old_is_forgotten_and_the_floor_says_so(database: Database, make: Factory) -> None:
    mentee, other = await make.mentee(), await make.mentee()
    await add(database, *(Event(mentee.id, "test") for _ in range(3)))
    async with database.unit_of_work() as db:
        await events.forget_old(db, timedelta(0))
    await add(database, Event(mentee.id, "test"))
    async with database.unit_of_work() as db:
        head = await events.head(db, mentee.id)
        assert (head.floor_seq, head.last_seq) == (3, 4)
        found = await events.heads(db, [mentee.id, other.id])
        assert {account_id: head.last_seq for account_id, head in found.items()} == {mentee.id: 4, other.id: 0}
    assert [event.seq for event in await whole(database, mentee.id)] == [4]
