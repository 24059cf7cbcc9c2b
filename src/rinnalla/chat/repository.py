"""Every query on threads and messages. A member never finds a thread in which the other side has blocked them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, case, delete, func, nulls_last, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from rinnalla.accounts.service import Account
from rinnalla.chat.models import HIDING, Filing, Message, Thread, ThreadMember, ThreadState
from rinnalla.kit.caller import Caller
from rinnalla.kit.database import any_of

Own = aliased(ThreadMember, name="own")
Other = aliased(ThreadMember, name="other")


@dataclass(frozen=True, slots=True)
class OwnThread:
    """A thread as one of its members has it."""

    thread: Thread
    own: ThreadMember
    other: ThreadMember
    other_name: str

    @property
    def other_id(self) -> UUID:
        return self.other.account_id


@dataclass(frozen=True, slots=True)
class LockedThread:
    """A thread that nobody else can write to or file now, with its members. For sending `repository_delivery` has its
    like in plain rows."""

    thread: Thread
    members: dict[UUID, ThreadMember]


def seen() -> Select[Thread, ThreadMember, ThreadMember, str]:
    """Threads as each of their members may see them."""
    return (
        select(Thread, Own, Other, Account.display_name)
        .join(Own, Own.thread_id == Thread.id)
        .join(Other, and_(Other.thread_id == Thread.id, Other.account_id != Own.account_id))
        .join(Account, Account.id == Other.account_id)
        .where(Other.filing.not_in(HIDING))
    )


def _of(account_id: UUID) -> Select[Thread, ThreadMember, ThreadMember, str]:
    """Threads as this member may see them."""
    return seen().where(Own.account_id == account_id)


async def own_thread(db: AsyncSession, caller: Caller, thread_id: UUID) -> OwnThread | None:
    row = (await db.execute(_of(caller.account_id).where(Thread.id == thread_id))).one_or_none()
    return None if row is None else OwnThread(*row)


async def own_threads(
    db: AsyncSession, caller: Caller, filing: Filing, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[OwnThread]:
    """The caller's threads of one filing, the most recently active first."""
    active_at = func.coalesce(Thread.last_message_at, Thread.created_at)
    query = _of(caller.account_id).where(Own.filing == filing)
    if after is not None:
        query = query.where(tuple_(active_at, Thread.id) < tuple_(*after))
    rows = await db.execute(query.order_by(active_at.desc(), Thread.id.desc()).limit(limit))
    return [OwnThread(*row) for row in rows]


async def threads_with(db: AsyncSession, caller: Caller, others: Collection[UUID] | None) -> Sequence[OwnThread]:
    """The caller's threads with these people, or all of them, whatever their filing; the oldest first."""
    query = _of(caller.account_id)
    if others is not None:
        query = query.where(Other.account_id == any_of(others))
    return [OwnThread(*row) for row in await db.execute(query.order_by(Thread.created_at, Thread.id))]


async def newest_threads(
    db: AsyncSession, account_ids: Collection[UUID], limit: int
) -> Sequence[tuple[UUID, OwnThread, int, int]]:
    """For each of these people, who ask for themselves: the `limit` threads that were active last, each with how much
    is unread in the person's inbox and how many threads there are in all. What they block is left out."""
    active_at = func.coalesce(Thread.last_message_at, Thread.created_at)
    place = func.row_number().over(partition_by=Own.account_id, order_by=(active_at.desc(), Thread.id.desc()))
    unread = func.sum(case((Own.filing == Filing.INBOX, Own.unread), else_=0)).over(partition_by=Own.account_id)
    count = func.count().over(partition_by=Own.account_id)
    ranked = (
        select(Own.account_id, Thread.id, place.label("place"), unread.label("unread"), count.label("count"))
        .join(Own, Own.thread_id == Thread.id)
        .join(Other, and_(Other.thread_id == Thread.id, Other.account_id != Own.account_id))
        .where(Own.account_id == any_of(account_ids), Own.filing != Filing.BLOCKED, Other.filing.not_in(HIDING))
        .subquery()
    )
    rows = await db.execute(
        seen()
        .add_columns(ranked.c.account_id, ranked.c.unread, ranked.c.count)
        .join(ranked, and_(ranked.c.id == Thread.id, ranked.c.account_id == Own.account_id))
        .where(ranked.c.place <= limit)
        .order_by(ranked.c.account_id, ranked.c.place)
    )
    return [(row[4], OwnThread(*row[:4]), int(row[5]), int(row[6])) for row in rows]


