"""The one way a message is stored: the sends of this moment, from all requests and sockets, in one transaction.

Under the threads' locks it is settled who may write; under the authors' stream locks, which of the client ids are new.
Each message takes the next `seq` of its thread and the next number of both members' streams. Nobody is answered before
the commit. What is refused leaves no trace.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rinnalla.accounts.service import Accounts
from rinnalla.chat import repository
from rinnalla.chat.errors import ClientIdReused, ThreadNotFound
from rinnalla.chat.models import Filing, Message
from rinnalla.chat.policy import SENDS, message_context, refusal_to_write
from rinnalla.chat.repository import LockedThread, SendKey
from rinnalla.kit import events
from rinnalla.kit.caller import Caller
from rinnalla.kit.database import Database
from rinnalla.kit.errors import DomainError, InvalidToken, TooManyRequests
from rinnalla.kit.events import Event
from rinnalla.kit.gather import Gatherer
from rinnalla.kit.ids import new_id
from rinnalla.kit.limits import Limits
from rinnalla.kit.vault import Vault


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
        self._gatherer = Gatherer(self._write)

    async def send(self, outgoing: Outgoing) -> Sent:
        """Store a message. Raises: what `chat.service.Chat.send` says."""
        return await self._gatherer.ask(outgoing)

    async def finish(self) -> None:
        """Wait for what is under way."""
        await self._gatherer.finish()

    async def _write(self, batch: Sequence[Outgoing]) -> Sequence[Sent | Exception]:
        async with self._database.unit_of_work() as db:
            threads = await repository.lock_threads(db, {outgoing.thread_id for outgoing in batch})
            alive = await self._accounts.lock_live_sessions(db, [outgoing.caller.session_id for outgoing in batch])
            streams = await events.lock_streams(
                db, {member for locked in threads.values() for member in locked.members}
            )
            stored = await repository.sent_before(db, {outgoing.key for outgoing in batch})
            new = Counter(outgoing.caller.account_id for outgoing in batch if outgoing.key not in stored)
            room = await self._limits.taken(db, SENDS, new)
            round_ = _Round(self._vault, threads, alive, stored, room)
            answers = [round_.judge(outgoing) for outgoing in batch]
            if round_.written:
                await repository.store(db, round_.written)
                await events.append_locked(db, round_.events(), streams)
            return answers


class _Round:
    """What becomes of one batch, worked out in memory under the locks."""

    def __init__(
        self,
        vault: Vault,
        threads: dict[UUID, LockedThread],
        alive: set[UUID],
        stored: dict[SendKey, Message],
        room: dict[UUID, int],
    ) -> None:
        self._vault = vault
        self._threads = threads
        self._alive = alive
        self._stored = stored
        self._room = room
        self.written: list[Message] = []

    def judge(self, outgoing: Outgoing) -> Sent | Exception:
        try:
            return self._write(outgoing)
        except DomainError as refusal:
            return refusal

    def _write(self, outgoing: Outgoing) -> Sent:
        author_id = outgoing.caller.account_id
        if outgoing.caller.session_id not in self._alive:
            raise InvalidToken
        locked = self._threads.get(outgoing.thread_id)
        if locked is None or author_id not in locked.members:
            raise ThreadNotFound
        own = locked.members[author_id]
        other = next(member for account_id, member in locked.members.items() if account_id != author_id)
        if other.filing == Filing.BLOCKED:  # also when it was sent before: of someone who left nothing is found either
            raise ThreadNotFound
        earlier = self._stored.get(outgoing.key)
        if earlier is not None:
            return self._replay(outgoing, earlier)
        refusal = refusal_to_write(locked.thread.state, own.filing, other.filing)
        if refusal is not None:
            raise refusal
        if self._room.get(author_id, 0) == 0:
            raise TooManyRequests(retry_after=max(1, round(SENDS.seconds / SENDS.burst)))
        self._room[author_id] -= 1
        locked.thread.last_seq += 1
        locked.thread.last_message_at = locked.at
        own.waiting_since = None
        other.unread += 1
        other.waiting_since = other.waiting_since or locked.at
        message = Message(
            id=new_id(),
            thread_id=outgoing.thread_id,
            seq=locked.thread.last_seq,
            author_id=author_id,
            client_id=outgoing.client_id,
            created_at=locked.at,
        )
        context = message_context(message.id, message.thread_id, author_id)
        message.body = self._vault.seal(own.wrapped_key, outgoing.text, context)
        self.written.append(message)
        self._stored[outgoing.key] = message
        return Sent(view(message, outgoing.text), replayed=False)

    def _replay(self, outgoing: Outgoing, earlier: Message) -> Sent:
        key = self._threads[earlier.thread_id].members[earlier.author_id].wrapped_key
        text = self._vault.open(key, earlier.body, message_context(earlier.id, earlier.thread_id, earlier.author_id))
        if text != outgoing.text:
            raise ClientIdReused
        return Sent(view(earlier, text), replayed=True)

    def events(self) -> list[Event]:
        return [
            Event(account_id, "message", {"message_id": str(message.id), "thread_id": str(message.thread_id)})
            for message in self.written
            for account_id in self._threads[message.thread_id].members
        ]


def view(message: Message, text: str | None) -> MessageView:
    """A message as its readers see it."""
    return MessageView(
        id=message.id,
        thread_id=message.thread_id,
        seq=message.seq,
        author_id=message.author_id,
        client_id=message.client_id,
        text=text,
        created_at=message.created_at,
    )
