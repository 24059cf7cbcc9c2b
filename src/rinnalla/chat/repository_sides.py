"""Every query on what one side of a thread may know of the other."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.chat.models import HIDING, Filing, Thread, ThreadMember, ThreadState
from rinnalla.chat.repository import Other, Own, OwnThread, seen
from rinnalla.kit.database import any_of


@dataclass(frozen=True, slots=True)
class LockedSide:
    """Someone's own side of a thread, which nobody else can change now."""

    member: ThreadMember
    last_seq: int
    other_id: UUID


async def threads_seen(db: AsyncSession, wanted: Collection[tuple[UUID | None, UUID]]) -> Sequence[OwnThread]:
    """For (thread, member): the thread as that member may see it now; for no thread, all of that member's."""
    exact = [place for place in wanted if place[0] is not None]
    everything = [account_id for thread_id, account_id in wanted if thread_id is None]
    rows = await db.execute(
        seen().where(or_(tuple_(Own.thread_id, Own.account_id).in_(exact), Own.account_id == any_of(everything)))
    )
    return [OwnThread(*row) for row in rows]


async def talks_of(
    db: AsyncSession, account_ids: Collection[UUID], *, closed_too: bool = False
) -> list[tuple[UUID, UUID]]:
    """With whom these people talk, as (thread, other member), where neither has blocked the other: for telling those,
    so there is no caller."""
    query = (
        select(Other.thread_id, Other.account_id)
        .join(Own, and_(Own.thread_id == Other.thread_id, Own.account_id != Other.account_id))
        .join(Thread, Thread.id == Other.thread_id)
        .where(Own.account_id == any_of(account_ids), Own.filing != Filing.BLOCKED, Other.filing.not_in(HIDING))
    )
    rows = await db.execute(query if closed_too else query.where(Thread.state == ThreadState.OPEN))
    return [(thread_id, account_id) for thread_id, account_id in rows]


async def lock_own_sides(
    db: AsyncSession, places: Collection[tuple[UUID, UUID]], *, skip_locked: bool = False
) -> dict[tuple[UUID, UUID], LockedSide]:
    """For (thread, member): that member's own side, where they may see the thread; locked without the thread itself,
    so that writing in it goes on. Several are asked for with `skip_locked` only: who holds one and waits for another
    could be waited for by a writer."""
    rows = await db.execute(
        select(Own, Thread.last_seq, Other.account_id)
        .join(Thread, Thread.id == Own.thread_id)
        .join(Other, and_(Other.thread_id == Own.thread_id, Other.account_id != Own.account_id))
        .where(tuple_(Own.thread_id, Own.account_id).in_(places), Other.filing.not_in(HIDING))
        .with_for_update(of=Own, key_share=True, skip_locked=skip_locked)
        .execution_options(populate_existing=True)
    )
    return {(row[0].thread_id, row[0].account_id): LockedSide(row[0], row[1], row[2]) for row in rows}
