from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.caller import Role
from rinnalla.kit.database import Model, created_now, one_of
from rinnalla.kit.vault import Sealed, WrappedKey


class Rhythm(StrEnum):
    """How often someone would like to be in touch."""

    DAILY = "daily"
    TWICE_A_WEEK = "twice_a_week"
    WEEKLY = "weekly"
    EVERY_OTHER_WEEK = "every_other_week"
    MONTHLY = "monthly"
    WHEN_NEEDED = "when_needed"


class Shown(StrEnum):
    """What of a young person's wishes a mentor sees with whom they may be paired."""

    LANGUAGES = "languages"
    TOPICS = "topics"
    TIMES = "times"


class Fit(StrEnum):
    """What someone says in private of a trial."""

    GOOD_FIT = "good_fit"
    STILL_DECIDING = "still_deciding"
    NOT_A_GOOD_FIT = "not_a_good_fit"


class OverrideCause(StrEnum):
    """Why two may begin who have not both seen what the other expects: staff say so, or the programme lets young people
    write to a mentor at once."""

    STAFF = "staff"
    PROGRAMME = "programme"


class Expectations(Model):
    """What someone expects of any pair of theirs. `off_limits`: what they don't want to talk about, for the two alone.
    `shown`: what of a young person's wishes the mentor sees."""

    __tablename__ = "expectations"
    __table_args__ = (one_of("rhythm", Rhythm), CheckConstraint("months BETWEEN 1 AND 60", name="months_sane"))

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    months: Mapped[int | None] = mapped_column(SmallInteger)
    rhythm: Mapped[str | None]
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    off_limits: Mapped[Sealed | None]
    shown: Mapped[list[str]] = mapped_column(ARRAY(Text))
    updated_at: Mapped[datetime] = created_now()
    version: Mapped[int] = mapped_column(server_default="1")


class PairOverride(Model):
    """Why a pair may begin without both having seen the other's expectations. `reason` is staff's, under a key of its
    own: it stays when its author leaves."""

    __tablename__ = "pair_override"
    __table_args__ = (
        one_of("cause", OverrideCause),
        CheckConstraint(
            "(cause = 'staff') = (reason IS NOT NULL) AND (reason IS NULL) = (wrapped_key IS NULL)",
            name="staff_say_why",
        ),
    )

    pair_id: Mapped[UUID] = mapped_column(ForeignKey("pair.id", ondelete="CASCADE"), primary_key=True)
    cause: Mapped[str]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    reason: Mapped[Sealed | None]
    wrapped_key: Mapped[WrappedKey | None]
    at: Mapped[datetime] = created_now()


class TurnedAway(Model):
    """A young person chose a mentor and was refused for something that is not told, and since when: see
    `turning_away`. Nobody reads it."""

    __tablename__ = "turned_away"
    __table_args__ = (Index("ix_turned_away_mentor_id", "mentor_id"),)

    mentee_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    mentor_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[datetime] = created_now()


class PairFit(Model):
    """What one side says of the trial: changeable until the joint result, and removed with it. Nobody but its author is
    ever shown it."""

    __tablename__ = "pair_fit"
    __table_args__ = (one_of("role", Role), one_of("fit", Fit))

    pair_id: Mapped[UUID] = mapped_column(ForeignKey("pair.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    fit: Mapped[str]


class PairLearnt(Model):
    """What one side says would matter more next time, after a trial that led nowhere: criteria of matching by name.
    Told to staff only as counts."""

    __tablename__ = "pair_learnt"
    __table_args__ = (one_of("role", Role),)

    pair_id: Mapped[UUID] = mapped_column(ForeignKey("pair.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text))


class PairLetter(Model):
    """A goodbye letter, sealed under its author's key."""

    __tablename__ = "pair_letter"
    __table_args__ = (one_of("role", Role),)

    pair_id: Mapped[UUID] = mapped_column(ForeignKey("pair.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[Sealed]
    updated_at: Mapped[datetime] = created_now()
    version: Mapped[int] = mapped_column(server_default="1")


class ContactRule(Model):
    """What a programme says of contact after the end, per language."""

    __tablename__ = "contact_rule"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True)
    texts: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime] = created_now()
    version: Mapped[int] = mapped_column(server_default="1")
