"""What sending and delivering ask of the database: few statements, however many messages, as every one passes here.

Plain rows instead of mapped objects: they cost a third of the time, and nothing else here needs an identity map.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, DateTime, Integer, LargeBinary, Text, Uuid, text
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.vault import Sealed, WrappedKey

SIDES = 2
SendKey = tuple[UUID, UUID, UUID]
"""What makes a send the same send: author, client id, thread."""


@dataclass(slots=True)
class Side:
    """One member's side of a locked thread. `awaited`: the other side waits for this member's answer; `awaited_anew`:
    since now."""

    account_id: UUID
    filing: str
    unread: int
    awaited: bool
    wrapped_key: WrappedKey
    awaited_anew: bool = False


@dataclass(slots=True)
class LockedThread:
    """A thread that nobody else can write to or file now."""

    id: UUID
    state: str
    last_seq: int
    sides: dict[UUID, Side]


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as its row has it."""

    id: UUID
    thread_id: UUID
    seq: int
    author_id: UUID
    client_id: UUID
    body: Sealed
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message that has its place and has not been stored."""

    id: UUID
    thread_id: UUID
    seq: int
    author_id: UUID
    client_id: UUID
    body: Sealed


# Both rows are read as they are when the lock is had, not as they were when the statement began.
_THREADS = """
    SELECT thread.id, thread.state, thread.last_seq,
        member.account_id, member.filing, member.unread, member.waiting_since IS NOT NULL AS awaited, member.wrapped_key
    FROM thread JOIN thread_member AS member ON member.thread_id = thread.id
    WHERE thread.id = ANY(CAST(:ids AS uuid[])) ORDER BY thread.id, member.account_id FOR NO KEY UPDATE
"""
_LOCK, _LOCK_FREE = (
    text(_THREADS + how).columns(
        id=Uuid, state=Text, last_seq=Integer, account_id=Uuid, filing=Text, unread=Integer, awaited=Boolean,
        wrapped_key=LargeBinary,
    )
    for how in ("", "SKIP LOCKED")
)  # fmt: skip
_SENT = text("""
    SELECT id, thread_id, seq, author_id, client_id, body, created_at FROM message
    WHERE (author_id, client_id, thread_id) IN (
        SELECT * FROM unnest(CAST(:authors AS uuid[]), CAST(:client_ids AS uuid[]), CAST(:threads AS uuid[]))
    )
""").columns(
    id=Uuid, thread_id=Uuid, seq=Integer, author_id=Uuid, client_id=Uuid, body=LargeBinary,
    created_at=DateTime(timezone=True),
)  # fmt: skip
# Each message has a moment of its own, a microsecond after the one before it and after the last one in its thread and
# of its two people, even if the clock was set back: in a thread, and in what one person gets, the order of times is the
# order of messages. (Of those that were moved in only the thread knows.)
_STORE = text("""
    WITH moment AS MATERIALIZED (
        SELECT greatest(clock_timestamp(), max(last_message_at) + interval '1 microsecond') AS at FROM (
            SELECT last_message_at FROM thread WHERE id = ANY(CAST(:threads AS uuid[]))
            UNION ALL
            SELECT last_message_at FROM member_stream WHERE account_id = ANY(CAST(:side_accounts AS uuid[]))
        ) AS before
    ), written AS (
        INSERT INTO message (id, thread_id, seq, author_id, client_id, body, created_at)
        SELECT new.id, new.thread_id, new.seq, new.author_id, new.client_id, new.body,
            moment.at + (new.place - 1) * interval '1 microsecond'
        FROM moment, unnest(
            CAST(:ids AS uuid[]), CAST(:thread_ids AS uuid[]), CAST(:seqs AS bigint[]), CAST(:author_ids AS uuid[]),
            CAST(:client_ids AS uuid[]), CAST(:bodies AS bytea[])
        ) WITH ORDINALITY AS new(id, thread_id, seq, author_id, client_id, body, place)
    ), counted AS (
        UPDATE thread SET last_seq = new.last_seq,
            last_message_at = moment.at + (cardinality(CAST(:ids AS uuid[])) - 1) * interval '1 microsecond'
        FROM moment, unnest(CAST(:threads AS uuid[]), CAST(:last_seqs AS bigint[])) AS new(id, last_seq)
        WHERE thread.id = new.id
    ), told AS (
        UPDATE thread_member AS member SET unread = new.unread, waiting_since = CASE
            WHEN new.awaited_anew THEN moment.at WHEN new.awaited THEN member.waiting_since
        END
        FROM moment, unnest(
            CAST(:side_threads AS uuid[]), CAST(:side_accounts AS uuid[]), CAST(:unread AS bigint[]),
            CAST(:awaited AS boolean[]), CAST(:awaited_anew AS boolean[])
        ) AS new(thread_id, account_id, unread, awaited, awaited_anew)
        WHERE member.thread_id = new.thread_id AND member.account_id = new.account_id
    )
    SELECT at FROM moment
