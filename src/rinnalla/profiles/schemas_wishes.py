"""Wishes on the wire."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from rinnalla.kit.schema import In, LongText, Out
from rinnalla.profiles.models import DayTime, Gender
from rinnalla.profiles.schemas import Region, SpokenLanguages, Times, TopicIds, Version
from rinnalla.profiles.service import WishesEdit, WishesView

Age = Annotated[int, Meta(ge=0, le=120, examples=[25])]
Note = Annotated[LongText, Meta(examples=["Someone calm, please. I have trouble trusting people."])]


class WishesEditBody(In):
    """All wishes: what is left empty is no wish. `note` is read only by those who match in your programme."""

    languages: SpokenLanguages
    region: Region
    gender_wish: Gender | None
    age_min: Age | None
    age_max: Age | None
    times: Times
    topics: TopicIds
    note: Note | None


class WishesBody(Out):
    """`version` 0 with a null `updated_at`: never set; it is the ETag for edits."""

    languages: SpokenLanguages
    region: Region
    gender_wish: Gender | None
    age_min: Age | None
    age_max: Age | None
    times: Times
    topics: TopicIds
    note: Note | None
    updated_at: datetime | None
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
    )
