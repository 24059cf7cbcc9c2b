from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.caller import Role
from rinnalla.kit.database import Model, created_now, one_of
from rinnalla.kit.ids import new_id


class PairState(StrEnum):
    """`proposed` waits for one or both to accept; `active` talks; the others are final."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


OPEN_STATES = frozenset({PairState.PROPOSED, PairState.ACTIVE})


class PairOrigin(StrEnum):
    """Who brought the two together."""

    STAFF = "staff"
    MENTEE = "mentee"


class DeclineReason(StrEnum):
    """Why someone says no to a proposed pair."""

    NO_TIME = "no_time"
    NOT_MY_TOPICS = "not_my_topics"
    KNOW_EACH_OTHER = "know_each_other"
    NOT_A_GOOD_FIT = "not_a_good_fit"
    CHANGED_MY_MIND = "changed_my_mind"
    OTHER = "other"


class EndReason(StrEnum):
    """Why a pair that talked ends."""

    GOAL_REACHED = "goal_reached"
    AS_PLANNED = "as_planned"
    NO_TIME = "no_time"
    LOST_CONTACT = "lost_contact"
    NOT_A_GOOD_FIT = "not_a_good_fit"
    OTHER_HELP = "other_help"
    MENTOR_STOPS = "mentor_stops"
    SAFETY = "safety"
    OTHER = "other"


class Waiting(Model):
    """A young person who asked to be paired."""

    __tablename__ = "waiting"
    __table_args__ = (Index("ix_waiting_organisation_id_since_mentee_id", "organisation_id", "since", "mentee_id"),)

    mentee_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    since: Mapped[datetime] = created_now()


class Pair(Model):
    """A mentee and a mentor, from the proposal to the end.

    Triggers keep `mentor_card.open_pairs` in step, refuse a step backwards, and see to it that a pair that is active at
    the end of a transaction has a thread. (Not at the end of each statement: the mentor's place is taken first, the
    thread is opened after, so that locks are taken in the order of the whole service.) A proposal to two who talked
    before has their old thread from the start.
    """

    __tablename__ = "pair"
    __table_args__ = (
        one_of("state", PairState),
        one_of("origin", PairOrigin),
        one_of("closed_by_role", Role),
        CheckConstraint("mentee_id <> mentor_id", name="two_people"),
        CheckConstraint(
            "state <> 'active' OR mentee_accepted_at IS NOT NULL"
            " AND (mentor_accepted_at IS NOT NULL OR origin = 'mentee')",
            name="active_was_accepted",
        ),
        CheckConstraint(
            "(state IN ('proposed', 'active')) = (closed_at IS NULL) AND (closed_at IS NULL) = (closed_by_role IS NULL)"
            " AND (close_reason IS NULL OR closed_at IS NOT NULL)",
            name="close_is_told",
        ),
        Index(
            "uq_pair_open",
            "mentee_id",
            "mentor_id",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'active')"),
        ),
        Index("ix_pair_organisation_id_id", "organisation_id", "id"),
        Index("ix_pair_mentee_id_id", "mentee_id", "id"),
        Index("ix_pair_mentor_id_id", "mentor_id", "id"),
        Index("ix_pair_thread_id", "thread_id"),
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

    def accepted_by(self, role: Role) -> datetime | None:
        """When that side said yes."""
        return self.mentee_accepted_at if role == Role.MENTEE else self.mentor_accepted_at
