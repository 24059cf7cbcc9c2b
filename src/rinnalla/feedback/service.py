"""Questions, as staff write them and people answer them."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.feedback import policy, repository
from rinnalla.feedback.arrivals import ArrivedAnswer, ArrivedAnswers, ArrivedFeedback, ArrivedQuestion
from rinnalla.feedback.errors import (
    AlreadyAnswered,
    QuestionHasAnswers,
    QuestionNotDue,
    QuestionNotFound,
    QuestionRetired,
)
from rinnalla.feedback.models import Answer, Asking, Audience, Question
from rinnalla.feedback.policy import Schedule, Standing, Summary, allowed_values, scale_fault
from rinnalla.feedback.writing import Draft, fill
from rinnalla.kit import database
from rinnalla.kit.caller import Caller
from rinnalla.kit.errors import EditedMeanwhile, FieldProblem, InvalidBody

__all__ = [
    "ArrivedAnswer",
    "ArrivedAnswers",
    "ArrivedFeedback",
    "ArrivedQuestion",
    "Audience",
    "Draft",
    "DueQuestion",
    "Feedback",
    "Question",
    "Results",
    "Schedule",
    "SentSince",
    "allowed_values",
    "scale_fault",
]
DUE_AT_ONCE = 20
"""A longer row of questions than this would feel like an interrogation; the others come when these are done."""


SentSince = Callable[[AsyncSession, UUID, datetime | None], Awaitable[int]]
"""How many messages someone has sent since a moment, or ever."""


@dataclass(frozen=True, slots=True)
class DueQuestion:
    """A question to be asked now, in this round."""

    question: Question
    round: int


@dataclass(frozen=True, slots=True)
class Results:
    """`overall` counts each answer of each round; None where nothing may be told yet."""

    question: Question
    overall: Summary | None
    rounds: dict[int, Summary]


class Feedback:
    """Asks, takes answers, tells results."""

    def __init__(self, accounts: Accounts, sent_since: SentSince) -> None:
        self._accounts = accounts
        self._sent_since = sent_since

    async def write(self, db: AsyncSession, caller: Caller, draft: Draft) -> Question:
        """A new question of the caller's organisation. Raises: InvalidBody."""
        question = Question(organisation_id=caller.home)
        fill(question, draft)
        db.add(question)
        await db.flush()
        return question

    async def questions(self, db: AsyncSession, caller: Caller, after: UUID | None, limit: int) -> Sequence[Question]:
        """The questions of the caller's organisation, retired ones too, newest first."""
        return await repository.questions(db, caller, after, limit)

    async def question(self, db: AsyncSession, caller: Caller, question_id: UUID) -> Question:
        """A question of the caller's organisation. Raises: QuestionNotFound."""
        return await self._get(db, caller, question_id)

    async def edit(self, db: AsyncSession, caller: Caller, question_id: UUID, version: int, draft: Draft) -> Question:
        """Change a question; answers that were given keep their meaning, so the scale of an answered one stays.

        Raises: QuestionNotFound, EditedMeanwhile, QuestionRetired, QuestionHasAnswers, InvalidBody.
        """
        question = await self._get(db, caller, question_id, lock=True)
        if question.version != version:
            raise EditedMeanwhile
        if question.retired_at is not None:
            raise QuestionRetired
        if draft.scale != question.scale and await repository.has_answers(db, question_id):
            raise QuestionHasAnswers
        fill(question, draft)
        question.version += 1
        await db.flush()
        return question

    async def retire(self, db: AsyncSession, caller: Caller, question_id: UUID) -> None:
        """Ask it no more; what was answered stays. Raises: QuestionNotFound."""
        question = await self._get(db, caller, question_id, lock=True)
        if question.retired_at is None:
            question.retired_at = await database.now(db)
            question.version += 1
            await db.flush()

    async def due(self, db: AsyncSession, caller: Caller) -> list[DueQuestion]:
        """What the caller is asked now, oldest question first, at most DUE_AT_ONCE."""
        joined_at, now = (await self._accounts.own(db, caller)).created_at, await database.now(db)
        due = [
            DueQuestion(question, standing.round)
            for question, asking in await repository.asked(db, caller)
            for standing in [_standing(asking)]
            if await self._is_due(db, caller, question, standing, joined_at, now)
        ]
        return due[:DUE_AT_ONCE]

    async def answer(
        self, db: AsyncSession, caller: Caller, question_id: UUID, round_number: int, value: int
    ) -> Answer:
        """Answer one round, also one that was skipped, until the next; the same answer again changes nothing.

        Raises: QuestionNotDue, AlreadyAnswered, InvalidBody (off the scale).
        """
        question = await repository.question(db, caller, question_id, lock=True)
        if question is None:
            raise QuestionNotDue
        given = await repository.own_answer(db, caller, question_id, round_number)
        if given is not None:
            if given.value != value:
                raise AlreadyAnswered
            return given
        now = await database.now(db)
        asking = await self._answerable(db, caller, question, round_number, now)
        if value not in policy.allowed_values(question.scale):
            raise InvalidBody(FieldProblem(code="out_of_range", pointer="/value"))
        answer = Answer(question_id=question_id, account_id=caller.account_id, round=round_number, value=value)
        db.add_all([answer, asking])
        _move(asking, policy.after_answer(_schedule(question), round_number, value, now))
        await db.flush()
        if counted := policy.countable(await repository.waiting(db, question_id, round_number)):
            await repository.count_in(db, question_id, round_number, counted)
        return answer

    async def skip(self, db: AsyncSession, caller: Caller, question_id: UUID) -> None:
        """Not now. It comes back by its reminder rule; when it is not due, nothing changes, so that a repeated skip is
        one skip. Raises: QuestionNotDue (it is never asked of the caller)."""
        question = await repository.question(db, caller, question_id, lock=True)
        if question is None or not _is_put_to(question, caller):
            raise QuestionNotDue
        now = await database.now(db)
        asking = await self._due_asking(db, caller, question, now)
        if asking is not None:
            db.add(asking)
            _move(asking, policy.after_skip(_schedule(question), _standing(asking), now))
            await db.flush()

    async def results(self, db: AsyncSession, caller: Caller, question_id: UUID) -> Results:
        """What may be told of the answers so far. Raises: QuestionNotFound."""
        question = await self._get(db, caller, question_id)
        told = await repository.tallies(db, question_id)
        rounds = {number: policy.summary(question.scale, counted) for number, counted in told.items()}
        return Results(
            question,
            policy.summary(question.scale, _added_up(told.values())),
            {number: summary for number, summary in rounds.items() if summary is not None},
        )

    async def _get(self, db: AsyncSession, caller: Caller, question_id: UUID, *, lock: bool = False) -> Question:
        question = await repository.question(db, caller, question_id, lock=lock)
        if question is None:
            raise QuestionNotFound
        return question

    async def _answerable(
        self, db: AsyncSession, caller: Caller, question: Question, round_number: int, now: datetime
    ) -> Asking:
        """Where the caller stands with a locked question whose round they may answer. Raises: QuestionNotDue."""
        due = await self._due_asking(db, caller, question, now)
        asking = due or await repository.standing(db, caller, question.id)
        if asking is None or not _is_put_to(question, caller):
            raise QuestionNotDue
        if due is not None and due.round != round_number:
            raise QuestionNotDue
        if due is None and not policy.may_still_answer(_standing(asking), round_number):
            raise QuestionNotDue
        return asking

    async def _is_due(
        self,
        db: AsyncSession,
        caller: Caller,
        question: Question,
        standing: Standing,
        joined_at: datetime,
        now: datetime,
    ) -> bool:
        schedule, sent = _schedule(question), 0
        if policy.counts_messages(schedule, standing):
            sent = await self._sent_since(db, caller.account_id, standing.last_at)
        return policy.is_due(schedule, joined_at, standing, now, sent)

    async def _due_asking(self, db: AsyncSession, caller: Caller, question: Question, now: datetime) -> Asking | None:
        """Where the caller stands with a locked question, if it is to be asked of them now."""
        if not _is_put_to(question, caller):
            return None
        joined_at = (await self._accounts.own(db, caller)).created_at
        asking = await repository.standing(db, caller, question.id)
        if not await self._is_due(db, caller, question, _standing(asking), joined_at, now):
            return None
        return asking or Asking(question_id=question.id, account_id=caller.account_id, round=1, skipped=0)


def _is_put_to(question: Question, caller: Caller) -> bool:
    return caller.role in question.audience and question.retired_at is None


def _schedule(question: Question) -> Schedule:
    return Schedule(
        first_after_days=question.first_after_days,
        repeat_after_days=question.repeat_after_days,
        times=question.times,
        remind_after_days=question.remind_after_days,
        reminders=question.reminders,
        first_after_messages=question.first_after_messages,
        oldest_account_days=question.oldest_account_days,
        repeat_after_messages=question.repeat_after_messages,
        repeat_min_days=question.repeat_min_days,
        until_value=question.until_value,
    )


def _standing(asking: Asking | None) -> Standing:
    return Standing() if asking is None else Standing(asking.round, asking.skipped, asking.last_at)


def _move(asking: Asking, standing: Standing) -> None:
    asking.round, asking.skipped, asking.last_at = standing.round, standing.skipped, standing.last_at


def _added_up(rounds: Iterable[Mapping[int, int]]) -> Counter[int]:
    total: Counter[int] = Counter()
    for counted in rounds:
        total.update(counted)
    return total
