from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.database import Model, created_now, one_of
from rinnalla.kit.ids import new_id


class PairState(StrEnum):
    """`proposed` waits for one or both to accept; `active` talks; the others are final."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class PairOrigin(StrEnum):
    """Who brought the two together."""

    STAFF = "staff"
    MENTEE = "mentee"


class Waiting(Model):
    """A young person who asked to be paired."""

    __tablename__ = "waiting"
    __table_args__ = (Index("ix_waiting_organisation_id_since_mentee_id", "organisation_id", "since", "mentee_id"),)

    mentee_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    since: Mapped[datetime] = created_now()


class Pair(Model):
    """A mentee and a mentor, from the proposal to the end. Triggers keep `mentor_card.open_pairs` in step."""

    __tablename__ = "pair"
    __table_args__ = (
        one_of("state", PairState),
        one_of("origin", PairOrigin),
        CheckConstraint("mentee_id <> mentor_id", name="two_people"),
        CheckConstraint("state <> 'active' OR thread_id IS NOT NULL", name="active_has_thread"),
        CheckConstraint(
            "state <> 'active' OR mentee_accepted_at IS NOT NULL"
            " AND (mentor_accepted_at IS NOT NULL OR origin = 'mentee')",
            name="active_was_accepted",
        ),
        Index(
            "uq_pair_open",
            "mentee_id",
            "mentor_id",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'active')"),
        ),
        Index("ix_pair_organisation_id_id", "organisation_id", "id"),
        Index("ix_pair_mentor_id", "mentor_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    mentee_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    mentor_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    thread_id: Mapped[UUID | None] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"))
    state: Mapped[str]
    origin: Mapped[str]
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    mentee_accepted_at: Mapped[datetime | None]
    mentor_accepted_at: Mapped[datetime | None]
    closed_by_role: Mapped[str | None]
    close_reason: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_now()
    version: Mapped[int] = mapped_column(server_default="1")
