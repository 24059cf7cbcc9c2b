from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.caller import Role
from rinnalla.kit.database import Model, created_now, one_of
from rinnalla.kit.ids import new_id
from rinnalla.kit.vault import Sealed, WrappedKey
from rinnalla.support.calendar import Depth


class Mode(StrEnum):
    """How staff spoke with someone."""

    VOICE = "voice"
    IN_PERSON = "in_person"
    CHAT = "chat"


class CheckInTopic(StrEnum):
    """What a check-in was about."""

    EXPECTATIONS = "expectations"
    MILESTONES = "milestones"
    SAFETY = "safety"
    GROWTH = "growth"
    CHALLENGES = "challenges"
    LIFE_CHANGES = "life_changes"
    DATA_USE = "data_use"
    APPRECIATION = "appreciation"
    ENDING = "ending"


class NoticeCode(StrEnum):
    """What a notice is about. Clients have the words, but for what a human wrote."""

    NUDGE = "nudge"
    CONTACT_CHANGED = "contact_changed"
    MENTOR_UNAVAILABLE = "mentor_unavailable"
    MENTOR_AWAY = "mentor_away"
    MENTOR_BACK = "mentor_back"
    BACK_SOON = "back_soon"
    COVER_ASKED = "cover_asked"
    COVER_ANSWERED = "cover_answered"
    COVER_OFFERED = "cover_offered"
    COVER_ENDED = "cover_ended"
    HANDOVER_OFFERED = "handover_offered"
    HANDOVER_GIVEN = "handover_given"
    HANDOVER_WITHDRAWN = "handover_withdrawn"


class NudgeState(StrEnum):
    """`draft` waits for a human to sign, who may as well leave it: then the next step of the silence is for later."""

    DRAFT = "draft"
    SENT = "sent"
    LEFT = "left"


