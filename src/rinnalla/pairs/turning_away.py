"""What a young person who chooses may find out of what a mentor said to nobody: one no, without the reason.

Whatever follows from a private wish can be seen by someone who tries with it and without. So a mentor who was found to
be out of reach stays so for a while, whatever the young person says of themselves meanwhile; the first try with each
counts among the few of a day; and what would have kept one away is not weighed where it can be watched
(`Matching.own_suggestions`).
"""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.chat.errors import ThreadBlocked
from rinnalla.chat.service import Chat
from rinnalla.kit.caller import Caller
from rinnalla.pairs import repository_members as repository
from rinnalla.pairs.errors import CannotBePaired, MentorUnavailable, OnYourList
from rinnalla.pairs.ruled_out import RuledOut
from rinnalla.profiles.service import CardView, Profiles

STAYS = timedelta(days=30)


class TurningAway:
    """For young people who choose a mentor themselves."""

    def __init__(self, chat: Chat, profiles: Profiles, ruled_out: RuledOut) -> None:
        self._chat = chat
        self._profiles = profiles
        self._ruled_out = ruled_out

    async def check(self, db: AsyncSession, caller: Caller, card: CardView, *, turned_down: bool) -> None:
        """That nothing keeps the caller from beginning with a mentor who can be seen to have a place. `turned_down`:
        the mentor did not want to when they were asked, or a pair of the two was ended for safety by another than the
        caller, which is told as anything else that was said to nobody.

        Raises: OnYourList, ThreadBlocked (by the caller), MentorUnavailable.
        """
        own = await self._profiles.private_of(db, [caller.account_id])
        if caller.account_id in own and card.account_id in own[caller.account_id].never:
            raise OnYourList
        if await self._chat.has_blocked(db, caller, card.account_id):
            raise ThreadBlocked
        if (
            turned_down
            or card.account_id in await self.from_whom(db, caller)
            or await self._is_ruled_out(db, caller, card)
        ):
            await repository.turn_away(db, caller, card.account_id, STAYS)
            raise MentorUnavailable

    async def from_whom(self, db: AsyncSession, caller: Caller) -> Collection[UUID]:
        """The mentors who are out of the caller's reach by now."""
        return await repository.turned_away(db, caller, STAYS)

    async def forget(self, db: AsyncSession) -> None:
        """Forget what lasts no longer."""
        await repository.forget_turned_away(db, STAYS)

    async def _is_ruled_out(self, db: AsyncSession, caller: Caller, card: CardView) -> bool:
        try:
            await self._ruled_out.check(db, caller.home, caller.account_id, card)
        except CannotBePaired:
            return True
        return False
