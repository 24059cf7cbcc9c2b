"""What is done to the service. Each is a block: trouble while it lasts, and everything mended when it ends."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass

from rinnalla.kit.bus import LISTENER_NAME
from tests.faults.builds import build, clock_ahead
from tests.faults.proxy import Proxy, Weather
from tests.faults.stage import Stage
from tests.valkey import valkey

FROZEN_SECONDS = 10.0
DRAIN_SECONDS = 2.0
CLOCK_SECONDS = 120
OURS = "application_name LIKE 'rinnalla%'"
LISTENING = f"application_name = '{LISTENER_NAME}'"
Trouble = Callable[[Stage, random.Random], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def as_ever(_: Stage, __: random.Random) -> AsyncIterator[None]:
    """Nothing is done."""
    yield


@dataclass(frozen=True, slots=True)
class Nemesis:
    """`scene`: how the service is set up for it, from before anyone comes until it was seen what they left behind.
    `flows`: messages must arrive while it lasts, not only afterwards. `grace`: seconds that the network itself may
    hold back what was sent in time. `repeats`: what clients say may be said twice. `brief`: in the short set."""

    name: str
    trouble: Trouble
    flows: bool = False
    grace: float = 0.0
    repeats: bool = False
    brief: bool = False
    scene: Trouble = as_ever


ALL: list[Nemesis] = []


def nemesis(
    name: str,
    *,
    flows: bool = False,
    grace: float = 0.0,
    repeats: bool = False,
    brief: bool = False,
    scene: Trouble = as_ever,
) -> Callable[[Callable[[Stage, random.Random], AsyncIterator[None]]], Trouble]:
    """Enter one into `ALL`."""

    def enter(made: Callable[[Stage, random.Random], AsyncIterator[None]]) -> Trouble:
        trouble = asynccontextmanager(made)
        ALL.append(Nemesis(name, trouble, flows=flows, grace=grace, repeats=repeats, brief=brief, scene=scene))
        return trouble

    return enter


def named(name: str) -> Nemesis:
    """The one of that name."""
    return next(one for one in ALL if one.name == name)


@asynccontextmanager
async def again_and_again(work: Callable[[], Awaitable[None]], pause: Callable[[], float]) -> AsyncIterator[None]:
    """`work`, a pause, `work` … while the block lasts; one that has begun is finished, unless time is up."""
    over = asyncio.Event()

    async def repeat() -> None:
        while not over.is_set():
            await work()
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), pause())

    task = asyncio.create_task(repeat())
    try:
        yield
    except asyncio.CancelledError:
        task.cancel()
        raise
    finally:
        over.set()
        await task


ALL.append(Nemesis("none", as_ever, flows=True))  # the quiet case, to compare with


@nemesis("no notifications", flows=True, brief=True)
async def deafen(stage: Stage, _: random.Random) -> AsyncIterator[None]:
    for back in stage.backs:
        back.turn(Weather(deaf=True))
        back.cut_all()
    try:
        yield
    finally:
        for back in stage.backs:
            back.clear()


# Processes


@nemesis("kill -9 of a node", brief=True)
async def kill_a_node(stage: Stage, chance: random.Random) -> AsyncIterator[None]:
    async def kill() -> None:
        node = chance.choice(stage.nodes)
        node.kill()
        await asyncio.sleep(0.5)
        node.start()
        await node.ready()
        stage.recovered()

    async with again_and_again(kill, lambda: 4.0):
        yield


@nemesis("rolling restart", flows=True, grace=DRAIN_SECONDS)
async def roll(stage: Stage, _: random.Random) -> AsyncIterator[None]:
    async def restart() -> None:
        for node in stage.nodes:
            await node.stop()
            node.start()
            await node.ready()

    async with again_and_again(restart, lambda: 2.0):
        yield


@nemesis("SIGSTOP of a node", grace=FROZEN_SECONDS)
async def freeze_a_node(stage: Stage, chance: random.Random) -> AsyncIterator[None]:
    async def freeze() -> None:
        node = chance.choice(stage.nodes)
        node.freeze()
        await asyncio.sleep(FROZEN_SECONDS)
        node.thaw()
        stage.recovered()

    async with again_and_again(freeze, lambda: 3.0):
        yield


# Postgres


@nemesis("kill -9 of Postgres", brief=True)
async def kill_postgres(stage: Stage, chance: random.Random) -> AsyncIterator[None]:
    async def kill() -> None:
        await asyncio.to_thread(stage.postgres.restart)
        stage.recovered()

    async with again_and_again(kill, lambda: chance.uniform(2, 5)):
        yield


@nemesis("SIGSTOP of Postgres", grace=FROZEN_SECONDS)
async def freeze_postgres(stage: Stage, _: random.Random) -> AsyncIterator[None]:
    async def freeze() -> None:
        with stage.postgres.frozen():
            await asyncio.sleep(FROZEN_SECONDS)
        stage.recovered()

    async with again_and_again(freeze, lambda: 5.0):
        yield


async def _end(stage: Stage, which: str) -> None:
    """End sessions in Postgres: those of whom `which`, a condition on pg_stat_activity, is true."""
    connection = await stage.direct()
    try:
        await connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {which}")
    finally:
        await connection.close()


@nemesis("listener ended", flows=True, brief=True)
async def end_the_listener(stage: Stage, chance: random.Random) -> AsyncIterator[None]:
    async with again_and_again(lambda: _end(stage, LISTENING), lambda: chance.uniform(0.1, 1)):
        yield


@nemesis("some connections ended", flows=True)
async def end_some(stage: Stage, chance: random.Random) -> AsyncIterator[None]:
    async with again_and_again(lambda: _end(stage, f"{OURS} AND random() < 0.2"), lambda: chance.uniform(0.1, 1)):
        yield


@nemesis("all connections ended", brief=True)
async def end_all(stage: Stage, chance: random.Random) -> AsyncIterator[None]:
    async with again_and_again(lambda: _end(stage, OURS), lambda: chance.uniform(0.5, 2)):
        yield


# The network


def _bad_weather(name: str, weather: Weather, *, grace: float = 0.0, brief: bool = False, flows: bool = False) -> None:
    """Two nemeses: this weather between clients and nodes, and between nodes and Postgres."""

    async def for_clients(stage: Stage, _: random.Random) -> AsyncIterator[None]:
        async with _weather(stage.fronts, weather):
            yield

    async def for_postgres(stage: Stage, _: random.Random) -> AsyncIterator[None]:
        async with _weather(stage.backs, weather):
            yield

    nemesis(f"{name}: clients", grace=grace, brief=brief, flows=flows)(for_clients)
    nemesis(f"{name}: Postgres", grace=grace, flows=flows)(for_postgres)


@asynccontextmanager
async def _weather(proxies: Sequence[Proxy], weather: Weather) -> AsyncIterator[None]:
    for proxy in proxies:
        proxy.turn(weather)
    try:
        yield
    finally:
        for proxy in proxies:
            proxy.clear()


@nemesis("resets at COMMIT", brief=True)
async def lose_commits(stage: Stage, _: random.Random) -> AsyncIterator[None]:
    async with _weather(stage.backs, Weather(commits_lost=0.2)):
        yield


_bad_weather("late", Weather(late=(0.005, 0.08)), flows=True)
_bad_weather("resets", Weather(cut_after=2.0), brief=True)
_bad_weather("half-open", Weather(share=0.3, hole=True), grace=20.0)
_bad_weather("drop by drop", Weather(share=0.2, drip=0.001), grace=20.0)


@nemesis("every request twice", flows=True, repeats=True, brief=True)
async def say_twice(stage: Stage, _: random.Random) -> AsyncIterator[None]:
    for number, front in enumerate(stage.fronts):
        other = stage.nodes[number - 1]
        front.turn(Weather(twice=other.address))
        front.cut_all()
    try:
        yield
    finally:
        for front in stage.fronts:
            front.clear()


# Settings


def small_pool(stage: Stage, _: random.Random) -> AbstractAsyncContextManager[None]:
    return stage.otherwise(RINNALLA_POOL_SIZE="2")


ALL.append(Nemesis("pool of 2", as_ever, flows=True, scene=small_pool))


def wrong_clocks(stage: Stage, _: random.Random) -> AbstractAsyncContextManager[None]:
    sources = []
    for seconds in (CLOCK_SECONDS, -CLOCK_SECONDS):
        folder = stage.settings.data_folder / f"clock{seconds:+}"
        sources.append(folder / "src" if folder.exists() else build(folder, clock_ahead(seconds)))
    return stage.otherwise(sources)


ALL.append(Nemesis("clocks 2 minutes off", as_ever, flows=True, scene=wrong_clocks))
BUS_DOWN = "bus down"


@asynccontextmanager
async def over_a_bus(stage: Stage, chance: random.Random) -> AsyncIterator[None]:
    with valkey() as server:
        stage.bus = bus = Proxy(("127.0.0.1", server.port), chance)
        await bus.start()
        async with stage.otherwise(BUS_URL=f"redis://127.0.0.1:{bus.port}"):
            yield
        bus.stop()


@nemesis(BUS_DOWN, flows=True, scene=over_a_bus)
async def take_the_bus_away(stage: Stage, chance: random.Random) -> AsyncIterator[None]:
    assert stage.bus is not None
    bus = stage.bus

    async def away() -> None:
        bus.turn(Weather(closed=True))
        await asyncio.sleep(chance.uniform(1, 6))
        bus.clear()

    async with again_and_again(away, lambda: chance.uniform(0.5, 2)):
        yield
