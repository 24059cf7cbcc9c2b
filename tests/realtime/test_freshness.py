"""What was read is sent soon or read again, on the slowest of lines: what is taken from someone is not sent late."""

import asyncio
import contextlib
from uuid import UUID, uuid4

import msgspec
import pytest

from rinnalla.app import Services
from rinnalla.realtime import frames, news
from rinnalla.realtime.connection import FRESH_SECONDS, Closed, Connection
from rinnalla.realtime.frames import CloseCode
from tests.api import ok
from tests.chat.test_sending import say
from tests.factories import Factory, Person
from tests.patience import eventually
from tests.realtime.lines import HELLO, Client, FillsTheLine, caller_of, pumping

MANY_THREADS = 10
SLOW_SECONDS = 0.5


def on_a_line_that_fills(services: Services, person: Person) -> tuple[Client, FillsTheLine, Connection]:
    client = Client()
    reader = FillsTheLine(services, client)
    reader.connection = Connection(caller_of(person), reader, client)
    return client, reader, reader.connection


async def test_what_was_read_before_a_block_does_not_wait_for_room_for_long(services: Services, make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    for number in range(4):
        ok(await say(mentor, thread, f"{number}"), 201)
    client = Client()

    async def transmit(text: str) -> None:
        if '"event":' in text and not client.interrupted:
            client.interrupted = True
            client.gate.clear()
        await client(text)

    connection = Connection(caller_of(mentee), services.reader, transmit)
    connection.resume(0, None)
    async with pumping(connection):
        assert isinstance(first := await client.next(), frames.EventFrame)
        ok(await mentor.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
        await asyncio.sleep(FRESH_SECONDS)
        client.gate.set()
        later: list[frames.Event] = []
        while isinstance(frame := await client.next(), frames.EventFrame):
            later.append(frame.event)
    assert [event.seq for event in (first.event, *later)] == list(range(1, 7))
    assert [type(event) for event in later] == [news.Unavailable] * 4 + [news.ThreadGone]


async def test_what_was_read_before_a_block_does_not_wait_for_another_frame_either(
    services: Services, make: Factory
) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentor, thread, "hei"), 201)
    client, reader, connection = on_a_line_that_fills(services, mentee)
    connection.resume(0, None)
    async with pumping(connection):
        assert isinstance(await client.next(), frames.Hello)
        ok(await mentor.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
        await asyncio.sleep(FRESH_SECONDS)
        client.gate.set()
        later: list[frames.Event] = []
        while isinstance(frame := await client.next(), frames.EventFrame):
            later.append(frame.event)
    await asyncio.gather(*reader.answering)
    assert [event.seq for event in later] == [1, 2, 3]
    assert not [event for event in later if isinstance(event, frames.MessageEvent)]


@pytest.mark.parametrize("blocked", [True, False])
async def test_what_was_seen_of_the_other_side_before_a_block_does_not_wait_either(
    services: Services, make: Factory, blocked: bool
) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentor, thread, "hei"), 201)
    client, reader, connection = on_a_line_that_fills(services, mentor)
    connection.look_across(None)
    async with pumping(connection):
        assert isinstance(await client.next(), frames.Hello)
        if blocked:
            ok(await mentee.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
        await asyncio.sleep(FRESH_SECONDS)
        client.gate.set()
        await asyncio.gather(*reader.answering)
        await asyncio.wait_for(reader.looked_twice.wait(), 10)
        connection.notice("state", frames.Degraded())
        later: list[frames.ServerFrame] = []
        while not isinstance(frame := await client.next(), frames.Degraded):
            later.append(frame)
    assert [type(frame) for frame in later] == ([] if blocked else [frames.OtherSide])


async def test_a_slow_line_is_told_of_all_threads_one_after_the_other(services: Services, make: Factory) -> None:
    mentor = await make.mentor(await make.organisation())
    threads = {await make.thread(await make.mentee(mentor.organisation_id), mentor) for _ in range(MANY_THREADS)}
    told: set[UUID] = set()

    async def transmit(text: str) -> None:
        side = msgspec.json.decode(text, type=frames.ServerFrame)
        assert isinstance(side, frames.OtherSide)
        assert side.thread_id not in told
        told.add(side.thread_id)
        await asyncio.sleep(SLOW_SECONDS)

    connection = Connection(caller_of(mentor), services.reader, transmit, send_deadline=FRESH_SECONDS / 2)
    connection.look_across(None)
    async with pumping(connection):

        async def all_are_told() -> bool:
            return told == threads

        await eventually(all_are_told)


async def test_threads_that_were_seen_before_a_block_do_not_wait_either(services: Services, make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentor, thread, "hei"), 201)
    client, reader, connection = on_a_line_that_fills(services, mentee)
    reader.fills_before_resumed = True
    connection.resume(0, None)
    async with pumping(connection):
        assert isinstance(await client.next(), frames.Hello)
        ok(await mentor.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
        await asyncio.sleep(FRESH_SECONDS)
        client.gate.set()
        resumed = await asyncio.wait_for(client.taken.get(), 10)
    await asyncio.gather(*reader.answering)
    assert isinstance(resumed, frames.Resumed)
    assert resumed.threads == []


async def test_typing_that_had_to_wait_is_not_told_and_the_state_of_the_service_is(
    services: Services, make: Factory
) -> None:
    client, thread = Client(), uuid4()
    typing = frames.TypingNotice(thread_id=thread, account_id=uuid4())
    connection = Connection(caller_of(await make.mentee()), services.reader, client)
    client.gate.clear()
    answering = asyncio.create_task(connection.push(HELLO))
    assert isinstance(await client.next(), frames.Hello)
    connection.notice("state", frames.Degraded())
    connection.notice(thread, typing, worth=FRESH_SECONDS)
    async with pumping(connection):
        await asyncio.sleep(FRESH_SECONDS)
        client.gate.set()
        await answering
        assert isinstance(await client.next(), frames.Degraded)
        connection.notice(thread, typing, worth=FRESH_SECONDS)
        assert await client.next() == typing
    assert client.taken.empty()


async def test_who_has_room_for_answers_but_never_in_time_for_an_event_is_closed(
    services: Services, make: Factory
) -> None:
    """On a line that is slow enough each event would be read again for ever; whoever comes back goes on from there."""
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentor, thread, "hei"), 201)

    async def transmit(_: str) -> None:
        await asyncio.sleep(FRESH_SECONDS * 1.1)

    async def answer_for_ever() -> None:
        while True:
            with contextlib.suppress(Closed):
                await connection.push(HELLO)

    connection = Connection(caller_of(mentee), services.reader, transmit, send_deadline=FRESH_SECONDS * 2.5)
    connection.resume(0, None)
    answering = asyncio.create_task(answer_for_ever())
    with pytest.raises(Closed) as closed:
        await asyncio.wait_for(connection.pump(), 60)
    answering.cancel()
    await asyncio.gather(answering, return_exceptions=True)
    assert closed.value.code == CloseCode.SLOW
