"""Mentors' cards and topics that come over from another service."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit import database
from rinnalla.kit.schema import LANGUAGES
from rinnalla.profiles import repository, repository_arrivals
from rinnalla.profiles.models import MentorCard, MentorTopic
from rinnalla.profiles.policy import distinct, topic_id_for, topic_named
from rinnalla.profiles.topics import CHANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedCard:
    """How a mentor presented themselves elsewhere. `topics` are ids; `approved_at` is None for who is not shown.

    Who is shown counts as screened from that day, without an end, as those do who were approved here before screenings
    were noted: they were looked at there, and nobody is locked out by a note that could not be made.
    """

    account_id: UUID
    organisation_id: UUID
    story: str
    region: str
    gender: str | None
    birth_year: int | None
    languages: Sequence[str]
    channels: Sequence[str]
    topics: Sequence[str]
    status_line: str
    away_from: date | None
    away_until: date | None
    approved_at: datetime | None


class ArrivedCards:
    """Brings cards, and makes topics known."""

    async def bring(self, db: AsyncSession, cards: Sequence[ArrivedCard], *, capacity: int) -> None:
        """Add cards of mentors who have none, with so many places each."""
        rows = [
            MentorCard(
                account_id=card.account_id,
                organisation_id=card.organisation_id,
                story=card.story.strip(),
                region=card.region.strip(),
                gender=card.gender,
                birth_year=card.birth_year,
                languages=distinct(card.languages),
                channels=distinct(card.channels),
                status_line=card.status_line.strip(),
                capacity=capacity,
                away_from=card.away_from,
                away_until=card.away_until,
                approved_at=card.approved_at,
                screened_on=card.approved_at.date() if card.approved_at else None,
            )
            for card in cards
        ]
        topics = [
            MentorTopic(account_id=card.account_id, topic_id=topic) for card in cards for topic in distinct(card.topics)
        ]
        await repository_arrivals.add(db, rows, topics)

    async def make_known(self, db: AsyncSession, names: Collection[str]) -> tuple[dict[str, str], int]:
        """The id of the topic that has each of these names in some language, one being made where there is none; and
        how many were made."""
        await database.take_turns(db, CHANGE)
        known = {topic.id: topic.names for topic in await repository.topics(db)}
        before, found = len(known), {}
        for name in names:
            topic_id = topic_named(name, known.items(), LANGUAGES[0])
            if topic_id is None:
                topic_id = topic_id_for(name, known)
                known[topic_id] = dict.fromkeys(LANGUAGES, name.strip())
                await repository.add_topic(db, topic_id, known[topic_id])
            found[name] = topic_id
        return found, len(known) - before
