"""Every query on accounts, sessions and organisations."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, false, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.models import (
    Account,
    AccountState,
    Invitation,
    Organisation,
    RecoveryCode,
)
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import any_of, now
from rinnalla.kit.errors import InvalidToken
from rinnalla.kit.vault import WrappedKey


async def account_by_login(db: AsyncSession, login_key: str) -> Account | None:
    """For log-in only: there is no caller yet."""
    return await db.scalar(select(Account).where(Account.login_key == login_key))


async def lock_by_login(db: AsyncSession, login_key: str) -> Account | None:
    """`account_by_login`, kept from changing until the transaction ends."""
    return await db.scalar(select(Account).where(Account.login_key == login_key).with_for_update(key_share=True))


async def account_by_invitation(db: AsyncSession, digest: bytes) -> Account | None:
    """The account behind an invitation that still holds, locked so that it is used once."""
    return await db.scalar(
        select(Account)
        .join(Invitation, Invitation.account_id == Account.id)
        .where(Invitation.digest == digest, Invitation.expires_at > func.clock_timestamp())
        .with_for_update(of=[Account, Invitation])
    )


async def own_account(db: AsyncSession, caller: Caller, *, lock: bool = False) -> Account:
    """The caller's own account. Locked, as everywhere here, in the way that lets others refer to it: who writes a
    message holds a thread and refers to an account, and must not meet who holds that account and wants the thread.

    Raises: InvalidToken when it was erased since the caller came in.
    """
    query = select(Account).where(Account.id == caller.account_id)
    account = await db.scalar(query.with_for_update(key_share=True) if lock else query)
    if account is None:
        raise InvalidToken
    return account


async def person_of_organisation(db: AsyncSession, caller: Caller, account_id: UUID) -> Account | None:
    """Someone whom this staff member or administrator may manage, locked."""
    query = select(Account).where(Account.id == account_id, _managed_by(caller))
    return await db.scalar(query.with_for_update(key_share=True))


async def people(
    db: AsyncSession, caller: Caller, role: Role, organisation_id: UUID, after: UUID | None, limit: int
) -> Sequence[Account]:
    """Those of one role in an organisation that the caller may manage, in order of id."""
    query = select(Account).where(Account.role == role, Account.organisation_id == organisation_id, _managed_by(caller))
    if after is not None:
        query = query.where(Account.id > after)
    return (await db.scalars(query.order_by(Account.id).limit(limit))).all()


def _managed_by(caller: Caller) -> ColumnElement[bool]:
    match caller.role:
        case Role.ADMIN:
            return Account.role == Role.STAFF
        case Role.STAFF:
            return and_(Account.organisation_id == caller.organisation_id, Account.role.in_([Role.MENTEE, Role.MENTOR]))
        case _:
            return false()


async def names(db: AsyncSession, account_ids: set[UUID]) -> dict[UUID, str]:
    """Display names of people whom the asking feature has already established that the caller may know."""
    rows = await db.execute(select(Account.id, Account.display_name).where(Account.id.in_(account_ids)))
    return dict(rows.all())


async def keys(db: AsyncSession, account_ids: Collection[UUID]) -> dict[UUID, WrappedKey]:
    """The keys of people whose texts the asking feature has established that it may open for its caller."""
    rows = await db.execute(select(Account.id, Account.wrapped_key).where(Account.id.in_(account_ids)))
    return dict(rows.all())


async def home_of(db: AsyncSession, account_id: UUID) -> UUID | None:
    """The organisation of someone whom the asking feature has established that the caller may know, who is kept from
    leaving until the transaction ends."""
    return await db.scalar(
        select(Account.organisation_id).where(Account.id == account_id).with_for_update(read=True, key_share=True)
    )


async def active_people(
    db: AsyncSession, organisation_id: UUID, role: Role, account_ids: Collection[UUID]
) -> set[UUID]:
    """Those of these people who are active in that role and organisation, kept from leaving until the transaction
    ends."""
    query = select(Account.id).where(
        Account.id == any_of(account_ids),
        Account.organisation_id == organisation_id,
        Account.role == role,
        Account.state == AccountState.ACTIVE,
    )
    return set(await db.scalars(query.order_by(Account.id).with_for_update(read=True)))


async def use_totp_step(db: AsyncSession, account_id: UUID, step: int) -> bool:
    """Take a time step for an account; False when it or a later one was taken before."""
    taken = await db.scalar(
        update(Account)
        .where(Account.id == account_id, Account.totp_last_step < step)
        .values(totp_last_step=step)
        .returning(Account.id)
    )
    return taken is not None


async def use_recovery_code(db: AsyncSession, account_id: UUID, digest: bytes) -> bool:
    """Use up a recovery code; False when the account has no such unused one."""
    used = await db.scalar(
        update(RecoveryCode)
        .where(RecoveryCode.digest == digest, RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
        .values(used_at=func.clock_timestamp())
        .returning(RecoveryCode.digest)
    )
    return used is not None


async def replace_recovery_codes(db: AsyncSession, account_id: UUID, digests: Sequence[bytes]) -> None:
    """New codes instead of all old ones."""
    await db.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    db.add_all([RecoveryCode(digest=digest, account_id=account_id) for digest in digests])
    await db.flush()


async def recovery_codes_left(db: AsyncSession, account_id: UUID) -> int:
    return (
        await db.scalar(
            select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
        )
    ) or 0


async def replace_invitation(db: AsyncSession, account_id: UUID, digest: bytes, lifetime: timedelta) -> None:
    """A new invitation instead of the old one."""
    await db.execute(delete(Invitation).where(Invitation.account_id == account_id))
    db.add(Invitation(account_id=account_id, digest=digest, expires_at=await now(db) + lifetime))
    await db.flush()


async def drop_invitation(db: AsyncSession, account_id: UUID) -> None:
    await db.execute(delete(Invitation).where(Invitation.account_id == account_id))


async def organisations(db: AsyncSession) -> Sequence[Organisation]:
    """All programmes, oldest first: they are public."""
    return (await db.scalars(select(Organisation).order_by(Organisation.id))).all()


async def organisation(db: AsyncSession, organisation_id: UUID, *, lock: bool = False) -> Organisation | None:
    query = select(Organisation).where(Organisation.id == organisation_id)
    return await db.scalar(query.with_for_update() if lock else query)


async def organisation_by_name(db: AsyncSession, name: str) -> Organisation | None:
    return await db.scalar(select(Organisation).where(func.lower(Organisation.name) == name.lower()))


async def drop_organisation(db: AsyncSession, organisation_id: UUID) -> None:
    await db.execute(delete(Organisation).where(Organisation.id == organisation_id))


async def administrators(db: AsyncSession) -> int:
    """How many administrators there are; they are locked until the transaction ends."""
    rows = await db.scalars(select(Account.id).where(Account.role == Role.ADMIN).order_by(Account.id).with_for_update())
    return len(rows.all())
