"""Questions of this contract, over those of the programme.

Our questions know more languages and fewer rules of their own; what this contract says of a question is kept as it is.
A question that was fetched counts as skipped until it is answered, which it may be until its next round.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.feedback.errors import QuestionNotDue
from rinnalla.feedback.service import (
    Audience,
    Draft,
    DueQuestion,
    Feedback,
    Question,
    Schedule,
    allowed_values,
    scale_fault,
)
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.errors import FieldProblem, InvalidBody
from rinnalla.ylitse import repository
from rinnalla.ylitse import schemas_feedback as wire
from rinnalla.ylitse.times import stamp
from rinnalla.ylitse.yes_no import YesNoValues, values_of

AT_ONCE = 100
MAX_ROUNDS = 1000
MAX_ROUND_DIGITS = 4
MOST_DAYS = 3650
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
        values = await repository.yes_no_values(db, [one.question.id for one in due])
        return [_due(one, values.get(one.question.id, YesNoValues())) for one in due]

    async def answer(self, db: AsyncSession, caller: Caller, answer_id: str, value: int) -> None:
        """Raises: QuestionNotDue, AlreadyAnswered, InvalidBody."""
        question_id, number = _asked(answer_id)
        values = (await repository.yes_no_values(db, [question_id])).get(question_id)
        kept = values.kept(value) if values else value
        if kept is None:
            raise InvalidBody(FieldProblem(code="out_of_range", pointer="/value"))
        await self._feedback.answer(db, caller, question_id, number, kept)

    async def all(self, db: AsyncSession, caller: Caller) -> list[wire.Question]:
        """The questions of the caller's programme that are still asked, newest first."""
        found: list[Question] = []
        before: UUID | None = None
        while True:
            page = await self._feedback.questions(db, caller, before, AT_ONCE)
            found += page
            if len(page) < AT_ONCE:
                break
            before = page[-1].id
        values = await repository.yes_no_values(db, [one.id for one in found])
        return [_question(one, values.get(one.id, YesNoValues())) for one in found if one.retired_at is None]

    async def write(self, db: AsyncSession, caller: Caller, rules: wire.Rules) -> wire.Question:
        """Raises: InvalidBody."""
        made, values = await self._feedback.write(db, caller, draft_of(rules)), values_of(rules.answer)
        if values is not None:
            await repository.keep_yes_no(db, {made.id: values})
        return _question(made, values or YesNoValues())


def _asked(answer_id: str) -> tuple[UUID, int]:
    """Raises: QuestionNotDue."""
    question, _, number = answer_id.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) <= MAX_ROUND_DIGITS):
        raise QuestionNotDue
    try:
        return UUID(question), int(number)
    except ValueError as error:
        raise QuestionNotDue from error


def _due(due: DueQuestion, values: YesNoValues) -> wire.DueQuestion:
    return wire.DueQuestion(
        id=str(due.question.id),
        answer_id=f"{due.question.id}.{due.round}",
        titles=_texts(due.question.titles),
        answer=_scale(due.question.scale, values),
    )


def _question(question: Question, values: YesNoValues) -> wire.Question:
    return wire.Question(
        id=str(question.id),
        rules=wire.Rules(
            recipients=list(question.audience),
            titles=_texts(question.titles),
            answer=_scale(question.scale, values),
            schedule=_schedule(question, values),
        ),
        created=stamp(question.created_at),
    )


def _texts(texts: Mapping[str, Any]) -> wire.Texts:
    """In the languages of the clients; one that a text lacks is told in whichever it has."""
    some = str(next(iter(texts.values())))
    return wire.Texts(fi=str(texts.get("fi") or some), en=str(texts.get("en") or some))


def _scale(scale: Mapping[str, Any], values: YesNoValues) -> wire.Range | wire.YesNo:
    if scale["type"] == "yes_no":
        return wire.YesNo(
            yes=wire.Labelled(value=values.yes, labels=_texts(scale["yes_label"])),
            no=wire.Labelled(value=values.no, labels=_texts(scale["no_label"])),
        )
    return wire.Range(
        step=scale["step"],
        min=wire.Labelled(value=scale["min"], labels=_texts(scale["min_label"])),
        max=wire.Labelled(value=scale["max"], labels=_texts(scale["max_label"])),
    )


def _schedule(question: Question, values: YesNoValues) -> wire.Schedule:
    days = question.repeat_after_days or 0
    repetitions: wire.Predefined | wire.UntilValue
    if question.until_value is not None:
        until = values.told(question.until_value) if question.scale["type"] == "yes_no" else question.until_value
        repetitions = wire.UntilValue(comparison="exact", value=until, days_since_previous_answer=days)
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
    """What these clients' rules are here. Raises: InvalidBody, with every fault."""
    audience, scale = _audience(rules.recipients), _scale_kept(rules.answer)
    schedule = _schedule_kept(rules.schedule, rules.answer)
    faults = [] if audience else [FieldProblem(code="invalid_value", pointer="/rules/recipients")]
    if isinstance(rules.answer, wire.YesNo) and rules.answer.yes.value == rules.answer.no.value:
        faults.append(FieldProblem(code="invalid_value", pointer="/rules/answer"))
    elif fault := scale_fault(scale):
        faults.append(FieldProblem(code="out_of_range", pointer=f"/rules/answer/{fault}"))
    elif isinstance(rules.schedule.repetitions, wire.UntilValue) and schedule.until_value not in allowed_values(scale):
        faults.append(FieldProblem(code="out_of_range", pointer="/rules/schedule/repetitions/value"))
    if faults:
        raise InvalidBody(*faults)
    return Draft(titles=_kept(rules.titles), scale=scale, audience=audience, schedule=schedule)


def _audience(recipients: Sequence[str]) -> list[Audience]:
    """Staff are asked nothing."""
    return [Audience(role) for role in dict.fromkeys(recipients) if role in set(Audience)]


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
    return {"type": "yes_no", "yes_label": _kept(answer.yes.labels), "no_label": _kept(answer.no.labels)}


def _schedule_kept(schedule: wire.Schedule, answer: wire.Range | wire.YesNo) -> Schedule:
    first, again = schedule.first, schedule.repetitions
    oldest = first.max_old_account_in_days
    predefined = again if isinstance(again, wire.Predefined) else None
    return Schedule(
        first_after_days=min(first.days_since_registration, MOST_DAYS),
        first_after_messages=first.sent_messages_threshold,
        oldest_account_days=None if oldest > MOST_DAYS else max(1, oldest),
        remind_after_days=_wait(schedule.remind_interval_days),
        reminders=schedule.remind_times_when_skipped,
        repeat_after_days=_wait(again.days_since_previous_answer),
        times=predefined.times + 1 if predefined else MAX_ROUNDS,
        repeat_after_messages=predefined.messages_since_previous_answer or None if predefined else None,
        repeat_min_days=min(predefined.min_days_since_previous_answer, MOST_DAYS) if predefined else 0,
        until_value=None if isinstance(again, wire.Predefined) else _waited_for(again.value, answer),
    )


def _wait(days: int) -> int:
    """How long until something is asked again: not on the same day, and ten years are for ever."""
    return min(max(1, days), MOST_DAYS)


def _waited_for(value: int, answer: wire.Range | wire.YesNo) -> int | None:
    """What is kept of that answer; None if it is neither yes nor no."""
    return value if isinstance(answer, wire.Range) else YesNoValues(answer.yes.value, answer.no.value).kept(value)
