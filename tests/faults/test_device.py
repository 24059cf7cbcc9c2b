"""A device says on one socket what it says once at a time, so that an ack it does not wait for is always a fault."""

import random
import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.faults.device import Device
from tests.faults.diary import Rules
from tests.faults.journal import Ledger, Person, Send, Talk
from tests.patience import eventually


class Service:
    """Acknowledges everything, or refuses everything with a code."""

    def __init__(self, *first: dict[str, Any], refuses: str | None = None) -> None:
        self.heard: list[str] = []
        self._first = first
        self._refuses = refuses

    async def __call__(self, socket: ServerConnection) -> None:
        await socket.recv()
        await self._say(socket, {"type": "hello", "epoch": "1"})
        for shown in self._first:
            await self._say(socket, shown)
        await self._say(socket, {"type": "caught_up", "seq": 0})
        async for frame in socket:
            send = msgspec.json.decode(frame)
            self.heard.append(send["client_id"])
            if self._refuses is not None:
                named = {name: send[name] for name in ("thread_id", "client_id")}
                await self._say(socket, {"type": "refused", "frame": "send", "code": self._refuses, **named})
                continue
            message = {name: send[name] for name in ("thread_id", "client_id", "text")}
            message |= {"id": send["client_id"], "seq": len(self.heard), "author_id": "1", "created_at": ""}
            await self._say(socket, {"type": "ack", "client_id": send["client_id"], "message": message})

    @staticmethod
    async def _say(socket: ServerConnection, frame: dict[str, Any]) -> None:
        await socket.send(msgspec.json.encode(frame).decode())


async def connected(
    service: Callable[[ServerConnection], Awaitable[None]],
    ledger: Ledger,
    person: Person,
    *,
    until: Callable[[Device], Awaitable[bool]],
) -> None:
    """A device of a person is connected until something holds."""
    async with serve(service, "127.0.0.1", 0) as server:
        address = server.sockets[0].getsockname()[:2]
        rules = SimpleNamespace(ledger=ledger, talking=False, window=8, grace=0.0, repeats=False, addresses=[address])
        device = Device(person, cast("Rules", rules), random.Random(0), session=("session", "token", ""))
        await device.connect()
        await eventually(lambda: until(device))
        await device.close()


async def test_what_two_devices_lost_the_answer_to_is_said_once_at_a_time() -> None:
    mentee, mentor = Person("1", "mentee"), Person("2", "mentor")
    talk = Talk("3", (mentee, mentor), calm=True)
    first, twice, last = (Send(f"00000000-0000-4000-8000-{n:012}", talk, mentee, place=0) for n in range(3))
    # The window is open for two as soon as the first was acknowledged.
    mentee.loose += [first, twice, twice, last]
    service, ledger = Service(), Ledger()

    async def all_are_settled(device: Device) -> bool:
        return last.settled and device.idle

    await connected(service, ledger, mentee, until=all_are_settled)
    assert (service.heard, ledger.words) == ([first.client_id, twice.client_id, last.client_id], [])


@pytest.mark.parametrize(
    ("code", "calm", "by_the_first", "is_right"),
    [
        ("thread_blocked", False, True, True),
        ("thread_not_found", False, False, True),
        ("thread_blocked", False, False, False),
        ("thread_not_found", False, True, False),
        ("thread_blocked", True, True, False),
        ("thread_not_found", True, False, False),
        ("thread_closed", False, True, False),
        ("thread_closed", True, False, False),
    ],
)
async def test_a_refusal_for_which_there_is_no_reason_is_a_failure(
    code: str, calm: bool, by_the_first: bool, is_right: bool
) -> None:
    """Only a block is one: the first member's, who is told so, and the second finds no thread."""
    first, second = Person("1", "mentee"), Person("2", "mentor")
    author = first if by_the_first else second
    author.talks["3"] = talk = Talk("3", (first, second), calm=calm)
    send = Send("00000000-0000-4000-8000-000000000000", talk, author, place=0)
    author.loose.append(send)
    ledger = Ledger()

    async def is_settled(_: Device) -> bool:
        return send.settled

    await connected(Service(refuses=code), ledger, author, until=is_settled)
    assert ledger.faults == ({} if is_right else {"failed": 1}), ledger.words


@pytest.mark.parametrize("blocked", [True, False])
async def test_what_is_shown_of_a_thread_that_is_not_open_to_them_is_a_leak(blocked: bool) -> None:
    mentee, mentor = Person("1", "mentee"), Person("2", "mentor")
    talk = mentor.talks["3"] = Talk("3", (mentee, mentor), calm=False)
    if blocked:
        talk.blocked_at = time.monotonic() - 60
    shown: list[dict[str, Any]] = [
        {"type": "typing", "thread_id": "3", "account_id": "1"},
        {"type": "other_side", "thread_id": "4", "other_read_seq": 1},
        {"type": "refused", "thread_id": "4", "frame": "send", "code": "thread_not_found"},
        {"type": "resumed", "threads": [{"id": "5"}, {"id": "3"}]},
    ]
    ledger = Ledger()

    async def has_caught_up(device: Device) -> bool:
        return device.caught_up_at is not None

    await connected(Service(*shown), ledger, mentor, until=has_caught_up)
    told = {"other_side of thread 4,", "resumed of thread 5,"}
    if blocked:
        told |= {"typing of thread 3,", "resumed of thread 3,"}
    assert {words.partition(" told ")[2].partition(" which")[0] for words in ledger.words} == told, ledger.words
    assert ledger.faults == {"leaked": len(told)}


@pytest.mark.parametrize("let_in", [False, True])
async def test_a_line_on_which_nobody_is_let_in_any_more_is_no_socket_that_outlived_its_session(let_in: bool) -> None:
    """A device that does not know yet that its session has ended knocks, and the network swallows the answer."""
    mentee, ledger = Person("1", "mentee"), Ledger()
    mentee.ended["session"] = time.monotonic() - 60

    async def silent(socket: ServerConnection) -> None:
        await socket.wait_closed()

    async def has_been_looked_after(device: Device) -> bool:
        device.look_after_line()
        return not let_in or bool(ledger.faults)

    await connected(Service() if let_in else silent, ledger, mentee, until=has_been_looked_after)
    assert ledger.faults == ({"leaked": 1} if let_in else {}), ledger.words
