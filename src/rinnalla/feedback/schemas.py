"""Questions, answers and results on the wire."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from rinnalla.feedback.models import MAX_ROUNDS, Answer, Audience
from rinnalla.feedback.policy import Schedule, Summary
from rinnalla.feedback.service import Draft, DueQuestion, Question, Results
from rinnalla.kit.schema import In, Moment, NextCursor, Out

MAX_LINE = 300
Days = Annotated[int, Meta(ge=1, le=3650, examples=[30])]
Value = Annotated[int, Meta(ge=-10_000, le=10_000, examples=[4], description="A step of the range; 1 is yes, 0 is no")]
Round = Annotated[int, Meta(ge=1, le=MAX_ROUNDS, examples=[1], description="Which time the question is asked")]
Finnish = Annotated[str, Meta(min_length=1, max_length=MAX_LINE, pattern=r"\S", examples=["Mitä kuuluu?"])]
Swedish = Annotated[str, Meta(min_length=1, max_length=MAX_LINE, pattern=r"\S", examples=["Hur mår du?"])]
Bokmal = Annotated[str, Meta(min_length=1, max_length=MAX_LINE, pattern=r"\S", examples=["Hvordan har du det?"])]
English = Annotated[str, Meta(min_length=1, max_length=MAX_LINE, pattern=r"\S", examples=["How are you?"])]
Count = Annotated[int, Meta(ge=0, examples=[12])]


class Texts(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A text in one language or more; a language that it lacks is left out."""

    fi: Finnish | None = None
    sv: Swedish | None = None
    nb: Bokmal | None = None
    en: English | None = None

    def __post_init__(self) -> None:
        if self.fi is self.sv is self.nb is self.en is None:
            raise ValueError("Expected `object` of length >= 1")


class Range(msgspec.Struct, tag_field="type", tag="range", forbid_unknown_fields=True, kw_only=True):
    """Whole numbers from `min` to `max` in steps; the labels say what its ends mean."""

    min: Annotated[int, Meta(ge=-1000, le=1000, examples=[1])]
    max: Annotated[int, Meta(ge=-1000, le=1000, examples=[5])]
    step: Annotated[int, Meta(ge=1, le=1000, examples=[1])]
    min_label: Texts
    max_label: Texts


class YesNo(msgspec.Struct, tag_field="type", tag="yes_no", forbid_unknown_fields=True, kw_only=True):
    """Yes is 1, no is 0."""

    yes_label: Texts
    no_label: Texts


Scale = Range | YesNo


class ScheduleBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """First asked `first_after_days` after joining. Asked again `repeat_after_days` after the last round ended, in
    `times` rounds at most (null: only one). When skipped it comes back after `remind_after_days`, `reminders` times a
    round.

    First asked only when `first_after_messages` were sent, and nobody who joined more than `oldest_account_days` ago.
    Asked again already after `repeat_after_messages` more, but not within `repeat_min_days`; and no more at all after
    the answer `until_value`."""

    first_after_days: Annotated[int, Meta(ge=0, le=3650, examples=[14])]
    repeat_after_days: Days | None
    times: Annotated[int, Meta(ge=1, le=MAX_ROUNDS, examples=[12])]
    remind_after_days: Days
    reminders: Annotated[int, Meta(ge=0, le=20, examples=[2])]
    first_after_messages: Annotated[int, Meta(ge=0, le=100_000, examples=[0])] = 0
    oldest_account_days: Days | None = None
    repeat_after_messages: Annotated[int, Meta(ge=1, le=100_000, examples=[50])] | None = None
    repeat_min_days: Annotated[int, Meta(ge=0, le=3650, examples=[0])] = 0
    until_value: Value | None = None


class QuestionEdit(In):
    titles: Texts
    scale: Scale
    audience: Annotated[list[Audience], Meta(min_length=1, max_length=2)]
    schedule: ScheduleBody


class AnswerGiven(In):
    value: Value


class QuestionBody(Out):
    """`retired_at`: since when it is no longer asked."""

    id: UUID
    titles: Texts
    scale: Scale
    audience: list[Audience]
    schedule: ScheduleBody
    created_at: Moment
    retired_at: Moment | None
    version: int


class QuestionList(Out):
    items: list[QuestionBody]
    next_cursor: NextCursor


class DueQuestionBody(Out):
    """Answer with PUT under this `round`."""

    id: UUID
    round: Round
    titles: Texts
    scale: Scale


class DueQuestionList(Out):
    items: list[DueQuestionBody]
    next_cursor: NextCursor


class AnswerBody(Out):
    question_id: UUID
    round: Round
    value: Value
    answered_at: Moment


class ValueCount(Out):
    value: Value
    count: Count


class SummaryBody(Out):
    """`distribution` has every value of the scale, also those that nobody was counted with."""

    count: Count
    mean: Annotated[float, Meta(examples=[3.75])]
    distribution: list[ValueCount]


class RoundBody(Out):
    round: Round
    summary: SummaryBody


class ResultsBody(Out):
    """Answers are counted in groups of at least five people, in which at least two gave each answer; what can't be told
    that way yet waits. `withheld`: nothing can be told yet, and `overall` is null. `overall` counts each answer of each
    round; a round without anything to tell is left out."""

    question_id: UUID
    withheld: Annotated[bool, Meta(examples=[False])]
    overall: SummaryBody | None
    rounds: list[RoundBody]


def draft(edit: QuestionEdit) -> Draft:
    return Draft(
        titles=msgspec.to_builtins(edit.titles),
        scale=msgspec.to_builtins(edit.scale),
        audience=edit.audience,
        schedule=Schedule(**msgspec.structs.asdict(edit.schedule)),
    )


def question_body(question: Question) -> QuestionBody:
    return QuestionBody(
        id=question.id,
        titles=msgspec.convert(question.titles, Texts),
        scale=_scale(question),
        audience=[Audience(role) for role in question.audience],
        schedule=ScheduleBody(
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
        ),
        created_at=question.created_at,
        retired_at=question.retired_at,
        version=question.version,
    )


def due_question_body(due: DueQuestion) -> DueQuestionBody:
    titles = msgspec.convert(due.question.titles, Texts)
    return DueQuestionBody(id=due.question.id, round=due.round, titles=titles, scale=_scale(due.question))


def answer_body(answer: Answer) -> AnswerBody:
    return AnswerBody(
        question_id=answer.question_id, round=answer.round, value=answer.value, answered_at=answer.answered_at
    )


def results_body(results: Results) -> ResultsBody:
    return ResultsBody(
        question_id=results.question.id,
        withheld=results.overall is None,
        overall=_summary_body(results.overall) if results.overall else None,
        rounds=[RoundBody(round=number, summary=_summary_body(summary)) for number, summary in results.rounds.items()],
    )


def _scale(question: Question) -> Scale:
    scale: Scale = msgspec.convert(question.scale, Scale)
    return scale


def _summary_body(summary: Summary) -> SummaryBody:
    return SummaryBody(
        count=summary.count,
        mean=summary.mean,
        distribution=[ValueCount(value=value, count=count) for value, count in summary.distribution.items()],
    )
