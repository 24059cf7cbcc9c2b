"""What must hold when everything has been mended, every unanswered send was repeated and everyone has caught up.

I1 what was acknowledged is in both members' streams exactly once, with its text. I2 what was not answered is there
exactly once after it was sent again. I3 what was refused is nowhere, but for what came once more when the block that
had refused it was lifted. I4 streams and threads count 1, 2, 3 … without a hole. I5 what a device heard as it happened
is what the stream says. I6 so it is for all devices of a person. I7 nobody heard anything of a thread that they are not
in, or from which they were shut out, nor what others have read or whether they are there, which nobody lets be seen.
I8, nothing was left behind, is seen when everyone has left: `Phase`, `holdings`. I9 who wrote is told of every mark
that was taken: messages were delivered at least that far.
"""

import asyncio
from array import array
from collections import Counter

from tests.faults.device import Device
from tests.faults.diary import not_for
from tests.faults.journal import BLOCKED, Ledger, Person, Send, Talk
from tests.faults.shapes import Event, Message, read_stretch, read_thread
from tests.faults.swarm import Swarm

AT_ONCE = 8
UNAVAILABLE = "unavailable"


class Checker:
    """Holds the streams of one swarm against its journals."""

    def __init__(self, swarm: Swarm) -> None:
        self._swarm = swarm
        self._ledger: Ledger = swarm.ledger
        self._found: Counter[tuple[str, Send]] = Counter()
        """How often a send is in the stream of the person with that id."""
        self._came_again: set[Send] = set()
        """Sends that stand in their author's stream after the lifting of a block that may have refused them."""

    async def check(self) -> None:
        """Read every stream from its beginning and note what does not hold."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(person: Person) -> None:
            async with turns:
                await self._check_person(person)

        await asyncio.gather(*(one(person) for person in self._swarm.crowd.people))
        for send in self._swarm.sends():
            self._check_send(send)

    async def _check_person(self, person: Person) -> None:
        stream = await self._stream(person)
        told = array("q", (event.fingerprint() for event in stream))
        if [event.seq for event in stream] != list(range(1, len(stream) + 1)):
            self._ledger.breach("lost", f"the stream of {person.name} does not count 1, 2, 3 …")
        reading = _Reading(person, self._ledger)
        for event in stream:
            reading.take(event)
            if event.message is not None and (send := reading.send_of(event.message)) is not None:
                self._found[person.id, send] += 1
                if person is send.author and reading.filed_at[send.talk.id] > send.place:
                    self._came_again.add(send)
        for device in self._swarm.everyone:
            if device.person is person:
                self._compare(device, stream, told)
        for talk in person.talks.values():
            await self._check_side(person, talk)

    async def _check_side(self, person: Person, talk: Talk) -> None:
        """I9, and I7 of what people don't let others see."""
        marked = person.other(talk).marked[talk.id]
        side = read_thread(await self._swarm.ask(person, f"/v1/threads/{talk.id}"))
        if side.tells_too_much:
            words = f"{person.name} may read of the other side of {talk.id} what nobody lets be seen"
            self._ledger.breach("leaked", words)
        if (told := side.other_delivered_seq or 0) < marked:
            words = f"{person.name} is told that {told} of {talk.id} were delivered, and the other side has {marked}"
            self._ledger.breach("lost", words)

    async def _stream(self, person: Person) -> list[Event]:
        stream: list[Event] = []
        place = "after=0"
        while True:
            page = read_stretch(await self._swarm.ask(person, f"/v1/sync?{place}"))
            place = f"after={page.next_after}&epoch={page.epoch}"
            stream += page.events
            if not page.more:
                return stream

    def _compare(self, device: Device, stream: list[Event], told: "array[int]") -> None:
        """I5, I6. While a thread was blocked its messages were heard as unavailable."""
        heard = device.stored
        if heard == told[: len(heard)]:
            return
        for number, (one, event) in enumerate(zip(heard, stream, strict=False), start=1):
            hidden = Event(type=UNAVAILABLE, seq=number).fingerprint()
            if one == event.fingerprint() or (one == hidden and _may_hide(device.person, event)):
                continue
            words = f"a device of {device.person.name} was told something else as event {number} than the stream says"
            self._ledger.breach("reordered", words)
            return
        if len(heard) > len(stream):
            self._ledger.breach("lost", f"a device of {device.person.name} knows more than the stream")

    def _check_send(self, send: Send) -> None:
        for member in send.talk.members:
            count = self._found[member.id, send]
            if count > 1:
                self._ledger.breach("doubled", f"{send.client_id} is {count} times in the stream of {member.name}")
            elif count == 0 and send.message_id is not None:
                self._ledger.breach("lost", f"{send.client_id} was acknowledged and {member.name} never got it")
            elif count == 1 and send.refused is not None and not self._may_stand(send):
                self._ledger.breach("doubled", f"{send.client_id} was refused as {send.refused} and is stored")

    def _may_stand(self, send: Send) -> bool:
        """Whether a send that was refused can be stored all the same: the network, or a try that was given up, brought
        it once more when the block that had refused it was lifted."""
        return send.refused == BLOCKED and send in self._came_again


class _Reading:
    """One person's stream, event by event."""

    def __init__(self, person: Person, ledger: Ledger) -> None:
        self._person = person
        self._ledger = ledger
        self._counts: Counter[str] = Counter()
        self._gone: set[str] = set()
        self.filed_at: Counter[str] = Counter()
        """Where in the stream it was last said of a thread that it had changed."""

    def take(self, event: Event) -> None:
        if (words := not_for(self._person, event)) is not None:
            self._ledger.breach("leaked", words)
        if event.type == "thread_gone" and event.thread_id is not None:
            self._gone.add(event.thread_id)
        elif event.type == "thread_changed" and event.thread_id is not None:
            self.filed_at[event.thread_id] = event.seq
            self._gone.discard(event.thread_id)
        elif event.message is not None:
            self._take_message(event.message)
        elif event.type == UNAVAILABLE:
            self._ledger.breach("lost", f"event {event.seq} of {self._person.name} can't be read any more")

    def _take_message(self, message: Message) -> None:
        if message.thread_id in self._gone:
            words = f"{self._person.name} got {message.id} after they were blocked"
            self._ledger.breach("leaked", words)
        self._counts[message.thread_id] += 1
        if message.seq != self._counts[message.thread_id]:
            words = f"message {message.seq} of {message.thread_id} is number {self._counts[message.thread_id]}"
            self._ledger.breach("reordered", words)

    def send_of(self, message: Message) -> Send | None:
        """Whose journal a message is in; that it says the same."""
        talk: Talk | None = self._person.talks.get(message.thread_id)
        send = talk.sends.get(message.client_id) if talk is not None else None
        if send is None or message.author_id != send.author.id:
            self._ledger.breach("leaked", f"{self._person.name} has {message.id}, which nobody sent to them")
            return None
        if message.text != send.text or (send.message_id is not None and message.id != send.message_id):
            self._ledger.breach("lost", f"{send.client_id} is stored with another text or id than was acknowledged")
        return send


def _may_hide(person: Person, event: Event) -> bool:
    talk = person.talks.get(event.message.thread_id) if event.message is not None else None
    return talk is not None and not talk.calm and talk.members[1] is person
