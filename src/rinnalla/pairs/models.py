from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.caller import Role
from rinnalla.kit.database import Model, created_now, one_of
from rinnalla.kit.ids import new_id
from rinnalla.kit.vault import Sealed


class PairState(StrEnum):
    """`proposed` waits for one or both to accept; `trial`, `active` and `closing` talk; the others are final: nobody
    has a pair in them any more. `returned`: the trial ended without anyone's fault. What leads where stands in
    `lifecycle`."""

    PROPOSED = "proposed"
    TRIAL = "trial"
    ACTIVE = "active"
    CLOSING = "closing"
    CLOSED = "closed"
    RETURNED = "returned"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


TALKING = frozenset({PairState.TRIAL, PairState.ACTIVE, PairState.CLOSING})
"""In these the thread of the two is open."""
PLACE_TAKING = TALKING | {PairState.PROPOSED}
"""In these a pair takes one of the mentor's places: a place that was offered is kept until it is answered."""


class Step(StrEnum):
    """What moves a pair, or is done to it."""

    PROPOSE = "propose"
    CHOOSE = "choose"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    OVERRIDE = "override"
    ANSWER_TRIAL = "answer_trial"
    EXTEND = "extend"
    RUN_OUT = "run_out"
    CONFIRM = "confirm"
    RETURN = "return"
    END = "end"
    CLOSE = "close"
    SAFEGUARD = "safeguard"


class Two(NamedTuple):
    """A young person and a mentor, by their ids, whether they are a pair or not."""

    mentee_id: UUID
    mentor_id: UUID


class PairOrigin(StrEnum):
    """Who brought the two together."""

    STAFF = "staff"
    MENTEE = "mentee"


class Answer(StrEnum):
    """How someone says no. `not_now` blames nobody: the same two may be proposed again."""

    NOT_NOW = "not_now"
    NO = "no"


NOT_NOW_LASTS = timedelta(days=30)
"""How long two are left in peace to whom one said "not now"; then they may be proposed to each other again."""


class DeclineReason(StrEnum):
    """Why someone says no to a proposed pair."""

    NO_TIME = "no_time"
    NOT_MY_TOPICS = "not_my_topics"
    KNOW_EACH_OTHER = "know_each_other"
    NOT_A_GOOD_FIT = "not_a_good_fit"
    CHANGED_MY_MIND = "changed_my_mind"
    OTHER = "other"


class EndKind(StrEnum):
    """How a pair that talked comes to its end."""

    PLANNED = "planned"
    UNPLANNED = "unplanned"
    ONE_SIDE_GONE = "one_side_gone"
    PROGRAMME = "programme"
    SAFEGUARDING = "safeguarding"


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
    """A young person who asked to be paired. `again_with`: a mentor whom they had before and would like again."""

    __tablename__ = "waiting"
    __table_args__ = (Index("ix_waiting_organisation_id_since_mentee_id", "organisation_id", "since", "mentee_id"),)

    mentee_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    again_with: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    since: Mapped[datetime] = created_now()


