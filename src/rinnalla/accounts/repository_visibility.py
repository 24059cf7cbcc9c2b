"""Every query on what people let others see of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.models import Account, AccountState, PresenceDetail, Visibility
from rinnalla.kit import sockets
from rinnalla.kit.caller import Caller
from rinnalla.kit.database import any_of

TODAY = func.current_date()


@dataclass(frozen=True, slots=True)
class Sight:
    """What there is to see of someone, before it is settled what may be seen."""

    account_id: UUID
    presence: str
    read_marks: bool
    active_on: date | None
    active_before: date | None
    today: date
    is_connected: bool

    def days_ago(self, day: date | None) -> int | None:
        return None if day is None else (self.today - day).days


async def own_visibility(db: AsyncSession, caller: Caller) -> Visibility | None:
    return await db.scalar(select(Visibility).where(Visibility.account_id == caller.account_id))


async def today(db: AsyncSession) -> date:
    """The database's day, in UTC."""
    day: date = (await db.execute(select(TODAY))).scalar_one()
    return day


async def sights(db: AsyncSession, account_ids: Collection[UUID]) -> list[Sight]:
    """Those active ones among these people who have chosen what to show: for features which have found the caller to
    talk with them."""
    rows = await db.execute(
        select(
            Visibility.account_id,
            Visibility.presence,
            Visibility.read_marks,
            Visibility.active_on,
            Visibility.active_before,
            TODAY,
            sockets.is_connected(Account.id),
        )
        .join(Account, Account.id == Visibility.account_id)
        .where(Visibility.account_id == any_of(account_ids), Account.state == AccountState.ACTIVE)
    )
    return [Sight(*row) for row in rows]


async def shown_online(db: AsyncSession, account_ids: Collection[UUID]) -> set[UUID]:
    """Those who let others see at this moment whether they are there."""
    rows = await db.scalars(
        select(Visibility.account_id).where(
            Visibility.account_id == any_of(account_ids), Visibility.presence == PresenceDetail.ONLINE
        )
    )
    return set(rows)


async def note_active(db: AsyncSession, account_ids: Collection[UUID]) -> None:
    """These people are here today. Once a day it is written, for those who show it; a row that someone else holds
    just now is passed over."""
    due = (
        select(Visibility.account_id)
        .where(Visibility.account_id == any_of(account_ids), Visibility.active_on < TODAY)
        .with_for_update(skip_locked=True)
    )
    await db.execute(
        update(Visibility)
        .where(Visibility.account_id.in_(due))
        .values(active_on=TODAY, active_before=Visibility.active_on)
        .execution_options(synchronize_session=False)
    )
