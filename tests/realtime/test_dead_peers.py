"""Who is there no longer, or takes nothing, is let go of; everything is kept for when they come back."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import psutil

from rinnalla.kit.settings import SocketLimits
from rinnalla.realtime import frames
from rinnalla.realtime.connection import FRESH_SECONDS
from rinnalla.server import SHUTDOWN_SECONDS
from tests.api import ok
from tests.chat.test_sending import say
from tests.conftest import RunningService
from tests.factories import Factory, Person
from tests.patience import eventually
from tests.phone import Phone
from tests.wire import Wire

MIB = 1024 * 1024
TINY_BUFFER = 4096
MESSAGES = 110
TEXT = "x" * 4000
SLOW_SOCKETS_EACH = 5
SAID_AT_ONCE = 3
# What kernels hold of a local connection, the service's and that of a client with a tiny buffer, and one frame.
ON_ITS_WAY_BYTES = 160 * 1024


def test_a_dead_peer_is_let_go_within_forty_five_seconds() -> None:
    limits = SocketLimits()
    assert limits.ping_every + limits.ping_answer <= 45
    assert limits.send + limits.ping_answer <= 45
    assert SHUTDOWN_SECONDS < 45


async def until_open(service: RunningService, sockets: int) -> None:
    """Wait until the service knows of so many sockets."""

    async def is_so() -> bool:
        return service.services.hub.sockets == sockets

    await eventually(is_so)


async def test_who_answers_no_ping_is_closed_and_forgotten(make: Factory, brisk_service: RunningService) -> None:
    mentee, mentor = await make.mentee(), await make.mentee()
    mentee.url = mentor.url = brisk_service.url
    await until_open(brisk_service, 0)
    async with await Wire.let_in(mentee) as dead, await Phone.let_in(mentor) as alive:
        await until_open(brisk_service, 2)
        dead.answers_pings = False
        assert await dead.closed_with() == frames.CloseCode.INTERNAL
        await until_open(brisk_service, 1)
        await alive.resume(0)
        await alive.until(frames.CaughtUp)


async def test_who_is_stopped_is_forgotten_everywhere_and_told_when_they_go_on(
    make: Factory, brisk_service: RunningService, raw_db: asyncpg.Connection
) -> None:
    """D8, as by SIGSTOP: the client's kernel takes what comes, and nobody reads it."""
    mentee = await make.mentee()
    mentee.url = brisk_service.url

    async def is_in_the_list() -> bool:
        written = "SELECT count(*) = 1 FROM open_socket WHERE account_id = $1 AND left_at IS NULL"
        return bool(await raw_db.fetchval(written, mentee.id))

    async def is_in_no_list() -> bool:
        return not await is_in_the_list()

    await until_open(brisk_service, 0)
    async with await Wire.let_in(mentee) as stopped:
        hearing = asyncio.create_task(stopped.closed_with())
        await eventually(is_in_the_list)
        stopped.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await until_open(brisk_service, 0)
        await eventually(is_in_no_list)
        stopped.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert await hearing == frames.CloseCode.INTERNAL


async def test_who_has_said_much_at_once_is_not_taken_for_dead_while_the_database_stands_still(
    make: Factory, brisk_service: RunningService, raw_db: asyncpg.Connection
) -> None:
    """Frames are worked on one by one, and each waits for the database: the answers to our pings lie behind them."""
    mentee, _, thread = await make.talkers()
    mentee.url = brisk_service.url
    async with await Phone.let_in(mentee, after=0) as phone:
        await phone.until(frames.CaughtUp)
        async with raw_db.transaction():
            await raw_db.execute("SELECT FROM thread WHERE id = $1 FOR UPDATE", thread)
            said = [await phone.send(thread, f"{number}") for number in range(SAID_AT_ONCE)]
            for _ in said:
                assert (await phone.expect(frames.Refused)).retryable
        for number, client_id in enumerate(said):
            await phone.send(thread, f"{number}", client_id)
            _, ack = await phone.until(frames.Ack)
            assert ack.client_id == client_id


async def slow_socket(person: Person) -> Wire:
    """A client that asks for everything and reads nothing."""
    wire = await Wire.upgraded(person.url, receive_buffer=TINY_BUFFER)
    wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await wire.say({"type": "auth", "access_token": person.token})
    await wire.say({"type": "resume", "after": 0})
    return wire


async def test_who_takes_nothing_is_closed_costs_little_and_gets_everything_later(
    make: Factory, brisk_service: RunningService
) -> None:
    """F5 with ten sockets and as many events as none of them takes: `make bench ONLY=slow` has 50 with 1,000 each, and
    the times as they are set."""
    mentee, mentor, thread = await make.talkers()
    neighbour, _, quiet_thread = await make.talkers()
    for _ in range(MESSAGES):
        ok(await say(mentor, thread, TEXT), 201)
    for person in (mentee, mentor, neighbour):
        person.url = brisk_service.url
    await until_open(brisk_service, 0)
    before = psutil.Process().memory_info().rss
    async with AsyncExitStack() as stack:
        slow = [
            await stack.enter_async_context(await slow_socket(person))
            for person in (mentee, mentor)
            for _ in range(SLOW_SOCKETS_EACH)
        ]
        await until_open(brisk_service, len(slow))
        async with await Phone.let_in(neighbour, after=1) as well:
            await well.until(frames.CaughtUp)
            ok(await say(neighbour, quiet_thread, "hei"), 201)
            assert (await well.event(frames.MessageEvent)).message.text == "hei"
        assert psutil.Process().memory_info().rss - before < 50 * MIB
        await until_open(brisk_service, 0)
        await asyncio.gather(*(wire.is_cut() for wire in slow))
    async with await Phone.let_in(mentee, after=0) as back:
        events, _ = await back.until(frames.CaughtUp)
        assert [event.seq for event in events] == list(range(1, MESSAGES + 2))


async def test_who_takes_things_late_is_told_why_it_was_closed(make: Factory, brisk_service: RunningService) -> None:
    mentee, mentor, thread = await make.talkers()
    for _ in range(MESSAGES):
        ok(await say(mentor, thread, TEXT), 201)
    mentee.url = brisk_service.url
    await until_open(brisk_service, 0)
    async with await slow_socket(mentee) as wire:
        await until_open(brisk_service, 1)
        await until_open(brisk_service, 0)
        wire.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert await wire.closed_with() == frames.CloseCode.SLOW


async def test_of_what_was_taken_away_a_client_that_stopped_reading_hears_what_was_on_its_way(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    for _ in range(MESSAGES):
        ok(await say(mentor, thread, TEXT), 201)
    async with await slow_socket(mentee) as wire:
        await asyncio.sleep(FRESH_SECONDS + 1)
        ok(await mentor.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
        wire.writer.transport.resume_reading()  # type: ignore[attr-defined]
        heard: list[dict[str, Any]] = []
        while (frame := await wire.next())["type"] != "caught_up":
            if frame["type"] == "event":
                heard.append(frame["event"])
    assert [event["seq"] for event in heard] == list(range(1, MESSAGES + 3))
    kinds = [event["type"] for event in heard]
    on_its_way = kinds.count("message")
    assert on_its_way * len(TEXT) <= ON_ITS_WAY_BYTES
    assert kinds == [
        "thread_changed",
        *["message"] * on_its_way,
        *["unavailable"] * (MESSAGES - on_its_way),
        "thread_gone",
    ]
