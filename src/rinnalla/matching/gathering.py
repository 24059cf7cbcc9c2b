"""From what is stored to a pool: only what criteria look at. Notes stay sealed, and no name goes in."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.database import now
from rinnalla.matching.pool import AgeRule, Apart, MenteeSide, MentorSide, Pool
from rinnalla.pairs.service import MatchingSettings, PairHistory, SettingsInForce
from rinnalla.profiles.service import CardView, PrivateOf, Profiles, WishesView

_NOTHING_PRIVATE = PrivateOf()
_NOBODY: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Gathered:
    """A pool, the settings it is judged by, and what the people in it are called and said."""

    pool: Pool
    in_force: SettingsInForce
    wishes: Mapping[UUID, WishesView]
    cards: Mapping[UUID, CardView]


class Gathering:
    """Reads a programme for matching."""

    def __init__(self, profiles: Profiles, history: PairHistory, settings: MatchingSettings) -> None:
        self._profiles = profiles
        self._history = history
        self._settings = settings

    async def gather(self, db: AsyncSession, organisation_id: UUID, mentee_ids: Collection[UUID]) -> Gathered:
        """These mentees of a programme, and all its active mentors. Whoever is not a mentee of it is left out. Both
        sides are in order of id: the same data makes the same pool."""
        in_force = await self._settings.in_force(db, organisation_id)
        wishes = await self._profiles.wishes_for_matching(db, organisation_id, mentee_ids)
        cards = {card.account_id: card for card in await self._profiles.cards_for_matching(db, organisation_id)}
        private = await self._profiles.private_of(db, wishes.keys() | cards.keys())
        again = await self._history.wanted_again(db, organisation_id, wishes.keys())
        apart = await self._history.kept_apart(db, organisation_id, wishes.keys(), again)
        again = {mentee_id: mentor_id for mentee_id, mentor_id in again.items() if mentor_id in cards}
        blocked = await self._history.blocked(db, wishes.keys())
        pool = Pool(
            mentees=tuple(
                mentee_side(
                    one,
                    organisation_id,
                    private.get(account_id, _NOTHING_PRIVATE),
                    again.get(account_id),
                    blocked.get(account_id, _NOBODY),
                )
                for account_id, one in sorted(wishes.items())
            ),
            mentors=tuple(
                mentor_side(one, private.get(account_id, _NOTHING_PRIVATE)) for account_id, one in sorted(cards.items())
            ),
            apart=frozenset(Apart(one.mentee_id, one.mentor_id, one.reason) for one in apart),
            today=(await now(db)).date(),
            age_rule=AgeRule(in_force.settings.mentor_age_min, in_force.settings.mentor_years_older_min),
        )
        return Gathered(pool, in_force, wishes, cards)


def mentee_side(
    wishes: WishesView,
    organisation_id: UUID,
    private: PrivateOf,
    again: UUID | None = None,
    blocked: Collection[UUID] = _NOBODY,
) -> MenteeSide:
    """What criteria look at of a young person. `again`: the mentor of before for whom they ask. `blocked`: mentors of
    whom and of them one has blocked the other, which is told as any private wish."""
    return MenteeSide(
        account_id=wishes.account_id,
        organisation_id=organisation_id,
        languages=frozenset(wishes.languages),
        region=folded_region(wishes.region),
        gender_wish=wishes.gender_wish,
        age_min=wishes.age_min,
        age_max=wishes.age_max,
        times=frozenset(wishes.times),
        topics=frozenset(wishes.topics),
        experiences=frozenset(wishes.experiences),
        interests=frozenset(wishes.interests),
        dislikes=frozenset(wishes.dislikes),
        matters_most=frozenset(wishes.matters_most),
        choices=tuple(wishes.choices),
        again_with=again,
        reply_rhythm=wishes.reply_rhythm,
        birth_year=wishes.birth_year,
        never=private.never.union(blocked),
    )


def mentor_side(card: CardView, private: PrivateOf) -> MentorSide:
    """What criteria look at of a mentor."""
    return MentorSide(
        account_id=card.account_id,
        organisation_id=card.organisation_id,
        languages=frozenset(card.languages),
        region=folded_region(card.region),
        gender=card.gender,
        birth_year=card.birth_year,
        times=frozenset(card.times),
        topics=frozenset(card.topics),
        experiences=frozenset(card.experiences),
        interests=frozenset(card.interests),
        dislikes=frozenset(card.dislikes),
        reply_rhythm=card.reply_rhythm,
        cannot_carry=private.cannot_carry,
        mentee_age_min=private.mentee_age_min,
        mentee_age_max=private.mentee_age_max,
        never=private.never,
        approved=card.approved,
        screened_on=card.screened_on,
        screened_until=card.screened_until,
        capacity=card.capacity,
        open_pairs=card.open_pairs,
        away_from=card.away_from,
        away_until=card.away_until,
    )


def folded_region(region: str) -> str:
    """A region as it is compared."""
    return " ".join(region.casefold().split())
