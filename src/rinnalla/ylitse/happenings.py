"""Which of the things that clients tell can be counted: with which skill mentors were looked for, whose profile was
opened. What is of another name, or of nothing that is there, is not."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.errors import NotFound
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.service import Cards
from rinnalla.ylitse import ids
from rinnalla.ylitse import schemas_bodies as wire
from rinnalla.ylitse.keeping import Happened
from rinnalla.ylitse.models import Happening
from rinnalla.ylitse.shelf import Shelf, ids_of_skills


async def countable(
    db: AsyncSession, told: Sequence[wire.Happened], shelf: Shelf, cards: Cards, language: str
) -> list[Happened]:
    """What to count."""
    found = []
    skills = await shelf.skills(db, language)
    opened: dict[UUID, bool] = {}
    for one in told:
        match one:
            case wire.Happened(name=Happening.FILTER_SKILLS, props={"skills": list(names)}):
                found += [Happened(Happening.FILTER_SKILLS, topic_id=topic) for topic in ids_of_skills(names, skills)]
            case wire.Happened(name=Happening.OPEN_MENTOR_PROFILE, props={"mentor_id": str(text)}):
                mentor_id = _mentor(text)
                if mentor_id is not None and mentor_id not in opened:
                    opened[mentor_id] = await _is_published(db, cards, mentor_id)
                if mentor_id is not None and opened[mentor_id]:
                    found.append(Happened(Happening.OPEN_MENTOR_PROFILE, mentor_id=mentor_id))
    return found


def _mentor(text: str) -> UUID | None:
    try:
        return ids.account_of_mentor(text)
    except NotFound:
        return None


async def _is_published(db: AsyncSession, cards: Cards, mentor_id: UUID) -> bool:
    try:
        await cards.published_one(db, mentor_id)
    except MentorNotFound:
        return False
    return True
