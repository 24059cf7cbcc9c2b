"""Every query on what people say of a pair: what they expect, how the trial is, goodbye letters, staff's reasons."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import Model
from rinnalla.pairs.models import Pair
from rinnalla.pairs.models_members import (
    ContactRule,
    Expectations,
    PairFit,
    PairLearnt,
    PairLetter,
    PairOverride,
    TurnedAway,
)


async def add(db: AsyncSession, row: Model) -> None:
    """Store a new row of those of this module."""
    db.add(row)
    await db.flush()


async def own_expectations(db: AsyncSession, caller: Caller, *, lock: bool = False) -> Expectations | None:
    """What the caller expects."""
    query = select(Expectations).where(Expectations.account_id == caller.account_id)
    return await db.scalar(query.with_for_update() if lock else query)


async def expectations_of(db: AsyncSession, pair: Pair) -> dict[UUID, Expectations]:
    """What the two of a pair expect, whose pair the asking code has found the caller to be in."""
    query = select(Expectations).where(Expectations.account_id.in_([pair.mentee_id, pair.mentor_id]))
    return {one.account_id: one for one in await db.scalars(query)}


async def expectation_versions(db: AsyncSession, account_ids: Collection[UUID]) -> dict[UUID, int]:
    """For the two of a pair that is locked: the version of what each expects, kept until the transaction ends."""
    rows = await db.execute(
        select(Expectations.account_id, Expectations.version)
        .where(Expectations.account_id.in_(account_ids))
        .order_by(Expectations.account_id)
        .with_for_update(read=True)
    )
    return dict(rows.all())


async def override(db: AsyncSession, pair_id: UUID) -> PairOverride | None:
    """Why a pair that the asking code has found may begin without expectations seen; None if it may not."""
    return await db.scalar(select(PairOverride).where(PairOverride.pair_id == pair_id))


async def turn_away(db: AsyncSession, caller: Caller, mentor_id: UUID, lasts: timedelta) -> None:
    """Note that the caller was refused by a mentor; an earlier note that lasts still stays as it is."""
    row = insert(TurnedAway).values(mentee_id=caller.account_id, mentor_id=mentor_id)
    over = TurnedAway.since <= func.clock_timestamp() - lasts
    key = [TurnedAway.mentee_id, TurnedAway.mentor_id]
    await db.execute(row.on_conflict_do_update(index_elements=key, set_={"since": row.excluded.since}, where=over))


async def turned_away(db: AsyncSession, caller: Caller, lasts: timedelta) -> set[UUID]:
    """The mentors who refused the caller not longer ago than that."""
    own = TurnedAway.mentee_id == caller.account_id
    query = select(TurnedAway.mentor_id).where(own, TurnedAway.since > func.clock_timestamp() - lasts)
    return set(await db.scalars(query))


async def forget_turned_away(db: AsyncSession, lasts: timedelta) -> None:
    """Forget all refusals that are longer ago than that."""
    await db.execute(delete(TurnedAway).where(TurnedAway.since <= func.clock_timestamp() - lasts))


async def fits(db: AsyncSession, pair: Pair) -> dict[Role, str]:
    """What the two of a locked pair have said of their trial: for the joint result, never to be shown."""
    rows = await db.execute(select(PairFit.role, PairFit.fit).where(PairFit.pair_id == pair.id))
    return {Role(role): fit for role, fit in rows}


async def own_fit(db: AsyncSession, caller: Caller, pair: Pair) -> str | None:
    """What the caller has said of the trial of a pair of theirs."""
    return await db.scalar(select(PairFit.fit).where(PairFit.pair_id == pair.id, PairFit.role == caller.role))


async def say_fit(db: AsyncSession, caller: Caller, pair: Pair, fit: str) -> None:
    """Keep what the caller says of the trial of a pair of theirs that is locked."""
    row = insert(PairFit).values(pair_id=pair.id, role=caller.role, fit=fit)
    await db.execute(row.on_conflict_do_update(index_elements=[PairFit.pair_id, PairFit.role], set_={"fit": fit}))


async def forget_fits(db: AsyncSession, pair: Pair) -> None:
    """The trial is over: what each said alone is kept nowhere."""
    await db.execute(delete(PairFit).where(PairFit.pair_id == pair.id))


async def learn(db: AsyncSession, caller: Caller, pair: Pair, codes: Sequence[str]) -> None:
    """Keep what would matter more to the caller next time, instead of what they said before."""
    row = insert(PairLearnt).values(pair_id=pair.id, role=caller.role, codes=list(codes))
    await db.execute(
        row.on_conflict_do_update(index_elements=[PairLearnt.pair_id, PairLearnt.role], set_={"codes": list(codes)})
    )


async def letters(db: AsyncSession, pair: Pair, *, lock: bool = False) -> dict[Role, PairLetter]:
    """The letters of a pair that the asking code has found the caller to be in; who may read which is its affair."""
    query = select(PairLetter).where(PairLetter.pair_id == pair.id).execution_options(populate_existing=True)
    rows = await db.scalars(query.with_for_update() if lock else query)
    return {Role(one.role): one for one in rows}


async def contact_rule(db: AsyncSession, organisation_id: UUID, *, lock: bool = False) -> ContactRule | None:
    """What a programme says of contact after the end. Its members and its staff may read it."""
    query = select(ContactRule).where(ContactRule.organisation_id == organisation_id)
    return await db.scalar(query.with_for_update() if lock else query)


async def ends_counted(
    db: AsyncSession, caller: Caller, since: datetime, until: datetime
) -> Sequence[tuple[str, str | None, str | None, int]]:
    """How many pairs of the staff member's programme ended from `since` until before `until`, by (state, kind, reason).
    Pairs of people who have left are not among them: nothing is kept of these."""
    rows = await db.execute(
        select(Pair.state, Pair.ending_kind, Pair.close_reason, func.count())
        .where(Pair.organisation_id == caller.home, Pair.closed_at >= since, Pair.closed_at < until)
        .group_by(Pair.state, Pair.ending_kind, Pair.close_reason)
    )
    return [(state, kind, reason, count) for state, kind, reason, count in rows]


async def learnt_counted(
    db: AsyncSession, caller: Caller, since: datetime, until: datetime
) -> Sequence[tuple[str, int]]:
    """For each code: in how many trials of those that led nowhere one of the two said that it would matter more."""
    code = func.unnest(PairLearnt.codes).label("code")
    said = (
        select(PairLearnt.pair_id, code)
        .join(Pair, Pair.id == PairLearnt.pair_id)
        .where(Pair.organisation_id == caller.home, Pair.closed_at >= since, Pair.closed_at < until)
        .distinct()
        .subquery()
    )
    rows = await db.execute(select(said.c.code, func.count()).group_by(said.c.code))
    return [(name, count) for name, count in rows]
