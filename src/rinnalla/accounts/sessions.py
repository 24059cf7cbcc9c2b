"""Sessions: one per device, refreshed by a rotating token that forgives a lost answer.

A refresh token works once. If the answer to a refresh is lost on the way, the client comes back with the token it has:
for a minute, and as long as the lost successor was never used, that is accepted and the successor replaced. Any other
second use means that two parties hold the token, and ends the session (RFC 9700, 4.14.2).

A client that can't take a new one each time opens a session that keeps its token: it is renewed and never rotated, and
what ends it is time, log-out and a change of password on another device (docs/adr/0035). Neither kind of token passes
for the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts import repository_sessions, repository_visibility
from rinnalla.accounts.errors import RefreshRefused, SessionNotFound
from rinnalla.accounts.models import Account, RealtimeTicket, RefreshToken, Session
from rinnalla.accounts.policy import digest, new_secret
from rinnalla.accounts.tokens import Tokens
from rinnalla.kit import bus, database
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import Database
from rinnalla.kit.limits import Limit, Limits

ABSOLUTE = {Role.MENTEE: timedelta(days=90), Role.MENTOR: timedelta(days=90)}
STAFF_ABSOLUTE = timedelta(hours=12)
UNNAMED_DEVICE = ""
# For each session: a token lives ten minutes, and a phone that loses every answer comes twice for it.
REFRESHES = Limit("refresh", 60, 3600)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a client holds after log-in or refresh. `expires_in` is the access token's life in seconds."""

    account: Account
    session_id: UUID
    access_token: str
    refresh_token: str
    expires_in: int


class Sessions:
    """Opens, refreshes, lists and ends sessions."""

    def __init__(self, database: Database, tokens: Tokens, limits: Limits, *, ticket_seconds: int) -> None:
        self._database = database
        self._tokens = tokens
        self._limits = limits
        self.ticket_seconds = ticket_seconds
        self.access_seconds = tokens.lifetime
        self.longest_seconds = int(max(ABSOLUTE.values()).total_seconds())

    async def open(
        self,
        db: AsyncSession,
        account: Account,
        device_name: str = UNNAMED_DEVICE,
        *,
        keeps_token: bool = False,
    ) -> Grant:
        """A new session for someone whose identity was just shown."""
        lifetime = ABSOLUTE.get(Role(account.role), STAFF_ABSOLUTE)
        session = Session(
            account_id=account.id,
            device_name=device_name,
            expires_at=await database.now(db) + lifetime,
            keeps_token=keeps_token,
        )
        db.add(session)
        await db.flush()
        return await self._grant(db, account, session.id)

    async def refresh(self, token: str) -> Grant:
        """New tokens for the session. In a transaction of its own: what a refused try reveals must be kept.

        Raises: RefreshRefused, TooManyRequests (the token still works).
        """
        async with self._database.unit_of_work() as db:
            grant = await self._rotate(db, digest(token))
        if grant is None:
            raise RefreshRefused
        return grant

    async def renew(self, token: str) -> str:
        """A new access token for a session that keeps its refresh token.

        Raises: RefreshRefused (also for the token of a session that does not), TooManyRequests.
        """
        async with self._database.unit_of_work() as db:
            found = await repository_sessions.session_of_refresh(db, digest(token))
            if found is None or not found[1].keeps_token:
                raise RefreshRefused
            _, session, account = found
            await self._limits.take_within(db, REFRESHES, [session.id])
            await repository_sessions.note_use(db, session.id)
            await repository_visibility.note_active(db, [account.id])
            return self._tokens.issue(account.id, session.id)

    async def can_renew(self, token: str) -> bool:
        """Whether `renew` has an access token for this one, which is not used by asking. In a transaction of its own:
        who asks goes on to hash a password, and must not hold a connection meanwhile."""
        async with self._database.reading() as db:
            found = await repository_sessions.session_of_refresh(db, digest(token))
        return found is not None and found[1].keeps_token

    async def _rotate(self, db: AsyncSession, presented: bytes) -> Grant | None:
        found = await repository_sessions.session_of_refresh(db, presented)
        if found is None or found[1].keeps_token:
            return None
        token, session, account = found
        if token.spent_at is None:
            await self._limits.take_within(db, REFRESHES, [session.id])
            await repository_sessions.spend_refresh(db, token)
            return await self._grant(db, account, session.id)
        newest = await repository_sessions.newest_refresh(db, session.id)
        was_last = await repository_sessions.last_spent_refresh(db, session.id) == presented
        if newest is None or not newest[1] or not was_last:
            await self.end(db, account.id, only=session.id)
            return None
        await self._limits.take_within(db, REFRESHES, [session.id])
        await db.delete(newest[0])
        await db.flush()
        return await self._grant(db, account, session.id)

    async def _grant(self, db: AsyncSession, account: Account, session_id: UUID) -> Grant:
        await repository_visibility.note_active(db, [account.id])
        refresh_token = new_secret()
        db.add(RefreshToken(digest=digest(refresh_token), session_id=session_id))
        await db.flush()
        access_token = self._tokens.issue(account.id, session_id)
        return Grant(account, session_id, access_token, refresh_token, self._tokens.lifetime)

    async def own(self, db: AsyncSession, caller: Caller) -> Sequence[Session]:
        """The caller's sessions that are alive, newest first."""
        return await repository_sessions.own_sessions(db, caller)

    async def end_own(self, db: AsyncSession, caller: Caller, session_id: UUID) -> None:
        """Log one device out. Raises: SessionNotFound."""
        if not await self.end(db, caller.account_id, only=session_id):
            raise SessionNotFound

    async def end(
        self, db: AsyncSession, account_id: UUID, *, only: UUID | None = None, but: UUID | None = None
    ) -> list[UUID]:
        """End one, all, or all but one of someone's sessions, and have their sockets closed."""
        ended = await repository_sessions.revoke_sessions(db, account_id, only=only, but=but)
        for session_id in ended:
            bus.say(db, f"session {session_id}")
        return ended

    async def ticket(self, db: AsyncSession, caller: Caller) -> str:
        """A one-time key to open a socket with."""
        secret = new_secret()
        expires_at = await database.now(db) + timedelta(seconds=self.ticket_seconds)
        db.add(RealtimeTicket(digest=digest(secret), session_id=caller.session_id, expires_at=expires_at))
        await db.flush()
        return secret
