from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.database import Model, created_now
from rinnalla.kit.ids import new_id


class Question(Model):
    """`titles` is per language; `scale` is what may be answered; days and times say when it is asked (again)."""

    __tablename__ = "question"
    __table_args__ = (
        CheckConstraint("first_after_days >= 0 AND repeat_after_days > 0 AND remind_after_days > 0", name="days_sane"),
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
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_now()
    version: Mapped[int] = mapped_column(server_default="1")


class Asking(Model):
    """Where one person stands with one question."""

    __tablename__ = "asking"

    question_id: Mapped[UUID] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True)
    answered: Mapped[int] = mapped_column(server_default="0")
    last_answered_at: Mapped[datetime | None]
    skipped: Mapped[int] = mapped_column(server_default="0")
    last_skipped_at: Mapped[datetime | None]


class Answer(Model):
    """`round` is which time the question was asked of this person, from 1 on; one answer a round."""

    __tablename__ = "answer"

    question_id: Mapped[UUID] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int]
    answered_at: Mapped[datetime] = created_now()
