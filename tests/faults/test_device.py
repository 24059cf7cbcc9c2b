"""A device says on one socket what it says once at a time, so that an ack it does not wait for is always a fault."""

import random
import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from tests.faults.device import Device
from tests.faults.diary import Rules
from tests.faults.journal import Ledger, Person, Send, Talk
from tests.faults.nemeses import DRAIN_SECONDS, FROZEN_SECONDS
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
    grace: float = 0.0,
    door: Callable[[ServerConnection, Request], Response | None] | None = None,
) -> None:
    """A device of a person is connected until something holds. `door`: answers handshakes in another way."""
    async with serve(service, "127.0.0.1", 0, process_request=door) as server:
        address = server.sockets[0].getsockname()[:2]
        rules = SimpleNamespace(ledger=ledger, talking=False, window=8, grace=grace, repeats=False, addresses=[address])
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
        {"type": "other_side", "thread_id": "4", "other_delivered_seq": 1},
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


async def test_the_other_side_never_has_less_than_was_told_before() -> None:
    mentee, ledger = Person("1", "mentee"), Ledger()
    for thread_id in ("3", "4"):
        mentee.talks[thread_id] = Talk(thread_id, (mentee, Person("2", "mentor")), calm=True)
    shown: list[dict[str, Any]] = [
        {"type": "resumed", "threads": [{"id": "3", "other_delivered_seq": 5}, {"id": "4", "other_delivered_seq": 5}]},
        {"type": "other_side", "thread_id": "3", "other_delivered_seq": None},
        {"type": "other_side", "thread_id": "3", "other_delivered_seq": 5},
        {"type": "other_side", "thread_id": "4", "other_delivered_seq": 4},
    ]

    async def has_caught_up(device: Device) -> bool:
        return device.caught_up_at is not None

    await connected(Service(*shown), ledger, mentee, until=has_caught_up)
    assert ledger.words == ["reordered: mentee was told that the other side has 4 of thread 4, and before, 5"]


async def test_what_nobody_lets_be_seen_is_a_leak() -> None:
    mentee, ledger = Person("1", "mentee"), Ledger()
    for thread_id in ("3", "4", "5"):
        mentee.talks[thread_id] = Talk(thread_id, (mentee, Person("2", "mentor")), calm=True)
    shown: list[dict[str, Any]] = [
        {"type": "other_side", "thread_id": "3", "other_read_seq": None, "other_presence": None},
        {"type": "other_side", "thread_id": "4", "other_read_seq": 0, "other_presence": None},
        {"type": "resumed", "threads": [{"id": "3"}, {"id": "5", "other_presence": "online"}]},
    ]

    async def has_caught_up(device: Device) -> bool:
        return device.caught_up_at is not None

    await connected(Service(*shown), ledger, mentee, until=has_caught_up)
    words = "leaked: mentee was told of the other side of {} what nobody lets be seen"
    assert ledger.words == [words.format("4"), words.format("5")]


async def test_events_of_what_is_not_theirs_are_a_leak() -> None:
    """Another's thread, and reading that none of their own devices has told."""
    mentee, ledger = Person("1", "mentee"), Ledger()
    mentee.talks["3"] = Talk("3", (mentee, Person("2", "mentor")), calm=True)
    mentee.read["3"] = 2
    told: list[dict[str, Any]] = [
        {"type": "thread_changed", "thread_id": "3"},
        {"type": "thread_changed", "thread_id": "4"},
        {"type": "thread_gone", "thread_id": "5"},
        {"type": "read", "thread_id": "3", "up_to_seq": 2},
        {"type": "read", "thread_id": "3", "up_to_seq": 3},
        {"type": "account_changed"},
    ]
    events = [{"type": "event", "event": {"seq": seq, **event}} for seq, event in enumerate(told, start=1)]

    async def has_all(device: Device) -> bool:
        return device.place == len(told)

    await connected(Service(*events), ledger, mentee, until=has_all)
    assert ledger.words == [
        "leaked: mentee was told thread_changed of thread 4, which is none of theirs",
        "leaked: mentee was told thread_gone of thread 5, which is none of theirs",
        "leaked: mentee was told that 3 of 3 was read, and never said so",
    ]


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


async def has_no_line(device: Device) -> bool:
    return device.line is None


@pytest.mark.parametrize(
    ("code", "grace", "is_right"),
    [
        *((code, 0.0, True) for code in (1000, 1012, 4008, 4401, 4409)),
        *((code, 20.0, False) for code in (1002, 1007, 1008, 1009, 4400, 4402, 4999)),
        (1011, 0.0, False),
        (1011, DRAIN_SECONDS, False),
        (1011, FROZEN_SECONDS, True),
    ],
)
async def test_a_socket_ends_only_as_the_service_may_end_it(code: int, grace: float, is_right: bool) -> None:
    """That the service has failed may only be said where a pong can be late."""
    ledger = Ledger()

    async def closes(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.close(code)

    await connected(closes, ledger, Person("1", "mentee"), until=has_no_line, grace=grace)
    assert ledger.faults == ({} if is_right else {"failed": 1}), ledger.words
    assert is_right or str(code) in ledger.words[0]


@pytest.mark.parametrize(
    ("status", "grace", "is_right"),
    [
        (429, 0.0, True),
        (503, 0.0, True),
        (500, 0.0, False),
        (500, DRAIN_SECONDS, True),
        (400, DRAIN_SECONDS, False),
        (403, 0.0, False),
        (200, 0.0, False),
    ],
)
async def test_a_handshake_is_answered_only_as_the_service_may_answer_it(
    status: int, grace: float, is_right: bool
) -> None:
    """Who stands in the door of a process at the moment when it stops is told that it has failed."""
    ledger = Ledger()

    def refuse(socket: ServerConnection, _: Request) -> Response:
        return socket.respond(status, "")

    await connected(Service(), ledger, Person("1", "mentee"), until=has_no_line, grace=grace, door=refuse)
    assert ledger.faults == ({} if is_right else {"failed": 1}), ledger.words
    assert is_right or str(status) in ledger.words[0]


@pytest.mark.parametrize(
    ("bytes_", "words"),
    [
        (b'\x81\x05{"typ', "truncated"),
        (b"\x81\x02{}", "type"),
        (b'\x81\x0e{"type":"ack"}', "ack without"),
        (b"\x82\x02{}", "0x82"),
        (b"\x01\x02{}", "0x1"),
        (b"\xc1\x02{}", "0xc1"),
        (b"\x81\x82\0\0\0\0{}", "masked"),
    ],
)
async def test_what_can_not_be_taken_is_a_failure(bytes_: bytes, words: str) -> None:
    """Half a frame, and what is no frame of the contract; the line is given up."""
    ledger = Ledger()

    async def garbles(socket: ServerConnection) -> None:
        await socket.recv()
        socket.transport.write(bytes_)
        await socket.wait_closed()

    await connected(garbles, ledger, Person("1", "mentee"), until=has_no_line)
    assert ledger.faults == {"failed": 1}, ledger.words
    assert words in ledger.words[0]
