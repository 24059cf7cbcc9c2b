"""A matching run: what it looked at, what came out for each young person, and what staff made of it.

What it looked at is kept person by person, sealed under each person's own key: when someone leaves, their part of every
run leaves with them, and what is left of a run still explains itself.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.database import Model, created_now, one_of
from rinnalla.kit.ids import new_id
from rinnalla.kit.vault import Sealed
from rinnalla.matching.stages import ChoiceKind, Outcome, RunFailure, RunPhase, RunState


class MatchingRun(Model):
    """One run over the whole waiting list of a programme. `rules` are the settings that it counts by, and `version`
    moves with all that staff may rely on. A process that solves it holds it by `held_by` until `held_until`.

    `unsolved`: staff fixed something that may stand in the way of other proposals, and it is to be solved again first.
    """

    __tablename__ = "matching_run"
    __table_args__ = (
        one_of("state", RunState),
        one_of("phase", RunPhase),
        one_of("failure", RunFailure),
        CheckConstraint("(held_by IS NULL) = (held_until IS NULL)", name="held_until_some_time"),
        CheckConstraint("held_by IS NULL OR state = 'solving'", name="held_while_solving"),
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failure_is_told"),
        CheckConstraint("(state = 'released') = (released_at IS NOT NULL)", name="release_is_told"),
        UniqueConstraint("organisation_id", "client_id"),
        Index("ix_matching_run_organisation_id_id", "organisation_id", "id"),
        Index("ix_matching_run_waiting", "id", postgresql_where=text("state IN ('queued', 'solving')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    client_id: Mapped[UUID]
    started_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    seed: Mapped[int]
    state: Mapped[str] = mapped_column(server_default=RunState.QUEUED)
    phase: Mapped[str | None]
    done: Mapped[int] = mapped_column(server_default="0")
    of: Mapped[int] = mapped_column(server_default="0")
    failure: Mapped[str | None]
    settings_version: Mapped[int | None]
    rules: Mapped[dict[str, Any] | None]
    looked_at: Mapped[date | None]
    mentees: Mapped[int] = mapped_column(server_default="0")
    mentors: Mapped[int] = mapped_column(server_default="0")
    possible_pairs: Mapped[int] = mapped_column(server_default="0")
    proposals: Mapped[int] = mapped_column(server_default="0")
    points: Mapped[int] = mapped_column(server_default="0")
    failed_criteria: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    unsolved: Mapped[bool] = mapped_column(server_default=text("false"))
    solves: Mapped[int] = mapped_column(server_default="0")
    tries: Mapped[int] = mapped_column(server_default="0")
    held_by: Mapped[UUID | None]
    held_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_now()
    solved_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    released_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    version: Mapped[int] = mapped_column(server_default="1")


class RunMentee(Model):
    """A young person in a run. `side` is what the run knew of them, `reasons` why this mentor, `exclusions` what ruled
    mentors out (runs before that was kept have none); all under their key. `mentor_id` is gone when the mentor has
    left; so is `pair_id` when the pair has."""

    __tablename__ = "matching_run_mentee"
    __table_args__ = (
        one_of("outcome", Outcome),
        Index("ix_matching_run_mentee_mentee_id", "mentee_id"),
        Index("ix_matching_run_mentee_mentor_id", "mentor_id"),
        Index("ix_matching_run_mentee_pair_id", "pair_id"),
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey("matching_run.id", ondelete="CASCADE"), primary_key=True)
    mentee_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    waited: Mapped[int]
    side: Mapped[Sealed]
    outcome: Mapped[str]
    mentor_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    points: Mapped[int] = mapped_column(server_default="0")
    waiting_bonus: Mapped[int] = mapped_column(server_default="0")
    times_overdue: Mapped[int] = mapped_column(server_default="0")
    reasons: Mapped[Sealed | None]
    exclusions: Mapped[Sealed | None]
    pair_id: Mapped[UUID | None] = mapped_column(ForeignKey("pair.id", ondelete="SET NULL"))


class RunMentor(Model):
    """A mentor in a run, with the free places they had. `side` is what the run knew of them, under their key."""

    __tablename__ = "matching_run_mentor"
    __table_args__ = (Index("ix_matching_run_mentor_mentor_id", "mentor_id"),)

    run_id: Mapped[UUID] = mapped_column(ForeignKey("matching_run.id", ondelete="CASCADE"), primary_key=True)
    mentor_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    places: Mapped[int]
    side: Mapped[Sealed]


class RunChoice(Model):
    """What staff decided about two in a run. Somebody is fixed with one mentor at the most. `reason`, under the young
    person's key, says why staff looked past what ruled the two out (`past`, codes)."""

    __tablename__ = "matching_run_choice"
    __table_args__ = (
        one_of("kind", ChoiceKind),
        CheckConstraint("cardinality(past) = 0 OR reason IS NOT NULL", name="past_wishes_with_a_reason"),
        Index(
            "uq_matching_run_choice_fixed",
            "run_id",
            "mentee_id",
            unique=True,
            postgresql_where=text("kind = 'fixed'"),
        ),
        Index("ix_matching_run_choice_mentee_id", "mentee_id"),
        Index("ix_matching_run_choice_mentor_id", "mentor_id"),
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey("matching_run.id", ondelete="CASCADE"), primary_key=True)
    mentee_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    mentor_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str]
    past: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    reason: Mapped[Sealed | None]
    chosen_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    chosen_at: Mapped[datetime] = created_now()


class RunFound(Model):
    """What a run had found for a young person before staff decided something else, so that both can be told later: the
    first time only. `reasons`, under their key, and `mentor_id` are as in `RunMentee`."""

    __tablename__ = "matching_run_found"
    __table_args__ = (
        Index("ix_matching_run_found_mentee_id", "mentee_id"),
        Index("ix_matching_run_found_mentor_id", "mentor_id"),
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey("matching_run.id", ondelete="CASCADE"), primary_key=True)
    mentee_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    mentor_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    points: Mapped[int]
    reasons: Mapped[Sealed | None]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime] = created_now()
