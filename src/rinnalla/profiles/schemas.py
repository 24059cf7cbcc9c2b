"""Topics and cards on the wire."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from litestar.openapi.spec import Example
from litestar.params import QueryParameter
from msgspec import Meta, field, structs

from rinnalla.accounts.service import AccountState, Invited
from rinnalla.kit.schema import In, LongText, Moment, Name, NextCursor, Out
from rinnalla.profiles.cards import Away, CardEdit
from rinnalla.profiles.models import MAX_CAPACITY, Channel, DayTime, Experience, Gender, ReplyRhythm, Topic
from rinnalla.profiles.policy import away_is_over, has_free_place
from rinnalla.profiles.repository import FullCard

TopicId = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z_]+$(?!\n)", examples=["housing"])]
TopicIds = Annotated[list[TopicId], Meta(max_length=40, examples=[["housing", "money"]])]
SpokenLanguage = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]{2,3}$(?!\n)",
        description="ISO 639 code; any language, not only those of the app",
        examples=["fi"],
    ),
]
SpokenLanguages = Annotated[list[SpokenLanguage], Meta(max_length=20, examples=[["fi", "sv"]])]
Region = Annotated[str, Meta(max_length=80, examples=["Uusimaa"])]
Story = Annotated[LongText, Meta(examples=["I lived in two foster families and moved out at 18."])]
StatusLine = Annotated[str, Meta(max_length=120, examples=["I answer in the evenings"])]
AwayMessage = Annotated[str, Meta(max_length=300, examples=["On holiday, back in August"])]
BirthYear = Annotated[int, Meta(ge=1900, le=2100, examples=[1998])]
Capacity = Annotated[int, Meta(ge=0, le=MAX_CAPACITY, description="How many pairs at once", examples=[3])]
OpenPairs = Annotated[int, Meta(ge=0, description="How many pairs talk now", examples=[1])]
Times = Annotated[list[DayTime], Meta(max_length=len(DayTime))]
Channels = Annotated[list[Channel], Meta(max_length=len(Channel))]
Experiences = Annotated[list[Experience], Meta(max_length=len(Experience))]
Word = Annotated[str, Meta(min_length=1, max_length=30, pattern=r"\S", examples=["climbing"])]
Words = Annotated[
    list[Word],
    Meta(max_length=10, description="Short words; case and blanks to spare are dropped", examples=[["climbing"]]),
]
Version = Annotated[int, Meta(ge=0, examples=[1])]

_NO_NUL = r"^[^\x00]+$"
# Litestar drops the limits of an optional parameter's type, and keeps those of the parameter.
TopicsFilter = Annotated[
    list[Annotated[str, Meta(max_length=400, pattern=r"^[a-z_]+(,[a-z_]+)*$(?!\n)", examples=["housing,money"])]]
    | None,
    QueryParameter(description="Mentors with any of these topics: repeat the parameter, or list ids with commas"),
]
LanguageFilter = Annotated[str | None, QueryParameter(pattern=r"^[a-z]{2,3}$(?!\n)", examples=[Example(value="fi")])]
RegionFilter = Annotated[
    str | None, QueryParameter(min_length=1, max_length=80, pattern=_NO_NUL, examples=[Example(value="Uusimaa")])
]
StoryFilter = Annotated[
    str | None,
    QueryParameter(
        min_length=1,
        max_length=100,
        pattern=_NO_NUL,
        description="Stories that contain this text, however it is capitalised",
        examples=[Example(value="kissa")],
    ),
]


class TopicNames(Out):
    """One name per language of the app."""

    fi: Annotated[str, Meta(examples=["Asuminen"])]
    sv: Annotated[str, Meta(examples=["Boende"])]
    nb: Annotated[str, Meta(examples=["Bolig"])]
    en: Annotated[str, Meta(examples=["Housing"])]


class TopicBody(Out):
    id: TopicId
    names: TopicNames


class TopicList(Out):
    """In the order to show them."""

    items: list[TopicBody]
    next_cursor: NextCursor


class AwayEdit(In, rename={"first": "from", "last": "until"}):
    """Both days are included."""

    first: date
    last: date
    message: AwayMessage = ""


class CardEditBody(In):
    """The whole card: what is left empty is empty afterwards. The display name is the account's."""

    story: Story
    topics: TopicIds
    languages: SpokenLanguages
    region: Region
    gender: Gender | None
    birth_year: BirthYear | None
    channels: Channels
    times: Times
    status_line: StatusLine
    capacity: Capacity
    away: AwayEdit | None
    experiences: Experiences = field(default_factory=list)
    interests: Words = field(default_factory=list)
    dislikes: Words = field(default_factory=list)
    reply_rhythm: ReplyRhythm | None = None


class AwayBody(Out, rename={"first": "from", "last": "until"}):
    """The first and the last day away, counted in UTC."""

    first: date
    last: date
    message: AwayMessage


