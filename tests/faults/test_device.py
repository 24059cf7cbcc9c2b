"""A device says on one socket what it says once at a time, so that an ack it does not wait for is always a fault."""

import random
from types import SimpleNamespace
from typing import Any, cast

from tests.faults.device import Device
from tests.faults.diary import Rules
from tests.faults.journal import Ledger, Person, Send, Talk
from tests.faults.wire import Frame, Line, Message

RULES = SimpleNamespace(ledger=Ledger(), talking=False, window=8, grace=0.0, repeats=False, addresses=[("nobody", 0)])


class Slate(Line):
    """A socket that writes down what is said on it."""

    def __init__(self) -> None:
        super().__init__(None, lambda _: None, lambda _: None)
        self.said: list[Any] = []

    def say(self, frame: Any) -> None:
        self.said.append(frame)


def test_what_two_devices_lost_the_answer_to_is_said_once_at_a_time() -> None:
    mentee, mentor = Person("1", "mentee"), Person("2", "mentor")
    talk = Talk("3", (mentee, mentor), calm=True)
    mentee.talks[talk.id] = talk
    device = Device(mentee, cast("Rules", RULES), random.Random(0), session=("", "token", ""))
    device.line, device.caught_up_at = slate, _ = Slate(), 1.0
    send = Send("00000000-0000-4000-8000-000000000004", talk, mentee, place=0)
    talk.sends[send.client_id] = send
    mentee.loose += [send, send]
    device._window = 8.0  # noqa: SLF001
    device.talk()
    message = Message("5", talk.id, 1, mentee.id, send.client_id, send.text, "")
    for _ in slate.said:
        device._heard(Frame("ack", client_id=send.client_id, message=message))  # noqa: SLF001
    assert (len(slate.said), list(mentee.loose), RULES.ledger.words) == (1, [], [])
