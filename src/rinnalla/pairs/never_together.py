"""Who is not brought into a conversation with whom, where that makes them no pair: for a few days, or after a loss."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.chat.service import Chat
from rinnalla.pairs import repository_settings as repository
from rinnalla.pairs.policy import parted_before
from rinnalla.pairs.ruled_out import RuledOut
from rinnalla.profiles.service import Profiles


class NeverTogether:
    """For features that open conversations unasked. Whom it leaves out is told to nobody, not even to staff: they must
    not find out that there is a list or a block, nor whose."""

    def __init__(self, chat: Chat, profiles: Profiles, ruled_out: RuledOut) -> None:
        self._chat = chat
        self._profiles = profiles
        self._ruled_out = ruled_out

    async def with_mentor(self, db: AsyncSession, mentor_id: UUID, mentee_ids: Collection[UUID]) -> set[UUID]:
        """Those of these young people who must not be brought together with a mentor: whoever must not become a pair
        with them (none of these may meet a mentor who is not approved, or not screened), or one has blocked the other;
        they parted by a no or for someone's safety, or their conversation was handed over."""
        if not mentee_ids:
            return set()
        card = (await self._profiles.cards(db, [mentor_id])).get(mentor_id)
        if card is None:
            return set(mentee_ids)
        met = [(mentee_id, card) for mentee_id in mentee_ids]
        ruled_out = {two.mentee_id for two in await self._ruled_out.among(db, card.organisation_id, met)}
        earlier = defaultdict(list)
        for pair in await repository.pairs_of_mentor(db, mentor_id, mentee_ids):
            earlier[pair.mentee_id].append(pair)
        parted = {mentee_id for mentee_id, pairs in earlier.items() if parted_before(pairs)}
        return ruled_out | parted | await self._chat.kept_apart(db, mentor_id, mentee_ids)

    async def with_anyone(self, db: AsyncSession, mentor_id: UUID) -> list[str]:
        """What keeps a mentor from all young people, as codes, which staff may be told. Raises: MentorNotFound (they
        are not approved)."""
        return await self._ruled_out.with_anyone(db, await self._profiles.card(db, mentor_id))