class Pair(Model):
    """A mentee and a mentor, from the proposal to the end.

    Triggers keep `mentor_card.open_pairs` in step, refuse a way that `lifecycle` doesn't have, and see to it that a
    pair that talks at the end of a transaction has a thread. (Not at the end of each statement: the mentor's place is
    taken first, the thread is opened after, so that locks are taken in the order of the whole service.) A proposal to
    two who talked before has their old thread from the start.

    `past`: what staff looked past when they proposed them, by code; `past_reason`, under the young person's key: why.
    `mentee_saw` and `mentor_saw`: the version of the other's expectations that each had seen when they said yes.
    `waited_since`: the young person's place on the waiting list, which the beginning took, to go back to.
    `trial_over_at`: when a trial that was extended as often as it may be was over without a joint result.
    `closed_by_role` and `close_reason` are said when the end is announced, `closed_at` when it is there; nobody is
    named when time or a joint result ended it.
    `lost_at`: when the mentor had to go, be it after the end: what they say from then on does not arrive.
    """

    __tablename__ = "pair"
    __table_args__ = (
        one_of("state", PairState),
        one_of("origin", PairOrigin),
        one_of("answer", Answer),
        one_of("ending_kind", EndKind),
        one_of("closed_by_role", Role),
        CheckConstraint("mentee_id <> mentor_id", name="two_people"),
        CheckConstraint(
            "state NOT IN ('trial', 'active', 'closing') OR mentee_accepted_at IS NOT NULL"
            " AND (mentor_accepted_at IS NOT NULL OR origin = 'mentee')",
            name="talking_was_accepted",
        ),
        CheckConstraint(
            "(state IN ('proposed', 'trial', 'active', 'closing')) = (closed_at IS NULL)"
            " AND (closed_by_role IS NULL OR state NOT IN ('proposed', 'trial', 'active'))"
            " AND (close_reason IS NULL OR closed_by_role IS NOT NULL)",
            name="close_is_told",
        ),
        CheckConstraint(
            "(state <> 'proposed' OR expires_at IS NOT NULL)"
            " AND (state <> 'trial' OR trial_ends_at IS NOT NULL)"
            " AND (state <> 'closing' OR ends_on IS NOT NULL)"
            " AND (state IN ('closing', 'closed')) = (ending_kind IS NOT NULL)"
            " AND (state = 'declined') = (answer IS NOT NULL)",
            name="state_is_whole",
        ),
        CheckConstraint("(cardinality(past) > 0) = (past_reason IS NOT NULL)", name="past_with_a_reason"),
        CheckConstraint("trial_extended BETWEEN 0 AND 2", name="trial_extended_twice"),
        Index(
            "uq_pair_open",
            "mentee_id",
            "mentor_id",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'trial', 'active', 'closing')"),
        ),
        Index(
            "uq_pair_asked",
            "mentee_id",
            unique=True,
            postgresql_where=text("state = 'proposed' AND origin = 'mentee'"),
        ),
        Index("ix_pair_organisation_id_id", "organisation_id", "id"),
        Index("ix_pair_mentee_id_id", "mentee_id", "id"),
        Index("ix_pair_mentor_id_id", "mentor_id", "id"),
        Index("ix_pair_thread_id", "thread_id"),
        Index("ix_pair_expires_at", "expires_at", postgresql_where=text("state = 'proposed'")),
        Index("ix_pair_remind_at", "remind_at", postgresql_where=text("state = 'proposed'")),
        Index("ix_pair_trial_ends_at", "trial_ends_at", postgresql_where=text("state = 'trial'")),
        Index("ix_pair_ends_on", "ends_on", postgresql_where=text("state = 'closing'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    mentee_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    mentor_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    thread_id: Mapped[UUID | None] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"))
    state: Mapped[str]
    origin: Mapped[str]
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    past: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    past_reason: Mapped[Sealed | None]
    expires_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    mentee_accepted_at: Mapped[datetime | None]
    mentor_accepted_at: Mapped[datetime | None]
    mentee_saw: Mapped[int | None]
    mentor_saw: Mapped[int | None]
    answer: Mapped[str | None]
    waited_since: Mapped[datetime | None]
    trial_ends_at: Mapped[datetime | None]
    trial_extended: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    trial_over_at: Mapped[datetime | None]
    ending_kind: Mapped[str | None]
    lost_at: Mapped[datetime | None]
    ends_on: Mapped[date | None]
    last_talk_at: Mapped[datetime | None]
    closed_by_role: Mapped[str | None]
    close_reason: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_now()

    def accepted_by(self, role: Role) -> datetime | None:
        """When that side said yes."""
        return self.mentee_accepted_at if role == Role.MENTEE else self.mentor_accepted_at

    def seen_by(self, role: Role) -> int | None:
        """Which version of the other's expectations that side had seen when they said yes."""
        return self.mentee_saw if role == Role.MENTEE else self.mentor_saw


class PairStep(Model):
    """One step of a pair: added to and never changed (a trigger sees to it), gone with the pair. Nobody is named where
    time or a joint result did it, so that no single answer can be read out of it. `was` is null for the first."""

    __tablename__ = "pair_step"
    __table_args__ = (
        one_of("step", Step),
        one_of("was", PairState),
        one_of("now", PairState),
        one_of("by_role", Role),
        Index("ix_pair_step_pair_id_id", "pair_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    pair_id: Mapped[UUID] = mapped_column(ForeignKey("pair.id", ondelete="CASCADE"))
    step: Mapped[str]
    was: Mapped[str | None]
    now: Mapped[str]
    by_role: Mapped[str | None]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    reason: Mapped[str | None]
    at: Mapped[datetime] = created_now()
