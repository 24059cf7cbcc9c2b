"""Conversations that began elsewhere: their messages are sealed and numbered as any others, and keep their times.

A long one comes in pieces. Until its last piece is there the thread is closed, so that nothing gets in between.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.chat import repository, repository_arrivals
from rinnalla.chat.models import Filing, ThreadState
from rinnalla.chat.policy import message_context
from rinnalla.chat.repository_arrivals import Known, NewMessage, NewSide, NewThread, Standing
from rinnalla.kit import events
from rinnalla.kit.caller import Role
from rinnalla.kit.events import Event
from rinnalla.kit.vault import Vault

TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ArrivedMessage:
    """A message as it was elsewhere. `was_read`: its reader has opened it."""

    id: UUID
    author_id: UUID
    text: str
    created_at: datetime
    was_read: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Messages to be added at the end of a thread, in their order. `filings` has where each of the two keeps it."""

    thread_id: UUID
    mentee_id: UUID
    mentor_id: UUID
    began_at: datetime
    filings: Mapping[UUID, Filing]
    messages: Sequence[ArrivedMessage]
    is_last: bool


class Conversations:
    """Brings conversations."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def bring(self, db: AsyncSession, pieces: Sequence[Piece]) -> None:
        """Add pieces of different threads, making those that are new; members of finished ones are told."""
        known = await repository_arrivals.lock(db, [piece.thread_id for piece in pieces])
        threads: list[NewThread] = []
        sides: list[NewSide] = []
        messages: list[NewMessage] = []
        for piece in pieces:
            writing = _Writing(self._vault, piece, known.get(piece.thread_id))
            messages += [writing.add(message) for message in piece.messages]
            threads.append(writing.thread())
            sides += writing.sides.values()
        await repository_arrivals.store(db, threads, sides, messages)
        finished = [piece.thread_id for piece in pieces if piece.is_last]
        seeing = await repository.who_sees(db, finished)
        await events.append(
            db,
            [
                Event(account_id, "thread_changed", {"thread_id": str(thread_id)})
                for thread_id, account_ids in seeing.items()
                for account_id in account_ids
            ],
        )

    async def between(
        self, db: AsyncSession, pairs: Collection[tuple[UUID, UUID]]
    ) -> dict[tuple[UUID, UUID], Standing]:
        """For (mentee, mentor): the thread that they have."""
        return await repository_arrivals.between(db, pairs)

    async def present(self, db: AsyncSession, message_ids: Collection[UUID]) -> set[UUID]:
        """Those of the messages that are stored."""
        return await repository_arrivals.present(db, message_ids)


class _Writing:
    """A thread that grows, worked out in memory."""

    def __init__(self, vault: Vault, piece: Piece, known: Known | None) -> None:
        self._vault = vault
        self._piece = piece
        self._last_seq = known.last_seq if known else 0
        self._last_at = known.last_message_at if known else None
        self.sides = known.sides if known else self._new_sides()

    def _new_sides(self) -> dict[UUID, NewSide]:
        piece = self._piece
        return {
            account_id: NewSide(
                thread_id=piece.thread_id,
                account_id=account_id,
                role=role,
                filing=piece.filings.get(account_id, Filing.INBOX),
                read_seq=0,
                unread=0,
                waiting_since=None,
                wrapped_key=self._vault.new_key(),
            )
            for account_id, role in ((piece.mentee_id, Role.MENTEE), (piece.mentor_id, Role.MENTOR))
        }

    def add(self, message: ArrivedMessage) -> NewMessage:
        """A mark here says "up to this one": after the first message that nobody opened all count as unread. Of two
        messages of the same moment the second comes a microsecond later, as order in a thread is order in time."""
        self._last_seq += 1
        at = message.created_at if self._last_at is None else max(message.created_at, self._last_at + TICK)
        self._last_at = at
        author = self.sides[message.author_id]
        reader = next(side for account_id, side in self.sides.items() if account_id != message.author_id)
        author.waiting_since = None
        if author.unread == 0:
            author.read_seq = self._last_seq
        reader.waiting_since = reader.waiting_since or at
        if reader.unread == 0 and message.was_read:
            reader.read_seq = self._last_seq
        else:
            reader.unread += 1
        context = message_context(message.id, self._piece.thread_id, message.author_id)
        body = self._vault.seal(author.wrapped_key, message.text, context)
        return NewMessage(message.id, self._piece.thread_id, self._last_seq, message.author_id, body, at)

    def thread(self) -> NewThread:
        piece = self._piece
        return NewThread(
            id=piece.thread_id,
            mentee_id=piece.mentee_id,
            mentor_id=piece.mentor_id,
            state=ThreadState.OPEN if piece.is_last else ThreadState.CLOSED,
            last_seq=self._last_seq,
            last_message_at=self._last_at,
            created_at=piece.began_at,
        )
