"""Every query on people who come over from another service. There is no caller: it is the operator's doing."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.models import Account, AccountState
from rinnalla.kit.database import any_of
from rinnalla.kit.events import MemberStream


async def add(db: AsyncSession, accounts: Sequence[Account]) -> Sequence[Account]:
    """Add those accounts that do not exist, each with its stream."""
    known = await homes_and_roles(db, [account.id for account in accounts])
    new = [account for account in accounts if account.id not in known]
    db.add_all(new)
    await db.flush()
    db.add_all([MemberStream(account_id=account.id) for account in new])
    await db.flush()
    return new


async def homes_and_roles(db: AsyncSession, account_ids: Collection[UUID]) -> dict[UUID, tuple[UUID | None, str]]:
    """The organisations and roles of those of these accounts that exist."""
    query = select(Account.id, Account.organisation_id, Account.role).where(Account.id == any_of(account_ids))
    return {account_id: (home, role) for account_id, home, role in await db.execute(query)}


async def waiting(db: AsyncSession, account_ids: Collection[UUID]) -> set[UUID]:
    """Those who can't log in yet and have no password."""
    query = select(Account.id).where(
        Account.id == any_of(account_ids), Account.state == AccountState.INVITED, Account.password_hash.is_(None)
    )
    return set(await db.scalars(query))


async def lock(db: AsyncSession, account_ids: Collection[UUID]) -> Sequence[Account]:
    query = select(Account).where(Account.id == any_of(account_ids)).order_by(Account.id)
    return (await db.scalars(query.with_for_update(key_share=True))).all()


async def by_login_key(db: AsyncSession, login_keys: Collection[str]) -> dict[str, UUID]:
    """Whose each of these folded log-in names is, where it is taken."""
    wanted = any_(literal(list(login_keys), ARRAY(Text)))
    rows = await db.execute(select(Account.login_key, Account.id).where(Account.login_key == wanted))
    return {key: account_id for key, account_id in rows if key is not None}
