"""With whom someone never wants to be a pair: whom they may put on the list, and whom of it they may still know of.

Someone who has left and someone who has blocked the caller look the same: neither is on the list that is shown.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.errors import AccountNotFound
from rinnalla.accounts.service import Accounts
from rinnalla.kit.caller import Caller, Role
from rinnalla.pairs import repository_settings as repository
from rinnalla.pairs.records import Records
from rinnalla.profiles.service import NeverLists, Profiles


@dataclass(frozen=True, slots=True)
class Unwanted:
    """Someone on the caller's list."""

    account_id: UUID
    display_name: str


class PrivateLists:
    """For their owners alone."""

    def __init__(self, records: Records, accounts: Accounts, profiles: Profiles, never_lists: NeverLists) -> None:
        self._records = records
        self._accounts = accounts
        self._profiles = profiles
        self._never_lists = never_lists

    async def own(self, db: AsyncSession, caller: Caller) -> list[Unwanted]:
        """Who is on the caller's list, the newest first."""
        listed = await self._never_lists.listed(db, caller)
        known = await self._known(db, caller, listed)
        names = await self._accounts.names(db, known)
        return [Unwanted(other_id, names[other_id]) for other_id in listed if other_id in names]

    async def add(self, db: AsyncSession, caller: Caller, other_id: UUID) -> None:
        """Put a mentor whom everyone may see, or someone with whom the caller is or was in a pair, on the list. A
        second time changes nothing; a pair that lives goes on. Raises: AccountNotFound, ListFull."""
        if not await self._known(db, caller, [other_id]):
            raise AccountNotFound
        await self._never_lists.add(db, caller, other_id)

    async def remove(self, db: AsyncSession, caller: Caller, other_id: UUID) -> None:
        """Take someone off the list. Raises: AccountNotFound (not on the list, or not known of any more)."""
        if other_id not in await self._never_lists.listed(db, caller) or not await self._known(db, caller, [other_id]):
            raise AccountNotFound
        await self._never_lists.remove(db, caller, other_id)

    async def _known(self, db: AsyncSession, caller: Caller, account_ids: Collection[UUID]) -> set[UUID]:
        pairs = await repository.pairs_with(db, caller, account_ids)
        seen = await self._records.seen_by(db, caller, pairs)
        known = {one_id for pair in seen for one_id in (pair.mentee_id, pair.mentor_id)}
        if caller.role == Role.MENTEE:
            known |= (await self._profiles.cards(db, account_ids)).keys()
        return known & set(account_ids)
