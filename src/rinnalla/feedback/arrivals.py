"""Questions and answers that come over from another service: asked on by the rules, and counted as any others."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.feedback import policy, repository, repository_arrivals
from rinnalla.feedback.models import Answer, Asking, Question
from rinnalla.feedback.policy import Schedule, Standing
from rinnalla.feedback.writing import Draft, fill


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedQuestion:
    """A question as staff wrote it elsewhere. `retired_at`: since when it is asked no more."""

    id: UUID
    organisation_id: UUID
    draft: Draft
    created_at: datetime
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class ArrivedAnswer:
    """What someone answered then; None: they were asked and did not answer."""

    at: datetime
    value: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedAnswers:
    """All that one person was asked of one question, in the order of time."""

    question_id: UUID
    account_id: UUID
    schedule: Schedule
    answers: Sequence[ArrivedAnswer]


class ArrivedFeedback:
    """Brings questions and answers."""

    async def bring_questions(self, db: AsyncSession, questions: Sequence[ArrivedQuestion]) -> None:
        """Add questions that are new. Raises: InvalidBody (as writing one does)."""
        rows = []
        for one in questions:
            question = Question(
                id=one.id,
                organisation_id=one.organisation_id,
                created_at=one.created_at,
                retired_at=one.retired_at,
            )
            fill(question, one.draft)
            rows.append(question)
        await repository_arrivals.add(db, rows)

    async def present(self, db: AsyncSession, question_ids: Collection[UUID]) -> set[UUID]:
        """Those of the questions that exist."""
        return await repository_arrivals.present(db, question_ids)

    async def answered(
        self, db: AsyncSession, pairs: Collection[tuple[UUID, UUID]]
    ) -> dict[tuple[UUID, UUID], set[datetime]]:
        """Those (question, person) of whom it is known where they stand, with when they answered."""
        return await repository_arrivals.answered(db, pairs)

    async def bring_answers(self, db: AsyncSession, told: Sequence[ArrivedAnswers]) -> None:
        """Add what people answered whose standing is not known, and where they stand then."""
        rows: list[Answer | Asking] = []
        for one in told:
            standing, asked_on = Standing(), replace(one.schedule, until_value=None)
            for given in one.answers:
                if given.value is None:
                    standing = policy.after_skip(one.schedule, standing, given.at)
                    continue
                rows.append(
                    Answer(
                        question_id=one.question_id,
                        account_id=one.account_id,
                        round=standing.round,
                        value=given.value,
                        answered_at=given.at,
                    )
                )
                standing = policy.after_answer(asked_on, standing.round, given.value, given.at)
            if one.schedule.until_value in {given.value for given in one.answers} - {None}:  # whatever came after it
                standing = Standing(max(standing.round, one.schedule.times + 1), 0, standing.last_at)
            rows.append(
                Asking(
                    question_id=one.question_id,
                    account_id=one.account_id,
                    round=standing.round,
                    skipped=standing.skipped,
                    last_at=standing.last_at,
                )
            )
        await repository_arrivals.add(db, rows)

    async def count(self, db: AsyncSession, question_id: UUID) -> None:
        """Count what may be counted of a question's answers, when all of them are here."""
        await repository_arrivals.lock(db, question_id)
        for round_number in await repository_arrivals.rounds(db, question_id):
            if counted := policy.countable(await repository.waiting(db, question_id, round_number)):
                await repository.count_in(db, question_id, round_number, counted)
