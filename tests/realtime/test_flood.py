"""A client that sends faster than anyone types is told to wait, and then closed; others don't notice."""

import asyncio
import contextlib
import time
from uuid import UUID

import asyncpg
import pytest
from websockets.exceptions import ConnectionClosed

from rinnalla.realtime import frames
from tests.api import ok, refused
from tests.chat.test_sending import say
from tests.conftest import RunningService
from tests.factories import Factory, Person
from tests.overload.test_slow_clients import told_in_words
from tests.phone import Phone
from tests.wire import Wire

COMMANDS = 200
TALK = 30


async def flood(person: Person, thread: UUID) -> tuple[frames.Refused, int | None]:
    """Send at once what nobody can type, and read only then: the first refusal, and the close."""
    async with await Phone.let_in(person) as phone:
        with contextlib.suppress(ConnectionClosed):  # it may be closed before all is sent
            for _ in range(COMMANDS):
                await phone.say({"type": "typing", "thread_id": str(thread)})
        refused = await phone.expect(frames.Refused)
        return refused, await phone.closed_with()


async def talk(person: Person, thread: UUID) -> list[float]:
    """Send one message after the other, and take each answer: the milliseconds until it came."""
    took = []
    async with await Phone.let_in(person) as phone:
        for number in range(TALK):
            started = time.monotonic()
            client_id = await phone.send(thread, f"{number}")
            _, ack = await phone.until(frames.Ack)
            assert (ack.client_id, ack.message.seq) == (client_id, number + 1)
            took.append((time.monotonic() - started) * 1000)
    return took


async def test_marks_of_all_kinds_and_ways_have_one_limit(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentor, thread, "hei"), 201)
    path = f"/v1/threads/{thread}"
    async with await Phone.let_in(mentee) as phone:
        before = await raw_db.fetch("SELECT key FROM rate_limit")
        ok(await mentee.put(f"{path}/read", {"up_to_seq": 0}))
        used_up = "UPDATE rate_limit SET full_at = full_at + interval '1 hour' WHERE NOT key = ANY($1)"
        assert await raw_db.execute(used_up, [row["key"] for row in before]) == "UPDATE 1"
        for kind, extra in (("typing", {}), ("read", {"up_to_seq": 1})):
            await phone.say({"type": kind, "thread_id": str(thread), **extra})
            refusal = (await phone.until(frames.Refused))[1]
            assert (refusal.frame, refusal.code) == (kind, "too_many_requests")
        for kind in ("read", "delivered"):
            refused(await mentee.put(f"{path}/{kind}", {"up_to_seq": 1}), 429, "too_many_requests")
    places = await raw_db.fetchrow("SELECT read_seq, delivered_seq FROM thread_member WHERE account_id = $1", mentee.id)
    assert tuple(places) == (0, 0)


async def test_two_hundred_commands_at_once_are_refused_and_the_socket_is_closed(
    make: Factory, strict_service: RunningService
) -> None:
    """D7. How fast others are meanwhile is told, not asserted."""
    mentee, mentor, thread = await make.talkers()
    neighbour, _, other_thread = await make.talkers()
    early, _, earlier_thread = await make.talkers()
    for person in (mentee, mentor, neighbour, early):
        person.url = strict_service.url
    before = await talk(early, earlier_thread)
    (refused, code), *meanwhile = await asyncio.gather(
        flood(mentee, thread), talk(mentor, thread), talk(neighbour, other_thread)
    )
    assert (refused.frame, refused.code, refused.retryable) == ("unknown", "too_many_requests", True)
    assert refused.retry_after == 1
    assert code == frames.CloseCode.POLICY
    assert [len(took) for took in meanwhile] == [TALK, TALK]
    for who, took in zip(
        ("alone", "the other side meanwhile", "a neighbour meanwhile"), (before, *meanwhile), strict=True
    ):
        print(f"{who}: {told_in_words(took)}")  # noqa: T201 - for whoever looks (pytest -rP)


async def test_pings_without_end_close_the_socket(make: Factory, capsys: pytest.CaptureFixture[str]) -> None:
    """And leave nothing in the log: anyone could fill it so."""
    mentee = await make.mentee()
    async with await Wire.let_in(mentee) as wire:
        await wire.send(b"\x89\x80mask" * COMMANDS)
        while (found := await wire.frame()) is not None and found[0] == 0x0A:
            continue
        assert found is not None
        assert int.from_bytes(found[1][:2]) == frames.CloseCode.POLICY
        assert await wire.frame() is None
    assert capsys.readouterr().err == ""


async def test_answers_that_nobody_asked_for_close_the_socket_too(make: Factory) -> None:
    mentee = await make.mentee()
    async with await Wire.let_in(mentee) as wire:
        await wire.send(b"\x8a\x80mask" * COMMANDS)
        assert await wire.closed_with() == frames.CloseCode.POLICY


async def test_some_pings_are_answered(make: Factory) -> None:
    mentee = await make.mentee()
    async with await Wire.let_in(mentee) as wire:
        await wire.send(b"\x89\x84\x00\x00\x00\x00hei!" * 20)
        for _ in range(20):
            assert await wire.frame() == (0x0A, b"hei!")
