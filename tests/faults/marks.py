"""How far messages have come: what devices say of it, and that somebody writes."""

from typing import Literal

from tests.faults.device import OK, Device
from tests.faults.shapes import read_thread

ON_THE_SOCKET = 0.5


async def mark(device: Device, how: Literal["delivered", "read"]) -> None:
    """Say that everything was stored, or read, which this device has heard in a thread. Only over HTTP is there an
    answer, from which on the other side must be told."""
    talk = device.some_talk()
    up_to_seq = device.heard[talk.id]
    if not up_to_seq:
        return
    if how == "read":
        read = device.person.read
        read[talk.id] = max(read[talk.id], up_to_seq)
    if device.line is not None and device.chance.random() < ON_THE_SOCKET:
        device.line.say({"type": how, "thread_id": talk.id, "up_to_seq": up_to_seq})
        return
    answer = await device.call("PUT", f"/v1/threads/{talk.id}/{how}", {"up_to_seq": up_to_seq})
    if answer is not None and answer[0] == OK:
        marked = device.person.marked
        marked[talk.id] = max(marked[talk.id], up_to_seq)
        device.see_across(read_thread(answer[1]))


def write(device: Device) -> None:
    """Let the other side see that somebody is writing."""
    if device.line is not None:
        device.line.say({"type": "typing", "thread_id": device.some_talk().id})
