"""The one way a message is stored: the sends of this moment, from all requests and sockets, in one transaction.

Under the threads' locks it is settled who may write; under the authors' stream locks, which of the client ids are new.
Each message takes the next `seq` of its thread and the next number of both members' streams. Nobody is answered before
the commit. What is refused leaves no trace.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from rinnalla.accounts.service import Accounts
from rinnalla.chat import repository_delivery
from rinnalla.chat.errors import ClientIdReused, ThreadNotFound
from rinnalla.chat.models import HIDING, Message
from rinnalla.chat.policy import SENDS, message_context, refusal_to_write
from rinnalla.chat.repository_delivery import LockedThread, NewMessage, SendKey, Side, StoredMessage
from rinnalla.kit import events
from rinnalla.kit.caller import Caller
from rinnalla.kit.database import Database
from rinnalla.kit.errors import DomainError, InvalidToken, TooManyRequests
from rinnalla.kit.events import Event
from rinnalla.kit.gather import Gatherer
from rinnalla.kit.ids import new_id
from rinnalla.kit.limits import Limits
from rinnalla.kit.vault import SealBroken, Vault, WrappedKey


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way in."""

    caller: Caller
    thread_id: UUID
    client_id: UUID
    text: str

    @property
    def key(self) -> SendKey:
        return self.caller.account_id, self.client_id, self.thread_id


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message with its text opened; `text` is None where it can't be."""

    id: UUID
    thread_id: UUID
    seq: int
    author_id: UUID
    client_id: UUID
    text: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """A stored message. `replayed`: it was stored by an earlier send with the same client id."""

    message: MessageView
    replayed: bool


