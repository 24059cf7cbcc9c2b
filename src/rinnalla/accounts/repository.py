"""Every query on accounts, sessions and organisations."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, delete, false, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.models import (
    Account,
    AccountState,
    Invitation,
    Organisation,
    RealtimeTicket,
    RecoveryCode,
    RefreshToken,
    Session,
)
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import now

# How long an unused session stays alive. Sessions of staff are shorter than this in any case.
IDLE = timedelta(days=30)

_alive = and_(
    Session.revoked_at.is_(None),
    Session.expires_at > func.clock_timestamp(),
    Session.last_used_at > func.clock_timestamp() - IDLE,
    Account.state == AccountState.ACTIVE,
)


async def account_by_login(db: AsyncSession, login_key: str) -> Account | None:
    """For log-in only: there is no caller yet."""
    return await db.scalar(select(Account).where(Account.login_key == login_key))


async def lock_by_login(db: AsyncSession, login_key: str) -> Account | None:
    """`account_by_login`, kept from changing until the transaction ends."""
    return await db.scalar(select(Account).where(Account.login_key == login_key).with_for_update())


async def account_by_invitation(db: AsyncSession, digest: bytes) -> Account | None:
    """The account behind an invitation that still holds, locked so that it is used once."""
    return await db.scalar(
        select(Account)
        .join(Invitation, Invitation.account_id == Account.id)
        .where(Invitation.digest == digest, Invitation.expires_at > func.clock_timestamp())
        .with_for_update(of=[Account, Invitation])
    )


async def own_account(db: AsyncSession, caller: Caller, *, lock: bool = False) -> Account:
    """The caller's own account."""
    query = select(Account).where(Account.id == caller.account_id)
    return (await db.execute(query.with_for_update() if lock else query)).scalar_one()


async def person_of_organisation(db: AsyncSession, caller: Caller, account_id: UUID) -> Account | None:
    """Someone whom this staff member or administrator may manage, locked."""
    query = select(Account).where(Account.id == account_id, _managed_by(caller)).with_for_update()
    return await db.scalar(query)


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


async def active_person(db: AsyncSession, organisation_id: UUID, role: Role, account_id: UUID) -> Account | None:
    """Someone active of that role in that organisation, kept from leaving until the transaction ends."""
    return await db.scalar(
        select(Account)
        .where(
            Account.id == account_id,
            Account.organisation_id == organisation_id,
            Account.role == role,
            Account.state == AccountState.ACTIVE,
        )
        .with_for_update(read=True)
    )


async def live_caller(db: AsyncSession, session_id: UUID, account_id: UUID) -> Caller | None:
    """Who a session speaks for, if it is alive."""
    row = (
        await db.execute(
            select(Account.id, Account.role, Account.organisation_id)
            .join(Session, Session.account_id == Account.id)
            .where(Session.id == session_id, Account.id == account_id, _alive)
        )
    ).one_or_none()
    return None if row is None else _caller(row, session_id)


