"""Every query on check-ins."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller
from rinnalla.kit.ids import new_id
from rinnalla.pairs.service import Pair
from rinnalla.support.calendar import Depth, Planned, Window
from rinnalla.support.models import Care, CheckIn
from rinnalla.support.policy import Quarter

_open = and_(CheckIn.done_at.is_(None), CheckIn.dropped_at.is_(None))


async def planned(db: AsyncSession, care: Care) -> Planned | None:
    """Up to where the check-ins of a locked pair are planned, which is the same for both sides."""
    in_depth_on = func.max(CheckIn.due_on).filter(CheckIn.depth == Depth.IN_DEPTH)
    query = select(func.max(CheckIn.number), func.max(CheckIn.due_on), in_depth_on)
    number, due_on, deep_on = (await db.execute(query.where(CheckIn.pair_id == care.pair_id))).one()
    return None if number is None else Planned(number, due_on, deep_on or care.began_at.date())


async def plan(db: AsyncSession, care: Care, windows: Sequence[Window]) -> None:
    """Check-ins with both sides of a locked pair, after those that are planned."""
    rows = [
        {
            "id": new_id(),
            "organisation_id": care.organisation_id,
            "pair_id": care.pair_id,
            "account_id": account_id,
            "party": care.role_of(account_id),
            "number": window.number,
            "depth": window.depth,
            "opens_on": window.opens_on,
            "due_on": window.due_on,
            "overdue_on": window.overdue_on,
        }
        for window in windows
        for account_id in (care.mentee_id, care.mentor_id)
    ]
    if rows:
        await db.execute(insert(CheckIn).values(rows))


async def drop(db: AsyncSession, pair_id: UUID, today: date) -> None:
    """A pair has stopped talking: what was still to come goes, what was missed stays as missed."""
    await db.execute(delete(CheckIn).where(CheckIn.pair_id == pair_id, _open, CheckIn.due_on >= today))
    missed = update(CheckIn).where(CheckIn.pair_id == pair_id, _open)
    await db.execute(missed.values(dropped_at=func.clock_timestamp(), version=CheckIn.version + 1))


async def lock_unplanned(db: AsyncSession, which: ColumnElement[bool], ahead: timedelta) -> Care | None:
    """A talking pair among `which` whose check-ins are not planned as far ahead as that: for a job."""
    until = func.current_date() + ahead.days
    query = select(Care).where(Care.ended_at.is_(None), Care.planned_until < until, which)
    return await db.scalar(query.order_by(Care.planned_until).limit(1).with_for_update(skip_locked=True))


async def of_home(db: AsyncSession, caller: Caller, checkin_id: UUID, *, lock: bool = False) -> CheckIn | None:
    """For staff: a check-in of their programme."""
    query = select(CheckIn).where(CheckIn.id == checkin_id, CheckIn.organisation_id == caller.home)
    query = query.execution_options(populate_existing=True)
    return await db.scalar(query.with_for_update() if lock else query)


async def staff_for(db: AsyncSession, checkin: CheckIn) -> UUID | None:
    """Who is to do a check-in that the asking code has found the caller to know."""
    return await db.scalar(select(Care.staff_id).where(Care.pair_id == checkin.pair_id))


async def page(
    db: AsyncSession,
    caller: Caller,
    which: ColumnElement[bool],
    staff_id: UUID | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> Sequence[tuple[CheckIn, UUID | None]]:
    """For staff: check-ins of their programme with who is to do each, what is due first comes first."""
    query = (
        select(CheckIn, Care.staff_id)
        .join(Care, Care.pair_id == CheckIn.pair_id)
        .where(CheckIn.organisation_id == caller.home, which)
    )
    if staff_id is not None:
        query = query.where(Care.staff_id == staff_id)
    if after is not None:
        query = query.where(tuple_(CheckIn.due_on, CheckIn.id) > tuple_(*after))
    rows = await db.execute(query.order_by(CheckIn.due_on, CheckIn.id).limit(limit))
    return [(row[0], row[1]) for row in rows]


def is_overdue(today: date) -> ColumnElement[bool]:
    return and_(_open, CheckIn.overdue_on <= today)


def is_due(today: date) -> ColumnElement[bool]:
    return and_(_open, CheckIn.opens_on <= today, CheckIn.overdue_on > today)


def is_done() -> ColumnElement[bool]:
    return CheckIn.done_at.is_not(None)


async def next_of(db: AsyncSession, caller: Caller) -> Sequence[tuple[CheckIn, UUID | None, UUID | None, date | None]]:
    """The next check-in in each talking pair of the caller's: with whom it is, the pair's thread, and the day that was
    agreed on at the one before."""
    first = (
        select(CheckIn.pair_id, func.min(CheckIn.number).label("number"))
        .where(CheckIn.account_id == caller.account_id, _open)
        .group_by(CheckIn.pair_id)
        .subquery()
    )
    before = CheckIn.__table__.alias("before")
    agreed = (
        select(before.c.next_on)
        .where(
            before.c.pair_id == CheckIn.pair_id,
            before.c.account_id == CheckIn.account_id,
            before.c.number < CheckIn.number,
            before.c.done_at.is_not(None),
        )
        .order_by(before.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = await db.execute(
        select(CheckIn, Care.staff_id, Pair.thread_id, agreed)
        .join(first, and_(first.c.pair_id == CheckIn.pair_id, first.c.number == CheckIn.number))
        .join(Care, Care.pair_id == CheckIn.pair_id)
        .join(Pair, Pair.id == CheckIn.pair_id)
        .where(CheckIn.account_id == caller.account_id, Care.ended_at.is_(None))
        .order_by(CheckIn.due_on, CheckIn.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def shares(
    db: AsyncSession, caller: Caller, quarter: Quarter, today: date
) -> Sequence[tuple[UUID | None, int, int]]:
    """For each staff member of the programme: how many check-ins of a quarter were due by now, and how many of those
    were done. Counted for whoever did it, or else for who is to do it; never for a mentor."""
    whose = func.coalesce(CheckIn.done_by, Care.staff_id)
    rows = await db.execute(
        select(whose, func.count(), func.sum(case((CheckIn.done_at.is_not(None), 1), else_=0)))
        .join(Care, Care.pair_id == CheckIn.pair_id)
        .where(
            CheckIn.organisation_id == caller.home,
            CheckIn.due_on.between(quarter.first_day, quarter.last_day),
            or_(CheckIn.done_at.is_not(None), CheckIn.overdue_on <= today),
        )
        .group_by(whose)
        .order_by(whose)
    )
    return [(row[0], int(row[1]), int(row[2])) for row in rows]
