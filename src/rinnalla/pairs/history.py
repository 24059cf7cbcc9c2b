"""What matching reads of the waiting list and of pairs: who waits, and who is not to be proposed to whom."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.chat.service import Chat
from rinnalla.pairs import repository_settings as repository
from rinnalla.pairs.models import Answer, Pair, PairState, Two
from rinnalla.pairs.policy import parted_before

ASKED_RECENTLY = "asked_recently"
PAIRED_BEFORE = "paired_before"
_KEPT_APART_BY = {
    PairState.PROPOSED: "paired_now",
    PairState.TRIAL: "paired_now",
    PairState.ACTIVE: "paired_now",
    PairState.CLOSING: "paired_now",
    PairState.DECLINED: "declined_before",
    PairState.EXPIRED: ASKED_RECENTLY,
    PairState.RETURNED: PAIRED_BEFORE,
    PairState.CLOSED: PAIRED_BEFORE,
}
"""A proposal that staff withdrew rules out nothing; nor does one that expired, but for a while when it was the mentor
who did not answer: they would be asked in every run, and the young person with them."""


@dataclass(frozen=True, slots=True)
class KeptApart:
    """Two who must not be proposed to each other, and the code of why."""

    mentee_id: UUID
    mentor_id: UUID
    reason: str


class PairHistory:
    """Reads for matching, which decides who is told what."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def waiting(self, db: AsyncSession, organisation_id: UUID) -> Sequence[tuple[UUID, datetime]]:
        """Who waits in a programme, and since when as runs count it: from the last proposal of staff that the young
        person could have said yes to and let expire, if there was one. Else who never answers would be owed the next
        place for ever, and more so from run to run. What they are told themself is since when they are on the list."""
        return await repository.everyone_waiting(db, organisation_id)

    async def thinking(self, db: AsyncSession, organisation_id: UUID, mentee_ids: Collection[UUID]) -> set[UUID]:
        """Who of these people of a programme has a proposal that is not answered yet."""
        among = await repository.pairs_among(db, organisation_id, mentee_ids)
        return {mentee_id for mentee_id, _, state, _ in among if state == PairState.PROPOSED}

    async def two(self, db: AsyncSession, pair_id: UUID) -> Two | None:
        """Who is, or was, a pair; None when it has gone with one of them."""
        return await repository.two_of(db, pair_id)

    async def wanted_again(
        self, db: AsyncSession, organisation_id: UUID, mentee_ids: Collection[UUID]
    ) -> dict[UUID, UUID]:
        """The mentor of before for whom those of these people of a programme ask who do, unless the two have parted."""
        earlier: defaultdict[Two, list[Pair]] = defaultdict(list)
        for pair in await repository.asked_again(db, organisation_id, mentee_ids):
            earlier[Two(pair.mentee_id, pair.mentor_id)].append(pair)
        return {two.mentee_id: two.mentor_id for two, pairs in earlier.items() if not parted_before(pairs)}

    async def blocked(self, db: AsyncSession, mentee_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
        """By young person, of these: the mentors with whom they have talked, be it in a pair or not, of whom one has
        blocked the other. That is told to nobody."""
        found: defaultdict[UUID, set[UUID]] = defaultdict(set)
        for mentee_id, mentor_id in await self._chat.blocked(db, mentee_ids):
            found[mentee_id].add(mentor_id)
        return dict(found)

    async def kept_apart(
        self, db: AsyncSession, organisation_id: UUID, mentee_ids: Collection[UUID], again: Mapping[UUID, UUID]
    ) -> frozenset[KeptApart]:
        """With whom these people of a programme are not to be paired (again); that two once were a pair does not keep
        them apart where one asks for the other `again`."""
        apart = (
            KeptApart(mentee_id, mentor_id, ASKED_RECENTLY if answer == Answer.NOT_NOW else _KEPT_APART_BY[state])
            for mentee_id, mentor_id, state, answer in await repository.pairs_among(db, organisation_id, mentee_ids)
            if state in _KEPT_APART_BY
        )
        asked_for = {(mentee_id, mentor_id, PAIRED_BEFORE) for mentee_id, mentor_id in again.items()}
        return frozenset(one for one in apart if (one.mentee_id, one.mentor_id, one.reason) not in asked_for)
