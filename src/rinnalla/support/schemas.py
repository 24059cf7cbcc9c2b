"""Check-ins, contacts and notices on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta, structs

from rinnalla.kit.caller import Role
from rinnalla.kit.schema import In, Moment, NextCursor, Out
from rinnalla.support.calendar import Depth
from rinnalla.support.models import CheckInTopic, Mode, NoticeCode
from rinnalla.support.policy import TARGET_PERCENT, Quarter
from rinnalla.support.service import (
    CheckInView,
    ContactView,
    InterimView,
    NextCheckIn,
    NoticeView,
    StaffShare,
    Talked,
)

PersonName = Annotated[str, Meta(examples=["Aino"])]
Minutes = Annotated[int, Meta(ge=0, le=600, examples=[25])]
Topics = Annotated[list[CheckInTopic], Meta(max_length=9, examples=[["expectations", "growth"]])]
Notes = Annotated[str, Meta(max_length=4000, examples=["Puhelin hajosi, uusi tulee perjantaina."])]
ShownText = Annotated[str | None, Meta(examples=["Moi! Kuulumisia, jos jaksat. Ei kiirettä."])]
Day = Annotated[date, Meta(examples=["2026-12-05"])]
Number = Annotated[int, Meta(ge=0, examples=[1])]
Percent = Annotated[int, Meta(ge=0, le=100, examples=[92])]
Version = Annotated[int, Meta(ge=1, examples=[1])]


class CheckInDone(In):
    """`notes` are for the programme's staff; `concern`: something needs following up; `next_on`: the day that was
    agreed on for the next one."""

    mode: Mode
    minutes: Minutes
    topics: Topics
    concern: bool
    next_on: Day | None = None
    notes: Notes | None = None


class SetContact(In):
    staff_id: UUID


class NamedPerson(Out):
    """`display_name` is null for someone who has left."""

    id: UUID
    display_name: Annotated[str | None, Meta(examples=["Aino"])]


class CheckInLine(Out):
    """`party`: the side of the pair with whom to speak. `overdue_on`: the first day on which it is late."""

    id: UUID
    pair_id: UUID
    with_person: NamedPerson
    party: Role
    number: Number
    depth: Depth
    opens_on: Day
    due_on: Day
    overdue_on: Day
    staff: NamedPerson | None
    done_at: Moment | None
    done_by: UUID | None
    mode: Mode | None
    minutes: Minutes | None
    topics: list[CheckInTopic]
    concern: bool
    next_on: Day | None
    version: Version


class CheckInList(Out):
    items: list[CheckInLine]
    next_cursor: NextCursor


class CheckInBody(CheckInLine):
    notes: Annotated[str | None, Meta(examples=["Puhelin hajosi, uusi tulee perjantaina."])]


class NextCheckInBody(Out):
    """`agreed_on`: the day on which you agreed the last time; without one, some day from `opens_on` to `due_on`.
    `staff` is null where it is not settled who will call."""

    pair_id: UUID
    opens_on: Day
    due_on: Day
    agreed_on: Day | None
    staff: NamedPerson | None


class NextCheckInList(Out):
    items: list[NextCheckInBody]
    next_cursor: NextCursor


class StaffShareBody(Out):
    """`percent` is null where nothing was due; `staff` is null for pairs that nobody was there for."""

    staff: NamedPerson | None
    due: Number
    done: Number
    percent: Percent | None


class CheckInFigures(Out):
    year: Annotated[int, Meta(examples=[2026])]
    quarter: Annotated[int, Meta(ge=1, le=4, examples=[4])]
    target_percent: Annotated[int, Meta(examples=[90])]
    items: list[StaffShareBody]


class ContactBody(Out):
    """Who of the staff is there for both sides of a pair."""

    pair_id: UUID
    staff: NamedPerson | None
    since: Moment
    version: Version


class NoticeBody(Out):
    """`code` says what an app has words for. `about`: whom it speaks of; `contact`: whom to turn to; `thing_id`: the
    pair, absence or hand-over; `text`: what `signed_by` wrote. Who has left is null."""

    id: UUID
    code: NoticeCode
    about: NamedPerson | None
    contact: NamedPerson | None
    signed_by: NamedPerson | None
    thing_id: UUID | None
    first_on: Day | None
    last_on: Day | None
    text: ShownText
    created_at: Moment
    seen_at: Moment | None


class NoticeList(Out):
    items: list[NoticeBody]
    next_cursor: NextCursor


class InterimContactBody(Out):
    """Whom a young person who lost their mentor can turn to. `contact` is null where the programme has nobody: show the
    crisis lines. `thread_id`: where the two write, if the contact is a mentor. `may_wait`: whether there are days
    of waiting that count if they ask for another mentor."""

    id: UUID
    mentee: NamedPerson
    contact: NamedPerson | None
    thread_id: UUID | None
    may_wait: bool
    since: Moment


class InterimContactList(Out):
    items: list[InterimContactBody]
    next_cursor: NextCursor


class ChangeInterimContact(In):
    """Someone of the staff, or an approved mentor."""

    contact_id: UUID


class InterimMentor(In):
    """The approved mentor who stands by for young people who lose theirs; null: the staff are there."""

    mentor_id: UUID | None


class InterimMentorBody(Out):
    mentor_id: UUID | None


class WaitingAgainBody(Out):
    since: Moment | None


def talked(data: CheckInDone) -> Talked:
    return Talked(
        mode=data.mode,
        minutes=data.minutes,
        topics=data.topics,
        concern=data.concern,
        next_on=data.next_on,
        notes=data.notes,
    )


def named(account_id: UUID | None, name: str | None) -> NamedPerson | None:
    return None if account_id is None else NamedPerson(id=account_id, display_name=name)


def checkin_line(view: CheckInView) -> CheckInLine:
    one = view.checkin
    return CheckInLine(
        id=one.id,
        pair_id=one.pair_id,
        with_person=NamedPerson(id=one.account_id, display_name=view.party_name),
        party=Role(one.party),
        number=one.number,
        depth=Depth(one.depth),
        opens_on=one.opens_on,
        due_on=one.due_on,
        overdue_on=one.overdue_on,
        staff=named(view.staff_id, view.staff_name),
        done_at=one.done_at,
        done_by=one.done_by,
        mode=Mode(one.mode) if one.mode else None,
        minutes=one.minutes,
        topics=[CheckInTopic(topic) for topic in one.topics],
        concern=one.concern,
        next_on=one.next_on,
        version=one.version,
    )


def checkin_body(view: CheckInView) -> CheckInBody:
    return CheckInBody(**structs.asdict(checkin_line(view)), notes=view.notes)


def next_checkin_body(one: NextCheckIn) -> NextCheckInBody:
    return NextCheckInBody(
        pair_id=one.pair_id,
        opens_on=one.opens_on,
        due_on=one.due_on,
        agreed_on=one.agreed_on,
        staff=named(one.with_id, one.with_name),
    )


def figures_body(quarter: Quarter, shares: list[StaffShare]) -> CheckInFigures:
    return CheckInFigures(
        year=quarter.year,
        quarter=quarter.number,
        target_percent=TARGET_PERCENT,
        items=[
            StaffShareBody(
                staff=named(one.staff_id, one.staff_name),
                due=one.share.due,
                done=one.share.done,
                percent=one.share.percent,
            )
            for one in shares
        ],
    )


def contact_body(view: ContactView) -> ContactBody:
    care = view.care
    return ContactBody(
        pair_id=care.pair_id, staff=named(care.staff_id, view.staff_name), since=care.began_at, version=care.version
    )


def notice_body(view: NoticeView) -> NoticeBody:
    notice = view.notice
    return NoticeBody(
        id=notice.id,
        code=NoticeCode(notice.code),
        about=named(notice.about_id, view.about_name),
        contact=named(notice.contact_id, view.contact_name),
        signed_by=named(notice.signer_id, view.signer_name),
        thing_id=notice.thing_id,
        first_on=notice.first_on,
        last_on=notice.last_on,
        text=view.text,
        created_at=notice.created_at,
        seen_at=notice.seen_at,
    )


def interim_body(view: InterimView) -> InterimContactBody:
    row = view.contact
    return InterimContactBody(
        id=row.id,
        mentee=NamedPerson(id=row.mentee_id, display_name=view.mentee_name),
        contact=named(row.contact_id, view.contact_name),
        thread_id=row.thread_id,
        may_wait=row.waited_since is not None,
        since=row.since,
    )
