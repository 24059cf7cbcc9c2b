"""Who could be a good mentor for whom, as staff and the other features ask for it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller
from rinnalla.kit.database import now
from rinnalla.matching.policy import Ranking, history_of, rank
from rinnalla.pairs.service import WaitingList
from rinnalla.profiles.service import Profiles

__all__ = ["Matching"]


class Matching:
    """Advises; people decide."""

    def __init__(self, profiles: Profiles, waiting_list: WaitingList) -> None:
        self._profiles = profiles
        self._waiting_list = waiting_list

    async def suggestions(self, db: AsyncSession, caller: Caller, mentee_id: UUID) -> Ranking:
        """All mentors of the programme, judged for someone who waits in it. Raises: MenteeNotFound."""
        wishes = await self._waiting_list.wishes_of(db, caller, mentee_id)
        cards = await self._profiles.cards_for_matching(db, caller.home)
        history = history_of(await self._waiting_list.mentors_before(db, caller, mentee_id))
        return rank(wishes, cards, history, (await now(db)).date())
