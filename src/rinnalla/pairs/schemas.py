"""The waiting list and pairs on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from rinnalla.kit.caller import Role
from rinnalla.kit.schema import In, Moment, NextCursor, Out
from rinnalla.pairs.models import DeclineReason, EndReason, PairOrigin, PairState
from rinnalla.pairs.service import PairView, WaitingView
from rinnalla.profiles.service import DayTime, Experience, Gender, ReplyRhythm, WishesView

DisplayName = Annotated[str, Meta(examples=["Aino"])]
Languages = Annotated[list[str], Meta(examples=[["fi", "sv"]])]
Region = Annotated[str, Meta(examples=["Pirkanmaa"])]
Topics = Annotated[list[str], Meta(examples=[["housing", "money"]])]
Age = Annotated[int, Meta(ge=0, le=120, examples=[25])]
Words = Annotated[list[str], Meta(examples=[["climbing"]])]
Note = Annotated[str, Meta(examples=["Someone patient, please: I write late and not every day."])]
Count = Annotated[int, Meta(ge=0, examples=[1])]


class BringTogether(In):
    """Staff send both ids; a young person, where the programme lets them choose, sends `mentor_id` alone."""

    mentor_id: UUID
    mentee_id: UUID | None = None


class DeclinePair(In):
    """Mentors give a reason; a young person may."""

    reason: DeclineReason | None = None


class EndPair(In):
    """Mentors and staff give a reason; a young person may."""

    reason: EndReason | None = None


class OwnWaitingBody(Out):
    waiting: bool
    since: Moment | None


class PersonBody(Out):
    id: UUID
    display_name: DisplayName


class PairBody(Out):
    """`thread_id`: where the two talk, told to the two; a proposal to two who talked before has their old thread.
    `closed_by` and the reason are told to staff and to the one who closed; `proposed_by` to staff."""

    id: UUID
    state: PairState
    origin: PairOrigin
    mentee: PersonBody
    mentor: PersonBody
    thread_id: UUID | None
    mentee_accepted_at: Moment | None
    mentor_accepted_at: Moment | None
    proposed_by: UUID | None
    closed_by: Role | None
    decline_reason: DeclineReason | None
    end_reason: EndReason | None
    closed_at: Moment | None
    created_at: Moment


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
    """`open_proposals`: how many proposed pairs the young person has now."""

    mentee: PersonBody
    since: Moment
    open_proposals: Count
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
        mentee_accepted_at=pair.mentee_accepted_at,
        mentor_accepted_at=pair.mentor_accepted_at,
        proposed_by=view.proposed_by,
        closed_by=view.closed_by,
        decline_reason=DeclineReason(reason) if reason and pair.state == PairState.DECLINED else None,
        end_reason=EndReason(reason) if reason and pair.state == PairState.ENDED else None,
        closed_at=pair.closed_at,
        created_at=pair.created_at,
    )


def waiting_body(view: WaitingView) -> WaitingBody:
    return WaitingBody(
        mentee=PersonBody(id=view.mentee_id, display_name=view.display_name),
        since=view.since,
        open_proposals=view.open_proposals,
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
