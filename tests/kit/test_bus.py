"""Words between processes, by Postgres and by Valkey: the same promises."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from sqlalchemy import text

from rinnalla.kit import bus
from rinnalla.kit.bus import Bus, PostgresBus, RedisBus, say
from rinnalla.kit.database import Database
from rinnalla.kit.errors import Unavailable
from tests.faults.ends import Target
from tests.faults.proxy import Weather
from tests.patience import eventually
from tests.valkey import Valkey, valkey
from tests.weather import door_of, through, url_through

PATIENCE_SECONDS = 15
SILENCE_SECONDS = bus.PING_EVERY_SECONDS + bus.DEADLINE_SECONDS
LATE_SECONDS = 0.5


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    with valkey() as running:
        yield running


@pytest.fixture(params=["postgres", "valkey"])
async def made(request: pytest.FixtureRequest, postgres_url: str) -> AsyncIterator[Bus]:
    one: Bus = PostgresBus(postgres_url)
    if request.param == "valkey":
        one = RedisBus(request.getfixturevalue("server").url, "test")
    yield one
    await one.close()


class Ear:
    """Listens until it is told to stop, and begins again when what it listens to is lost."""

    def __init__(self, made: Bus) -> None:
        self._bus = made
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.ready = asyncio.Event()
        self.lost = asyncio.Event()

    async def listen(self) -> None:
        while True:
            try:
                await self._bus.listen(self.heard.put_nowait, self.ready.set)
            except bus.LOST:
                self.ready.clear()
                self.lost.set()
                await asyncio.sleep(0.05)

    async def next(self) -> str:
        return await asyncio.wait_for(self.heard.get(), PATIENCE_SECONDS)


@contextlib.asynccontextmanager
async def listening(made: Bus) -> AsyncIterator[Ear]:
    ear = Ear(made)
    task = asyncio.create_task(ear.listen())
    await asyncio.wait_for(ear.ready.wait(), PATIENCE_SECONDS)
    try:
        yield ear
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def database(made: Bus, postgres_url: str) -> AsyncIterator[Database]:
    one = Database(postgres_url, pool_size=2, bus=made)
    yield one
    await one.close()


async def test_what_a_transaction_says_is_heard_once_by_every_process(made: Bus, database: Database) -> None:
    async with listening(made) as first, listening(made) as second:
        async with database.unit_of_work() as db:
            for word in ("members a", "members b", "members a"):
                say(db, word)
        for ear in (first, second):
            assert [await ear.next(), await ear.next()] == ["members a", "members b"]
            assert ear.heard.empty()


async def test_what_is_not_committed_is_not_said(made: Bus, database: Database) -> None:
    async with listening(made) as ear:
        with contextlib.suppress(LookupError):
            async with database.unit_of_work() as db:
                say(db, "members lost")
                raise LookupError
        async with database.unit_of_work() as db:
            say(db, "members kept")
        assert await ear.next() == "members kept"


async def say_alone(database: Database, word: str) -> None:
    async with database.unit_of_work() as db:
        await db.execute(text("SELECT 1"))
        say(db, word)


async def test_a_word_is_said_also_when_nobody_knows_whether_its_commit_came_to_pass(
    server: Valkey, postgres_url: str
) -> None:
    """Who repeats what was stored changes nothing, and so would have nothing to say."""
    made = RedisBus(server.url, "test")
    async with through(door_of(postgres_url)) as proxy, listening(made) as ear:
        database = Database(url_through(proxy, postgres_url), pool_size=1, bus=made)
        proxy.turn(Weather(commits_lost=1.0))
        with pytest.raises(Unavailable):
            await say_alone(database, "sides a:b")
        assert await ear.next() == "sides a:b"
        await database.close()
    await made.close()


async def test_a_listener_that_was_ended_is_told_at_once(postgres_url: str, raw_db: asyncpg.Connection) -> None:
    async with listening(PostgresBus(postgres_url)) as ear:
        await raw_db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", bus.LISTENER_NAME
        )
        await asyncio.wait_for(ear.lost.wait(), bus.DEADLINE_SECONDS)  # less than a pulse takes to notice
        await asyncio.wait_for(ear.ready.wait(), PATIENCE_SECONDS)


@pytest.mark.parametrize("kind", ["postgres", "valkey"])
async def test_a_listener_finds_by_itself_that_nothing_comes_any_more(
    request: pytest.FixtureRequest, postgres_url: str, kind: str
) -> None:
    """Nobody closes the connection; the network swallows what either side says."""
    target: Target = door_of(postgres_url)
    if kind == "valkey":
        target = ("127.0.0.1", request.getfixturevalue("server").port)
    async with through(target) as proxy:
        made: Bus = PostgresBus(url_through(proxy, postgres_url))
        if kind == "valkey":
            made = RedisBus(f"redis://127.0.0.1:{proxy.port}", "test")
        async with listening(made) as ear:
            proxy.turn(Weather(hole=True))
            await asyncio.wait_for(ear.lost.wait(), SILENCE_SECONDS + PATIENCE_SECONDS)
        proxy.cut_all()
        await made.close()


async def test_who_is_ready_hears_whatever_is_said_then(server: Valkey) -> None:
    async with through(("127.0.0.1", server.port)) as proxy:
        proxy.turn(Weather(late=(LATE_SECONDS, LATE_SECONDS)))
        far, near = RedisBus(f"redis://127.0.0.1:{proxy.port}", "test"), RedisBus(server.url, "test")
        async with listening(far) as ear:
            near.after_commit(["members heard"])
            assert await ear.next() == "members heard"
        proxy.cut_all()
        await far.close()
        await near.close()


async def test_without_its_server_a_commit_is_a_commit_and_words_come_again_when_it_is_back(postgres_url: str) -> None:
    with valkey() as server:
        made = RedisBus(server.url, "test")
        database = Database(postgres_url, pool_size=2, bus=made)
        async with listening(made) as ear:
            server.kill()
            async with database.unit_of_work() as db:
                say(db, "members lost")
            await asyncio.wait_for(ear.lost.wait(), PATIENCE_SECONDS)
            server.start()
            await asyncio.wait_for(ear.ready.wait(), PATIENCE_SECONDS)
            async with database.unit_of_work() as db:
                say(db, "members heard")
            while (word := await ear.next()) != "members heard":
                assert word == bus.WORDS_LOST
        await made.close()
        await database.close()


async def test_who_could_not_say_words_says_that_there_were_some(
    server: Valkey, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those who listen have lost nothing themselves, and would not know."""

    async def was_lost() -> bool:
        return "bus_lost" in capsys.readouterr().err

    async with through(("127.0.0.1", server.port)) as proxy:
        far, near = RedisBus(f"redis://127.0.0.1:{proxy.port}", "test"), RedisBus(server.url, "test")
        async with listening(near) as ear:
            proxy.turn(Weather(closed=True))
            far.after_commit(["members unheard"])
            await eventually(was_lost)
            far.after_commit(["members unheard either"])
            proxy.clear()
            assert await ear.next() == bus.WORDS_LOST
            far.after_commit(["members heard"])
            while (word := await ear.next()) != "members heard":
                assert word == "members unheard either"
        await far.close()
        await near.close()


async def test_what_there_is_no_room_for_is_made_good_by_one_word(server: Valkey) -> None:
    one = RedisBus(server.url, "test")
    async with listening(one) as ear:
        words = [f"members {number}" for number in range(bus.WORDS_WAITING)]
        one.after_commit([*words, "members who stand outside", "members with them"])
        assert [await ear.next() for _ in range(len(words) + 1)] == [*words, bus.WORDS_LOST]
        one.after_commit(["members heard"])
        assert await ear.next() == "members heard"
    await one.close()


async def test_services_that_share_a_server_do_not_hear_each_other(server: Valkey, postgres_url: str) -> None:
    ours, theirs = RedisBus(server.url, "ours"), RedisBus(server.url, "theirs")
    async with listening(ours) as ear:
        theirs.after_commit(["members theirs"])
        await theirs.close()
        ours.after_commit(["members ours"])
        assert await ear.next() == "members ours"
    await ours.close()
