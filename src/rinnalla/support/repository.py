"""Every query on who of a programme cares for which pair, and on notices."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from rinnalla.accounts.service import Account, AccountState
from rinnalla.kit.caller import Caller, Role
from rinnalla.support.models import Care, Notice


def works_at(
    organisation_id: UUID | InstrumentedAttribute[UUID], staff: type[Account] = Account
) -> ColumnElement[bool]:
    """Who of the staff of a programme is there."""
    return and_(staff.organisation_id == organisation_id, staff.role == Role.STAFF, staff.state == AccountState.ACTIVE)


async def care(db: AsyncSession, pair_id: UUID, *, lock: bool = False) -> Care | None:
    """For what happens to a pair whoever did it: the asking code knows the pair."""
    query = select(Care).where(Care.pair_id == pair_id).execution_options(populate_existing=True)
    return await db.scalar(query.with_for_update() if lock else query)


async def care_of_home(db: AsyncSession, caller: Caller, pair_id: UUID, *, lock: bool = False) -> Care | None:
    """For staff: the care for a pair of their programme that talks."""
    query = select(Care).where(Care.pair_id == pair_id, Care.organisation_id == caller.home, Care.ended_at.is_(None))
    query = query.execution_options(populate_existing=True)
    return await db.scalar(query.with_for_update() if lock else query)


async def cares_of(db: AsyncSession, account_id: UUID) -> Sequence[Care]:
    """The talking pairs of someone to whom something happens."""
    query = select(Care).where(Care.ended_at.is_(None), or_(*_sides(account_id)))
    return (await db.scalars(query.order_by(Care.pair_id))).all()


async def lock_cares_by_staff(db: AsyncSession, staff_id: UUID) -> Sequence[Care]:
    """The talking pairs that a staff member who leaves cares for."""
    query = select(Care).where(Care.staff_id == staff_id, Care.ended_at.is_(None)).order_by(Care.pair_id)
    return (await db.scalars(query.with_for_update())).all()


async def lock_care_without_staff(db: AsyncSession, which: ColumnElement[bool]) -> Care | None:
    """A talking pair among `which` for which nobody cares who is there, in a programme that has someone: for a job."""
    assigned, other = aliased(Account), aliased(Account)
    query = (
        select(Care)
        .outerjoin(assigned, and_(assigned.id == Care.staff_id, assigned.state == AccountState.ACTIVE))
        .where(
            Care.ended_at.is_(None),
            assigned.id.is_(None),
            exists(select(other.id).where(works_at(Care.organisation_id, other))),
            which,
        )
        .order_by(Care.pair_id)
        .limit(1)
    )
    return await db.scalar(query.with_for_update(of=Care, skip_locked=True))


async def staff_of(db: AsyncSession, organisation_id: UUID, staff_id: UUID) -> UUID | None:
    """A staff member who is there, kept from leaving until the transaction ends."""
    query = select(Account.id).where(Account.id == staff_id, works_at(organisation_id))
    return await db.scalar(query.with_for_update(read=True))


async def least_busy_staff(db: AsyncSession, organisation_id: UUID, but: UUID | None = None) -> UUID | None:
    """Who of the staff that are there cares for the fewest pairs."""
    query = (
        select(Account.id)
        .outerjoin(Care, and_(Care.staff_id == Account.id, Care.ended_at.is_(None)))
        .where(works_at(organisation_id))
        .group_by(Account.id)
        .order_by(func.count(Care.pair_id), Account.id)
        .limit(1)
    )
    return await db.scalar(query if but is None else query.where(Account.id != but))


async def active_among(db: AsyncSession, account_ids: Collection[UUID]) -> set[UUID]:
    """Those of these people who can log in."""
    rows = await db.scalars(select(Account.id).where(Account.id.in_(account_ids), Account.state == AccountState.ACTIVE))
    return set(rows)


async def notices(db: AsyncSession, caller: Caller, before: UUID | None, limit: int) -> Sequence[Notice]:
    """The caller's own, newest first."""
    query = select(Notice).where(Notice.account_id == caller.account_id)
    if before is not None:
        query = query.where(Notice.id < before)
    return (await db.scalars(query.order_by(Notice.id.desc()).limit(limit))).all()


async def own_notice(db: AsyncSession, caller: Caller, notice_id: UUID) -> Notice | None:
    query = select(Notice).where(Notice.id == notice_id, Notice.account_id == caller.account_id)
    return await db.scalar(query.with_for_update())


def _sides(account_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Care.mentee_id == account_id, Care.mentor_id == account_id
