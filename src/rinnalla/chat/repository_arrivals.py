"""What conversations that began elsewhere ask of the database: few statements, however many messages.

There is no caller: it is the operator's doing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, LargeBinary, Text, Uuid, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.chat.models import Message
from rinnalla.kit.database import any_of
from rinnalla.kit.vault import Sealed, WrappedKey


@dataclass(frozen=True, slots=True, kw_only=True)
class NewThread:
    """A thread as it is to be."""

    id: UUID
    mentee_id: UUID
    mentor_id: UUID
    state: str
    last_seq: int
    last_message_at: datetime | None
    created_at: datetime


@dataclass(slots=True, kw_only=True)
class NewSide:
    """One member's side as it is to be. What was read has been delivered."""

    thread_id: UUID
    account_id: UUID
    role: str
    filing: str
    read_seq: int
    unread: int
    waiting_since: datetime | None
    wrapped_key: WrappedKey


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message that has its place and its time."""

    id: UUID
    thread_id: UUID
    seq: int
    author_id: UUID
    body: Sealed
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """A thread that is stored."""

    last_seq: int
    last_message_at: datetime | None
    sides: dict[UUID, NewSide]


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is of a thread."""

    thread_id: UUID
    state: str
    last_seq: int
    filings: Mapping[UUID, str]


_LOCK = text("""
    SELECT thread.id, thread.last_seq, thread.last_message_at, side.account_id, side.role, side.filing, side.read_seq,
        side.unread, side.waiting_since, side.wrapped_key
    FROM thread JOIN thread_member AS side ON side.thread_id = thread.id
    WHERE thread.id = ANY(CAST(:ids AS uuid[])) ORDER BY thread.id, side.account_id FOR NO KEY UPDATE
""").columns(
    id=Uuid, last_seq=Integer, last_message_at=DateTime(timezone=True), account_id=Uuid, role=Text, filing=Text,
    read_seq=Integer, unread=Integer, waiting_since=DateTime(timezone=True), wrapped_key=LargeBinary,
)  # fmt: skip
_THREADS = text("""
    INSERT INTO thread (id, mentee_id, mentor_id, state, last_seq, last_message_at, created_at)
    SELECT * FROM unnest(
        CAST(:id AS uuid[]), CAST(:mentee_id AS uuid[]), CAST(:mentor_id AS uuid[]), CAST(:state AS text[]),
        CAST(:last_seq AS bigint[]), CAST(:last_message_at AS timestamptz[]), CAST(:created_at AS timestamptz[])
    )
    ON CONFLICT (id) DO UPDATE SET
        state = excluded.state, last_seq = excluded.last_seq, last_message_at = excluded.last_message_at
""")
_SIDES = text("""
    INSERT INTO thread_member (
        thread_id, account_id, role, filing, read_seq, delivered_seq, unread, waiting_since, wrapped_key
    )
    SELECT thread_id, account_id, role, filing, read_seq, read_seq, unread, waiting_since, wrapped_key FROM unnest(
        CAST(:thread_id AS uuid[]), CAST(:account_id AS uuid[]), CAST(:role AS text[]), CAST(:filing AS text[]),
        CAST(:read_seq AS bigint[]), CAST(:unread AS bigint[]), CAST(:waiting_since AS timestamptz[]),
        CAST(:wrapped_key AS bytea[])
    ) AS new(thread_id, account_id, role, filing, read_seq, unread, waiting_since, wrapped_key)
    ON CONFLICT (thread_id, account_id) DO UPDATE SET
        read_seq = excluded.read_seq, delivered_seq = excluded.delivered_seq, unread = excluded.unread,
        waiting_since = excluded.waiting_since
""")
_MESSAGES = text("""
    INSERT INTO message (id, thread_id, seq, author_id, client_id, body, created_at)
    SELECT id, thread_id, seq, author_id, id, body, created_at FROM unnest(
        CAST(:id AS uuid[]), CAST(:thread_id AS uuid[]), CAST(:seq AS bigint[]), CAST(:author_id AS uuid[]),
        CAST(:body AS bytea[]), CAST(:created_at AS timestamptz[])
    ) AS new(id, thread_id, seq, author_id, body, created_at)
""")
_BETWEEN = text("""
    SELECT thread.mentee_id, thread.mentor_id, thread.id, thread.state, thread.last_seq, young.filing AS mentee_filing,
        other.filing AS mentor_filing
    FROM unnest(CAST(:mentees AS uuid[]), CAST(:mentors AS uuid[])) AS wanted(mentee_id, mentor_id)
    JOIN thread ON thread.mentee_id = wanted.mentee_id AND thread.mentor_id = wanted.mentor_id
    JOIN thread_member AS young ON young.thread_id = thread.id AND young.account_id = thread.mentee_id
    JOIN thread_member AS other ON other.thread_id = thread.id AND other.account_id = thread.mentor_id
""").columns(
    mentee_id=Uuid, mentor_id=Uuid, id=Uuid, state=Text, last_seq=Integer, mentee_filing=Text, mentor_filing=Text
)


async def lock(db: AsyncSession, thread_ids: Collection[UUID]) -> dict[UUID, Known]:
    """Threads that are stored, with their sides, which nobody else can change now."""
    found: dict[UUID, Known] = {}
    for thread_id, last_seq, last_at, account_id, role, filing, read_seq, unread, since, key in await db.execute(
        _LOCK, {"ids": list(thread_ids)}
    ):
        known = found.setdefault(thread_id, Known(last_seq, last_at, {}))
        known.sides[account_id] = NewSide(
            thread_id=thread_id,
            account_id=account_id,
            role=role,
            filing=filing,
            read_seq=read_seq,
            unread=unread,
            waiting_since=since,
            wrapped_key=WrappedKey(key),
        )
    return found


async def store(
    db: AsyncSession, threads: Sequence[NewThread], sides: Sequence[NewSide], messages: Sequence[NewMessage]
) -> None:
    """Write threads and sides, new or changed, and new messages."""
    await db.execute(_THREADS, _columns(NewThread, threads))
    await db.execute(_SIDES, _columns(NewSide, sides))
    await db.execute(_MESSAGES, _columns(NewMessage, messages))


async def present(db: AsyncSession, message_ids: Collection[UUID]) -> set[UUID]:
    return set(await db.scalars(select(Message.id).where(Message.id == any_of(message_ids))))


async def between(db: AsyncSession, pairs: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Standing]:
    """For (mentee, mentor): the thread that they have."""
    rows = await db.execute(
        _BETWEEN, {"mentees": [mentee for mentee, _ in pairs], "mentors": [mentor for _, mentor in pairs]}
    )
    return {
        (mentee_id, mentor_id): Standing(thread_id, state, last_seq, {mentee_id: of_mentee, mentor_id: of_mentor})
        for mentee_id, mentor_id, thread_id, state, last_seq, of_mentee, of_mentor in rows
    }


def _columns(kind: type[Any], rows: Sequence[object]) -> dict[str, list[Any]]:
    return {field.name: [getattr(row, field.name) for row in rows] for field in fields(kind)}
