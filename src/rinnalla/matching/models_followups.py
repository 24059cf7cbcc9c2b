"""What is to be done about a proposal that came to nothing: the place that is free again, and the young person
who still waits."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.database import Model, created_now, one_of
from rinnalla.kit.ids import new_id
from rinnalla.kit.vault import Sealed
from rinnalla.matching.stages import FollowUpKind, FollowUpState


class FollowUp(Model):
    """One suggestion to staff: for whom (`for_id`: the mentor of the place, or the young person), and with whom, once
    that has been looked at. There is one of each kind for a pair, however often it is told that it came to nothing.

    `reasons` are under the young person's key; `run_id` is the run whose proposal it began with,
    if there was one.
    """

    __tablename__ = "matching_follow_up"
    __table_args__ = (
        one_of("kind", FollowUpKind),
        one_of("state", FollowUpState),
        CheckConstraint("(state IN ('proposed', 'dismissed')) = (settled_at IS NOT NULL)", name="settling_is_told"),
        UniqueConstraint("pair_id", "kind"),
        Index("ix_matching_follow_up_organisation_id_id", "organisation_id", "id"),
        Index("ix_matching_follow_up_due", "id", postgresql_where=text("state = 'due'")),
        Index("ix_matching_follow_up_run_id", "run_id"),
        Index("ix_matching_follow_up_for_id", "for_id"),
        Index("ix_matching_follow_up_with_id", "with_id"),
        Index("ix_matching_follow_up_new_pair_id", "new_pair_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("matching_run.id", ondelete="CASCADE"))
    pair_id: Mapped[UUID | None] = mapped_column(ForeignKey("pair.id", ondelete="SET NULL"))
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=FollowUpState.DUE)
    for_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    with_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    points: Mapped[int] = mapped_column(server_default="0")
    failed_criteria: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    reasons: Mapped[Sealed | None]
    new_pair_id: Mapped[UUID | None] = mapped_column(ForeignKey("pair.id", ondelete="SET NULL"))
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    settled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_now()
    version: Mapped[int] = mapped_column(server_default="1")

    @property
    def mentee_id(self) -> UUID | None:
        """The young person, if there is one (yet)."""
        return self.for_id if self.kind == FollowUpKind.PERSON else self.with_id

    @property
    def mentor_id(self) -> UUID | None:
        """The mentor, if there is one (yet)."""
        return self.for_id if self.kind == FollowUpKind.PLACE else self.with_id
