"""What matching reads of the waiting list and of pairs: who waits, and who is not to be proposed to whom."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.pairs import repository_settings as repository
from rinnalla.pairs.models import Answer, PairState, Two

ASKED_RECENTLY = "asked_recently"
_KEPT_APART_BY = {
    PairState.PROPOSED: "paired_now",
    PairState.TRIAL: "paired_now",
    PairState.ACTIVE: "paired_now",
    PairState.CLOSING: "paired_now",
    PairState.DECLINED: "declined_before",
    PairState.RETURNED: "paired_before",
    PairState.CLOSED: "paired_before",
}
"""A proposal that staff withdrew or that nobody answered in time rules out nothing."""


@dataclass(frozen=True, slots=True)
class KeptApart:
    """Two who must not be proposed to each other, and the code of why."""

    mentee_id: UUID
    mentor_id: UUID
    reason: str


class PairHistory:
    """Reads for matching, which decides who is told what."""

    async def waiting(self, db: AsyncSession, organisation_id: UUID) -> Sequence[tuple[UUID, datetime]]:
        """Who waits in a programme, and since when, who has waited longest first."""
        return await repository.everyone_waiting(db, organisation_id)

    async def thinking(self, db: AsyncSession, organisation_id: UUID, mentee_ids: Collection[UUID]) -> set[UUID]:
        """Who of these people of a programme has a proposal that is not answered yet."""
        among = await repository.pairs_among(db, organisation_id, mentee_ids)
        return {mentee_id for mentee_id, _, state, _ in among if state == PairState.PROPOSED}

    async def two(self, db: AsyncSession, pair_id: UUID) -> Two | None:
        """Who is, or was, a pair; None when it has gone with one of them."""
        return await repository.two_of(db, pair_id)

    async def kept_apart(
        self, db: AsyncSession, organisation_id: UUID, mentee_ids: Collection[UUID]
    ) -> frozenset[KeptApart]:
        """With whom these people of a programme are not to be paired (again)."""
        return frozenset(
            KeptApart(mentee_id, mentor_id, ASKED_RECENTLY if answer == Answer.NOT_NOW else _KEPT_APART_BY[state])
            for mentee_id, mentor_id, state, answer in await repository.pairs_among(db, organisation_id, mentee_ids)
            if state in _KEPT_APART_BY
        )
