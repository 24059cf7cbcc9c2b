"""What clients write down: what they sent and what became of it, and every promise that they saw broken."""

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Literal, get_args

Fault = Literal["lost", "doubled", "reordered", "leaked", "failed"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
WORDS_KEPT = 20
NOBODY, BLOCKED, CLOSED = "thread_not_found", "thread_blocked", "thread_closed"
PHRASES = ("Moi! Valvotko sinäkin? 🌙", "Hei, kuuletko?", "Är du där?", "Er du våken?", "Can't sleep.", "å" * 40)
LONG_TEXT = " — ja sitten " * 250
ONE_IN_LONG = 200


def text_of(client_id: str) -> str:
    """What is said in the message with this client id: nobody has to remember it."""
    number = int(client_id[-6:], 16)
    return f"{PHRASES[number % len(PHRASES)]} {client_id}{LONG_TEXT if number % ONE_IN_LONG == 0 else ''}"


class Ledger:
    """Counts of one phase, and the first broken promises in words."""

    def __init__(self) -> None:
        self.acked = 0
        self.unanswered = 0
        self.faults: Counter[Fault] = Counter()
        self.words: list[str] = []
        self.delivery_gap = 0.0
        self.recovery_gap = 0.0
        self.recovering_since: float | None = None

    def breach(self, fault: Fault, words: str) -> None:
        """A promise was broken."""
        self.faults[fault] += 1
        if len(self.words) < WORDS_KEPT:
            self.words.append(f"{fault}: {words}")

    def ack(self, sent_at: float) -> None:
        """A send of that time (monotonic) was acknowledged for the first time."""
        self.acked += 1
        if self.recovering_since is not None and sent_at >= self.recovering_since:
            self.waited()

    def recovered(self) -> None:
        """Something works again: from now until the next send that succeeds is the gap, or until it breaks anew."""
        self.waited()
        self.recovering_since = time.monotonic()

    def waited(self) -> None:
        """Nobody waits any more for a send that succeeds: it has, or there will be none."""
        if self.recovering_since is not None:
            self.recovery_gap = max(self.recovery_gap, time.monotonic() - self.recovering_since)
            self.recovering_since = None


class Talk:
    """A thread of two people. `calm`: nobody blocks the other in it."""

    __slots__ = ("blocked_at", "calm", "id", "is_busy", "members", "sends")

    def __init__(self, thread_id: str, members: "tuple[Person, Person]", *, calm: bool) -> None:
        self.id = thread_id
        self.members = members
        self.calm = calm
        self.sends: dict[str, Send] = {}
        self.blocked_at: float | None = None
        """When the block of the first member on the second was known to stand (monotonic)."""
        self.is_busy = False
        """Whether somebody is about to file it."""

    def may_refuse(self, author: "Person", code: str) -> bool:
        """Whether this can be the last word about what `author` says here. Nobody ends a thread. Where the first member
        blocks the second, that is what the first is told; the second finds no thread."""
        return not self.calm and code == (BLOCKED if author is self.members[0] else NOBODY)


class Send:
    """One message somebody meant to send. `place`: how much of their stream they knew then. `refused`: the code of a
    refusal that is final."""

    __slots__ = (
        "acked_at",
        "author",
        "client_id",
        "message_id",
        "place",
        "refused",
        "seen",
        "sent_at",
        "talk",
        "tries",
    )

    def __init__(self, client_id: str, talk: Talk, author: "Person", place: int) -> None:
        self.client_id = client_id
        self.talk = talk
        self.author = author
        self.message_id: str | None = None
        self.refused: str | None = None
        self.tries = 0
        self.place = place
        self.sent_at = 0.0
        self.acked_at: float | None = None
        self.seen = False
        """Whether a device of the other member has it."""

    @property
    def text(self) -> str:
        return text_of(self.client_id)

    @property
    def settled(self) -> bool:
        return self.message_id is not None or self.refused is not None


@dataclass(eq=False, slots=True)
class Person:
    """Someone with threads and devices. `loose`: sends that nobody answered, to be sent again by any of the devices."""

    id: str
    name: str
    talks: dict[str, Talk] = field(default_factory=dict)
    loose: deque[Send] = field(default_factory=deque)
    ended: dict[str, float] = field(default_factory=dict)
    """Session ids, and when the answer that ended them came."""
    marked: Counter[str] = field(default_factory=Counter)
    """Thread ids, and up to which message the service has taken this person's word that it was delivered or read."""
    read: Counter[str] = field(default_factory=Counter)
    """Thread ids, and up to which message any of this person's devices has ever said that it was read."""
    ending: set[str] = field(default_factory=set)
    """Sessions that another device has asked to end, answered or not."""

    def other(self, talk: Talk) -> "Person":
        """Whom this person talks with there."""
        return talk.members[1] if talk.members[0] is self else talk.members[0]
