"""What holds while a mentor is away, when one is lost, and when a conversation goes to the next one."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.database import Model, created_now, one_of
from rinnalla.kit.ids import new_id
from rinnalla.kit.vault import Sealed, WrappedKey


class CoverState(StrEnum):
    """What the mentor who was asked to stand in says."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class HandoverState(StrEnum):
    """`open`: the young person has not chosen; `writing`: a summary is being written; `given`: chosen, and so it holds;
    `withdrawn`: taken back, which leaves the next mentor with nothing."""

    OPEN = "open"
    WRITING = "writing"
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class HandoverChoice(StrEnum):
    """What the next mentor gets to know of the conversation with the one before."""

    NOTHING = "nothing"
    SUMMARY = "summary"
    HISTORY = "history"


class Absence(Model):
    """A mentor's time away, as their card says it (days in UTC, both included), and who stands in."""

    __tablename__ = "absence"
    __table_args__ = (
        one_of("cover_state", CoverState),
        CheckConstraint("first_on <= last_on", name="days_in_order"),
        CheckConstraint("mentor_id <> cover_id", name="two_people"),
        CheckConstraint("cover_id IS NULL OR cover_state IS NOT NULL", name="cover_was_asked"),
        Index("uq_absence_open", "mentor_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_absence_mentor_id", "mentor_id"),
        Index("ix_absence_cover_id", "cover_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    mentor_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    first_on: Mapped[date]
    last_on: Mapped[date]
    cover_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    cover_state: Mapped[str | None]
    started_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_now()


class CoverConsent(Model):
    """A young person's word on whether the one who stands in may write with them. `thread_id`: the conversation that
    was opened for it and ends with it, unless they turn to each other for another reason by then; the one of a pair of
    their own is none of these."""

    __tablename__ = "cover_consent"
    __table_args__ = (
        Index("ix_cover_consent_mentee_id", "mentee_id"),
        Index("ix_cover_consent_thread_id", "thread_id"),
    )

    absence_id: Mapped[UUID] = mapped_column(ForeignKey("absence.id", ondelete="CASCADE"), primary_key=True)
    mentee_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    consents: Mapped[bool | None]
    answered_at: Mapped[datetime | None]
    thread_id: Mapped[UUID | None] = mapped_column(ForeignKey("thread.id", ondelete="SET NULL"))


class InterimMentor(Model):
    """The mentor whom a programme names for young people who lose theirs; without a row, its staff are there."""

    __tablename__ = "interim_mentor"
    __table_args__ = (Index("ix_interim_mentor_mentor_id", "mentor_id"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True)
    mentor_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))


class InterimContact(Model):
    """Whom a young person who lost their mentor can turn to, until they have another one. Without `contact_id` the
    programme had nobody: that was told to the operator. `thread_id`: where the two write, if the contact is a mentor
    and the conversation was opened for this. `since`, less `waited_since`, is how long they had waited for the mentor
    whom they lost, if they did."""

    __tablename__ = "interim_contact"
    __table_args__ = (
        Index("uq_interim_contact_open", "mentee_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_interim_contact_mentee_id", "mentee_id"),
        Index("ix_interim_contact_contact_id", "contact_id"),
        Index("ix_interim_contact_organisation_id_id", "organisation_id", "id"),
        Index("ix_interim_contact_thread_id", "thread_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    mentee_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    thread_id: Mapped[UUID | None] = mapped_column(ForeignKey("thread.id", ondelete="SET NULL"))
    waited_since: Mapped[datetime | None]
    since: Mapped[datetime] = created_now()
    ended_at: Mapped[datetime | None]


class Handover(Model):
    """What a young person wants their next mentor to know of the conversation with the one before. The summary is
    sealed under a key of the row's own; `agreed_version` is the wording to which the young person said yes."""

    __tablename__ = "handover"
    __table_args__ = (
        one_of("state", HandoverState),
        one_of("choice", HandoverChoice),
        CheckConstraint("state <> 'given' OR choice IS NOT NULL", name="given_was_chosen"),
        CheckConstraint("state <> 'writing' OR choice = 'summary'", name="only_summaries_are_written"),
        CheckConstraint(
            "(choice = 'summary' AND state = 'given') = (agreed_version IS NOT NULL)", name="summary_was_agreed"
        ),
        UniqueConstraint("thread_id", "to_mentor_id"),
        Index("ix_handover_mentee_id", "mentee_id"),
        Index("ix_handover_from_mentor_id", "from_mentor_id"),
        Index("ix_handover_to_mentor_id", "to_mentor_id"),
        Index("ix_handover_organisation_id_id", "organisation_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    mentee_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    from_mentor_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    to_mentor_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    thread_id: Mapped[UUID] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(server_default=HandoverState.OPEN)
    choice: Mapped[str | None]
    from_seq: Mapped[int | None]
    summary: Mapped[Sealed | None]
    wrapped_key: Mapped[WrappedKey]
    agreed_version: Mapped[int | None]
    created_at: Mapped[datetime] = created_now()
    version: Mapped[int] = mapped_column(server_default="1")