async def longest_waiting(
    db: AsyncSession, caller: Caller, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[OwnThread]:
    """The caller's open threads in which the other side waits for an answer, who has waited longest first."""
    query = _of(caller.account_id).where(
        Own.filing != Filing.BLOCKED, Own.waiting_since.is_not(None), Thread.state == ThreadState.OPEN
    )
    if after is not None:
        query = query.where(tuple_(Own.waiting_since, Thread.id) > tuple_(*after))
    rows = await db.execute(query.order_by(nulls_last(Own.waiting_since), Thread.id).limit(limit))
    return [OwnThread(*row) for row in rows]


async def visible_threads(db: AsyncSession, caller: Caller, thread_ids: Collection[UUID]) -> set[UUID]:
    """Those of the caller's threads in which the other side has not blocked them. One that was handed over can't be
    read any more, and is no secret."""
    return {
        thread_id for thread_id, members in (await who_sees(db, thread_ids)).items() if caller.account_id in members
    }


async def who_sees(db: AsyncSession, thread_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """The members of each thread whom the other side has not blocked: for telling them, so there is no caller."""
    rows = await db.execute(
        select(Own.thread_id, Own.account_id)
        .join(Other, and_(Other.thread_id == Own.thread_id, Other.account_id != Own.account_id))
        .where(Own.thread_id.in_(thread_ids), Other.filing != Filing.BLOCKED)
    )
    seeing: dict[UUID, set[UUID]] = {}
    for thread_id, account_id in rows:
        seeing.setdefault(thread_id, set()).add(account_id)
    return seeing


async def has_blocked(db: AsyncSession, caller: Caller, account_id: UUID) -> bool:
    """Whether the caller has blocked someone in a thread of the two that the caller sees."""
    query = (
        select(Own.thread_id)
        .join(Other, Other.thread_id == Own.thread_id)
        .where(Own.account_id == caller.account_id, Own.filing == Filing.BLOCKED)
        .where(Other.account_id == account_id, Other.filing != Filing.BLOCKED)
    )
    return await db.scalar(query) is not None


async def shares_thread(db: AsyncSession, caller: Caller, account_id: UUID) -> bool:
    """Whether the caller has or had a thread with someone, blocked or not."""
    return (
        await db.scalar(
            select(Thread.id).where(
                or_(
                    and_(Thread.mentee_id == caller.account_id, Thread.mentor_id == account_id),
                    and_(Thread.mentor_id == caller.account_id, Thread.mentee_id == account_id),
                )
            )
        )
    ) is not None


async def messages(
    db: AsyncSession, caller: Caller, thread_id: UUID, *, after: int | None, newest_first: bool, limit: int
) -> Sequence[Message]:
    """A stretch of a thread that the caller may see."""
    query = select(Message).where(
        Message.thread_id == thread_id,
        Message.thread_id.in_(select(_of(caller.account_id).subquery().c.id)),
    )
    if after is not None:
        query = query.where(Message.seq < after if newest_first else Message.seq > after)
    return (await db.scalars(query.order_by(Message.seq.desc() if newest_first else Message.seq).limit(limit))).all()


async def members(db: AsyncSession, thread_ids: Iterable[UUID]) -> dict[UUID, dict[UUID, ThreadMember]]:
    """Both sides of threads that the asking code has found the caller to see."""
    found: dict[UUID, dict[UUID, ThreadMember]] = {}
    for member in await db.scalars(select(ThreadMember).where(ThreadMember.thread_id.in_(set(thread_ids)))):
        found.setdefault(member.thread_id, {})[member.account_id] = member
    return found


async def lock_threads(db: AsyncSession, thread_ids: Iterable[UUID]) -> dict[UUID, LockedThread]:
    """Lock threads, in order of id, so that writing, filing and closing happen one after the other in each."""
    locked = await db.scalars(
        select(Thread)
        .where(Thread.id.in_(set(thread_ids)))
        .order_by(Thread.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    found = {thread.id: LockedThread(thread, {}) for thread in locked}
    members_of = select(ThreadMember).where(ThreadMember.thread_id.in_(found))
    for member in await db.scalars(members_of.execution_options(populate_existing=True)):
        found[member.thread_id].members[member.account_id] = member
    return found


async def thread_of(db: AsyncSession, mentee_id: UUID, mentor_id: UUID) -> UUID | None:
    """The thread of two people whose pair the asking code has found to be real."""
    return await db.scalar(select(Thread.id).where(Thread.mentee_id == mentee_id, Thread.mentor_id == mentor_id))


async def threads_between(db: AsyncSession, people: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], UUID]:
    """The threads of these (mentee, mentor), whom the asking code has found to have to do with each other."""
    rows = await db.execute(
        select(Thread.mentee_id, Thread.mentor_id, Thread.id).where(
            tuple_(Thread.mentee_id, Thread.mentor_id).in_(people)
        )
    )
    return {(mentee_id, mentor_id): thread_id for mentee_id, mentor_id, thread_id in rows}


async def kept_apart(db: AsyncSession, mentor_id: UUID, mentee_ids: Collection[UUID]) -> set[UUID]:
    """Those of these young people whose thread with a mentor either of the two has blocked, or was handed over."""
    query = (
        select(Thread.mentee_id)
        .join(Own, Own.thread_id == Thread.id)
        .where(
            Thread.mentor_id == mentor_id,
            Thread.mentee_id == any_of(mentee_ids),
            or_(Thread.handed_over, Own.filing.in_(HIDING)),
        )
    )
    return set(await db.scalars(query))


async def blocked(db: AsyncSession, mentee_ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """Each of these young people with each mentor in whose thread either of the two has blocked the other."""
    query = (
        select(Thread.mentee_id, Thread.mentor_id)
        .join(Own, Own.thread_id == Thread.id)
        .where(Thread.mentee_id == any_of(mentee_ids), Own.filing == Filing.BLOCKED)
    )
    return {(mentee_id, mentor_id) for mentee_id, mentor_id in await db.execute(query)}


async def threads_of(db: AsyncSession, account_id: UUID) -> Sequence[UUID]:
    """All threads of someone who is leaving."""
    return (
        await db.scalars(select(Thread.id).where(or_(Thread.mentee_id == account_id, Thread.mentor_id == account_id)))
    ).all()


async def add_thread(db: AsyncSession, thread: Thread, sides: Sequence[ThreadMember]) -> None:
    db.add(thread)
    await db.flush()
    db.add_all(sides)
    await db.flush()


async def remove_threads(db: AsyncSession, thread_ids: Collection[UUID]) -> None:
    await db.execute(delete(Thread).where(Thread.id.in_(thread_ids)))


async def sent_since(db: AsyncSession, account_id: UUID, since: datetime | None) -> int:
    """How many messages someone has sent since then, or ever, in threads that are still there: a figure for a rule that
    is about this person, and told to nobody."""
    query = select(func.count()).select_from(Message).where(Message.author_id == account_id)
    return (await db.scalar(query if since is None else query.where(Message.created_at > since))) or 0


async def unread_after(db: AsyncSession, caller: Caller, thread_id: UUID, seq: int) -> int:
    """How many messages of the other side come after `seq`."""
    return (
        await db.scalar(
            select(func.count()).where(
                Message.thread_id == thread_id, Message.seq > seq, Message.author_id != caller.account_id
            )
        )
    ) or 0
