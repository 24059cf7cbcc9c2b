"""Many people talking while things break: connections drop, and Postgres ends sessions under the service.

This is `make faults` in small, part of every test run, beside one process; but here every answer and every frame is
held against the contract, where the swarm of `make faults` reads only what its checker needs.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from rinnalla.kit.bus import LISTENER_NAME
from rinnalla.realtime import frames
from tests.api import ok
from tests.chat.test_sending import say
from tests.device import Device, check
from tests.factories import Factory
from tests.phone import Phone

PAIRS = 5
ROUNDS = 12
Fault = Callable[[asyncpg.Connection, random.Random], Awaitable[None]]


async def nothing(_: asyncpg.Connection, __: random.Random) -> None:
    """The quiet case, to compare with."""


async def end_the_listener(db: asyncpg.Connection, _: random.Random) -> None:
    await db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", LISTENER_NAME
    )


async def end_some_connections(db: asyncpg.Connection, chance: random.Random) -> None:
    pids = [
        row["pid"] for row in await db.fetch("SELECT pid FROM pg_stat_activity WHERE application_name = 'rinnalla'")
    ]
    for pid in chance.sample(pids, min(2, len(pids))):
        await db.execute("SELECT pg_terminate_backend($1)", pid)


async def end_all_connections(db: asyncpg.Connection, _: random.Random) -> None:
    await db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'rinnalla%'")


@contextlib.asynccontextmanager
async def troubled(db: asyncpg.Connection, fault: Fault, chance: random.Random) -> AsyncIterator[None]:
    """The fault again and again, while the block lasts."""

    async def trouble() -> None:
        while True:
            await asyncio.sleep(chance.uniform(0.05, 0.25))
            await fault(db, chance)

    task = asyncio.create_task(trouble())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def live(device: Device, chance: random.Random) -> None:
    """One person's evening."""
    for number in range(ROUNDS):
        if device.phone is None or chance.random() < 0.2:
            with contextlib.suppress(Exception):  # the service is down for a moment: the next round tries again
                await device.connect()
        await device.say(f"{device.person.login_name} {number} 🌧")
        if chance.random() < 0.25:
            await device.drop()
        await device.listen()


@pytest.mark.parametrize("fault", [nothing, end_the_listener, end_some_connections, end_all_connections])
async def test_nothing_acknowledged_is_lost_doubled_or_out_of_order(
    make: Factory, raw_db: asyncpg.Connection, fault: Fault
) -> None:
    devices = []
    for _ in range(PAIRS):
        mentee, mentor, thread = await make.talkers()
        devices += [Device(mentee, thread), Device(mentor, thread)]
    chance = random.Random(fault.__name__)
    async with troubled(raw_db, fault, chance):
        await asyncio.gather(*(live(device, random.Random(index)) for index, device in enumerate(devices)))
    await check(devices)
    assert sum(len(device.acked) for device in devices) == 2 * PAIRS * ROUNDS


async def test_news_come_although_the_listener_is_gone(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await make.talkers()
    async with await Phone.let_in(mentor, after=1) as phone:
        await phone.expect(frames.CaughtUp)
        await end_the_listener(raw_db, random.Random(0))
        ok(await say(mentee, thread, "kuuletko?"), 201)
        assert (await phone.event(frames.MessageEvent)).message.text == "kuuletko?"


async def test_the_pool_is_whole_afterwards(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, _, thread = await make.talkers()
    await asyncio.gather(*(say(mentee, thread, f"{number}") for number in range(50)))
    states = await raw_db.fetch("SELECT state FROM pg_stat_activity WHERE application_name = 'rinnalla'")
    assert {row["state"] for row in states} <= {"idle"}