class CardFace(Out):
    """What a mentor says of themselves, in the same words to everyone. `id` is the mentor's account."""

    id: UUID
    display_name: Name
    organisation_id: UUID
    story: Story
    topics: TopicIds
    languages: SpokenLanguages
    region: Region
    gender: Gender | None
    birth_year: BirthYear | None
    channels: Channels
    times: Times
    status_line: StatusLine
    experiences: Experiences
    interests: Words
    dislikes: Words
    reply_rhythm: ReplyRhythm | None
    photo_id: UUID | None


class CardBody(CardFace):
    """A mentor, as everyone sees them. `id` is the mentor's account. `away`: now or soon; null once it is over."""

    has_free_place: bool
    away: AwayBody | None


class CardList(Out):
    """Newest mentors first."""

    items: list[CardBody]
    next_cursor: NextCursor


class ScreeningBody(Out):
    """When a background check was shown, and the last day on which it holds (null: without end)."""

    on: date
    until: date | None


class ScreeningEdit(In):
    """What staff were shown. The paper is not kept here."""

    on: date
    until: date | None = None


class OwnCardBody(CardFace):
    """A mentor's own card. `approved_at` is null while only the mentor and the programme's staff see it. Without a
    `screening` that holds no new pair begins. `version` is the ETag for edits. How many pairs are open is staff's to
    know: the figure would tell a mentor who was blocked."""

    capacity: Capacity
    away: AwayBody | None
    approved_at: Moment | None
    screening: ScreeningBody | None
    updated_at: Moment
    version: Version


class MentorCreate(In):
    display_name: Name


class StaffMentorBody(Out):
    """A mentor, as the staff of their programme see them."""

    state: AccountState
    open_pairs: OpenPairs
    card: OwnCardBody


class StaffMentorList(Out):
    """Oldest mentors first."""

    items: list[StaffMentorBody]
    next_cursor: NextCursor


class InvitedMentorBody(Out):
    """`invitation` is told this once."""

    mentor: StaffMentorBody
    invitation: Annotated[str, Meta(examples=["sJ1b0Gq0m2V0lZkq7cXyYw8Qe0R3sT6uPaHnL5iDf4o"])]


def topic_list(topics: Sequence[Topic]) -> TopicList:
    items = [TopicBody(id=topic.id, names=TopicNames(**topic.names)) for topic in topics]
    return TopicList(items=items, next_cursor=None)


def card_body(full: FullCard, today: date) -> CardBody:
    card = full.card
    return CardBody(
        **structs.asdict(_card_face(full)),
        has_free_place=has_free_place(card.capacity, card.open_pairs),
        away=None if away_is_over(card.away_until, today) else _away_body(full),
    )


def own_card_body(full: FullCard) -> OwnCardBody:
    card = full.card
    return OwnCardBody(
        **structs.asdict(_card_face(full)),
        capacity=card.capacity,
        away=_away_body(full),
        approved_at=card.approved_at,
        screening=ScreeningBody(on=card.screened_on, until=card.screened_until) if card.screened_on else None,
        updated_at=card.updated_at,
        version=card.version,
    )


def staff_mentor_body(full: FullCard) -> StaffMentorBody:
    return StaffMentorBody(state=full.state, open_pairs=full.card.open_pairs, card=own_card_body(full))


def invited_mentor_body(full: FullCard, invited: Invited) -> InvitedMentorBody:
    return InvitedMentorBody(mentor=staff_mentor_body(full), invitation=invited.invitation)


def card_edit(body: CardEditBody) -> CardEdit:
    """What a body asks for, in the service's words."""
    return CardEdit(
        story=body.story,
        topics=body.topics,
        languages=body.languages,
        region=body.region,
        gender=body.gender,
        birth_year=body.birth_year,
        channels=list(body.channels),
        times=list(body.times),
        status_line=body.status_line,
        capacity=body.capacity,
        away=Away(body.away.first, body.away.last, body.away.message) if body.away else None,
        experiences=list(body.experiences),
        interests=body.interests,
        dislikes=body.dislikes,
        reply_rhythm=body.reply_rhythm,
    )


def _card_face(full: FullCard) -> CardFace:
    card = full.card
    return CardFace(
        id=card.account_id,
        display_name=full.display_name,
        organisation_id=card.organisation_id,
        story=card.story,
        topics=full.topics,
        languages=card.languages,
        region=card.region,
        gender=Gender(card.gender) if card.gender else None,
        birth_year=card.birth_year,
        channels=[Channel(channel) for channel in card.channels],
        times=[DayTime(time) for time in card.times],
        status_line=card.status_line,
        experiences=[Experience(one) for one in card.experiences],
        interests=card.interests,
        dislikes=card.dislikes,
        reply_rhythm=ReplyRhythm(card.reply_rhythm) if card.reply_rhythm else None,
        photo_id=full.photo_id,
    )


def _away_body(full: FullCard) -> AwayBody | None:
    card = full.card
    if card.away_from is None or card.away_until is None:
        return None
    return AwayBody(first=card.away_from, last=card.away_until, message=card.away_message)
