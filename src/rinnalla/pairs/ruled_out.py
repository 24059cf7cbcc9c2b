"""What nobody may look past when two are brought together. The criteria of matching know it too; here it is checked
once more, by code that shares nothing with them, since a criterion that fails is left out of what matching proposes."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.database import now
from rinnalla.kit.errors import FieldProblem
from rinnalla.pairs.errors import CannotBePaired
from rinnalla.pairs.policy import age_rule_holds, can_take
from rinnalla.pairs.settings import MatchingSettings
from rinnalla.profiles.service import Asked, CardView, PrivateOf, Profiles, is_screened


class RuledOut:
    """Keeps apart who must not become a pair."""

    def __init__(self, profiles: Profiles, settings: MatchingSettings) -> None:
        self._profiles = profiles
        self._settings = settings

    async def check(self, db: AsyncSession, mentee_id: UUID, card: CardView) -> None:
        """That nothing rules out a new pair of the two. A private list or wish is not named as the reason, nor whose it
        is; a screening that is missing or over is, and the programme's age rule, which are staff's to see to.

        Raises: CannotBePaired.
        """
        today = (await now(db)).date()
        rule = (await self._settings.in_force(db, card.organisation_id)).settings
        asked = (await self._profiles.asked_by(db, [mentee_id])).get(mentee_id, Asked())
        told = []
        if not is_screened(card.screened_on, card.screened_until, today):
            told.append("not_screened")
        if not age_rule_holds(
            card.birth_year,
            asked.birth_year,
            today,
            least=rule.mentor_age_min,
            years_older=rule.mentor_years_older_min,
        ):
            told.append("age_rule")
        if told:
            raise CannotBePaired(*(FieldProblem(code=code, pointer="/mentor_id") for code in told))
        private = await self._profiles.private_of(db, [mentee_id, card.account_id])
        mentee, mentor = private.get(mentee_id, PrivateOf()), private.get(card.account_id, PrivateOf())
        if card.account_id in mentee.never or mentee_id in mentor.never or not can_take(mentor, asked, today):
            raise CannotBePaired
