from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.caller import Role
from rinnalla.kit.database import Model, created_now
from rinnalla.kit.ids import new_id

MAX_ROUNDS = 1000


class Audience(StrEnum):
    """Who can be asked."""

    MENTEE = Role.MENTEE
    MENTOR = Role.MENTOR


class Question(Model):
    """`titles` is per language; `scale` is what may be answered; from `first_after_days` on the columns say when it is
    asked (see `policy`)."""

    __tablename__ = "question"
    __table_args__ = (
        CheckConstraint(
            "audience <@ ARRAY['mentee', 'mentor'] AND cardinality(audience) BETWEEN 1 AND 2", name="audience_known"
        ),
        CheckConstraint(
            "first_after_days >= 0 AND coalesce(repeat_after_days, 1) > 0 AND remind_after_days > 0 AND reminders >= 0",
            name="days_sane",
        ),
        CheckConstraint(
            "first_after_messages >= 0 AND coalesce(oldest_account_days, 1) > 0"
            " AND coalesce(repeat_after_messages, 1) > 0 AND repeat_min_days >= 0",
            name="rules_sane",
        ),
        CheckConstraint(
            f"times BETWEEN 1 AND {MAX_ROUNDS} AND (times = 1 OR repeat_after_days IS NOT NULL)", name="times_sane"
        ),
        Index("ix_question_organisation_id_id", "organisation_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    titles: Mapped[dict[str, Any]]
    scale: Mapped[dict[str, Any]]
    audience: Mapped[list[str]] = mapped_column(ARRAY(Text))
    first_after_days: Mapped[int]
    repeat_after_days: Mapped[int | None]
    times: Mapped[int]
    remind_after_days: Mapped[int]
    reminders: Mapped[int]
    first_after_messages: Mapped[int] = mapped_column(server_default="0")
    oldest_account_days: Mapped[int | None]
    repeat_after_messages: Mapped[int | None]
    repeat_min_days: Mapped[int] = mapped_column(server_default="0")
    until_value: Mapped[int | None]
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_now()
    version: Mapped[int] = mapped_column(server_default="1")


class Asking(Model):
    """Where one person stands with one question: the round that is open or comes next (from 1), how often it was
    skipped in that round, and when it was last answered or skipped."""

    __tablename__ = "asking"
    __table_args__ = (CheckConstraint("round >= 1 AND skipped >= 0", name="counted"),)

    question_id: Mapped[UUID] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True)
    round: Mapped[int] = mapped_column(server_default="1")
    skipped: Mapped[int] = mapped_column(server_default="0")
    last_at: Mapped[datetime | None]


class Answer(Model):
    """`round` is which time the question was asked of this person; one answer a round. `counted`: it is in `tally`."""

    __tablename__ = "answer"
    __table_args__ = (
        Index("ix_answer_uncounted", "question_id", "round", "value", postgresql_where=text("NOT counted")),
    )

    question_id: Mapped[UUID] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int]
    counted: Mapped[bool] = mapped_column(server_default=text("false"))
    answered_at: Mapped[datetime] = created_now()


class Tally(Model):
    """How many people were counted with this value in this round. It names no one, and stays when people leave."""

    __tablename__ = "tally"
    __table_args__ = (CheckConstraint("people > 0", name="people_counted"),)

    question_id: Mapped[UUID] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(primary_key=True)
    people: Mapped[int]
