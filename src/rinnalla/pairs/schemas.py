"""The waiting list and pairs on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from rinnalla.kit.caller import Role
from rinnalla.kit.schema import In, Moment, NextCursor, Out
from rinnalla.pairs.models import Answer, DeclineReason, EndKind, EndReason, PairOrigin, PairState, Step
from rinnalla.pairs.models_members import Fit
from rinnalla.pairs.service import PairView, StepView, WaitingView
from rinnalla.profiles.service import DayTime, Experience, Gender, ReplyRhythm, WishesView

DisplayName = Annotated[str, Meta(examples=["Aino"])]
Languages = Annotated[list[str], Meta(examples=[["fi", "sv"]])]
Region = Annotated[str, Meta(examples=["Pirkanmaa"])]
Topics = Annotated[list[str], Meta(examples=[["housing", "money"]])]
Age = Annotated[int, Meta(ge=0, le=120, examples=[25])]
Words = Annotated[list[str], Meta(examples=[["climbing"]])]
Note = Annotated[str, Meta(examples=["Someone patient, please: I write late and not every day."])]
Count = Annotated[int, Meta(ge=0, examples=[1])]
Version = Annotated[int, Meta(ge=1, le=2**53 - 1, examples=[2])]
Day = Annotated[date, Meta(examples=["2026-12-05"])]
Why = Annotated[
    str, Meta(min_length=1, max_length=1000, pattern=r"\S", examples=["They met at our office, and both want it."])
]
ReasonCode = Annotated[str, Meta(max_length=40, examples=["gender_wish"])]
StepReason = Annotated[str, Meta(examples=["goal_reached"])]
CriterionName = Annotated[str, Meta(max_length=40, examples=["times"])]
OpenEndKind = Literal["planned", "unplanned", "one_side_gone", "programme"]


class BringTogether(In):
    """Staff send both ids; a young person, where the programme lets them choose, sends `mentor_id` alone. `reason`: for
    staff, to look past a wish that they can read, or an absence, which keeps the two apart; where nothing does, it is
    not kept."""

    mentor_id: UUID
    mentee_id: UUID | None = None
    reason: Why | None = None


class AcceptPair(In):
    """`expectations_seen`: the version of the other's expectations that you have read. Leave it out only where staff
    have let the two begin without."""

    expectations_seen: Version | None = None


class DeclinePair(In):
    """`not_now` blames nobody and takes no reason: the same two may be proposed again. For a `no` mentors give a
    reason, which staff see and the other side does not; a young person may."""

    answer: Answer = Answer.NO
    reason: DeclineReason | None = None


class EndPair(In):
    """Mentors and staff give a reason; a young person may. `programme` is for staff. `ends_on`: the last day, at most
    90 days from now; for a mentor tomorrow at the soonest, for others it may be today, which is at once. Left out: in
    one or two weeks, by kind."""

    kind: OpenEndKind
    reason: EndReason | None = None
    ends_on: date | None = None


class AskAgain(In):
    """`same_mentor`: whether you would like the same mentor again; staff see it beside your wishes."""

    same_mentor: bool = False


class SayFit(In):
    fit: Fit


class Learn(In):
    """What would matter more next time: criteria of matching, by name."""

    codes: Annotated[list[CriterionName], Meta(max_length=3)]


class OwnWaitingBody(Out):
    waiting: bool
    since: Moment | None


class OwnStandingBody(OwnWaitingBody):
    """`may_propose`: whether the programme lets you propose yourself to a mentor (`createPair`)."""

    may_propose: bool


class PersonBody(Out):
    id: UUID
    display_name: DisplayName


class PairBody(Out):
    """`thread_id`: where the two talk, told to the two; a proposal to two who talked before has their old thread.
    `expires_at`: until when a proposal can be answered. `trial_ends_at`: a trial without a joint result goes on after
    that. `ends_on`: the last day (UTC) of a pair that is ending. `closed_by`, `answer`, `ending_kind` and the reasons
    are told to staff and to the one who said so; `proposed_by`, `needs_attention` (a trial that came to nothing),
    `past` (what staff looked past when they proposed the two) and `why` to staff."""

    id: UUID
    state: PairState
    origin: PairOrigin
    mentee: PersonBody
    mentor: PersonBody
    thread_id: UUID | None
    expires_at: Moment | None
    mentee_accepted_at: Moment | None
    mentor_accepted_at: Moment | None
    trial_ends_at: Moment | None
    ends_on: Day | None
    last_talk_at: Moment | None
    proposed_by: UUID | None
    past: list[ReasonCode]
    why: Why | None
    needs_attention: bool
    closed_by: Role | None
    answer: Answer | None
    decline_reason: DeclineReason | None
    ending_kind: EndKind | None
    end_reason: EndReason | None
    closed_at: Moment | None
    created_at: Moment


class StepBody(Out):
    """Members are told the states a pair went through, and `step`, `by_role` and `reason` of what they did themselves;
    staff all. Nobody is named where time or a joint result did it."""

    was: PairState | None
    now: PairState
    at: Moment
    step: Step | None
    by_role: Role | None
    by_id: UUID | None
    reason: StepReason | None


class StepList(Out):
    items: list[StepBody]


class FitBody(Out):
    """Your own answer, as long as nothing has come of it; nobody else is ever told it."""

    fit: Fit | None


class AnsweredBody(Out):
    """`fit` is null once something has come of both answers: see the pair's state."""

    fit: Fit | None
    pair: PairBody


