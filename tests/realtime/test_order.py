"""What someone says in a thread is stored in the order in which they said it, whatever is refused for a moment."""

import asyncio
from uuid import UUID, uuid4

import asyncpg

from rinnalla.kit.errors import Unavailable
from rinnalla.realtime import frames
from rinnalla.realtime.order import REMEMBERED, Order
from tests.factories import Factory
from tests.phone import Phone


def send(thread: UUID, client_id: UUID | None = None) -> frames.Send:
    return frames.Send(thread_id=thread, client_id=client_id or uuid4(), text="hei")


def wait_of(kept: Order, one: frames.Send) -> int | None:
    """How long this has to wait for what was said before it."""
    try:
        kept.check(one)
    except Unavailable as refusal:
        return refusal.retry_after
    return None


async def test_what_follows_a_send_that_was_refused_for_now_is_refused_too_until_that_came_again(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, _, thread = await make.talkers()
    other_thread = await make.thread(mentee, await make.mentor(mentee.organisation_id))
    async with await Phone.let_in(mentee, after=0) as phone:
        await phone.until(frames.CaughtUp)
        async with raw_db.transaction():
            await raw_db.execute("SELECT FROM thread WHERE id = $1 FOR UPDATE", thread)
            said = [await phone.send(thread, f"{number}") for number in range(3)]
            _, first = await phone.until(frames.Refused)
            assert (first.client_id, first.code, first.retryable) == (said[0], "unavailable", True)
        elsewhere = await phone.send(other_thread, "hei")
        for client_id in said[1:]:
            _, refusal = await phone.until(frames.Refused)
            assert (refusal.client_id, refusal.code, refusal.retryable) == (client_id, "unavailable", True)
            assert refusal.retry_after is not None
            assert 1 <= refusal.retry_after <= (first.retry_after or 0) + 1
        _, ack = await phone.until(frames.Ack)
        assert ack.client_id == elsewhere
        seqs = []
        for number, client_id in enumerate(said):
            await phone.send(thread, f"{number}", client_id)
            _, ack = await phone.until(frames.Ack)
            assert ack.client_id == client_id
            seqs.append(ack.message.seq)
    assert seqs == sorted(seqs)


async def test_what_is_never_said_again_holds_up_the_rest_for_a_moment_only(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, _, thread = await make.talkers()
    async with await Phone.let_in(mentee, after=0) as phone:
        await phone.until(frames.CaughtUp)
        async with raw_db.transaction():
            await raw_db.execute("SELECT FROM thread WHERE id = $1 FOR UPDATE", thread)
            await phone.send(thread, "ei sittenkään")
            await phone.until(frames.Refused)
        client_id = await phone.send(thread, "hei")
        while not isinstance(answer := await phone.next(), frames.Ack):
            assert isinstance(answer, frames.Refused | frames.EventFrame)
            if isinstance(answer, frames.Refused):
                assert answer.client_id == client_id
                await asyncio.sleep(answer.retry_after or 0)
                await phone.send(thread, "hei", client_id)
        assert answer.client_id == client_id


def test_each_waits_for_those_before_it_in_its_thread() -> None:
    kept, thread = Order(), uuid4()
    first, second, third = send(thread), send(thread), send(thread)
    assert wait_of(kept, first) is None
    kept.refused(first, 5)
    assert wait_of(kept, second) == 5
    assert wait_of(kept, send(uuid4())) is None
    assert wait_of(kept, first) is None
    kept.answered(first)
    assert wait_of(kept, third) == 5
    assert wait_of(kept, second) is None
    kept.answered(second)
    assert wait_of(kept, third) is None


def test_no_more_is_remembered_than_there_is_room_for() -> None:
    kept, thread = Order(), uuid4()
    said = [send(thread) for _ in range(REMEMBERED + 1)]
    kept.refused(said[0], 5)
    assert all(wait_of(kept, one) for one in said[1:])
    for one in said[:REMEMBERED]:
        kept.answered(one)
    assert wait_of(kept, send(thread)) is None