""").columns(at=DateTime(timezone=True))

_MESSAGES_FOR = text("""
    SELECT own.account_id, author.wrapped_key, message.id, message.thread_id, message.seq, message.author_id,
        message.client_id, message.body, message.created_at
    FROM unnest(CAST(:accounts AS uuid[]), CAST(:ids AS uuid[])) AS wanted(account_id, id)
    JOIN message ON message.id = wanted.id
    JOIN thread_member AS own ON own.thread_id = message.thread_id AND own.account_id = wanted.account_id
    JOIN thread_member AS other ON other.thread_id = message.thread_id AND other.account_id <> own.account_id
    JOIN thread_member AS author ON author.thread_id = message.thread_id AND author.account_id = message.author_id
    WHERE other.filing NOT IN ('blocked', 'handed_over')
""").columns(
    account_id=Uuid, wrapped_key=LargeBinary, id=Uuid, thread_id=Uuid, seq=Integer, author_id=Uuid, client_id=Uuid,
    body=LargeBinary, created_at=DateTime(timezone=True),
)  # fmt: skip


async def lock_threads(
    db: AsyncSession, thread_ids: Iterable[UUID], *, skip_locked: bool = False
) -> dict[UUID, LockedThread]:
    """Lock threads and their members' sides, in order of id, so that writing, filing and closing happen one after the
    other in each. With `skip_locked` those of which someone else holds something are left out."""
    found: dict[UUID, LockedThread] = {}
    lock = _LOCK_FREE if skip_locked else _LOCK
    for thread_id, state, last_seq, *side in await db.execute(lock, {"ids": list(set(thread_ids))}):
        thread = found.setdefault(thread_id, LockedThread(thread_id, state, last_seq, {}))
        thread.sides[side[0]] = Side(*side)
    return {thread_id: thread for thread_id, thread in found.items() if len(thread.sides) == SIDES}


async def sent_before(db: AsyncSession, keys: Collection[SendKey]) -> dict[SendKey, StoredMessage]:
    """Those messages that are stored already."""
    authors, client_ids, threads = map(list, zip(*keys, strict=True))
    rows = await db.execute(_SENT, {"authors": authors, "client_ids": client_ids, "threads": threads})
    messages = [StoredMessage(*row) for row in rows]
    return {(message.author_id, message.client_id, message.thread_id): message for message in messages}


async def store(db: AsyncSession, messages: Sequence[NewMessage], threads: Collection[LockedThread]) -> datetime:
    """Store new messages and what they have changed in their threads; the moment of the first of them. Each next one is
    a microsecond younger."""
    sides = [(thread.id, side) for thread in threads for side in thread.sides.values()]
    values: dict[str, list[Any]] = {
        "ids": [message.id for message in messages],
        "thread_ids": [message.thread_id for message in messages],
        "seqs": [message.seq for message in messages],
        "author_ids": [message.author_id for message in messages],
        "client_ids": [message.client_id for message in messages],
        "bodies": [message.body for message in messages],
        "threads": [thread.id for thread in threads],
        "last_seqs": [thread.last_seq for thread in threads],
        "side_threads": [thread_id for thread_id, _ in sides],
        "side_accounts": [side.account_id for _, side in sides],
        "unread": [side.unread for _, side in sides],
        "awaited": [side.awaited for _, side in sides],
        "awaited_anew": [side.awaited_anew for _, side in sides],
    }
    at: datetime = (await db.execute(_STORE, values)).scalar_one()
    return at


async def messages_for(
    db: AsyncSession, wanted: Collection[tuple[UUID, UUID]]
) -> list[tuple[UUID, WrappedKey, StoredMessage]]:
    """For (member, message): the key of the message's author and the message, where that member may see it now."""
    accounts, ids = map(list, zip(*wanted, strict=True))
    rows = await db.execute(_MESSAGES_FOR, {"accounts": accounts, "ids": ids})
    return [(account_id, key, StoredMessage(*message)) for account_id, key, *message in rows]
