"""Every query on what of a thread is handed over, and on how long it has been silent."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, and_, bindparam, delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.chat.models import Message, ReadingGrant, ThreadMember
from rinnalla.kit.caller import Caller
from rinnalla.kit.vault import WrappedKey

# A message is found from the end of its thread: nobody writes thousands without an answer.
_LAST_WORDS = (
    text("""
    SELECT member.thread_id, member.account_id, last.created_at
    FROM thread_member AS member CROSS JOIN LATERAL (
        SELECT created_at FROM message
        WHERE message.thread_id = member.thread_id AND message.author_id = member.account_id
        ORDER BY seq DESC LIMIT 1
    ) AS last
    WHERE member.thread_id = ANY(:ids)
""")
    .bindparams(bindparam("ids", type_=ARRAY(Uuid)))
    .columns(thread_id=Uuid, account_id=Uuid)
)


async def last_words(db: AsyncSession, thread_ids: Collection[UUID]) -> Sequence[tuple[UUID, UUID, datetime]]:
    """When each member of these threads last wrote in them, without what. For what a programme does by itself: there is
    no caller."""
    rows = await db.execute(_LAST_WORDS, {"ids": list(thread_ids)})
    return [(thread_id, account_id, at) for thread_id, account_id, at in rows]


async def grant(db: AsyncSession, caller: Caller, thread_id: UUID) -> ReadingGrant | None:
    """What the caller may read of someone else's thread."""
    return await db.scalar(
        select(ReadingGrant).where(ReadingGrant.thread_id == thread_id, ReadingGrant.reader_id == caller.account_id)
    )


async def granted_messages(
    db: AsyncSession, caller: Caller, thread_id: UUID, after: int | None, limit: int
) -> Sequence[tuple[Message, WrappedKey]]:
    """Messages that the caller may read by a grant, with their authors' keys, oldest first. The grant is looked at in
    the same statement: one that was taken back before it shows nothing."""
    query = (
        select(Message, ThreadMember.wrapped_key)
        .join(
            ReadingGrant,
            and_(
                ReadingGrant.thread_id == Message.thread_id,
                Message.seq.between(ReadingGrant.first_seq, ReadingGrant.last_seq),
            ),
        )
        .join(
            ThreadMember,
            and_(ThreadMember.thread_id == Message.thread_id, ThreadMember.account_id == Message.author_id),
        )
        .where(Message.thread_id == thread_id, ReadingGrant.reader_id == caller.account_id)
    )
    if after is not None:
        query = query.where(Message.seq > after)
    return [(row[0], row[1]) for row in await db.execute(query.order_by(Message.seq).limit(limit))]


async def remove_grant(db: AsyncSession, thread_id: UUID, reader_id: UUID) -> int | None:
    """Returns up to which message the reader could read, if they could."""
    removing = delete(ReadingGrant).where(ReadingGrant.thread_id == thread_id, ReadingGrant.reader_id == reader_id)
    return await db.scalar(removing.returning(ReadingGrant.last_seq))
