"""Every query on sessions, their refresh tokens and their tickets."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, and_, any_, bindparam, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.models import (
    Account,
    AccountState,
    Invitation,
    RealtimeTicket,
    RefreshToken,
    Session,
)
from rinnalla.kit.caller import Caller, Role

# How long an unused session stays alive. Sessions of staff are shorter than this in any case.
IDLE = timedelta(days=30)

_alive = and_(
    Session.revoked_at.is_(None),
    Session.expires_at > func.clock_timestamp(),
    Session.last_used_at > func.clock_timestamp() - IDLE,
    Account.state == AccountState.ACTIVE,
)


# Asked for every message and every request: built once, so that only their values are new each time.
_LIVE = (
    select(Session.id)
    .join(Account, Account.id == Session.account_id)
    .where(Session.id == any_(bindparam("ids", type_=ARRAY(Uuid))), _alive)
)
_LOCK_LIVE, _LOCK_LIVE_FREE = (
    _LIVE.order_by(Session.id).with_for_update(read=True, of=Session, skip_locked=skip_locked)
    for skip_locked in (False, True)
)
_LIVE_CALLERS = _LIVE.add_columns(Account.id, Account.role, Account.organisation_id)


async def live_callers(db: AsyncSession, session_ids: Collection[UUID]) -> dict[UUID, Caller]:
    """Who each of these sessions speaks for, if it is alive."""
    rows = await db.execute(_LIVE_CALLERS, {"ids": list(session_ids)})
    return {row[0]: Caller(row[1], Role(row[2]), row[3], row[0]) for row in rows}


async def lock_live_sessions(
    db: AsyncSession, session_ids: Collection[UUID], *, skip_locked: bool = False
) -> set[UUID]:
    """Those of the sessions that are alive, kept from being revoked until the transaction ends; with `skip_locked` but
    for those that someone else holds."""
    return set(await db.scalars(_LOCK_LIVE_FREE if skip_locked else _LOCK_LIVE, {"ids": list(session_ids)}))


async def live_sessions(db: AsyncSession, session_ids: Collection[UUID]) -> set[UUID]:
    """Those of the sessions that are alive now."""
    return set(await db.scalars(_LIVE, {"ids": list(session_ids)}))


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
    """End someone's sessions (one, all, or all but one); those that were alive until now. Locked in order of id, as
    writers hold them."""
    meant = select(Session.id).where(Session.account_id == account_id, Session.revoked_at.is_(None))
    if only is not None:
        meant = meant.where(Session.id == only)
    if but is not None:
        meant = meant.where(Session.id != but)
    rows = await db.scalars(
        update(Session)
        .where(Session.id.in_(meant.order_by(Session.id).with_for_update(key_share=True)))
        .values(revoked_at=func.clock_timestamp())
        .returning(Session.id)
        .execution_options(synchronize_session=False)
    )
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
    await note_use(db, token.session_id)
    await db.execute(
        delete(RefreshToken).where(
            RefreshToken.session_id == token.session_id, RefreshToken.spent_at < present - text("interval '2 days'")
        )
    )


async def note_use(db: AsyncSession, session_id: UUID) -> None:
    """A session was used just now."""
    await db.execute(update(Session).where(Session.id == session_id).values(last_used_at=func.clock_timestamp()))


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
