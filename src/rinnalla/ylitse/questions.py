"""Questions of this contract, over those of the programme.

Our questions know more languages and fewer rules of their own; what this contract says of a question is kept as it is.
A question that was fetched counts as skipped until it is answered, which it may be until its next round.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.feedback.errors import QuestionNotDue
from rinnalla.feedback.service import Audience, Draft, DueQuestion, Feedback, Question, Schedule
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.errors import FieldProblem, InvalidBody
from rinnalla.ylitse import schemas_feedback as wire
from rinnalla.ylitse.times import stamp

AT_ONCE = 100
MAX_ROUNDS = 1000
MAX_ROUND_DIGITS = 4
LANGUAGES = ("fi", "en")


class Questions:
    """Asks, takes answers, and lets staff write."""

    def __init__(self, feedback: Feedback) -> None:
        self._feedback = feedback

    async def ask(self, db: AsyncSession, caller: Caller) -> list[wire.DueQuestion]:
        """What the caller is asked now; fetched is skipped, unless it is answered. Staff are asked nothing."""
        if caller.role not in {Role.MENTEE, Role.MENTOR}:
            return []
        due = await self._feedback.due(db, caller)
        for one in due:
            await self._feedback.skip(db, caller, one.question.id)
        return [_due(one) for one in due]

    async def answer(self, db: AsyncSession, caller: Caller, answer_id: str, value: int) -> None:
        """Raises: QuestionNotDue, AlreadyAnswered, InvalidBody."""
        question_id, number = _asked(answer_id)
        await self._feedback.answer(db, caller, question_id, number, value)

    async def all(self, db: AsyncSession, caller: Caller) -> list[wire.Question]:
        """The questions of the caller's programme that are still asked, newest first."""
        found: list[Question] = []
        before: UUID | None = None
        while True:
            page = await self._feedback.questions(db, caller, before, AT_ONCE)
            found += page
            if len(page) < AT_ONCE:
                return [_question(one) for one in found if one.retired_at is None]
            before = page[-1].id

    async def write(self, db: AsyncSession, caller: Caller, rules: wire.Rules) -> wire.Question:
        """Raises: InvalidBody."""
        return _question(await self._feedback.write(db, caller, draft_of(rules)))


def _asked(answer_id: str) -> tuple[UUID, int]:
    """Raises: QuestionNotDue."""
    question, _, number = answer_id.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) <= MAX_ROUND_DIGITS):
        raise QuestionNotDue
    try:
        return UUID(question), int(number)
    except ValueError as error:
        raise QuestionNotDue from error


def _due(due: DueQuestion) -> wire.DueQuestion:
    return wire.DueQuestion(
        id=str(due.question.id),
        answer_id=f"{due.question.id}.{due.round}",
        titles=_texts(due.question.titles),
        answer=_scale(due.question.scale),
    )


def _question(question: Question) -> wire.Question:
    return wire.Question(
        id=str(question.id),
        rules=wire.Rules(
            recipients=list(question.audience),
            titles=_texts(question.titles),
            answer=_scale(question.scale),
            schedule=_schedule(question),
        ),
        created=stamp(question.created_at),
    )


def _texts(texts: Mapping[str, Any]) -> wire.Texts:
    """In the languages of the clients; one that a text lacks is told in whichever it has."""
    some = str(next(iter(texts.values())))
    return wire.Texts(fi=str(texts.get("fi") or some), en=str(texts.get("en") or some))


def _scale(scale: Mapping[str, Any]) -> wire.Range | wire.YesNo:
    if scale["type"] == "yes_no":
        return wire.YesNo(
            yes=wire.Labelled(value=1, labels=_texts(scale["yes_label"])),
            no=wire.Labelled(value=0, labels=_texts(scale["no_label"])),
        )
    return wire.Range(
        step=scale["step"],
        min=wire.Labelled(value=scale["min"], labels=_texts(scale["min_label"])),
        max=wire.Labelled(value=scale["max"], labels=_texts(scale["max_label"])),
    )


def _schedule(question: Question) -> wire.Schedule:
    days = question.repeat_after_days or 0
    repetitions: wire.Predefined | wire.UntilValue
    if question.until_value is not None:
        repetitions = wire.UntilValue(comparison="exact", value=question.until_value, days_since_previous_answer=days)
    else:
        repetitions = wire.Predefined(
            times=question.times - 1,
            days_since_previous_answer=days,
            messages_since_previous_answer=question.repeat_after_messages or 0,
            min_days_since_previous_answer=question.repeat_min_days,
        )
    oldest = question.oldest_account_days
    return wire.Schedule(
        first=wire.First(
            days_since_registration=question.first_after_days,
            sent_messages_threshold=question.first_after_messages,
            max_old_account_in_days=wire.ANY_AGE if oldest is None else oldest,
        ),
        remind_times_when_skipped=question.reminders,
        remind_interval_days=question.remind_after_days,
        repetitions=repetitions,
    )


def draft_of(rules: wire.Rules) -> Draft:
    """What these clients' rules are here. Raises: InvalidBody."""
    return Draft(
        titles=_kept(rules.titles),
        scale=_scale_kept(rules.answer),
        audience=[Audience(role) for role in dict.fromkeys(rules.recipients)],
        schedule=_schedule_kept(rules.schedule),
    )


def _kept(texts: wire.Texts) -> dict[str, str]:
    return {"fi": texts.fi, "en": texts.en}


def _scale_kept(answer: wire.Range | wire.YesNo) -> dict[str, Any]:
    if isinstance(answer, wire.Range):
        return {
            "type": "range",
            "min": answer.min.value,
            "max": answer.max.value,
            "step": answer.step,
            "min_label": _kept(answer.min.labels),
            "max_label": _kept(answer.max.labels),
        }
    if (answer.yes.value, answer.no.value) != (1, 0):
        raise InvalidBody(FieldProblem(code="invalid_value", pointer="/rules/answer"))
    return {"type": "yes_no", "yes_label": _kept(answer.yes.labels), "no_label": _kept(answer.no.labels)}


def _schedule_kept(schedule: wire.Schedule) -> Schedule:
    first, again = schedule.first, schedule.repetitions
    oldest = first.max_old_account_in_days
    predefined = again if isinstance(again, wire.Predefined) else None
    return Schedule(
        first_after_days=first.days_since_registration,
        first_after_messages=first.sent_messages_threshold,
        oldest_account_days=None if oldest == wire.ANY_AGE else max(1, oldest),
        remind_after_days=schedule.remind_interval_days,
        reminders=schedule.remind_times_when_skipped,
        repeat_after_days=max(1, again.days_since_previous_answer),
        times=predefined.times + 1 if predefined else MAX_ROUNDS,
        repeat_after_messages=predefined.messages_since_previous_answer or None if predefined else None,
        repeat_min_days=predefined.min_days_since_previous_answer if predefined else 0,
        until_value=None if isinstance(again, wire.Predefined) else again.value,
    )
