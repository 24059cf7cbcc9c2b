from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.database import Model, one_of
from rinnalla.kit.ids import new_id
from rinnalla.kit.vault import Sealed


class Platform(StrEnum):
    ANDROID = "android"
    IOS = "ios"


class Happening(StrEnum):
    """What is counted."""

    FILTER_SKILLS = "filter_skills"
    OPEN_MENTOR_PROFILE = "open_mentor_profile"


class Belongings(Model):
    """What only these clients tell of someone: a telephone number, and where to wake their phone. Both are sealed under
    the person's own key."""

    __tablename__ = "ylitse_belongings"
    __table_args__ = (
        one_of("platform", Platform),
        CheckConstraint("(push_token IS NULL) = (platform IS NULL)", name="device_whole"),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    phone: Mapped[Sealed | None]
    push_token: Mapped[Sealed | None]
    platform: Mapped[str | None]


class DeletedContact(Model):
    """A blocked thread that its member calls deleted. A trigger takes it away when the thread is filed elsewhere."""

    __tablename__ = "ylitse_deleted_contact"

    thread_id: Mapped[UUID] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True)


class OwnWords(Model):
    """The words in which a mentor's languages, channels and gender were told (see `wordings`)."""

    __tablename__ = "ylitse_own_words"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("mentor_card.account_id", ondelete="CASCADE"), primary_key=True)
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    channels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    gender: Mapped[str]


class ReportStatus(Model):
    """What staff call the state that a report is in. It says nothing once the report is in another."""

    __tablename__ = "ylitse_report_status"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str]
    status: Mapped[str]


class YesNo(Model):
    """The numbers that stand for yes and no in a question that has others than 1 and 0."""

    __tablename__ = "ylitse_yes_no"
    __table_args__ = (CheckConstraint("yes <> no", name="told_apart"),)

    question_id: Mapped[UUID] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True)
    yes: Mapped[int]
    no: Mapped[int]


class OldestVersion(Model):
    """The oldest version of a client that is still served."""

    __tablename__ = "ylitse_oldest_version"

    client: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]


class HappeningCount(Model):
    """How often something was done on one day, by everybody together: with which topic, or whose profile."""

    __tablename__ = "ylitse_happening_count"
    __table_args__ = (
        one_of("name", Happening),
        CheckConstraint("(topic_id IS NULL) <> (mentor_id IS NULL)", name="of_one_thing"),
        UniqueConstraint("day", "name", "topic_id", "mentor_id", postgresql_nulls_not_distinct=True),
        Index("ix_ylitse_happening_count_topic_id", "topic_id"),
        Index("ix_ylitse_happening_count_mentor_id", "mentor_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    day: Mapped[date]
    name: Mapped[str]
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id", ondelete="CASCADE"))
    mentor_id: Mapped[UUID | None] = mapped_column(ForeignKey("mentor_card.account_id", ondelete="CASCADE"))
    times: Mapped[int]
