"""What many sockets wait for is read together."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from rinnalla.app import Services
from rinnalla.kit.caller import Caller
from rinnalla.realtime import frames
from rinnalla.realtime.reader import EVENTS_AT_ONCE, PAGE, PAGE_BYTES, Reader
from tests.api import ok
from tests.chat.test_sending import say
from tests.factories import Factory
from tests.overload.test_long_sync import LIVED_LONG
from tests.phone import Phone
from tests.realtime.lines import caller_of
from tests.statements import statements

LONG = "🫂" * 4000
"""As many bytes as a text can have."""


async def events_of(reader: Reader, caller: Caller) -> object:
    return (await reader.after(caller, 0)).events


READS: dict[str, Callable[[Reader, Caller], Awaitable[object]]] = {
    "events": events_of,
    "heads": lambda reader, caller: reader.head(caller),
    "what a device shows first": lambda reader, caller: reader.standing(caller),
    "other sides": lambda reader, caller: reader.other_sides(caller, [None]),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
async def test_a_round_asks_as_much_for_many_as_for_one(
    services: Services, make: Factory, read: Callable[[Reader, Caller], Awaitable[object]]
) -> None:
    callers = []
    for _ in range(3):
        mentee, mentor, thread = await make.talkers()
        ok(await say(mentor, thread, "hei"), 201)
        callers += [caller_of(mentee), caller_of(mentor)]

    async def asked_for(some: list[Caller]) -> int:
        reader = Reader(services.delivery, services.accounts, services.chat, services.limits)
        with statements() as asked:
            answers = await asyncio.gather(*(read(reader, caller) for caller in some))
        assert all(answers)
        return len(asked)

    of_one = await asked_for(callers[:1])
    assert 0 < of_one == await asked_for(callers * 10)


async def test_what_waits_for_a_slow_client_is_bounded_by_bytes_too(services: Services, make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    for number in range(12):
        ok(await say(mentor, thread, LONG if number % 4 else f"{number}"), 201)
    caller, place, sizes = caller_of(mentee), 0, []
    async with await Phone.let_in(mentee, after=0) as phone:
        told = [event.seq for event in (await phone.until(frames.CaughtUp))[0]]
    more = True
    while more:
        part = await services.reader.after(caller, place)
        sizes.append(sum(len(one.message.text or "") for one in part.events if isinstance(one, frames.MessageEvent)))
        assert [event.seq for event in part.events] == list(range(place + 1, place + 1 + len(part.events)))
        place, more = part.events[-1].seq, part.more
    assert told == list(range(1, place + 1))
    assert len(sizes) == 2
    assert max(sizes) * 4 <= PAGE_BYTES + len(LONG.encode())
    polled, more = 0, True
    while more:
        page = ok(await mentee.get("/v1/sync", params={"after": polled, "epoch": str(phone.hello.epoch)}))
        assert len(page["events"]) < place
        assert page["events"][0]["seq"] == polled + 1
        polled, more = page["next_after"], page["more"]
    assert polled == place


async def test_what_a_crowd_reads_at_once_is_bounded_and_nobody_misses_any(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, crowd = await make.mentee(), 128
    await raw_db.execute(LIVED_LONG, mentee.id, PAGE * 2)
    caller = caller_of(mentee)
    alone = await services.reader.after(caller, 0)
    assert (len(alone.events), alone.more) == (PAGE, True)
    places = dict.fromkeys(range(crowd), 0)
    while places:
        parts = await asyncio.gather(*(services.reader.after(caller, place) for place in places.values()))
        assert sum(len(part.events) for part in parts) <= EVENTS_AT_ONCE
        for (one, place), part in zip(list(places.items()), parts, strict=True):
            assert [event.seq for event in part.events] == list(range(place + 1, place + 1 + len(part.events)))
            places[one] += len(part.events)
            if not part.more:
                assert places.pop(one) == PAGE * 2
