"""Nudges, absences and hand-overs on the wire."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from rinnalla.chat.schemas import MAX_SEQ
from rinnalla.kit.caller import Role
from rinnalla.kit.schema import In, Moment, NextCursor, Out
from rinnalla.support.models_transitions import CoverState, HandoverChoice, HandoverState
from rinnalla.support.schemas import Day, NamedPerson, Number, Version, named
from rinnalla.support.service import AbsenceView, HandedOverMessage, HandoverView, NudgeView

NudgeText = Annotated[
    str, Meta(min_length=1, max_length=500, pattern=r"\S", examples=["Moi! Kuulumisia, jos jaksat. Ei kiirettä."])
]
SummaryText = Annotated[
    str, Meta(min_length=1, max_length=4000, pattern=r"\S", examples=["Puhuttiin muutosta ja siskosta."])
]
FromSeq = Annotated[int, Meta(ge=1, le=MAX_SEQ, examples=[12])]


class SendNudge(In):
    """Your own words; your name stands under them."""

    text: NudgeText


class NotNow(In):
    """`until`: the day from which a word is welcome again; without one, you will write yourself."""

    until: Day | None = None


class NameCover(In):
    """The mentor whom you ask to stand in; null: nobody."""

    cover_id: UUID | None


class AnswerCover(In):
    accepts: bool


class ConsentToCover(In):
    consents: bool


class OpenHandover(In):
    """A pair that is over, and the young person's pair that talks now."""

    from_pair_id: UUID
    to_pair_id: UUID


class ChooseHandover(In):
    """`from_seq`: with `history`, the number of the first message that the next mentor may read."""

    choice: HandoverChoice
    from_seq: FromSeq | None = None


class WriteSummary(In):
    text: SummaryText


class NudgeBody(Out):
    """A draft. `step`: which word in this silence it would be, 0 for the first."""

    id: UUID
    pair_id: UUID
    to: NamedPerson
    to_role: Role
    silent_since: Moment
    step: Number
    created_at: Moment
    version: Version


class NudgeList(Out):
    items: list[NudgeBody]
    next_cursor: NextCursor


class AbsenceBody(Out):
    """`cover`: who stands in, told to mentors and to young people whom that concerns. `asked`: whether you were asked
    about them, `consents` what you said, `thread_id` where the two of you write for now."""

    id: UUID
    mentor: NamedPerson
    first_on: Day
    last_on: Day
    started_at: Moment | None
    cover: NamedPerson | None
    cover_state: CoverState | None
    asked: bool
    consents: bool | None
    thread_id: UUID | None


class AbsenceList(Out):
    items: list[AbsenceBody]
    next_cursor: NextCursor


class HandoverBody(Out):
    """`from_mentor` is null for the next mentor. `summary`: as it is being written, or as it was given."""

    id: UUID
    mentee: NamedPerson
    from_mentor: NamedPerson | None
    to_mentor: NamedPerson
    state: HandoverState
    choice: HandoverChoice | None
    from_seq: FromSeq | None
    summary: Annotated[str | None, Meta(examples=["Puhuttiin muutosta ja siskosta."])]
    created_at: Moment
    version: Version


class HandoverList(Out):
    items: list[HandoverBody]
    next_cursor: NextCursor


class HandedOverMessageBody(Out):
    """A message of a conversation that was handed over. `text` is null where it can no longer be opened."""

    seq: FromSeq
    author: Role
    text: Annotated[str | None, Meta(examples=["Moi! Valvotko sinäkin? 🌙"])]
    created_at: Moment


class HandedOverMessageList(Out):
    items: list[HandedOverMessageBody]
    next_cursor: NextCursor


def nudge_body(view: NudgeView) -> NudgeBody:
    nudge = view.nudge
    return NudgeBody(
        id=nudge.id,
        pair_id=nudge.pair_id,
        to=NamedPerson(id=nudge.account_id, display_name=view.to_name),
        to_role=view.to_role,
        silent_since=nudge.silent_since,
        step=nudge.step,
        created_at=nudge.created_at,
        version=nudge.version,
    )


def absence_body(view: AbsenceView) -> AbsenceBody:
    absence = view.absence
    return AbsenceBody(
        id=absence.id,
        mentor=NamedPerson(id=absence.mentor_id, display_name=view.mentor_name),
        first_on=absence.first_on,
        last_on=absence.last_on,
        started_at=absence.started_at,
        cover=named(view.cover_id, view.cover_name),
        cover_state=view.cover_state,
        asked=view.is_asked,
        consents=view.consents,
        thread_id=view.thread_id,
    )


def handover_body(view: HandoverView) -> HandoverBody:
    handover, names = view.handover, view.names
    return HandoverBody(
        id=handover.id,
        mentee=NamedPerson(id=handover.mentee_id, display_name=names.get(handover.mentee_id)),
        from_mentor=None
        if view.hides_mentor_before
        else NamedPerson(id=handover.from_mentor_id, display_name=names.get(handover.from_mentor_id)),
        to_mentor=NamedPerson(id=handover.to_mentor_id, display_name=names.get(handover.to_mentor_id)),
        state=HandoverState(handover.state),
        choice=HandoverChoice(handover.choice) if handover.choice else None,
        from_seq=handover.from_seq,
        summary=view.summary,
        created_at=handover.created_at,
        version=handover.version,
    )


def message_body(message: HandedOverMessage) -> HandedOverMessageBody:
    return HandedOverMessageBody(
        seq=message.seq, author=message.author, text=message.text, created_at=message.created_at
    )
