"""What other features are handed of cards and wishes."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from rinnalla.profiles.repository import FullCard


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainWishes:
    """What of a young person's wishes can be shown to a mentor: no note, and nobody named."""

    languages: list[str]
    topics: list[str]
    times: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """What matching needs to know of an active mentor."""

    account_id: UUID
    display_name: str
    languages: list[str]
    region: str
    gender: str | None
    birth_year: int | None
    times: list[str]
    topics: list[str]
    channels: list[str]
    capacity: int
    open_pairs: int
    away_from: date | None
    away_until: date | None
    organisation_id: UUID
    experiences: list[str]
    interests: list[str]
    dislikes: list[str]
    reply_rhythm: str | None
    approved: bool
    screened_on: date | None
    screened_until: date | None


@dataclass(frozen=True, slots=True)
class PrivateOf:
    """What someone said that is told to nobody: for deciding who is proposed to whom, and for nothing else."""

    never: frozenset[UUID] = frozenset()
    cannot_carry: frozenset[str] = frozenset()
    mentee_age_min: int | None = None
    mentee_age_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of a young person's wishes may keep them and a mentor apart: what some mentors can't take (topics, and how
    old they are), and whom they wish for."""

    topics: frozenset[str] = frozenset()
    birth_year: int | None = None
    languages: frozenset[str] = frozenset()
    gender_wish: str | None = None
    age_min: int | None = None
    age_max: int | None = None


def card_view(full: FullCard) -> CardView:
    """What of a card matching needs to know."""
    card = full.card
    return CardView(
        account_id=card.account_id,
        display_name=full.display_name,
        languages=card.languages,
        region=card.region,
        gender=card.gender,
        birth_year=card.birth_year,
        times=card.times,
        topics=full.topics,
        channels=card.channels,
        capacity=card.capacity,
        open_pairs=card.open_pairs,
        away_from=card.away_from,
        away_until=card.away_until,
        organisation_id=card.organisation_id,
        experiences=card.experiences,
        interests=card.interests,
        dislikes=card.dislikes,
        reply_rhythm=card.reply_rhythm,
        approved=card.approved_at is not None,
        screened_on=card.screened_on,
        screened_until=card.screened_until,
    )
