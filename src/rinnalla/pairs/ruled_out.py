"""What nobody may look past when two are brought together."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.errors import FieldProblem
from rinnalla.pairs.errors import CannotBePaired
from rinnalla.profiles.service import CardView, NeverLists, is_screened


class RuledOut:
    """Keeps apart who must not become a pair."""

    def __init__(self, never_lists: NeverLists) -> None:
        self._never_lists = never_lists

    async def check(self, db: AsyncSession, mentee_id: UUID, card: CardView, today: date) -> None:
        """That nothing rules out a new pair of the two. A private list is not named as the reason, nor whose it is; a
        screening that is missing or over is, which is staff's to see to.

        Raises: CannotBePaired.
        """
        if not is_screened(card.screened_on, card.screened_until, today):
            raise CannotBePaired(FieldProblem(code="not_screened", pointer="/mentor_id"))
        if await self._never_lists.between(db, mentee_id, card.account_id):
            raise CannotBePaired
