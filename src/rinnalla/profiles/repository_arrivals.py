"""Every query on cards and topics that come over from another service.

There is no caller: it is the operator's doing.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.profiles.models import MentorCard, MentorTopic


async def add(db: AsyncSession, cards: Sequence[MentorCard], topics: Sequence[MentorTopic]) -> None:
    db.add_all(cards)
    await db.flush()
    db.add_all(topics)
    await db.flush()
