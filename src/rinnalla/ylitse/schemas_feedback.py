"""Questions in this contract's shapes: texts per language, what may be answered, when it is asked."""

from typing import Annotated

from msgspec import Meta

from rinnalla.ylitse.schemas import In, Out, Stamp

Line = Annotated[str, Meta(min_length=1, max_length=300, pattern=r"\S", examples=["Mitä kuuluu?"])]
EnglishLine = Annotated[str, Meta(min_length=1, max_length=300, pattern=r"\S", examples=["How are you?"])]
Value = Annotated[int, Meta(ge=-10_000, le=10_000, examples=[4])]
Step = Annotated[int, Meta(ge=1, le=1000, examples=[1])]
ANY_AGE = 36_500
Days = Annotated[int, Meta(ge=0, le=1_000_000, examples=[30])]
Times = Annotated[int, Meta(ge=0, le=999, examples=[3])]
Count = Annotated[int, Meta(ge=0, le=100_000, examples=[10])]
AnswerId = Annotated[str, Meta(max_length=64, examples=["01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f.1"])]


class Texts(In):
    """One text in the languages of the clients."""

    fi: Line
    en: EnglishLine


class Labelled(In):
    value: Annotated[int, Meta(ge=-1000, le=1000, examples=[5])]
    labels: Texts


class Range(In, tag_field="type", tag="range"):
    """Whole numbers from `min` to `max` in steps."""

    step: Step
    min: Labelled
    max: Labelled


class YesNo(In, tag_field="type", tag="yes-no"):
    """The two values differ."""

    yes: Labelled
    no: Labelled


class First(In):
    """Asked once the account is so old, and has sent so many messages, and is not older than that: more than ten years
    are any age, and told as 36500 days."""

    days_since_registration: Days
    sent_messages_threshold: Count
    max_old_account_in_days: Days


class Predefined(In, tag_field="type", tag="predefined"):
    """Due again after so many days or so many messages, never sooner than the minimum, at most so many times."""

    times: Times
    days_since_previous_answer: Days
    messages_since_previous_answer: Count
    min_days_since_previous_answer: Days


class UntilValue(In, tag_field="type", tag="until_value"):
    """Again until that value is given."""

    comparison: Annotated[str, Meta(pattern=r"^exact$(?!\n)", examples=["exact"])]
    value: Value
    days_since_previous_answer: Days


class Schedule(In):
    """What comes back does so after a day at the soonest, and after ten years at the latest."""

    first: First
    remind_times_when_skipped: Annotated[int, Meta(ge=0, le=20, examples=[2])]
    remind_interval_days: Days
    repetitions: Predefined | UntilValue


class Rules(In):
    """An `admin` among the recipients is left out: staff are asked nothing."""

    recipients: Annotated[
        list[Annotated[str, Meta(pattern=r"^(mentee|mentor|admin)$(?!\n)", examples=["mentee"])]],
        Meta(min_length=1, max_length=20),
    ]
    titles: Texts
    answer: Range | YesNo
    schedule: Schedule


class NewQuestion(In):
    rules: Rules


class Question(Out):
    id: Annotated[str, Meta(examples=["01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f"])]
    rules: Rules
    created: Stamp


class Questions(Out):
    resources: list[Question]


class DueQuestion(Out):
    """Answer it under `answer_id`."""

    id: Annotated[str, Meta(examples=["01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f"])]
    answer_id: AnswerId
    titles: Texts
    answer: Range | YesNo


class DueQuestions(Out):
    resources: list[DueQuestion]


class Answered(In):
    answer_id: AnswerId
    value: Value
