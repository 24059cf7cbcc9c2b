"""Wishes on the wire: those of young people, and those that mentors keep to themselves."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from msgspec import Meta, field

from rinnalla.kit.schema import In, LongText, Moment, Out
from rinnalla.profiles.contradictions import Contradiction, ContradictionCode
from rinnalla.profiles.models import MAX_CHOICES, MAX_THAT_MATTER, DayTime, Experience, Gender, ReplyRhythm
from rinnalla.profiles.private_wishes import PrivateWishesEdit, PrivateWishesView
from rinnalla.profiles.schemas import (
    BirthYear,
    Experiences,
    Region,
    SpokenLanguages,
    Times,
    TopicIds,
    Version,
    Words,
)
from rinnalla.profiles.service import WishesEdit, WishesView

Age = Annotated[int, Meta(ge=0, le=120, examples=[25])]
Note = Annotated[LongText, Meta(examples=["Someone calm, please. I have trouble trusting people."])]
CriterionName = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z_]+$(?!\n)", examples=["needs"])]
WishTimes = Annotated[
    Times,
    Meta(
        description="When you can talk. What a mentor has too brings points, up to two times: naming fewer never "
        "brings more, and naming none brings none"
    ),
]
SharedWords = Annotated[
    Words,
    Meta(
        description="Short words; case and blanks to spare are dropped. None of them means that every mentor suits: "
        "naming some never gives a mentor more points than that"
    ),
]
MattersMost = Annotated[
    list[CriterionName],
    Meta(
        max_length=MAX_THAT_MATTER,
        description="Names of criteria (see listCriteria). What is unmet of them weighs twice against a mentor.",
        examples=[["needs", "times"]],
    ),
]
Choices = Annotated[
    list[UUID],
    Meta(
        max_length=MAX_CHOICES,
        description="Mentors of your programme whom you hope for, the first choice first",
        examples=[["01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f"]],
    ),
]
Pointers = Annotated[list[str], Meta(examples=[["/choices/0", "/gender_wish"]])]


class ContradictionBody(Out):
    """What can't all come true. `pointers` lead into the body that says it."""

    code: ContradictionCode
    pointers: Pointers


class WishesEditBody(In):
    """All wishes: what is left empty is no wish, and makes no difference between mentors. `note` is read only by those
    who match in your programme."""

    languages: SpokenLanguages
    region: Region
    gender_wish: Gender | None
    age_min: Age | None
    age_max: Age | None
    times: WishTimes
    topics: TopicIds
    note: Note | None
    experiences: Experiences = field(default_factory=list)
    interests: SharedWords = field(default_factory=list)
    dislikes: SharedWords = field(default_factory=list)
    matters_most: MattersMost = field(default_factory=list)
    choices: Choices = field(default_factory=list)
    reply_rhythm: ReplyRhythm | None = None
    birth_year: BirthYear | None = None


class WishesBody(Out):
    """`version` 0 with a null `updated_at`: never set; it is the ETag for edits. `contradictions` are for you alone."""

    languages: SpokenLanguages
    region: Region
    gender_wish: Gender | None
    age_min: Age | None
    age_max: Age | None
    times: WishTimes
    topics: TopicIds
    note: Note | None
    experiences: Experiences
    interests: SharedWords
    dislikes: SharedWords
    matters_most: MattersMost
    choices: Choices
    reply_rhythm: ReplyRhythm | None
    birth_year: BirthYear | None
    contradictions: list[ContradictionBody]
    updated_at: Moment | None
    version: Version


class PrivateWishesEditBody(In):
    """All of it: what is left empty is no wish. Matching honours it and tells nobody."""

    cannot_carry: TopicIds
    mentee_age_min: Age | None
    mentee_age_max: Age | None


class PrivateWishesBody(Out):
    """What you alone read. `version` is the ETag for edits."""

    cannot_carry: TopicIds
    mentee_age_min: Age | None
    mentee_age_max: Age | None
    contradictions: list[ContradictionBody]
    updated_at: Moment | None
    version: Version


def wishes_body(wishes: WishesView) -> WishesBody:
    return WishesBody(
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
        contradictions=contradiction_bodies(wishes.contradictions),
        updated_at=wishes.updated_at,
        version=wishes.version,
    )


def wishes_edit(body: WishesEditBody) -> WishesEdit:
    """What a body asks for, in the service's words."""
    return WishesEdit(
        languages=body.languages,
        region=body.region,
        gender_wish=body.gender_wish,
        age_min=body.age_min,
        age_max=body.age_max,
        times=list(body.times),
        topics=body.topics,
        note=body.note,
        experiences=list(body.experiences),
        interests=body.interests,
        dislikes=body.dislikes,
        matters_most=body.matters_most,
        choices=body.choices,
        reply_rhythm=body.reply_rhythm,
        birth_year=body.birth_year,
    )


def private_wishes_body(wishes: PrivateWishesView) -> PrivateWishesBody:
    return PrivateWishesBody(
        cannot_carry=wishes.cannot_carry,
        mentee_age_min=wishes.mentee_age_min,
        mentee_age_max=wishes.mentee_age_max,
        contradictions=contradiction_bodies(wishes.contradictions),
        updated_at=wishes.updated_at,
        version=wishes.version,
    )


def private_wishes_edit(body: PrivateWishesEditBody) -> PrivateWishesEdit:
    """What a body asks for, in the service's words."""
    return PrivateWishesEdit(
        cannot_carry=body.cannot_carry, mentee_age_min=body.mentee_age_min, mentee_age_max=body.mentee_age_max
    )


def contradiction_bodies(found: Iterable[Contradiction]) -> list[ContradictionBody]:
    return [ContradictionBody(code=one.code, pointers=list(one.pointers)) for one in found]
