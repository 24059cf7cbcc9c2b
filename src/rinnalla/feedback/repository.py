"""Every query on questions, answers and tallies."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.feedback.models import Answer, Asking, Question, Tally
from rinnalla.kit.caller import Caller


async def questions(db: AsyncSession, caller: Caller, after: UUID | None, limit: int) -> Sequence[Question]:
    """The questions of the caller's organisation, retired ones too, newest first."""
    query = select(Question).where(Question.organisation_id == caller.home)
    if after is not None:
        query = query.where(Question.id < after)
    return (await db.scalars(query.order_by(Question.id.desc()).limit(limit))).all()


async def question(db: AsyncSession, caller: Caller, question_id: UUID, *, lock: bool = False) -> Question | None:
    """A question of the caller's organisation. Locked, nobody else answers, skips or edits it meanwhile."""
    query = select(Question).where(Question.id == question_id, Question.organisation_id == caller.home)
    return await db.scalar(query.with_for_update(key_share=True) if lock else query)


async def has_answers(db: AsyncSession, question_id: UUID) -> bool:
    """Whether anyone has answered, also if they have left since. For a question that the caller may edit."""
    answered = select(Answer.question_id).where(Answer.question_id == question_id)
    told = select(Tally.question_id).where(Tally.question_id == question_id)
    return bool(await db.scalar(select(answered.exists() | told.exists())))


async def asked(db: AsyncSession, caller: Caller) -> Sequence[tuple[Question, Asking | None]]:
    """The questions that are put to people like the caller, oldest first, with where the caller stands."""
    rows = await db.execute(
        select(Question, Asking)
        .outerjoin(Asking, (Asking.question_id == Question.id) & (Asking.account_id == caller.account_id))
        .where(
            Question.organisation_id == caller.home,
            Question.audience.contains([caller.role]),
            Question.retired_at.is_(None),
        )
        .order_by(Question.id)
    )
    return [(row[0], row[1]) for row in rows]


async def standing(db: AsyncSession, caller: Caller, question_id: UUID) -> Asking | None:
    """Where the caller stands with a question; None when they have neither answered nor skipped it."""
    return await db.get(Asking, (question_id, caller.account_id))


async def own_answer(db: AsyncSession, caller: Caller, question_id: UUID, round_number: int) -> Answer | None:
    """What the caller answered in one round."""
    return await db.get(Answer, (question_id, caller.account_id, round_number))


async def waiting(db: AsyncSession, question_id: UUID, round_number: int) -> dict[int, int]:
    """How many people gave each value in a round and are not counted yet. For counting: never told to anyone."""
    rows = await db.execute(
        select(Answer.value, func.count())
        .where(Answer.question_id == question_id, Answer.round == round_number, Answer.counted.is_(False))
        .group_by(Answer.value)
    )
    return dict(rows.all())


async def count_in(db: AsyncSession, question_id: UUID, round_number: int, values: Collection[int]) -> None:
    """Move the waiting answers with these values to the tally. For a locked question."""
    moved = (
        update(Answer)
        .where(
            Answer.question_id == question_id,
            Answer.round == round_number,
            Answer.value.in_(values),
            Answer.counted.is_(False),
        )
        .values(counted=True)
        .returning(Answer.question_id, Answer.round, Answer.value)
        .cte("moved")
    )
    groups = select(*moved.c, func.count()).group_by(*moved.c)
    statement = insert(Tally).from_select(["question_id", "round", "value", "people"], groups)
    await db.execute(
        statement.on_conflict_do_update(
            index_elements=["question_id", "round", "value"], set_={"people": Tally.people + statement.excluded.people}
        )
    )


async def tallies(db: AsyncSession, question_id: UUID) -> dict[int, dict[int, int]]:
    """The counted answers of a question that the caller may see: people by round and value."""
    rounds: dict[int, dict[int, int]] = defaultdict(dict)
    for tally in await db.scalars(select(Tally).where(Tally.question_id == question_id).order_by(Tally.round)):
        rounds[tally.round][tally.value] = tally.people
    return dict(rounds)
