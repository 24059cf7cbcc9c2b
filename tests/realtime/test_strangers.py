"""Who connects and does not say who they are is let go soon, and has held no connection to the database meanwhile."""

import asyncio
from contextlib import AsyncExitStack

import asyncpg

from rinnalla.kit.settings import SocketLimits
from rinnalla.realtime import frames
from tests.conftest import RunningService
from tests.factories import Factory
from tests.wire import Wire, text

CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
AUTH = '{"type":"auth","access_token":"'


def test_a_stranger_has_five_seconds() -> None:
    assert SocketLimits().auth == 5.0


async def says_nothing(_: Wire) -> None:
    return


async def pings(wire: Wire) -> None:
    for _ in range(10):
        await wire.send(b"\x89\x80mask")
        await asyncio.sleep(0.01)


async def says_half_a_frame(wire: Wire) -> None:
    wire.answers_pings = False  # an answer would be the other half
    await wire.send(text(AUTH)[:-5])


async def begins_a_message(wire: Wire) -> None:
    await wire.send(text(AUTH, fin=False))


async def test_strangers_are_let_go_and_hold_no_connection_to_the_database(
    make: Factory, brisk_service: RunningService, raw_db: asyncpg.Connection
) -> None:
    ways = [says_nothing, pings, says_half_a_frame, begins_a_message] * 5
    before = await raw_db.fetchval(CONNECTIONS)
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(await Wire.upgraded(brisk_service.url)) for _ in ways]
        await asyncio.gather(*(way(wire) for way, wire in zip(ways, wires, strict=True)))
        assert await raw_db.fetchval(CONNECTIONS) <= before
        assert brisk_service.services.delivery.connections_in_use() == 0
        assert brisk_service.services.database.connections_in_use() == 0
        codes = await asyncio.gather(*(wire.closed_with() for wire in wires))
        assert set(codes) == {frames.CloseCode.UNAUTHENTICATED}


async def test_who_does_not_even_answer_the_close_is_cut_off(brisk_service: RunningService) -> None:
    async with await Wire.upgraded(brisk_service.url) as wire:
        assert await wire.closed_with() == frames.CloseCode.UNAUTHENTICATED
        assert await wire.frame() is None