async def lock_live_sessions(db: AsyncSession, session_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the sessions that are alive, kept from being revoked until the transaction ends."""
    rows = await db.scalars(
        select(Session.id)
        .join(Account, Account.id == Session.account_id)
        .where(Session.id.in_(session_ids), _alive)
        .order_by(Session.id)
        .with_for_update(read=True, of=Session)
    )
    return set(rows)


async def live_sessions(db: AsyncSession, session_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the sessions that are alive now."""
    rows = await db.scalars(
        select(Session.id).join(Account, Account.id == Session.account_id).where(Session.id.in_(session_ids), _alive)
    )
    return set(rows)


async def own_sessions(db: AsyncSession, caller: Caller) -> Sequence[Session]:
    """The caller's sessions that are alive, newest first."""
    rows = await db.scalars(
        select(Session)
        .join(Account, Account.id == Session.account_id)
        .where(Session.account_id == caller.account_id, _alive)
        .order_by(Session.id.desc())
    )
    return rows.all()


async def revoke_sessions(
    db: AsyncSession, account_id: UUID, *, only: UUID | None = None, but: UUID | None = None
) -> list[UUID]:
    """End someone's sessions (one, all, or all but one); those that were alive until now."""
    query = update(Session).where(Session.account_id == account_id, Session.revoked_at.is_(None))
    if only is not None:
        query = query.where(Session.id == only)
    if but is not None:
        query = query.where(Session.id != but)
    rows = await db.scalars(query.values(revoked_at=func.clock_timestamp()).returning(Session.id))
    return list(rows)


async def session_of_refresh(db: AsyncSession, digest: bytes) -> tuple[RefreshToken, Session, Account] | None:
    """A refresh token with its session and account if the session is alive; token and session locked, so that of two
    at once the second sees what the first did."""
    row = (
        await db.execute(
            select(RefreshToken, Session, Account)
            .join(Session, Session.id == RefreshToken.session_id)
            .join(Account, Account.id == Session.account_id)
            .where(RefreshToken.digest == digest, _alive)
            .with_for_update(of=[Session, RefreshToken])
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


async def newest_refresh(db: AsyncSession, session_id: UUID) -> tuple[RefreshToken, bool] | None:
    """The unspent token of a session, and whether its predecessor was spent at most a minute ago."""
    predecessor = select(func.max(RefreshToken.spent_at)).where(RefreshToken.session_id == session_id).scalar_subquery()
    row = (
        await db.execute(
            select(RefreshToken, predecessor > func.clock_timestamp() - text("interval '60 seconds'")).where(
                RefreshToken.session_id == session_id, RefreshToken.spent_at.is_(None)
            )
        )
    ).one_or_none()
    return None if row is None else (row[0], bool(row[1]))


async def last_spent_refresh(db: AsyncSession, session_id: UUID) -> bytes | None:
    """The digest of the token spent last in a session."""
    return await db.scalar(
        select(RefreshToken.digest)
        .where(RefreshToken.session_id == session_id, RefreshToken.spent_at.is_not(None))
        .order_by(RefreshToken.spent_at.desc())
        .limit(1)
    )


async def spend_refresh(db: AsyncSession, token: RefreshToken) -> None:
    """Mark a refresh token as used, touch its session, and forget digests too old to matter."""
    present = func.clock_timestamp()
    await db.execute(update(RefreshToken).where(RefreshToken.digest == token.digest).values(spent_at=present))
    await db.execute(update(Session).where(Session.id == token.session_id).values(last_used_at=present))
    await db.execute(
        delete(RefreshToken).where(
            RefreshToken.session_id == token.session_id, RefreshToken.spent_at < present - text("interval '2 days'")
        )
    )


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


async def use_ticket(db: AsyncSession, digest: bytes) -> Caller | None:
    """Use up a ticket; who it speaks for, if ticket and session are alive."""
    session_id = await db.scalar(
        delete(RealtimeTicket)
        .where(RealtimeTicket.digest == digest, RealtimeTicket.expires_at > func.clock_timestamp())
        .returning(RealtimeTicket.session_id)
    )
    row = (
        await db.execute(
            select(Account.id, Account.role, Account.organisation_id)
            .join(Session, Session.account_id == Account.id)
            .where(Session.id == session_id, _alive)
        )
    ).one_or_none()
    return None if row is None or session_id is None else _caller(row, session_id)


async def organisations(db: AsyncSession) -> Sequence[Organisation]:
    """All programmes, oldest first: they are public."""
    return (await db.scalars(select(Organisation).order_by(Organisation.id))).all()


async def organisation(db: AsyncSession, organisation_id: UUID, *, lock: bool = False) -> Organisation | None:
    query = select(Organisation).where(Organisation.id == organisation_id)
    return await db.scalar(query.with_for_update() if lock else query)


async def organisation_by_name(db: AsyncSession, name: str) -> Organisation | None:
    return await db.scalar(select(Organisation).where(func.lower(Organisation.name) == name.lower()))


async def administrators(db: AsyncSession) -> int:
    """How many administrators there are; they are locked until the transaction ends."""
    rows = await db.scalars(select(Account.id).where(Account.role == Role.ADMIN).order_by(Account.id).with_for_update())
    return len(rows.all())


async def forget_expired(db: AsyncSession) -> None:
    """Drop tickets, sessions and invitations that no one can use any more."""
    present = func.clock_timestamp()
    await db.execute(delete(RealtimeTicket).where(RealtimeTicket.expires_at < present))
    await db.execute(delete(Invitation).where(Invitation.expires_at < present - text("interval '90 days'")))
    await db.execute(
        delete(Session).where(
            or_(Session.expires_at < present, Session.revoked_at < present - text("interval '7 days'"))
        )
    )


def _caller(row: Row[UUID, str, UUID | None], session_id: UUID) -> Caller:
    return Caller(row[0], Role(row[1]), row[2], session_id)
