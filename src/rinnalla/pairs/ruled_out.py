"""What nobody may look past when two are brought together. The criteria of matching know it too; here it is checked
once more, by code that shares nothing with them, since a criterion that fails is left out of what matching proposes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.chat.service import Chat
from rinnalla.kit.database import now
from rinnalla.kit.errors import FieldProblem
from rinnalla.pairs.errors import CannotBePaired
from rinnalla.pairs.models import Two
from rinnalla.pairs.policy import age_rule_holds, can_take
from rinnalla.pairs.settings import MatchingSettings, ProgrammeSettings
from rinnalla.profiles.service import Asked, CardView, PrivateOf, Profiles, is_screened


@dataclass(frozen=True, slots=True)
class _Known:
    """What rules go by. Who is not in `asked` or `private` said nothing. `blocked`: mentee and mentor, by either."""

    today: date
    rule: ProgrammeSettings
    asked: Mapping[UUID, Asked]
    private: Mapping[UUID, PrivateOf]
    blocked: Collection[tuple[UUID, UUID]]


class RuledOut:
    """Keeps apart who must not become a pair."""

    def __init__(self, chat: Chat, profiles: Profiles, settings: MatchingSettings) -> None:
        self._chat = chat
        self._profiles = profiles
        self._settings = settings

    async def check(self, db: AsyncSession, organisation_id: UUID, mentee_id: UUID, card: CardView) -> None:
        """That nothing rules out a new pair of the two. Raises: CannotBePaired."""
        for refusal in (await self.among(db, organisation_id, [(mentee_id, card)])).values():
            raise refusal

    async def among(
        self, db: AsyncSession, organisation_id: UUID, met: Sequence[tuple[UUID, CardView]]
    ) -> dict[Two, CannotBePaired]:
        """Who of a programme must not become a pair, of young people each with a mentor. A private list or wish, or a
        block, is not named as the reason, nor whose it is; a screening that is missing or over is, and the programme's
        age rule, which are staff's to see to."""
        mentee_ids = {mentee_id for mentee_id, _ in met}
        known = _Known(
            today=(await now(db)).date(),
            rule=(await self._settings.in_force(db, organisation_id)).settings,
            asked=await self._profiles.asked_by(db, mentee_ids),
            private=await self._profiles.private_of(db, mentee_ids | {card.account_id for _, card in met}),
            blocked=await self._chat.blocked(db, mentee_ids),
        )
        found = {}
        for mentee_id, card in met:
            two = Two(mentee_id, card.account_id)
            if codes := _open_reasons(card, known.asked.get(mentee_id, Asked()), known.rule, known.today):
                found[two] = CannotBePaired(*(FieldProblem(code=code, pointer="/mentor_id") for code in codes))
            elif two in known.blocked or is_unwanted(two, known.private, known.asked, known.today):
                found[two] = CannotBePaired()
        return found

    async def with_anyone(self, db: AsyncSession, card: CardView) -> list[str]:
        """What keeps a mentor from every young person of their programme, whoever it is: a screening that is missing
        or over, and the least age of mentors."""
        rule = (await self._settings.in_force(db, card.organisation_id)).settings
        return _open_reasons(card, Asked(), rule, (await now(db)).date())


def _open_reasons(card: CardView, asked: Asked, rule: ProgrammeSettings, today: date) -> list[str]:
    codes = []
    if not is_screened(card.screened_on, card.screened_until, today):
        codes.append("not_screened")
    if not age_rule_holds(
        card.birth_year,
        asked.birth_year,
        today,
        least=rule.mentor_age_min,
        years_older=rule.mentor_years_older_min,
    ):
        codes.append("age_rule")
    return codes


def is_unwanted(two: Two, private: Mapping[UUID, PrivateOf], asked: Mapping[UUID, Asked], today: date) -> bool:
    """Whether something that one of the two said in private keeps them apart."""
    mentee, mentor = private.get(two.mentee_id, PrivateOf()), private.get(two.mentor_id, PrivateOf())
    if two.mentor_id in mentee.never or two.mentee_id in mentor.never:
        return True
    return not can_take(mentor, asked.get(two.mentee_id, Asked()), today)
