"""Private lists: with whom someone never wants to be a pair. Nobody but the owner reads one. What follows from it is
told as "a wish" of someone, neither whose nor which."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller
from rinnalla.profiles import repository_wishes as repository
from rinnalla.profiles.errors import ListFull
from rinnalla.profiles.models import MAX_NEVER


class NeverLists:
    """Keeps them. Whom someone may put on their list is for those to say who know whom the caller knows of."""

    async def listed(self, db: AsyncSession, caller: Caller) -> Sequence[UUID]:
        """Who is on the caller's list, the newest first."""
        return await repository.listed(db, caller)

    async def add(self, db: AsyncSession, caller: Caller, other_id: UUID) -> None:
        """Put someone on the caller's list; a second time changes nothing. Raises: ListFull."""
        on_it = await repository.listed(db, caller)
        if other_id not in on_it and len(on_it) >= MAX_NEVER:
            raise ListFull
        await repository.put_on_list(db, caller, other_id)

    async def remove(self, db: AsyncSession, caller: Caller, other_id: UUID) -> None:
        """Take someone off the caller's list. Who was not on it is not either, afterwards."""
        await repository.take_off_list(db, caller, other_id)