class Care(Model):
    """What a programme does for a pair while it talks: who of the staff is there for both sides, how far check-ins are
    planned. `ended_at`: when the pair stopped talking."""

    __tablename__ = "pair_care"
    __table_args__ = (
        Index("ix_pair_care_mentee_id", "mentee_id"),
        Index("ix_pair_care_mentor_id", "mentor_id"),
        Index("ix_pair_care_staff_id", "staff_id"),
        Index("ix_pair_care_organisation_id", "organisation_id"),
        Index("ix_pair_care_planned_until", "planned_until", postgresql_where=text("ended_at IS NULL")),
        Index("ix_pair_care_looked_at", "looked_at", postgresql_where=text("ended_at IS NULL")),
        CheckConstraint("not_now_until IS NULL OR not_now_at IS NOT NULL", name="not_now_whole"),
    )

    pair_id: Mapped[UUID] = mapped_column(ForeignKey("pair.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    mentee_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    mentor_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    began_at: Mapped[datetime] = created_now()
    ended_at: Mapped[datetime | None]
    planned_until: Mapped[date]
    looked_at: Mapped[datetime] = created_now()
    # For nodes of the version before, which read them while nodes are replaced one by one; see `LeftInPeace`.
    not_now_at: Mapped[datetime | None] = mapped_column(deferred=True)
    not_now_until: Mapped[datetime | None] = mapped_column(deferred=True)
    version: Mapped[int] = mapped_column(server_default="1")

    def role_of(self, account_id: UUID) -> Role:
        """Which side of the pair someone is."""
        return Role.MENTEE if account_id == self.mentee_id else Role.MENTOR


class CheckIn(Model):
    """A talk of the programme's staff with one side of a pair, to come or done. The notes are sealed under a key of the
    row's own; `next_on` is when the two want to speak again. `dropped_at`: the pair ended before it was done."""

    __tablename__ = "checkin"
    __table_args__ = (
        one_of("party", Role),
        one_of("depth", Depth),
        one_of("mode", Mode),
        CheckConstraint("opens_on <= due_on AND due_on < overdue_on", name="window_in_order"),
        CheckConstraint("minutes BETWEEN 0 AND 600", name="minutes_sane"),
        CheckConstraint(
            "(done_at IS NULL) = (mode IS NULL) AND (done_at IS NULL) = (minutes IS NULL)", name="done_is_whole"
        ),
        CheckConstraint("done_at IS NULL OR dropped_at IS NULL", name="done_or_dropped"),
        UniqueConstraint("pair_id", "account_id", "number"),
        Index("ix_checkin_account_id", "account_id"),
        Index("ix_checkin_done_by", "done_by"),
        Index("ix_checkin_organisation_id_due_on_id", "organisation_id", "due_on", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    pair_id: Mapped[UUID] = mapped_column(ForeignKey("pair_care.pair_id", ondelete="CASCADE"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    party: Mapped[str]
    number: Mapped[int] = mapped_column(SmallInteger)
    depth: Mapped[str]
    opens_on: Mapped[date]
    due_on: Mapped[date]
    overdue_on: Mapped[date]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    dropped_at: Mapped[datetime | None]
    mode: Mapped[str | None]
    minutes: Mapped[int | None] = mapped_column(SmallInteger)
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    concern: Mapped[bool] = mapped_column(server_default=text("false"))
    next_on: Mapped[date | None]
    notes: Mapped[Sealed | None]
    wrapped_key: Mapped[WrappedKey | None]
    version: Mapped[int] = mapped_column(server_default="1")


class Notice(Model):
    """A plain word of the programme to one person. `signer_id` is the human who wrote `body`: what someone wrote goes
    with them. `about_id` is whom it speaks of, `contact_id` whom to turn to, `thing_id` the absence, nudge or hand-over
    that it belongs to."""

    __tablename__ = "notice"
    __table_args__ = (
        one_of("code", NoticeCode),
        CheckConstraint("(body IS NULL) = (wrapped_key IS NULL)", name="body_has_key"),
        CheckConstraint("body IS NULL OR signer_id IS NOT NULL", name="words_are_signed"),
        Index("ix_notice_account_id_id", "account_id", "id"),
        Index("ix_notice_signer_id", "signer_id"),
        Index("ix_notice_about_id", "about_id"),
        Index("ix_notice_contact_id", "contact_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    code: Mapped[str]
    about_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    signer_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    thing_id: Mapped[UUID | None]
    first_on: Mapped[date | None]
    last_on: Mapped[date | None]
    body: Mapped[Sealed | None]
    wrapped_key: Mapped[WrappedKey | None]
    created_at: Mapped[datetime] = created_now()
    seen_at: Mapped[datetime | None]


class Nudge(Model):
    """A kind word to whoever of a pair is silent: a draft, until a human has signed it. There is one draft at the most
    for each step of each silence, which `silent_since` names."""

    __tablename__ = "nudge"
    __table_args__ = (
        one_of("state", NudgeState),
        CheckConstraint("(state = 'draft') = (decided_at IS NULL)", name="decision_is_dated"),
        UniqueConstraint("pair_id", "account_id", "silent_since", "step"),
        Index("uq_nudge_draft", "account_id", unique=True, postgresql_where=text("state = 'draft'")),
        Index("ix_nudge_account_id_decided_at", "account_id", "decided_at"),
        Index("ix_nudge_organisation_id_id", "organisation_id", "id"),
        Index("ix_nudge_signer_id", "signer_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    pair_id: Mapped[UUID] = mapped_column(ForeignKey("pair_care.pair_id", ondelete="CASCADE"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    step: Mapped[int] = mapped_column(SmallInteger)
    silent_since: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default=NudgeState.DRAFT)
    created_at: Mapped[datetime] = created_now()
    decided_at: Mapped[datetime | None]
    signer_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    version: Mapped[int] = mapped_column(server_default="1")


class LeftInPeace(Model):
    """Someone wants no nudges for now, in whichever pair: see `silence.NotNow`."""

    __tablename__ = "not_now"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    said_at: Mapped[datetime]
    until: Mapped[datetime | None]