class Writer:
    """Gathers sends and stores them."""

    def __init__(self, database: Database, accounts: Accounts, vault: Vault, limits: Limits) -> None:
        self._database = database
        self._accounts = accounts
        self._vault = vault
        self._limits = limits
        self._gatherer = Gatherer(self._write, work_past=self._write_what_is_free)

    async def send(self, outgoing: Outgoing) -> Sent:
        """Store a message. Raises: what `chat.service.Chat.send` says."""
        return await self._gatherer.ask(outgoing)

    async def finish(self) -> None:
        """Wait for what is under way."""
        await self._gatherer.finish()

    async def _write_what_is_free(self, batch: Sequence[Outgoing]) -> Sequence[Sent | Exception]:
        """After a batch was put off, maybe since something of one thread or person is held for long: what is held is
        left out, and refused as if it were not there. (The gatherer has who is refused here come back.)"""
        return await self._write(batch, skip_locked=True)

    async def _write(self, batch: Sequence[Outgoing], *, skip_locked: bool = False) -> Sequence[Sent | Exception]:
        async with self._database.unit_of_work() as db:
            asked, sessions = {one.thread_id for one in batch}, [one.caller.session_id for one in batch]
            threads = await repository_delivery.lock_threads(db, asked, skip_locked=skip_locked)
            alive = await self._accounts.lock_live_sessions(db, sessions, skip_locked=skip_locked)
            members = {member for locked in threads.values() for member in locked.sides}
            streams = await events.lock_streams(db, members, skip_locked=skip_locked)
            if skip_locked:
                threads = {locked.id: locked for locked in threads.values() if locked.sides.keys() <= streams.keys()}
            stored = await repository_delivery.sent_before(db, {outgoing.key for outgoing in batch})
            new = Counter(outgoing.caller.account_id for outgoing in batch if outgoing.key not in stored)
            room = await self._limits.taken(db, SENDS, new)
            round_ = _Round(self._vault, threads, alive, stored, room)
            judged = [round_.judge(outgoing) for outgoing in batch]
            if not round_.written:
                return [answer for answer in judged if not isinstance(answer, _Fresh)]
            touched = {message.thread_id for message in round_.written}
            at = await repository_delivery.store(db, round_.written, [threads[thread_id] for thread_id in touched])
            last = at + timedelta(microseconds=len(round_.written) - 1)
            await events.append_locked(db, round_.events(), streams, last)
            places = {message.id: place for place, message in enumerate(round_.written)}
            return [
                answer.sent(at + timedelta(microseconds=places[answer.message.id]))
                if isinstance(answer, _Fresh)
                else answer
                for answer in judged
            ]


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A send whose message is stored in this round."""

    message: NewMessage
    text: str
    replayed: bool

    def sent(self, at: datetime) -> Sent:
        return Sent(view(self.message, self.text, at), replayed=self.replayed)


class _Round:
    """What becomes of one batch, worked out in memory under the locks."""

    def __init__(
        self,
        vault: Vault,
        threads: dict[UUID, LockedThread],
        alive: set[UUID],
        stored: dict[SendKey, StoredMessage],
        room: dict[UUID, int],
    ) -> None:
        self._vault = vault
        self._threads = threads
        self._alive = alive
        self._stored = stored
        self._room = room
        self._fresh: dict[SendKey, _Fresh] = {}

    @property
    def written(self) -> list[NewMessage]:
        return [fresh.message for fresh in self._fresh.values()]

    def judge(self, outgoing: Outgoing) -> Sent | _Fresh | Exception:
        try:
            return self._judge(outgoing)
        except (DomainError, SealBroken) as refusal:
            return refusal

    def _judge(self, outgoing: Outgoing) -> Sent | _Fresh:
        author_id = outgoing.caller.account_id
        if outgoing.caller.session_id not in self._alive:
            raise InvalidToken
        thread = self._threads.get(outgoing.thread_id)
        if thread is None or author_id not in thread.sides:
            raise ThreadNotFound
        own = thread.sides[author_id]
        other = next(side for account_id, side in thread.sides.items() if account_id != author_id)
        if other.filing in HIDING:  # also when it was sent before: of someone who left nothing is found either
            raise ThreadNotFound
        if outgoing.key in self._stored or outgoing.key in self._fresh:
            return self._replay(outgoing, own)
        refusal = refusal_to_write(thread.state, own.filing, other.filing)
        if refusal is not None:
            raise refusal
        if self._room.get(author_id, 0) == 0:
            raise TooManyRequests(retry_after=max(1, round(SENDS.seconds / SENDS.burst)))
        self._room[author_id] -= 1
        return self._write(outgoing, thread, own, other)

    def _write(self, outgoing: Outgoing, thread: LockedThread, own: Side, other: Side) -> _Fresh:
        """Sealed first: a key that is lost must leave the counts as they are. Raises: SealBroken."""
        message_id = new_id()
        context = message_context(message_id, thread.id, own.account_id)
        body = self._vault.seal(own.wrapped_key, outgoing.text, context)
        thread.last_seq += 1
        own.awaited = own.awaited_anew = False
        other.unread += 1
        other.awaited_anew = other.awaited_anew or not other.awaited
        other.awaited = True
        message = NewMessage(message_id, thread.id, thread.last_seq, own.account_id, outgoing.client_id, body)
        fresh = self._fresh[outgoing.key] = _Fresh(message, outgoing.text, replayed=False)
        return fresh

    def _replay(self, outgoing: Outgoing, own: Side) -> Sent | _Fresh:
        """What was answered to the first send with this key. Raises: ClientIdReused."""
        fresh = self._fresh.get(outgoing.key)
        earlier = fresh.message if fresh else self._stored[outgoing.key]
        context = message_context(earlier.id, earlier.thread_id, earlier.author_id)
        try:
            text: str | None = self._vault.open(own.wrapped_key, earlier.body, context)
        except SealBroken:  # it is stored, and nobody can read any more whether it said the same
            text = None
        if text not in {None, outgoing.text}:
            raise ClientIdReused
        if fresh is not None:
            return replace(fresh, replayed=True)
        stored = self._stored[outgoing.key]
        return Sent(view(stored, text, stored.created_at), replayed=True)

    def events(self) -> list[Event]:
        return [
            Event(account_id, "message", {"message_id": str(message.id), "thread_id": str(message.thread_id)})
            for message in self.written
            for account_id in self._threads[message.thread_id].sides
        ]


def view(message: Message | StoredMessage | NewMessage, text: str | None, created_at: datetime) -> MessageView:
    """A message as its readers see it."""
    return MessageView(
        id=message.id,
        thread_id=message.thread_id,
        seq=message.seq,
        author_id=message.author_id,
        client_id=message.client_id,
        text=text,
        created_at=created_at,
    )


def opened(vault: Vault, message: Message | StoredMessage, key: WrappedKey) -> MessageView:
    """A stored message with its text, where that can be opened with its author's key."""
    context = message_context(message.id, message.thread_id, message.author_id)
    try:
        text = vault.open(key, message.body, context)
    except SealBroken:
        text = None
    return view(message, text, message.created_at)
