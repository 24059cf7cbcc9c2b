from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
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


class AuditAction(StrEnum):
    """What staff did or looked at. Of `report_…` the subject is a report, of `account_…` a person."""

    REPORT_READ = "report_read"
    REPORT_REOPENED = "report_reopened"
    REPORT_TAKEN_UP = "report_taken_up"
    REPORT_CLOSED = "report_closed"
    ACCOUNT_SUSPENDED = "account_suspended"
    ACCOUNT_READMITTED = "account_readmitted"
    ACCOUNT_REMOVED = "account_removed"


class Report(Model):
    """Someone's word that something is wrong with someone, for the programme that the reported person belongs to. It
    outlives the accounts it speaks of."""

    __tablename__ = "report"
    __table_args__ = (
        one_of("state", ReportState),
        one_of("reason", ReportReason),
        CheckConstraint("reporter_id <> reported_id", name="two_people"),
        Index("ix_report_organisation_id_id", "organisation_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    reporter_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    reported_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    reason: Mapped[str]
    body: Mapped[Sealed]
    wrapped_key: Mapped[WrappedKey]
    state: Mapped[str] = mapped_column(server_default=ReportState.OPEN)
    created_at: Mapped[datetime] = created_now()
    updated_at: Mapped[datetime] = created_now()
    version: Mapped[int] = mapped_column(server_default="1")


class AuditEntry(Model):
    """One thing that staff did or looked at. Ids without foreign keys: the trail stays as it was."""

    __tablename__ = "audit_entry"
    __table_args__ = (one_of("action", AuditAction),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID | None]
    actor_id: Mapped[UUID]
    action: Mapped[str]
    subject_id: Mapped[UUID]
    at: Mapped[datetime] = created_now()