class PairList(Out):
    items: list[PairBody]
    next_cursor: NextCursor


class WishesForMatchingBody(Out):
    """What someone hopes for. `note` is for whoever matches and nobody else."""

    languages: Languages
    region: Region
    gender_wish: Gender | None
    age_min: Age | None
    age_max: Age | None
    times: list[DayTime]
    topics: Topics
    note: Note | None
    experiences: list[Experience]
    interests: Words
    dislikes: Words
    matters_most: Annotated[list[str], Meta(examples=[["needs"]])]
    choices: list[UUID]
    reply_rhythm: ReplyRhythm | None
    birth_year: Annotated[int | None, Meta(examples=[2007])]


class WaitingBody(Out):
    """`open_proposals`: how many proposed pairs the young person has now; `again_with`: a mentor whom they had before
    and would like again."""

    mentee: PersonBody
    since: Moment
    open_proposals: Count
    again_with: UUID | None
    wishes: WishesForMatchingBody


class WaitingListBody(Out):
    items: list[WaitingBody]
    next_cursor: NextCursor


def own_waiting_body(since: datetime | None) -> OwnWaitingBody:
    return OwnWaitingBody(waiting=since is not None, since=since)


def pair_body(view: PairView) -> PairBody:
    pair, reason = view.pair, view.close_reason
    return PairBody(
        id=pair.id,
        state=PairState(pair.state),
        origin=PairOrigin(pair.origin),
        mentee=PersonBody(id=pair.mentee_id, display_name=view.mentee_name),
        mentor=PersonBody(id=pair.mentor_id, display_name=view.mentor_name),
        thread_id=view.thread_id,
        expires_at=pair.expires_at,
        mentee_accepted_at=pair.mentee_accepted_at,
        mentor_accepted_at=pair.mentor_accepted_at,
        trial_ends_at=pair.trial_ends_at,
        ends_on=pair.ends_on,
        last_talk_at=pair.last_talk_at,
        proposed_by=view.proposed_by,
        past=list(view.past),
        why=view.why,
        needs_attention=view.needs_attention,
        closed_by=view.closed_by,
        answer=view.answer,
        decline_reason=DeclineReason(reason) if reason and pair.state == PairState.DECLINED else None,
        ending_kind=view.ending_kind,
        end_reason=EndReason(reason) if reason and pair.state in {PairState.CLOSING, PairState.CLOSED} else None,
        closed_at=pair.closed_at,
        created_at=pair.created_at,
    )


def step_body(view: StepView) -> StepBody:
    return StepBody(
        was=view.was,
        now=view.now,
        at=view.at,
        step=view.step,
        by_role=view.by_role,
        by_id=view.by_id,
        reason=view.reason,
    )


def answered_body(fit: Fit | None, view: PairView) -> AnsweredBody:
    return AnsweredBody(fit=fit if view.pair.state == PairState.TRIAL else None, pair=pair_body(view))


def waiting_body(view: WaitingView) -> WaitingBody:
    return WaitingBody(
        mentee=PersonBody(id=view.mentee_id, display_name=view.display_name),
        since=view.since,
        open_proposals=view.open_proposals,
        again_with=view.again_with,
        wishes=_wishes_body(view.wishes),
    )


def _wishes_body(wishes: WishesView) -> WishesForMatchingBody:
    return WishesForMatchingBody(
        languages=wishes.languages,
        region=wishes.region,
        gender_wish=Gender(wishes.gender_wish) if wishes.gender_wish else None,
        age_min=wishes.age_min,
        age_max=wishes.age_max,
        times=[DayTime(time) for time in wishes.times],
        topics=wishes.topics,
        note=wishes.note,
        experiences=[Experience(one) for one in wishes.experiences],
        interests=wishes.interests,
        dislikes=wishes.dislikes,
        matters_most=wishes.matters_most,
        choices=wishes.choices,
        reply_rhythm=ReplyRhythm(wishes.reply_rhythm) if wishes.reply_rhythm else None,
        birth_year=wishes.birth_year,
    )
