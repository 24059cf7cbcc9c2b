"""What a device keeps of what it was told, and what it notices that can't be."""

import time
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

from tests.faults.journal import Fault, Ledger, Person, Send, Talk
from tests.faults.shapes import Event, Message, Thread
from tests.faults.wire import Address

REVOKED_SECONDS = 5.0
TYPING, READ = "typing", "read"


class Rules(Protocol):
    """What holds for the whole swarm now."""

    ledger: Ledger
    talking: bool
    """Whether new messages are written."""
    window: int
    """Sends that one socket leaves unanswered at a time, at most."""
    grace: float
    """Seconds that the network may hold back what was sent in time."""
    repeats: bool
    """Whether the network may repeat what was said."""
    addresses: Sequence[Address]


class Diary:
    """Of one device: its session, its place in the stream, every event that it stored."""

    def __init__(self, person: Person, rules: Rules, session: tuple[str, str, str]) -> None:
        self.person = person
        self.rules = rules
        self.session_id, self.token, self.refresh_token = session
        self.epoch: str | None = None
        self.place = 0
        self.stored = array("q")
        self.heard: Counter[str] = Counter()
        """Thread ids, and the last message heard there."""
        self._other_has: Counter[str] = Counter()
        """Thread ids, and up to which message the other side has all, as was told last."""
        self.caught_up_at: float | None = None
        self.is_out = False
        """Whether its session has ended and it knows."""

    @property
    def ended_at(self) -> float | None:
        """When its session had ended for sure (monotonic)."""
        return self.person.ended.get(self.session_id)

    def sign_in(self, session: tuple[str, str, str]) -> None:
        """Go on with another session."""
        self.session_id, self.token, self.refresh_token = session
        self.is_out = False

    def cut(self) -> None:
        """Lose the connection, if there is one."""
        raise NotImplementedError

    def settle(self, send: Send, message: Message) -> None:
        """A send was acknowledged."""
        ledger = self.rules.ledger
        if send.refused is not None:
            ledger.breach("failed", f"{send.client_id} was acknowledged after it was refused as {send.refused}")
        if (message.client_id, message.text) != (send.client_id, send.text):
            ledger.breach("lost", f"the ack of {send.client_id} has another text or client id")
        if self.ended_at is not None and send.sent_at > self.ended_at:
            ledger.breach("leaked", f"{self.person.name} could write after their log-out")
        if send.message_id is None:
            send.message_id, send.acked_at = message.id, time.monotonic()
            ledger.ack(send.sent_at)
        elif send.message_id != message.id:
            ledger.breach("doubled", f"{send.client_id} is message {send.message_id} and message {message.id}")

    def take(self, event: Event, *, live: bool) -> None:
        """Store one event."""
        ledger, present = self.rules.ledger, time.monotonic()
        if event.seq != self.place + 1:
            fault: Fault = "doubled" if event.seq <= self.place else "lost"
            ledger.breach(fault, f"{self.person.name} heard event {event.seq} after {self.place}")
            self.cut()
            return
        self.place = event.seq
        self.stored.append(event.fingerprint())
        if self.ended_at is not None and present > self.ended_at + REVOKED_SECONDS + self.rules.grace:
            ledger.breach("leaked", f"{self.person.name} heard event {event.seq} after their log-out")
        if (words := not_for(self.person, event)) is not None:
            ledger.breach("leaked", words)
        if event.message is not None:
            self._take_message(event.message, present, live=live)

    def see(self, kind: str, threads: Iterable[str]) -> None:
        """Be shown something of threads that is not kept."""
        for thread_id in threads:
            talk = self.person.talks.get(thread_id)
            if talk is None or self._is_shut_out(talk, time.monotonic(), both=kind == TYPING):
                words = f"{self.person.name} was told {kind} of thread {thread_id}, which is not open to them"
                self.rules.ledger.breach("leaked", words)

    def see_sides(self, sides: Iterable[Thread]) -> None:
        """Be told, in the order in which it was seen, how far the other side is: never less far than before."""
        for side in sides:
            self.see_across(side)
            thread_id, seq = side.id, side.other_delivered_seq
            if seq is None:
                continue
            if seq < self._other_has[thread_id]:
                words = f"{self.person.name} was told that the other side has {seq} of thread {thread_id}, and before, "
                self.rules.ledger.breach("reordered", f"{words}{self._other_has[thread_id]}")
            self._other_has[thread_id] = seq

    def see_across(self, side: Thread) -> None:
        """Be told something of the other side of a thread."""
        if side.tells_too_much:
            words = f"{self.person.name} was told of the other side of {side.id} what nobody lets be seen"
            self.rules.ledger.breach("leaked", words)

    def _is_shut_out(self, talk: Talk, present: float, *, both: bool = False) -> bool:
        """Whether a block has stood for so long that its second member may hear nothing of the thread; with `both`,
        nor may the first, who blocks."""
        bound = REVOKED_SECONDS + self.rules.grace
        is_late = talk.blocked_at is not None and present > talk.blocked_at + bound
        return is_late and (both or self.person is talk.members[1])

    def _take_message(self, message: Message, present: float, *, live: bool) -> None:
        talk = self.person.talks.get(message.thread_id)
        send = talk.sends.get(message.client_id) if talk is not None else None
        if talk is None or send is None:
            words = f"{self.person.name} heard {message.id} of thread {message.thread_id}, where nobody sent it to them"
            self.rules.ledger.breach("leaked", words)
            return
        self.heard[talk.id] = max(self.heard[talk.id], message.seq)
        if self._is_shut_out(talk, present):
            self.rules.ledger.breach("leaked", f"{self.person.name} heard {message.id} although they are blocked")
        if send.message_id not in {None, message.id}:
            words = f"{send.client_id} is message {send.message_id} and message {message.id}"
            self.rules.ledger.breach("doubled", words)
        if live and not send.seen and send.author is not self.person:
            send.seen = True
            since = max(send.acked_at or present, self.caught_up_at or present)
            self.rules.ledger.delivery_gap = max(self.rules.ledger.delivery_gap, present - since)


def not_for(person: Person, event: Event) -> str | None:
    """Why that person may not be told of this event, in words. Messages are looked at for themselves."""
    if event.thread_id is None:
        return None
    if event.thread_id not in person.talks:
        return f"{person.name} was told {event.type} of thread {event.thread_id}, which is none of theirs"
    if event.type == READ and (event.up_to_seq or 0) > person.read[event.thread_id]:
        return f"{person.name} was told that {event.up_to_seq} of {event.thread_id} was read, and never said so"
    return None
