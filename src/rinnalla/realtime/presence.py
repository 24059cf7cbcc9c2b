"""Whether people are there, as those they talk with may see it. Never an event, kept by the day at most."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Choice, PresenceDetail, Visibilities
from rinnalla.chat.service import Chat
from rinnalla.kit.caller import Caller


class Showing:
    """Joins what people choose to show with whom it is shown to."""

    def __init__(self, visibilities: Visibilities, chat: Chat) -> None:
        self._visibilities = visibilities
        self._chat = chat

    async def choice(self, db: AsyncSession, caller: Caller) -> Choice:
        """What the caller shows."""
        return await self._visibilities.own(db, caller)

    async def choose(
        self, db: AsyncSession, caller: Caller, version: int, *, presence: PresenceDetail, read_marks: bool
    ) -> Choice:
        """Show more or less from now on; what is hidden is hidden at once. Raises: EditedMeanwhile."""
        before = await self._visibilities.own(db, caller)
        after = await self._visibilities.edit(db, caller, version, presence=presence, read_marks=read_marks)
        if after.presence != before.presence:
            await self._chat.presence_changed(db, [caller.account_id])
        if after.read_marks != before.read_marks:
            await self._chat.reading_changed(db, caller.account_id)
        return after

    async def came_or_went(self, db: AsyncSession, account_ids: Collection[UUID]) -> None:
        """These people have opened their first socket, or their last one is closed for good."""
        if account_ids:
            await self._chat.presence_changed(db, await self._visibilities.came_or_went(db, account_ids))
