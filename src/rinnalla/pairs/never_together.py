"""Who is not brought into a conversation with whom, where that makes them no pair: for a few days, or after a loss."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.chat.service import Chat
from rinnalla.kit.database import now
from rinnalla.pairs import repository_settings as repository
from rinnalla.pairs.models import Two
from rinnalla.pairs.policy import parted_before
from rinnalla.pairs.ruled_out import is_unwanted
from rinnalla.profiles.service import Profiles


class NeverTogether:
    """For features that open conversations unasked. What it answers is told to nobody, not even to staff: whoever is
    left out must not find out that there is a list or a block, nor whose."""

    def __init__(self, chat: Chat, profiles: Profiles) -> None:
        self._chat = chat
        self._profiles = profiles

    async def with_mentor(self, db: AsyncSession, mentor_id: UUID, mentee_ids: Collection[UUID]) -> set[UUID]:
        """Those of these young people who must not be brought together with a mentor: something that one of them said
        in private is against it, whatever it is, or one has blocked the other; they parted by a no or for someone's
        safety, or their conversation was handed over."""
        if not mentee_ids:
            return set()
        private = await self._profiles.private_of(db, {mentor_id, *mentee_ids})
        asked, today = await self._profiles.asked_by(db, set(mentee_ids)), (await now(db)).date()
        unwanted = {one for one in mentee_ids if is_unwanted(Two(one, mentor_id), private, asked, today)}
        earlier = defaultdict(list)
        for pair in await repository.pairs_of_mentor(db, mentor_id, mentee_ids):
            earlier[pair.mentee_id].append(pair)
        parted = {mentee_id for mentee_id, pairs in earlier.items() if parted_before(pairs)}
        return unwanted | parted | await self._chat.kept_apart(db, mentor_id, mentee_ids)
