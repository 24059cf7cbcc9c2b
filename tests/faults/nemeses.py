"""What is done to the service. Each is a block: trouble while it lasts, and everything mended when it ends."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass

from tests.faults.stage import Stage

Trouble = Callable[[Stage, random.Random], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Nemesis:
    """`flows`: messages must arrive while it lasts, not only afterwards. `grace`: seconds that the network itself may
    hold back what was sent in time. `repeats`: what clients say may be said twice. `brief`: in the short set."""

    name: str
    trouble: Trouble
    flows: bool = False
    grace: float = 0.0
    repeats: bool = False
    brief: bool = False


ALL: list[Nemesis] = []


def nemesis(
    name: str, *, flows: bool = False, grace: float = 0.0, repeats: bool = False, brief: bool = False
) -> Callable[[Callable[[Stage, random.Random], AsyncIterator[None]]], Trouble]:
    """Enter one into `ALL`."""

    def enter(made: Callable[[Stage, random.Random], AsyncIterator[None]]) -> Trouble:
        trouble = asynccontextmanager(made)
        ALL.append(Nemesis(name, trouble, flows=flows, grace=grace, repeats=repeats, brief=brief))
        return trouble

    return enter


@asynccontextmanager
async def again_and_again(work: Callable[[], Awaitable[None]], pause: Callable[[], float]) -> AsyncIterator[None]:
    """`work`, a pause, `work` … while the block lasts; one that has begun is finished."""
    over = asyncio.Event()

    async def repeat() -> None:
        while not over.is_set():
            await work()
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), pause())

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        over.set()
        await task


@nemesis("none", flows=True, brief=True)
async def nothing(_: Stage, __: random.Random) -> AsyncIterator[None]:
    """The quiet case, to compare with."""
    yield


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


@nemesis("kill -9 of Postgres", brief=True)
async def kill_postgres(stage: Stage, chance: random.Random) -> AsyncIterator[None]:
    async def kill() -> None:
        await asyncio.to_thread(stage.postgres.kill)
        await asyncio.to_thread(stage.postgres.start)
        stage.recovered()

    async with again_and_again(kill, lambda: chance.uniform(2, 5)):
        yield
