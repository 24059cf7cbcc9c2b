"""Expectations on the wire."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from rinnalla.kit.schema import In, Moment, Out
from rinnalla.pairs.differences import Differences
from rinnalla.pairs.models_members import OverrideCause, Rhythm, Shown
from rinnalla.pairs.service import BothView, ExpectationsEdit, ExpectationsView, OverrideView
from rinnalla.profiles.schemas import Times, TopicIds
from rinnalla.profiles.service import DayTime, PlainWishes

Months = Annotated[int, Meta(ge=1, le=60, description="How long, in months", examples=[12])]
OffLimits = Annotated[str, Meta(max_length=1000, examples=["My father, please."])]
ShownParts = Annotated[list[Shown], Meta(max_length=len(Shown))]
Version = Annotated[int, Meta(ge=0, description="0: never said", examples=[2])]
Languages = Annotated[list[str], Meta(examples=[["fi", "sv"]])]
Reason = Annotated[
    str, Meta(min_length=1, max_length=1000, pattern=r"\S", examples=["They met at our office and talked it through."])
]


class ExpectationsEditBody(In):
    """What is left empty is left open. `off_limits`: what you don't want to talk about, shown to the other side of your
    pairs and to nobody else. `shown` is for young people: what of your wishes a mentor sees with whom you may be
    paired."""

    months: Months | None
    rhythm: Rhythm | None
    topics: TopicIds
    off_limits: OffLimits | None
    shown: ShownParts


class ExpectationsBody(Out):
    """`version` 0 with a null `updated_at`: never said."""

    months: Months | None
    rhythm: Rhythm | None
    topics: TopicIds
    off_limits: OffLimits | None
    shown: ShownParts
    updated_at: Moment | None
    version: Version


class OtherExpectationsBody(Out):
    """`version`: say it with your yes."""

    months: Months | None
    rhythm: Rhythm | None
    topics: TopicIds
    off_limits: OffLimits | None
    version: Version


class UnlikeMonthsBody(Out):
    mentee: Months
    mentor: Months


class UnlikeRhythmBody(Out):
    mentee: Rhythm
    mentor: Rhythm


class DifferencesBody(Out):
    """In what the two differ, where both have said something of it: to talk about, no verdict."""

    months: UnlikeMonthsBody | None
    rhythm: UnlikeRhythmBody | None
    topics_of_mentee_only: TopicIds
    topics_of_mentor_only: TopicIds


class IntroductionBody(Out):
    """What the young person lets you see of their wishes."""

    languages: Languages
    topics: TopicIds
    times: Times


class BothExpectationsBody(Out):
    """`introduction` is for the mentor."""

    own: ExpectationsBody
    other: OtherExpectationsBody
    differences: DifferencesBody
    introduction: IntroductionBody | None


class OverrideIn(In):
    """Why two may begin who have not both read what the other expects. Staff read it, and nobody else."""

    reason: Reason


class OverrideBody(Out):
    """`programme`: young people write to mentors at once here, which says it."""

    cause: OverrideCause
    by_id: UUID | None
    reason: Reason | None
    at: Moment


class OverrideAnswer(Out):
    override: OverrideBody | None


def expectations_edit(body: ExpectationsEditBody) -> ExpectationsEdit:
    """What a body asks for, in the service's words."""
    return ExpectationsEdit(
        months=body.months,
        rhythm=body.rhythm,
        topics=body.topics,
        off_limits=body.off_limits,
        shown=list(body.shown),
    )


def expectations_body(view: ExpectationsView) -> ExpectationsBody:
    return ExpectationsBody(
        months=view.months,
        rhythm=Rhythm(view.rhythm) if view.rhythm else None,
        topics=view.topics,
        off_limits=view.off_limits,
        shown=[Shown(part) for part in view.shown],
        updated_at=view.updated_at,
        version=view.version,
    )


def both_body(view: BothView) -> BothExpectationsBody:
    return BothExpectationsBody(
        own=expectations_body(view.own),
        other=OtherExpectationsBody(
            months=view.other.months,
            rhythm=Rhythm(view.other.rhythm) if view.other.rhythm else None,
            topics=view.other.topics,
            off_limits=view.other.off_limits,
            version=view.other.version,
        ),
        differences=_differences_body(view.differences),
        introduction=_introduction_body(view.introduction) if view.introduction else None,
    )


def override_answer(view: OverrideView | None) -> OverrideAnswer:
    if view is None:
        return OverrideAnswer(override=None)
    return OverrideAnswer(override=OverrideBody(cause=view.cause, by_id=view.by_id, reason=view.reason, at=view.at))


def _differences_body(found: Differences) -> DifferencesBody:
    return DifferencesBody(
        months=UnlikeMonthsBody(mentee=found.months[0], mentor=found.months[1]) if found.months else None,
        rhythm=UnlikeRhythmBody(mentee=found.rhythm[0], mentor=found.rhythm[1]) if found.rhythm else None,
        topics_of_mentee_only=found.topics_of_mentee_only,
        topics_of_mentor_only=found.topics_of_mentor_only,
    )


def _introduction_body(wishes: PlainWishes) -> IntroductionBody:
    return IntroductionBody(
        languages=wishes.languages, topics=wishes.topics, times=[DayTime(time) for time in wishes.times]
    )
