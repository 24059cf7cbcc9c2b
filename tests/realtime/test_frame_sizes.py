"""How large a frame may be, in how many pieces it may come, and how long it may take."""

import asyncio
import json
import os
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import psutil
import pytest
from websockets.frames import Frame, Opcode

from rinnalla.realtime.protocol import FRAGMENTS
from tests.conftest import RunningService
from tests.factories import Factory
from tests.wire import Wire, piece, text

LIMIT = 64 * 1024
MIB = 1024 * 1024


def send_of(thread: UUID, size: int) -> bytes:
    """A `send` whose JSON has exactly so many bytes."""
    frame = json.dumps({"type": "send", "thread_id": str(thread), "client_id": str(uuid4()), "text": "hei"})
    return frame.encode().ljust(size)


async def test_a_frame_of_64_kib_is_taken(make: Factory) -> None:
    mentee, _, thread = await make.talkers()
    async with await Wire.let_in(mentee) as wire:
        await wire.send(text(send_of(thread, LIMIT)))
        assert (await wire.next())["type"] == "ack"


async def test_64_kib_in_a_few_pieces_are_taken(make: Factory) -> None:
    mentee, _, thread = await make.talkers()
    whole = send_of(thread, LIMIT)
    async with await Wire.let_in(mentee) as wire:
        await wire.send(text(whole[:10], fin=False))
        for start in range(10, LIMIT - 1000, 1000):
            await wire.send(piece(whole[start : start + 1000]))
        await wire.send(Frame(Opcode.CONT, whole[start + 1000 :]).serialize(mask=True))
        assert (await wire.next())["type"] == "ack"


@pytest.mark.parametrize("size", [LIMIT + 1, 17 * MIB])
async def test_a_larger_frame_closes_the_socket(make: Factory, size: int) -> None:
    mentee, _, thread = await make.talkers()
    async with await Wire.let_in(mentee) as wire:
        await wire.send(text(send_of(thread, size)))
        assert await wire.closed_with() == 1009


async def test_a_frame_is_judged_by_the_size_it_claims_not_by_what_has_come(make: Factory) -> None:
    mentee = await make.mentee()
    async with await Wire.let_in(mentee) as wire:
        await wire.send(b"\x81\xff" + (2**62).to_bytes(8) + b"mask")
        assert await wire.closed_with() == 1009


async def test_pieces_may_not_be_larger_together_than_one_frame(make: Factory) -> None:
    mentee = await make.mentee()
    async with await Wire.let_in(mentee) as wire:
        await wire.send(text(b" " * LIMIT, fin=False) + piece(b" "))
        assert await wire.closed_with() == 1009


@pytest.mark.parametrize("content", [b"", b" "])
async def test_ten_thousand_pieces_close_the_socket(make: Factory, content: bytes) -> None:
    mentee = await make.mentee()
    async with await Wire.let_in(mentee) as wire:
        await wire.send(text(content, fin=False))
        await wire.send(piece(content) * 10_000)
        assert await wire.closed_with() == 1009


async def test_a_hundred_pieces_are_the_most(make: Factory) -> None:
    mentee, _, thread = await make.talkers()
    whole = send_of(thread, LIMIT)
    async with await Wire.let_in(mentee) as wire, await Wire.let_in(mentee) as another:
        await wire.send(text(whole, fin=False)[:0] + text(b"", fin=False) + piece(b"") * (FRAGMENTS - 1))
        await wire.send(Frame(Opcode.CONT, whole).serialize(mask=True))
        assert (await wire.next())["type"] == "ack"
        await another.send(text(b"", fin=False) + piece(b"") * FRAGMENTS)
        assert await another.closed_with() == 1009


async def test_a_message_that_is_never_finished_closes_the_socket(make: Factory, brisk_service: RunningService) -> None:
    """However alive the client is otherwise: it answers pings, and it goes on sending pieces."""
    mentee = await make.mentee()
    mentee.url = brisk_service.url
    async with await Wire.let_in(mentee) as wire, await Wire.let_in(mentee) as slow:

        async def drip() -> None:
            while True:
                await slow.send(piece(b" "))
                await asyncio.sleep(0.1)

        await wire.send(text(b"{", fin=False))
        await slow.send(text(b"{", fin=False))
        dripping = asyncio.create_task(drip())
        codes = set(await asyncio.gather(wire.closed_with(), slow.closed_with()))
        dripping.cancel()
        assert codes == {1008}


async def test_what_is_too_large_is_not_kept(make: Factory) -> None:
    """Of 340 MiB that twenty clients try to send, next to nothing stays in memory."""
    people = [await make.mentee() for _ in range(20)]
    before = psutil.Process().memory_info().rss
    much = os.urandom(MIB)
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(await Wire.let_in(person)) for person in people]

        async def pour(wire: Wire) -> int | None:
            await wire.send(b"\x81\xff" + (17 * MIB).to_bytes(8) + b"mask")
            for _ in range(17):
                await wire.send(much)
            return await wire.closed_with()

        codes = await asyncio.gather(*(pour(wire) for wire in wires))
        assert set(codes) <= {1009, None}  # None: cut, as a client is that never stops to listen
        assert psutil.Process().memory_info().rss - before < 64 * MIB
