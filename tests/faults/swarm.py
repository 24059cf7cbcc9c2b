"""Many people on bad connections, who talk over the public contract as fast as they are answered, and check what they
hear. Everything that chance decides hangs on one seed."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from rinnalla.app import Services
from rinnalla.kit.errors import DomainError
from tests.faults.device import NOT_FOUND, OK, Device
from tests.faults.journal import Ledger, Person, Send, Talk
from tests.faults.marks import mark, write
from tests.faults.people import Crowd, Habits, Size
from tests.faults.processes import Stuck
from tests.faults.shapes import read_stretch
from tests.faults.wire import Address

Waiting = TypeVar("Waiting")
TICK_SECONDS = (1.0, 4.0)
POLL_SECONDS = (0.2, 0.8)
BLOCK_SECONDS = (0.5, 8.0)
LONG_BLOCK_SECONDS = (8.0, 40.0)
LONG_BLOCKS = 0.25
ANSWERED_SECONDS = 120.0
OUT_SECONDS = 7.0
FAR_AHEAD = 2**53 - 1
NO_CONTENT = 204
TIRED = 1000
LOOK_SECONDS = 0.1


class Swarm:
    """The people of one phase, and what they have in common."""

    def __init__(
        self,
        services: Services,
        addresses: Sequence[Address],
        seed: str,
        *,
        size: Size,
        habits: Habits,
        grace: float,
        repeats: bool,
    ) -> None:
        self.addresses = addresses
        self.window = habits.window
        self.grace = grace
        self.repeats = repeats
        self.ledger = Ledger()
        self.talking = False
        self._size = size
        self._habits = habits
        self._chance = random.Random(seed)
        self._tasks: list[asyncio.Task[None]] = []
        self._errands: set[asyncio.Task[None]] = set()
        self.crowd = Crowd(services, self, self._chance)

    @property
    def everyone(self) -> list[Device]:
        """All devices."""
        return self.crowd.devices + self.crowd.pollers

    async def gather(self, patience: float) -> None:
        """Make everyone, and let them come in for so many seconds at most."""
        await self.crowd.make(self._size)
        self.talking = True
        self._tasks = [asyncio.create_task(self._live(device)) for device in self.crowd.devices]
        self._tasks += [asyncio.create_task(self._live_by_polling(device)) for device in self.crowd.pollers]
        until = time.monotonic() + patience
        while time.monotonic() < until and any(device.caught_up_at is None for device in self.crowd.devices):
            await asyncio.sleep(LOOK_SECONDS)

    def hush(self) -> None:
        """Nobody writes anything new or drops a connection from now on."""
        self.talking = False

    async def disperse(self) -> None:
        """Everyone leaves."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for device in self.everyone:
            await device.close()

    def check_alive(self) -> None:
        """Raises: whatever a device failed with, which is a mistake of the swarm."""
        for task in self._tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error

    # A device's evening

    async def _live(self, device: Device) -> None:
        while True:
            if not await self._is_in(device):
                await self._pause((0.1, 0.4))
                continue
            if device.line is None:
                try:
                    await device.connect()
                except OSError:
                    device.move()
                    await self._pause((0.05, 0.5))
                    continue
            await self._pause(TICK_SECONDS)
            device.look_after_line()
            if self.talking and not device.only_listens:
                await self._do_something(device)
            device.talk()

    async def _live_by_polling(self, device: Device) -> None:
        while True:
            await self._pause(POLL_SECONDS)
            if not await self._is_in(device):
                continue
            if not await device.poll():
                continue
            if (send := device.next_send()) is not None:
                await device.say_by_http(send)

    async def _is_in(self, device: Device) -> bool:
        """Whether the device has a session and a token; it gets a new token, or after a while another session."""
        if device.token:
            return True
        if not device.is_out:
            await device.renew()
        elif device.ended_at is None or time.monotonic() > device.ended_at + OUT_SECONDS + self.grace:
            try:
                await self.crowd.sign_in_again(device)
            except (DomainError, OSError):
                return False
        return bool(device.token)

    async def _pause(self, bounds: tuple[float, float]) -> None:
        await asyncio.sleep(self._chance.uniform(*bounds))

    async def _do_something(self, device: Device) -> None:
        """What people do beside talking; a throw of the dice decides."""
        dice = self._chance.random()
        habits = self._habits
        for share, deed in (
            (habits.lose, self._lose),
            (habits.hang_up, self._hang_up),
            (habits.post, self._post),
            (habits.read, self._read),
            (habits.say_again, self._say_again),
            (habits.storm, self._storm),
            (habits.log_another_out, self._log_another_out),
            (habits.deliver, self._deliver),
            (habits.type, self._type),
        ):
            if dice < share:
                await deed(device)
                return
            dice -= share

    async def _lose(self, device: Device) -> None:
        device.cut()

    async def _hang_up(self, device: Device) -> None:
        if device.line is not None:
            device.line.hang_up()

    async def _post(self, device: Device) -> None:
        if (send := device.next_send()) is not None:
            await device.say_by_http(send)

    async def _read(self, device: Device) -> None:
        await mark(device, "read")

    async def _deliver(self, device: Device) -> None:
        await mark(device, "delivered")

    async def _type(self, device: Device) -> None:
        write(device)

    async def _say_again(self, device: Device) -> None:
        """Something that was acknowledged long ago: the answer must be the same."""
        for send in list(device.some_talk().sends.values())[: self._chance.randrange(1, TIRED)][-1:]:
            if send.author is device.person and send.message_id is not None:
                await device.say_by_http(send)

    async def _storm(self, device: Device) -> None:
        """Block the other side of a stormy thread, for a while."""
        person = device.person
        for talk in person.talks.values():
            if not talk.calm and not talk.is_busy and talk.members[0] is person:
                talk.is_busy = True
                self._errands.add(task := asyncio.create_task(self._block_for_a_while(person, talk)))
                task.add_done_callback(self._errands.discard)

    async def _block_for_a_while(self, person: Person, talk: Talk) -> None:
        if await self._file(person, talk, "blocked"):
            talk.blocked_at = time.monotonic()
        is_long = self._chance.random() < LONG_BLOCKS
        until = time.monotonic() + self._chance.uniform(*(LONG_BLOCK_SECONDS if is_long else BLOCK_SECONDS))
        while self.talking and time.monotonic() < until:
            await asyncio.sleep(LOOK_SECONDS)
        talk.blocked_at = None
        while not await self._file(person, talk, "inbox"):
            await self._pause((0.1, 0.4))
        talk.is_busy = False

    async def _file(self, person: Person, talk: Talk, filing: str) -> bool:
        """Whether it is filed for sure."""
        device = next((one for one in self.everyone if one.person is person and one.token), None)
        if device is None:
            return False
        answer = await device.call("PUT", f"/v1/threads/{talk.id}/filing", {"filing": filing})
        return answer is not None and answer[0] == OK

    async def _log_another_out(self, device: Device) -> None:
        others = [one for one in self.everyone if one.person is device.person and one is not device and one.token]
        if not others:
            return
        other = self._chance.choice(others)
        session_id = other.session_id
        device.person.ending.add(session_id)
        answer = await device.call("DELETE", f"/v1/sessions/{session_id}")
        if answer is not None and answer[0] in {NO_CONTENT, NOT_FOUND}:
            device.person.ended[session_id] = time.monotonic()

    # The end of a phase

    async def settle(self, patience: float) -> list[Device]:
        """Wait until everything that stands has heard everything there is; who has not within `patience` seconds."""
        await self._until_nothing_moves(patience, lambda: [one for one in self.crowd.devices if not one.idle])
        heads = await self.heads()
        standing = {device: device.line for device in self.crowd.devices}
        return await self._until_nothing_moves(
            patience, lambda: self._behind(heads, lambda device: None is not device.line is standing.get(device))
        )

    async def converge(self, patience: float) -> list[Device]:
        """Wait until every device, come back, has heard everything there is; who has not."""
        heads = await self.heads()
        return await self._until_nothing_moves(patience, lambda: self._behind(heads, lambda _: True))

    async def answer_everything(self, patience: float, recovery: float) -> list[Send]:
        """Wait until nobody is blocked, for `recovery` seconds at the most, and every send was answered; the sends that
        were not."""
        try:
            async with asyncio.timeout(recovery):
                await self._unblock()
        except TimeoutError:
            self.ledger.breach("failed", f"for {recovery:.0f} s someone could not take a block back")
        return await self._until_nothing_moves(patience, lambda: [send for send in self.sends() if not send.settled])

    async def _unblock(self) -> None:
        while self._errands:
            await asyncio.wait(self._errands)
        for talk in (one for one in self.crowd.talks if not one.calm):  # should the network have repeated a block
            while not await self._file(talk.members[0], talk, "inbox"):
                await self._pause((0.1, 0.4))

    def sends(self) -> Iterator[Send]:
        """Everything that anyone ever meant to send."""
        return (send for talk in self.crowd.talks for send in talk.sends.values())

    async def _until_nothing_moves(self, patience: float, left: Callable[[], list[Waiting]]) -> list[Waiting]:
        """Wait until nothing is left, or for `patience` seconds in which nobody got anything: a busy machine is slow,
        and never stands still. What is left."""
        moved, last = time.monotonic(), self._progress()
        while (waiting := left()) and time.monotonic() - moved < patience:
            await asyncio.sleep(LOOK_SECONDS)
            if (progress := self._progress()) != last:
                moved, last = time.monotonic(), progress
        return waiting

    def _progress(self) -> tuple[int, int]:
        return self.ledger.acked, sum(device.place for device in self.everyone)

    def _behind(self, heads: dict[Person, int], counts: Callable[[Device], bool]) -> list[Device]:
        return [
            device
            for device in self.everyone
            if device.ended_at is None and counts(device) and device.place < heads.get(device.person, 0)
        ]

    async def heads(self) -> dict[Person, int]:
        """The last number of everyone's stream."""
        found: dict[Person, int] = {}
        for person in self.crowd.people:
            found[person] = read_stretch(await self.ask(person, f"/v1/sync?after={FAR_AHEAD}")).last_seq
        return found

    async def ask(self, person: Person, path: str) -> bytes:
        """What a device of that person is answered, when everything is mended. Raises: Stuck."""
        until = time.monotonic() + ANSWERED_SECONDS
        while time.monotonic() < until:
            for device in self.everyone:
                if device.person is person and device.token and device.ended_at is None:
                    answer = await device.call("GET", path)
                    if answer is not None:
                        return answer[1]
            await self._pause((0.1, 0.2))
        raise Stuck(f"{person.name} was not answered for {ANSWERED_SECONDS:.0f} s, asking for {path}")
