"""One socket's way out, with a client in its place that takes frames as the test likes."""

import asyncio
from uuid import UUID, uuid4

import pytest

from rinnalla.app import Services
from rinnalla.kit.caller import Caller
from rinnalla.realtime import frames
from rinnalla.realtime.connection import Closed, Connection
from rinnalla.realtime.frames import CloseCode
from rinnalla.realtime.reader import Part, Reader
from tests.api import ok
from tests.chat.test_sending import say
from tests.factories import Factory, Person
from tests.realtime.lines import HELLO, Client, caller_of, pumping


async def test_who_takes_no_frame_in_time_is_closed(services: Services, make: Factory) -> None:
    client = Client()
    client.gate.clear()
    connection = Connection(caller_of(await make.mentee()), services.reader, client, send_deadline=0.01)
    with pytest.raises(Closed) as closed:
        await connection.push(HELLO)
    assert closed.value.code == CloseCode.SLOW


async def test_who_stops_taking_frames_in_the_middle_is_closed_by_the_pump(services: Services, make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentor, thread, "hei"), 201)
    client = Client()
    connection = Connection(caller_of(mentee), services.reader, client, send_deadline=0.01)
    connection.resume(0, None)
    client.gate.clear()
    with pytest.raises(Closed) as closed:
        await asyncio.wait_for(connection.pump(), 10)
    assert closed.value.code == CloseCode.SLOW


async def test_a_pump_that_is_ended_as_a_frame_goes_out_is_ended(services: Services, make: Factory) -> None:
    """Else its socket would stay for ever, with no client, and its person be seen online."""
    pump: asyncio.Task[None]

    async def transmit(text: str) -> None:
        pump.cancel()

    connection = Connection(caller_of(await make.mentee()), services.reader, transmit)
    pump = asyncio.create_task(connection.pump())
    connection.notice("state", frames.Degraded())
    assert await asyncio.wait([pump], timeout=1) == ({pump}, set())
    assert pump.cancelled()


async def test_the_first_reason_to_close_stands(services: Services, make: Factory) -> None:
    connection = Connection(caller_of(await make.mentee()), services.reader, Client())
    connection.close(CloseCode.TOO_MANY)
    connection.close(CloseCode.GOING_AWAY)
    with pytest.raises(Closed) as closed:
        await connection.closed()
    assert closed.value.code == CloseCode.TOO_MANY


async def test_of_many_notices_the_latest_of_each_thread_is_kept(services: Services, make: Factory) -> None:
    client, threads = Client(), [uuid4(), uuid4()]
    connection = Connection(caller_of(await make.mentee()), services.reader, client)
    latest: dict[UUID, UUID] = {}
    for number in range(50):
        author = uuid4()
        latest[threads[number % 2]] = author
        connection.notice(threads[number % 2], frames.TypingNotice(thread_id=threads[number % 2], account_id=author))
    async with pumping(connection):
        shown = [await client.next(), await client.next()]
        connection.resume(0, None)
        assert isinstance(await client.next(), frames.CaughtUp)
    assert {
        notice.thread_id: notice.account_id for notice in shown if isinstance(notice, frames.TypingNotice)
    } == latest


@pytest.mark.parametrize(
    ("first", "interrupted_after", "then", "expected"),
    [
        (0, 1, 3, [1, 4, 5]),
        (0, 5, 0, [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]),
        (0, 2, 5, [1, 2]),
        (3, 4, 4, [4, 5]),
    ],
)
async def test_a_place_named_while_a_frame_goes_out_is_gone_on_from(
    services: Services, make: Factory, first: int, interrupted_after: int, then: int, expected: list[int]
) -> None:
    mentee = await five_events(make)
    epoch = (await services.reader.head(caller_of(mentee))).epoch
    client = Client()
    connection: Connection

    async def transmit(text: str) -> None:
        await client(text)
        if f'"seq":{interrupted_after},' in text and not client.interrupted:
            client.interrupted = True
            connection.resume(then, epoch)

    connection = Connection(caller_of(mentee), services.reader, transmit)
    connection.resume(first, epoch)
    async with pumping(connection):
        assert await client.seqs_until_caught_up() == (expected, 5)


async def test_a_place_named_while_nothing_new_was_found_is_gone_on_from(services: Services, make: Factory) -> None:
    mentee = await five_events(make)
    epoch = (await services.reader.head(caller_of(mentee))).epoch
    client = Client()
    connection: Connection

    class Interrupted(Reader):
        async def after(self, caller: Caller, seq: int) -> Part:
            part = await super().after(caller, seq)
            if not client.interrupted:
                client.interrupted = True
                connection.resume(2, epoch)
            return part

    reader = Interrupted(services.delivery, services.accounts, services.chat, services.limits)
    connection = Connection(caller_of(mentee), reader, client)
    connection.resume(5, epoch)
    async with pumping(connection):
        assert await client.seqs_until_caught_up() == ([3, 4, 5], 5)


async def five_events(make: Factory) -> Person:
    """Someone with a thread and four messages in it."""
    mentee, mentor, thread = await make.talkers()
    for number in range(4):
        ok(await say(mentor, thread, f"{number}"), 201)
    return mentee
