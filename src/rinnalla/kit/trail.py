"""The trail of what staff did and looked at: added to in the transaction of the deed itself, and never changed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.caller import Caller
from rinnalla.kit.database import Model, created_now, one_of
from rinnalla.kit.ids import new_id


class AuditAction(StrEnum):
    """What staff did or looked at. The subject of `report_…` is a report, of `pair_…` a pair, of `matching_…` a
    programme, of `run_…` a matching run; of `topic_…` the id of a topic and of `client_…` a client and its version are
    named, as they are no UUIDs; else it is a person."""

    REPORT_READ = "report_read"
    REPORT_REOPENED = "report_reopened"
    REPORT_TAKEN_UP = "report_taken_up"
    REPORT_CLOSED = "report_closed"
    ACCOUNT_CREATED = "account_created"
    ACCOUNT_SUSPENDED = "account_suspended"
    ACCOUNT_READMITTED = "account_readmitted"
    ACCOUNT_REMOVED = "account_removed"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a deed
    MENTOR_APPROVED = "mentor_approved"
    MENTOR_APPROVAL_WITHDRAWN = "mentor_approval_withdrawn"
    MENTOR_SCREENED = "mentor_screened"
    MATCHING_SETTINGS_CHANGED = "matching_settings_changed"
    RUN_STARTED = "run_started"
    RUN_SOLVED = "run_solved"
    RUN_DECIDED = "run_decided"
    RUN_RELEASED = "run_released"
    RUN_DISCARDED = "run_discarded"
    PAIR_PROPOSED = "pair_proposed"
    PAIR_WISHES_LOOKED_PAST = "pair_wishes_looked_past"
    PAIR_WITHDRAWN = "pair_withdrawn"
    PAIR_OVERRIDDEN = "pair_overridden"
    PAIR_ENDED = "pair_ended"
    PAIR_CLOSED = "pair_closed"
    PAIR_CLOSED_FOR_SAFETY = "pair_closed_for_safety"
    CARD_EDITED = "card_edited"
    PERSON_RENAMED = "person_renamed"
    CHECKIN_READ = "checkin_read"
    CHECKIN_DONE = "checkin_done"
    CONTACT_CHANGED = "contact_changed"
    NUDGE_SENT = "nudge_sent"
    NUDGE_LEFT = "nudge_left"
    INTERIM_MENTOR_NAMED = "interim_mentor_named"
    MENTOR_STOOD_DOWN = "mentor_stood_down"
    HANDOVER_OFFERED = "handover_offered"
    HANDOVER_WRITTEN = "handover_written"
    TOPIC_MADE_KNOWN = "topic_made_known"
    TOPIC_REMOVED = "topic_removed"
    CLIENT_VERSION_SET = "client_version_set"


class AuditEntry(Model):
    """One thing that staff did or looked at. Ids without foreign keys: the trail stays as it was. Without an actor it
    was whoever runs the service, at the command line."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        one_of("action", AuditAction),
        CheckConstraint("(subject_id IS NULL) <> (subject_name IS NULL)", name="of_one_thing"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID | None]
    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    subject_id: Mapped[UUID | None]
    subject_name: Mapped[str | None]
    at: Mapped[datetime] = created_now()


async def record(db: AsyncSession, caller: Caller | None, action: AuditAction, *subjects: UUID | str) -> None:
    """Add to the trail, an entry for each subject: the only way to it. It stays even when everyone named in it has
    left. There is no caller where whoever runs the service did it, at the command line."""
    by = {"organisation_id": caller.organisation_id, "actor_id": caller.account_id} if caller is not None else {}
    for subject in subjects:
        of = {"subject_name": subject} if isinstance(subject, str) else {"subject_id": subject}
        db.add(AuditEntry(action=action, **of, **by))
    await db.flush()
