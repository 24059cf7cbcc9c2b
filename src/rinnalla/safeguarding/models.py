from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.database import Model, created_now, one_of
from rinnalla.kit.ids import new_id
from rinnalla.kit.vault import Sealed, WrappedKey


class ReportState(StrEnum):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    CLOSED = "closed"


class ReportReason(StrEnum):
    HARASSMENT = "harassment"
    SEXUAL = "sexual"
    SELF_HARM = "self_harm"
    THREAT = "threat"
    SPAM = "spam"
    OTHER = "other"


class Report(Model):
    """Someone's word that something is wrong with someone, for the programme that the reported person belongs to. It
    outlives the accounts it speaks of. `client_id` is made by the reporter's app, if it makes one, so that a repeated
    report is known for what it is."""

    __tablename__ = "report"
    __table_args__ = (
        one_of("state", ReportState),
        one_of("reason", ReportReason),
        CheckConstraint("reporter_id <> reported_id", name="two_people"),
        UniqueConstraint("reporter_id", "client_id"),
        Index("ix_report_organisation_id_id", "organisation_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    reporter_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    reported_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    client_id: Mapped[UUID | None]
    reason: Mapped[str]
    body: Mapped[Sealed]
    wrapped_key: Mapped[WrappedKey]
    state: Mapped[str] = mapped_column(server_default=ReportState.OPEN)
    created_at: Mapped[datetime] = created_now()
    updated_at: Mapped[datetime] = created_now()
    version: Mapped[int] = mapped_column(server_default="1")
