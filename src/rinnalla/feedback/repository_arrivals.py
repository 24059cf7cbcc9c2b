"""Every query on questions and answers that come over from another service.

There is no caller: it is the operator's doing.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.feedback.models import Answer, Asking, Question
from rinnalla.kit.database import any_of


async def add(db: AsyncSession, rows: Sequence[Question | Answer | Asking]) -> None:
    db.add_all(rows)
    await db.flush()


async def present(db: AsyncSession, question_ids: Collection[UUID]) -> set[UUID]:
    return set(await db.scalars(select(Question.id).where(Question.id == any_of(question_ids))))


async def asked(db: AsyncSession, pairs: Collection[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Those (question, person) of whom it is known where they stand."""
    place = tuple_(Asking.question_id, Asking.account_id)
    rows = await db.execute(select(Asking.question_id, Asking.account_id).where(place.in_(pairs)))
    return {(question_id, account_id) for question_id, account_id in rows}


async def lock(db: AsyncSession, question_id: UUID) -> None:
    """Nobody else answers, skips or edits a question meanwhile."""
    await db.scalar(select(Question.id).where(Question.id == question_id).with_for_update(key_share=True))


async def rounds(db: AsyncSession, question_id: UUID) -> Sequence[int]:
    """The rounds of a question in which someone has answered and is not counted."""
    query = select(Answer.round).where(Answer.question_id == question_id, Answer.counted.is_(False)).distinct()
    return (await db.scalars(query.order_by(Answer.round))).all()
