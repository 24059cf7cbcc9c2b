"""One socket's way out, with a client in its place that takes frames as the test likes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from uuid import UUID, uuid4

import msgspec
import pytest

from rinnalla.app import Services
from rinnalla.kit.caller import Caller, Role
from rinnalla.realtime import frames, news
from rinnalla.realtime.connection import FRESH_SECONDS, Closed, Connection
from rinnalla.realtime.frames import CloseCode
from rinnalla.realtime.reader import Reader
from tests.api import ok
from tests.chat.test_sending import say
from tests.factories import Factory, Person

HELLO = frames.Hello(epoch=uuid4(), last_seq=0, expires_in=600)


class Client:
    """Takes every frame. While `gate` is shut there is room for one, and for none after it."""

    def __init__(self) -> None:
        self.taken: asyncio.Queue[frames.ServerFrame] = asyncio.Queue()
        self.gate = asyncio.Event()
        self.gate.set()
        self.interrupted = False

    async def __call__(self, text: str) -> None:
        self.taken.put_nowait(msgspec.json.decode(text, type=frames.ServerFrame))
        await self.gate.wait()

    async def next(self) -> frames.ServerFrame:
        """The next frame; what a device that comes back shows first is passed over."""
        while isinstance(frame := await asyncio.wait_for(self.taken.get(), 10), frames.Resumed):
            pass
        return frame

    async def seqs_until_caught_up(self) -> tuple[list[int], int]:
        """The numbers of the events that came, and the one that the client is told it has caught up with."""
        seqs: list[int] = []
        while isinstance(frame := await self.next(), frames.EventFrame):
            seqs.append(frame.event.seq)
        assert isinstance(frame, frames.CaughtUp)
        return seqs, frame.seq


def caller_of(person: Person) -> Caller:
    return Caller(
        account_id=person.id, role=Role.MENTEE, organisation_id=person.organisation_id, session_id=person.session_id
    )


@contextlib.asynccontextmanager
async def pumping(connection: Connection) -> AsyncIterator[None]:
    task = asyncio.create_task(connection.pump())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


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


class FillsTheLine(Reader):
    """Has an answer to the client itself fill the line just before what was read the first time goes out."""

    def __init__(self, services: Services, client: Client) -> None:
        super().__init__(services.delivery, services.accounts, services.chat, services.limits)
        self._client = client
        self.connection: Connection
        self.answering: list[asyncio.Task[None]] = []
        self.looked_twice = asyncio.Event()

    async def after(self, caller: Caller, seq: int) -> list[frames.Event]:
        page = await super().after(caller, seq)
        await self._fill()
        return page

    async def other_sides(self, caller: Caller, thread_ids: Iterable[UUID | None]) -> list[frames.OtherSide]:
        sides = await super().other_sides(caller, thread_ids)
        if self.answering:
            self.looked_twice.set()
        await self._fill()
        return sides

    async def _fill(self) -> None:
        if not self.answering:
            self._client.gate.clear()
            self.answering.append(asyncio.create_task(self.connection.push(HELLO)))
            await asyncio.sleep(0)


async def test_what_was_read_before_a_block_does_not_wait_for_another_frame_either(
    services: Services, make: Factory
) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentor, thread, "hei"), 201)
    client = Client()
    reader = FillsTheLine(services, client)
    connection = reader.connection = Connection(caller_of(mentee), reader, client)
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
    client = Client()
    reader = FillsTheLine(services, client)
    connection = reader.connection = Connection(caller_of(mentor), reader, client)
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
        async def after(self, caller: Caller, seq: int) -> list[frames.Event]:
            page = await super().after(caller, seq)
            if not client.interrupted:
                client.interrupted = True
                connection.resume(2, epoch)
            return page

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
