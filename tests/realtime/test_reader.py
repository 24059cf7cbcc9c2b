"""What many sockets wait for is read together."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from rinnalla.app import Services
from rinnalla.kit.caller import Caller
from rinnalla.realtime.reader import Reader
from tests.api import ok
from tests.chat.test_sending import say
from tests.factories import Factory
from tests.realtime.lines import caller_of
from tests.statements import statements

READS: dict[str, Callable[[Reader, Caller], Awaitable[object]]] = {
    "events": lambda reader, caller: reader.after(caller, 0),
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
