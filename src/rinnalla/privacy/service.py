"""How people leave, and how they are removed: a mentor by staff, staff by an administrator."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.errors import AccountNotFound
from rinnalla.accounts.service import Account, Accounts
from rinnalla.chat.service import Chat
from rinnalla.kit import events, jobs
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import Database
from rinnalla.kit.trail import AuditAction, record
from rinnalla.matching.service import FollowUps
from rinnalla.pairs.service import Pairs
from rinnalla.support.service import Losses

__all__ = ["Privacy"]


class Privacy:
    """Erases."""

    def __init__(
        self, database: Database, accounts: Accounts, pairs: Pairs, losses: Losses, follow_ups: FollowUps, chat: Chat
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._pairs = pairs
        self._losses = losses
        self._follow_ups = follow_ups
        self._chat = chat

    async def leave(self, caller: Caller, password: str) -> None:
        """Erase the caller, once they have shown that it is them. In a transaction of its own: no connection is held
        while the password is checked.

        Raises: WrongPassword, TooManyRequests, LastAdministrator, InvalidToken (gone already).
        """
        await self._accounts.confirm_password(caller, password)
        async with self._database.unit_of_work() as db:
            await self.leave_at_once(db, caller)

    async def leave_at_once(self, db: AsyncSession, caller: Caller) -> None:
        """Erase the caller, for a face whose clients ask again themselves and send no password.

        Raises: LastAdministrator, InvalidToken (gone already).
        """
        await self._erase(db, await self._accounts.leaving(db, caller))

    async def remove_mentor(self, db: AsyncSession, caller: Caller, account_id: UUID) -> None:
        """Erase a mentor of the caller's programme. A young person is not staff's to erase. Raises: AccountNotFound."""
        await self._remove(db, caller, account_id, Role.MENTOR)

    async def remove_staff(self, db: AsyncSession, caller: Caller, account_id: UUID) -> None:
        """Erase a member of staff, for an administrator. Raises: AccountNotFound."""
        await self._remove(db, caller, account_id, Role.STAFF)

    async def _remove(self, db: AsyncSession, caller: Caller, account_id: UUID, role: Role) -> None:
        account = await self._accounts.managed(db, caller, account_id)
        if account.role != role:
            raise AccountNotFound
        await record(db, caller, AuditAction.ACCOUNT_REMOVED, account_id)
        await self._erase(db, account)

    async def _erase(self, db: AsyncSession, account: Account) -> None:
        """In the lock order of the service: the account, pairs, contacts, hand-overs, threads, sessions; the others'
        streams last. Whoever loses a mentor, a contact or a proposal is caught first, as long as it is known who that
        is."""
        news = await self._losses.leaves(db, account)
        await self._follow_ups.leaves(db, account)
        news += await self._pairs.leave(db, account.id)
        await self._losses.hold(db, account)
        news += await self._chat.leave_threads(db, account.id)
        await self._accounts.erase(db, account)
        await jobs.forget(db, account.id)
        await events.append(db, news)
