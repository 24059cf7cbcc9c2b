"""Every query on questions and answers that come over from another service.

There is no caller: it is the operator's doing.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.feedback.models import Answer, Asking, Question
from rinnalla.kit.database import any_of


async def add(db: AsyncSession, rows: Sequence[Question | Answer | Asking]) -> None:
    db.add_all(rows)
    await db.flush()


async def present(db: AsyncSession, question_ids: Collection[UUID]) -> set[UUID]:
    return set(await db.scalars(select(Question.id).where(Question.id == any_of(question_ids))))


async def answered(db: AsyncSession, pairs: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], set[datetime]]:
    """Those (question, person) of whom it is known where they stand, with when they answered."""
    place = tuple_(Asking.question_id, Asking.account_id)
    theirs = and_(Answer.question_id == Asking.question_id, Answer.account_id == Asking.account_id)
    query = select(Asking.question_id, Asking.account_id, Answer.answered_at).outerjoin(Answer, theirs)
    found: dict[tuple[UUID, UUID], set[datetime]] = {}
    for question_id, account_id, at in await db.execute(query.where(place.in_(pairs))):
        found.setdefault((question_id, account_id), set()).update({at} - {None})
    return found


async def lock(db: AsyncSession, question_id: UUID) -> None:
    """Nobody else answers, skips or edits a question meanwhile."""
    await db.scalar(select(Question.id).where(Question.id == question_id).with_for_update(key_share=True))


async def rounds(db: AsyncSession, question_id: UUID) -> Sequence[int]:
    """The rounds of a question in which someone has answered and is not counted."""
    query = select(Answer.round).where(Answer.question_id == question_id, Answer.counted.is_(False)).distinct()
    return (await db.scalars(query.order_by(Answer.round))).all()
