"""Moving questions and answers in."""

from collections.abc import Sequence, Set
from datetime import UTC, datetime
from uuid import UUID

from rinnalla.feedback.service import ArrivedAnswer, ArrivedAnswers, ArrivedFeedback, ArrivedQuestion
from rinnalla.kit.database import Database
from rinnalla.ylitse import repository
from rinnalla.ylitse.moved_counts import HAS_LEFT, WENT_ON_HERE, Counts
from rinnalla.ylitse.moved_questions import Asked, Questions

PEOPLE_AT_ONCE = 200


class MovingQuestions:
    """All questions of one export."""

    def __init__(
        self, database: Database, feedback: ArrivedFeedback, questions: Questions, counts: Counts, home: UUID
    ) -> None:
        self._database = database
        self._feedback = feedback
        self._questions = list(questions.all.values())
        self._counts = counts
        self._home = home

    async def bring(self, here: Set[UUID]) -> None:
        """Bring questions, what those who are here have answered, and what may be told of it."""
        count = self._counts["questions"]
        async with self._database.unit_of_work() as db:
            present = await self._feedback.present(db, [asked.id for asked in self._questions])
            new = [asked for asked in self._questions if asked.id not in present]
            await self._feedback.bring_questions(db, [self._question(asked) for asked in new])
            await repository.keep_yes_no(db, {asked.id: asked.yes_no for asked in new if asked.yes_no})
        count.moved, count.there = len(new), len(present)
        for asked in self._questions:
            people = [account_id for account_id in asked.answers if account_id in here]
            for account_id in asked.answers.keys() - here:
                self._counts["answers"].left_out[HAS_LEFT] += len(asked.answers[account_id])
            for start in range(0, len(people), PEOPLE_AT_ONCE):
                await self._bring(asked, people[start : start + PEOPLE_AT_ONCE])
            async with self._database.unit_of_work() as db:
                await self._feedback.count(db, asked.id)

    async def _bring(self, asked: Asked, people: Sequence[UUID]) -> None:
        async with self._database.unit_of_work() as db:
            known = await self._feedback.answered(db, [(asked.id, account_id) for account_id in people])
            new = [account_id for account_id in people if (asked.id, account_id) not in known]
            told = [
                ArrivedAnswers(
                    question_id=asked.id,
                    account_id=account_id,
                    schedule=asked.draft.schedule,
                    answers=[ArrivedAnswer(at, value) for at, value in asked.answers[account_id]],
                )
                for account_id in new
            ]
            await self._feedback.bring_answers(db, told)
        count = self._counts["answers"]
        count.moved += sum(len(one.answers) for one in told)
        for (_, account_id), here in known.items():
            given = [at for at, value in asked.answers[account_id] if value is not None]
            missing = sum(at not in here for at in given)
            count.left_out[WENT_ON_HERE] += missing
            count.there += len(asked.answers[account_id]) - missing

    def _question(self, asked: Asked) -> ArrivedQuestion:
        return ArrivedQuestion(
            id=asked.id,
            organisation_id=self._home,
            draft=asked.draft,
            created_at=asked.created_at,
            retired_at=None if asked.active else datetime.now(UTC),
        )
