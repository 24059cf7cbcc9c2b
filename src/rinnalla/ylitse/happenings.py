"""Which of the things that clients tell can be counted: with which skill mentors were looked for, whose profile was
opened. What is of another name, or of nothing that is there, is not."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.errors import NotFound
from rinnalla.profiles.service import Cards
from rinnalla.ylitse import ids
from rinnalla.ylitse import schemas_bodies as wire
from rinnalla.ylitse.models import Happening
from rinnalla.ylitse.repository import Happened
from rinnalla.ylitse.shelf import Shelf, ids_of_skills


async def countable(
    db: AsyncSession, told: Sequence[wire.Happened], shelf: Shelf, cards: Cards, language: str
) -> Counter[Happened]:
    """What to count, and how often."""
    skills = await shelf.skills(db, language)
    found: Counter[Happened] = Counter()
    for one in told:
        match one:
            case wire.Happened(name=Happening.FILTER_SKILLS, props={"skills": list(names)}):
                found.update(Happened(Happening.FILTER_SKILLS, topic) for topic in ids_of_skills(names, skills))
            case wire.Happened(name=Happening.OPEN_MENTOR_PROFILE, props={"mentor_id": str(text)}):
                if (mentor_id := _mentor(text)) is not None:
                    found[Happened(Happening.OPEN_MENTOR_PROFILE, mentor_id=mentor_id)] += 1
    there = await cards.published_among(db, {one.mentor_id for one in found if one.mentor_id is not None})
    return Counter({one: times for one, times in found.items() if one.mentor_id is None or one.mentor_id in there})


def _mentor(text: str) -> UUID | None:
    try:
        return ids.account_of_mentor(text)
    except NotFound:
        return None
