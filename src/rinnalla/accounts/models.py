from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.caller import Role
from rinnalla.kit.database import Model, created_now, one_of
from rinnalla.kit.ids import new_id
from rinnalla.kit.vault import Sealed, WrappedKey


class AccountState(StrEnum):
    """`invited`: made by staff, not yet come in."""

    INVITED = "invited"
    ACTIVE = "active"
    SUSPENDED = "suspended"


class Country(StrEnum):
    """Where a programme runs, by ISO 3166 code."""

    FI = "FI"
    SE = "SE"
    NO = "NO"


class PresenceDetail(StrEnum):
    """How finely the people someone talks with may see when they are there: not at all, by the day, at this moment."""

    HIDDEN = "hidden"
    DAY = "day"
    ONLINE = "online"


class Organisation(Model):
    """A programme. `mentees_may_choose`: whether a young person may write to a mentor without staff in between."""

    __tablename__ = "organisation"
    __table_args__ = (one_of("country", Country), Index("uq_organisation_name", text("lower(name)"), unique=True))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    country: Mapped[str]
    mentees_may_choose: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = created_now()
    version: Mapped[int] = mapped_column(server_default="1")


class Account(Model):
    """A person. `login_key` is the folded form of the log-in name; `wrapped_key` seals this person's own texts.
    `password_is_spent`: it was for one time, has opened a session, and is good for choosing another in there only."""

    __tablename__ = "account"
    __table_args__ = (
        one_of("role", Role),
        one_of("state", AccountState),
        CheckConstraint("(role = 'admin') = (organisation_id IS NULL)", name="admins_stand_above"),
        CheckConstraint(
            "state = 'invited' OR (login_key IS NOT NULL AND password_hash IS NOT NULL)", name="can_log_in"
        ),
        CheckConstraint(
            "state = 'invited' OR role IN ('mentee', 'mentor') OR totp_secret IS NOT NULL", name="staff_second_factor"
        ),
        CheckConstraint("password_is_one_time OR NOT password_is_spent", name="spent_if_one_time"),
        Index("ix_account_organisation_id_role_id", "organisation_id", "role", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    role: Mapped[str]
    state: Mapped[str]
    login_name: Mapped[str | None]
    login_key: Mapped[str | None] = mapped_column(unique=True)
    display_name: Mapped[str]
    password_hash: Mapped[str | None]
    password_is_one_time: Mapped[bool] = mapped_column(server_default=text("false"))
    password_is_spent: Mapped[bool] = mapped_column(server_default=text("false"))
    wrapped_key: Mapped[WrappedKey]
    email: Mapped[Sealed | None]
    totp_secret: Mapped[Sealed | None]
    totp_last_step: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = created_now()
    version: Mapped[int] = mapped_column(server_default="1")


class Visibility(Model):
    """What someone lets the people they talk with see of them. Who never chose has no row, and shows nothing.

    `read_marks`: that a message was read, where both want it. `active_on`: the last day on which they were here, and
    `active_before` the last one before that, kept only for those who show it.
    """

    __tablename__ = "visibility"
    __table_args__ = (
        one_of("presence", PresenceDetail),
        CheckConstraint("(presence = 'hidden') = (active_on IS NULL)", name="day_kept_where_allowed"),
        CheckConstraint("(active_on IS NULL) = (active_before IS NULL)", name="days_kept_together"),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    presence: Mapped[str] = mapped_column(server_default=PresenceDetail.HIDDEN)
    read_marks: Mapped[bool] = mapped_column(server_default=text("false"))
    active_on: Mapped[date | None]
    active_before: Mapped[date | None]
    version: Mapped[int] = mapped_column(server_default="1")


class Session(Model):
    """One device's log-in, alive until it is revoked or past `expires_at` or unused for too long. `keeps_token`: its
    client can't take a new refresh token each time, and has one that stays (see `sessions`)."""

    __tablename__ = "session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    device_name: Mapped[str]
    created_at: Mapped[datetime] = created_now()
    last_used_at: Mapped[datetime] = created_now()
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    keeps_token: Mapped[bool] = mapped_column(server_default=text("false"))


class RefreshToken(Model):
    """Each refresh token of a session, as a SHA-256 digest. The one with no `spent_at` is the newest."""

    __tablename__ = "refresh_token"
    __table_args__ = (
        Index("uq_refresh_token_newest", "session_id", unique=True, postgresql_where=text("spent_at IS NULL")),
    )

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)
    issued_at: Mapped[datetime] = created_now()
    spent_at: Mapped[datetime | None]


class RecoveryCode(Model):
    """A one-time way back in, as a SHA-256 digest."""

    __tablename__ = "recovery_code"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    used_at: Mapped[datetime | None]


class Invitation(Model):
    """The one-time way in for an account that staff made."""

    __tablename__ = "invitation"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = created_now()
    expires_at: Mapped[datetime]


class RealtimeTicket(Model):
    """A one-time key to open a socket with, as a SHA-256 digest."""

    __tablename__ = "realtime_ticket"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
