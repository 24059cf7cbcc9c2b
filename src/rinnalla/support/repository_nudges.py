"""Every query on silence and nudges."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.ids import new_id
from rinnalla.pairs.service import Pair
from rinnalla.support.models import Care, LeftInPeace, Nudge, NudgeState
from rinnalla.support.models_transitions import Absence
from rinnalla.support.silence import NotNow

LOOKED_EVERY = timedelta(hours=6)


async def lock_unlooked(db: AsyncSession, which: ColumnElement[bool]) -> Care | None:
    """A talking pair among `which` at which nobody has looked for some hours: for a job."""
    query = (
        select(Care)
        .where(Care.ended_at.is_(None), Care.looked_at < func.clock_timestamp() - LOOKED_EVERY, which)
        .order_by(Care.looked_at)
        .limit(1)
    )
    return await db.scalar(query.with_for_update(skip_locked=True))


async def thread_of(db: AsyncSession, pair_id: UUID) -> UUID | None:
    """Where this pair, which the asking code knows, talks."""
    return await db.scalar(select(Pair.thread_id).where(Pair.id == pair_id))


async def nudged_at(db: AsyncSession, account_ids: Collection[UUID]) -> dict[UUID, list[datetime]]:
    """When each of these people was nudged, or someone decided that they should not be, by anyone, in any pair: what
    the cap counts."""
    rows = await db.execute(select(Nudge.account_id, Nudge.decided_at).where(Nudge.account_id.in_(account_ids)))
    found: dict[UUID, list[datetime]] = {account_id: [] for account_id in account_ids}
    for account_id, decided_at in rows:
        if decided_at is not None:
            found[account_id].append(decided_at)
    return found


async def away(db: AsyncSession, mentor_ids: Collection[UUID]) -> set[UUID]:
    """Those of these mentors who are away now."""
    query = select(Absence.mentor_id).where(
        Absence.mentor_id.in_(mentor_ids), Absence.started_at.is_not(None), Absence.ended_at.is_(None)
    )
    return set(await db.scalars(query))


async def draft(db: AsyncSession, care: Care, account_id: UUID, silent_since: datetime, step: int) -> None:
    """A draft for someone's silence in a locked pair; none where they have one, or had one for this very step."""
    await db.execute(
        insert(Nudge)
        .values(
            id=new_id(),
            organisation_id=care.organisation_id,
            pair_id=care.pair_id,
            account_id=account_id,
            silent_since=silent_since,
            step=step,
        )
        .on_conflict_do_nothing()
    )


async def draft_for(db: AsyncSession, pair_id: UUID) -> Nudge | None:
    """The draft of a pair that the asking code has locked."""
    query = select(Nudge).where(Nudge.pair_id == pair_id, Nudge.state == NudgeState.DRAFT)
    return await db.scalar(query.with_for_update())


async def drop_drafts(db: AsyncSession, pair_id: UUID) -> None:
    """No word is to be sent for now, to either side of a pair."""
    await db.execute(delete(Nudge).where(Nudge.pair_id == pair_id, Nudge.state == NudgeState.DRAFT))


async def drop_own_draft(db: AsyncSession, caller: Caller) -> None:
    """No word is to be sent to the caller for now, in any of their pairs."""
    await db.execute(delete(Nudge).where(Nudge.account_id == caller.account_id, Nudge.state == NudgeState.DRAFT))


async def lock_own_cares(db: AsyncSession, caller: Caller) -> Sequence[Care]:
    """The caller's talking pairs, so that nothing is drafted or sent in one of them meanwhile."""
    is_own = or_(Care.mentee_id == caller.account_id, Care.mentor_id == caller.account_id)
    query = select(Care).where(Care.ended_at.is_(None), is_own).order_by(Care.pair_id)
    return (await db.scalars(query.with_for_update())).all()


async def say_not_now(db: AsyncSession, caller: Caller, said: NotNow) -> None:
    """Keep what the caller says instead of what they said before."""
    new = {"said_at": said.said_at, "until": said.until}
    row = insert(LeftInPeace).values(account_id=caller.account_id, **new)
    await db.execute(row.on_conflict_do_update(index_elements=[LeftInPeace.account_id], set_=new))


async def not_now(db: AsyncSession, account_ids: Collection[UUID]) -> dict[UUID, NotNow]:
    """Who of these people said that they want no nudges."""
    found = await db.scalars(select(LeftInPeace).where(LeftInPeace.account_id.in_(account_ids)))
    return {one.account_id: NotNow(one.said_at, one.until) for one in found}


async def signable(db: AsyncSession, caller: Caller, before: UUID | None, limit: int) -> Sequence[tuple[Nudge, Care]]:
    """The drafts that the caller may sign, newest first."""
    query = _signable(caller)
    if before is not None:
        query = query.where(Nudge.id < before)
    rows = await db.execute(query.order_by(Nudge.id.desc()).limit(limit))
    return [(row[0], row[1]) for row in rows]


async def lock_signable(db: AsyncSession, caller: Caller, nudge_id: UUID) -> tuple[Nudge, Care] | None:
    """One such draft, with its pair, locked."""
    query = _signable(caller).where(Nudge.id == nudge_id).execution_options(populate_existing=True)
    row = (await db.execute(query.with_for_update(of=[Care, Nudge]))).one_or_none()
    return None if row is None else (row[0], row[1])


def _signable(caller: Caller) -> Select[Nudge, Care]:
    """Staff: of their programme. A mentor: to the young people they talk with."""
    theirs = (
        Nudge.organisation_id == caller.home
        if caller.role == Role.STAFF
        else and_(Care.mentor_id == caller.account_id, Nudge.account_id == Care.mentee_id)
    )
    return (
        select(Nudge, Care)
        .join(Care, Care.pair_id == Nudge.pair_id)
        .where(Nudge.state == NudgeState.DRAFT, Care.ended_at.is_(None), theirs)
    )
