"""A device says on one socket what it says once at a time, so that an ack it does not wait for is always a fault."""

import random
from types import SimpleNamespace
from typing import Any, cast

import msgspec
from websockets.asyncio.server import ServerConnection, serve

from tests.faults.device import Device
from tests.faults.diary import Rules
from tests.faults.journal import Ledger, Person, Send, Talk
from tests.patience import eventually


class Service:
    """Acknowledges everything."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def __call__(self, socket: ServerConnection) -> None:
        await socket.recv()
        await self._say(socket, {"type": "hello", "epoch": "1"})
        await self._say(socket, {"type": "caught_up", "seq": 0})
        async for frame in socket:
            send = msgspec.json.decode(frame)
            self.heard.append(send["client_id"])
            message = {name: send[name] for name in ("thread_id", "client_id", "text")}
            message |= {"id": send["client_id"], "seq": len(self.heard), "author_id": "1", "created_at": ""}
            await self._say(socket, {"type": "ack", "client_id": send["client_id"], "message": message})

    @staticmethod
    async def _say(socket: ServerConnection, frame: dict[str, Any]) -> None:
        await socket.send(msgspec.json.encode(frame).decode())


async def test_what_two_devices_lost_the_answer_to_is_said_once_at_a_time() -> None:
    mentee, mentor = Person("1", "mentee"), Person("2", "mentor")
    talk = Talk("3", (mentee, mentor), calm=True)
    first, twice, last = (Send(f"00000000-0000-4000-8000-{n:012}", talk, mentee, place=0) for n in range(3))
    # The window is open for two as soon as the first was acknowledged.
    mentee.loose += [first, twice, twice, last]
    service, ledger = Service(), Ledger()
    async with serve(service, "127.0.0.1", 0) as server:
        address = server.sockets[0].getsockname()[:2]
        rules = SimpleNamespace(ledger=ledger, talking=False, window=8, grace=0.0, repeats=False, addresses=[address])
        device = Device(mentee, cast("Rules", rules), random.Random(0), session=("", "token", ""))
        await device.connect()

        async def all_are_settled() -> bool:
            return last.settled and device.idle

        await eventually(all_are_settled)
        await device.close()
    assert (service.heard, ledger.words) == ([first.client_id, twice.client_id, last.client_id], [])
