from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.database import Model, created_now, one_of
from rinnalla.kit.ids import new_id
from rinnalla.kit.vault import Sealed

USUAL_CAPACITY, MAX_CAPACITY = 3, 30
MAX_CHOICES = 5
MAX_THAT_MATTER = 3
MAX_NEVER = 200


class Gender(StrEnum):
    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class Channel(StrEnum):
    """How a mentor is ready to keep in touch."""

    CHAT = "chat"
    PHONE = "phone"
    VIDEO = "video"
    EMAIL = "email"
    IN_PERSON = "in_person"


class DayTime(StrEnum):
    """When someone is likely to talk."""

    WEEKDAY_MORNING = "weekday_morning"
    WEEKDAY_AFTERNOON = "weekday_afternoon"
    WEEKDAY_EVENING = "weekday_evening"
    WEEKEND_DAY = "weekend_day"
    WEEKEND_EVENING = "weekend_evening"
    NIGHT = "night"


class ReplyRhythm(StrEnum):
    """How soon someone answers, or hopes for an answer."""

    SAME_DAY = "same_day"
    FEW_DAYS = "few_days"
    WEEKLY = "weekly"


class Experience(StrEnum):
    """What someone has lived through, and tells because it may help. Codes: the words for them are the app's."""

    FOSTER_CARE = "foster_care"
    RESIDENTIAL_CARE = "residential_care"
    KINSHIP_CARE = "kinship_care"
    MOVED_OFTEN = "moved_often"
    AFTERCARE = "aftercare"
    LIVING_ALONE_YOUNG = "living_alone_young"
    HOMELESSNESS = "homelessness"
    OWN_PARENTHOOD = "own_parenthood"
    SIBLINGS_APART = "siblings_apart"
    LOSS_OF_PARENT = "loss_of_parent"
    VIOLENCE_IN_FAMILY = "violence_in_family"
    SUBSTANCE_USE_IN_FAMILY = "substance_use_in_family"
    OWN_SUBSTANCE_USE = "own_substance_use"
    MENTAL_HEALTH = "mental_health"
    MIGRATION_ALONE = "migration_alone"
    SCHOOL_DROPOUT = "school_dropout"
    DEBT = "debt"


class Topic(Model):
    """Something to talk about. `names` is per language."""

    __tablename__ = "topic"

    id: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, Any]]
    position: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = created_now()


class MentorCard(Model):
    """How a mentor presents themselves. `open_pairs` is kept by a trigger on `pair`, which also refuses the pair that
    would go past `capacity`; lowering the capacity below `open_pairs` is allowed and lets no new pair in."""

    __tablename__ = "mentor_card"
    __table_args__ = (
        one_of("gender", Gender),
        one_of("reply_rhythm", ReplyRhythm),
        CheckConstraint("screened_until >= screened_on", name="screening_in_order"),
        CheckConstraint("screened_until IS NULL OR screened_on IS NOT NULL", name="screening_whole"),
        CheckConstraint(f"capacity BETWEEN 0 AND {MAX_CAPACITY}", name="capacity_sane"),
        CheckConstraint("open_pairs >= 0", name="open_pairs_counted"),
        CheckConstraint("(away_from IS NULL) = (away_until IS NULL)", name="away_whole"),
        CheckConstraint("away_until >= away_from", name="away_in_order"),
        Index("ix_mentor_card_languages", "languages", postgresql_using="gin"),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), index=True)
    story: Mapped[str] = mapped_column(server_default="")
    region: Mapped[str] = mapped_column(server_default="")
    gender: Mapped[str | None]
    birth_year: Mapped[int | None] = mapped_column(SmallInteger)
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    channels: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    times: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    experiences: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    interests: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    dislikes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    reply_rhythm: Mapped[str | None]
    status_line: Mapped[str] = mapped_column(server_default="")
    capacity: Mapped[int] = mapped_column(SmallInteger, server_default=str(USUAL_CAPACITY))
    open_pairs: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    away_from: Mapped[date | None]
    away_until: Mapped[date | None]
    away_message: Mapped[str] = mapped_column(server_default="")
    approved_at: Mapped[datetime | None]
    screened_on: Mapped[date | None]
    screened_until: Mapped[date | None]
    updated_at: Mapped[datetime] = created_now()
    version: Mapped[int] = mapped_column(server_default="1")


class MentorTopic(Model):
    """A topic on a mentor's card."""

    __tablename__ = "mentor_topic"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("mentor_card.account_id", ondelete="CASCADE"), primary_key=True)
    topic_id: Mapped[str] = mapped_column(ForeignKey("topic.id", ondelete="RESTRICT"), primary_key=True, index=True)


class MentorWishes(Model):
    """What a mentor can't carry and whom they take: theirs to know, and never on the card."""

    __tablename__ = "mentor_wishes"
    __table_args__ = (CheckConstraint("mentee_age_min <= mentee_age_max", name="ages_in_order"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("mentor_card.account_id", ondelete="CASCADE"), primary_key=True)
    cannot_carry: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    mentee_age_min: Mapped[int | None] = mapped_column(SmallInteger)
    mentee_age_max: Mapped[int | None] = mapped_column(SmallInteger)
    updated_at: Mapped[datetime] = created_now()
    version: Mapped[int] = mapped_column(server_default="1")


class Photo(Model):
    """A mentor's picture, re-encoded. A new picture gets a new id, so an id's bytes never change."""

    __tablename__ = "photo"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("mentor_card.account_id", ondelete="CASCADE"), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int] = mapped_column(SmallInteger)
    height: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = created_now()


class Wishes(Model):
    """What a young person hopes for in a mentor. `note` is for the matcher only. `words` are the interests and dislikes
    in their own words, as JSON."""

    __tablename__ = "wishes"
    __table_args__ = (
        one_of("gender_wish", Gender),
        one_of("reply_rhythm", ReplyRhythm),
        CheckConstraint("age_min <= age_max", name="ages_in_order"),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    region: Mapped[str] = mapped_column(server_default="")
    gender_wish: Mapped[str | None]
    age_min: Mapped[int | None] = mapped_column(SmallInteger)
    age_max: Mapped[int | None] = mapped_column(SmallInteger)
    times: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    experiences: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    matters_most: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    reply_rhythm: Mapped[str | None]
    birth_year: Mapped[int | None] = mapped_column(SmallInteger)
    words: Mapped[Sealed | None]
    note: Mapped[Sealed | None]
    updated_at: Mapped[datetime] = created_now()
    version: Mapped[int] = mapped_column(server_default="1")


class Choice(Model):
    """A mentor whom a young person hopes for by name; `place` 1 is the first choice. It goes with either of them."""

    __tablename__ = "choice"
    __table_args__ = (
        CheckConstraint(f"place BETWEEN 1 AND {MAX_CHOICES}", name="place_counted"),
        UniqueConstraint("mentee_id", "mentor_id"),
    )

    mentee_id: Mapped[UUID] = mapped_column(ForeignKey("wishes.account_id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    mentor_id: Mapped[UUID] = mapped_column(ForeignKey("mentor_card.account_id", ondelete="CASCADE"), index=True)


class Never(Model):
    """With whom someone never wants to be a pair: theirs to know. It goes with either of them."""

    __tablename__ = "never"
    __table_args__ = (CheckConstraint("owner_id <> other_id", name="two_people"),)

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True)
    created_at: Mapped[datetime] = created_now()
