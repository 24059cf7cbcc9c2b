from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.caller import Role
from rinnalla.kit.database import Model, created_now, one_of
from rinnalla.kit.events import MemberEvent
from rinnalla.kit.ids import new_id
from rinnalla.kit.vault import Sealed, WrappedKey


class ThreadState(StrEnum):
    """A closed thread can be read and not written to."""

    OPEN = "open"
    CLOSED = "closed"


class Filing(StrEnum):
    """Where one member keeps a thread. `blocked`: nothing from the other side arrives. `handed_over`: a young person's
    own, of a conversation that is over for the mentor in it, because the next mentor has taken over."""

    INBOX = "inbox"
    ARCHIVED = "archived"
    BLOCKED = "blocked"
    HANDED_OVER = "handed_over"


HIDING = frozenset({Filing.BLOCKED, Filing.HANDED_OVER})
"""Filed so by one member, a thread is gone for the other."""


Index(
    "ix_member_event_message_id",
    MemberEvent.refs["message_id"].astext,
    MemberEvent.account_id,
    postgresql_where=MemberEvent.kind == "message",
)
"""Where a message stands in someone's stream: for clients that know their last message, and not its number."""


class Thread(Model):
    """The conversation of a mentee and a mentor: one for the two, however often they are paired. `handed_over`: it is
    over for the mentor in it, whether the young person keeps it as `handed_over` or as `blocked`."""

    __tablename__ = "thread"
    __table_args__ = (
        one_of("state", ThreadState),
        CheckConstraint("mentee_id <> mentor_id", name="two_people"),
        UniqueConstraint("mentee_id", "mentor_id"),
        Index("ix_thread_mentor_id", "mentor_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    mentee_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    mentor_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(server_default=ThreadState.OPEN)
    handed_over: Mapped[bool] = mapped_column(server_default=text("false"))
    last_seq: Mapped[int] = mapped_column(server_default="0")
    last_message_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_now()


class ThreadMember(Model):
    """One side of a thread. `wrapped_key` seals what this member writes here; `waiting_since` is when the other began
    to wait for this member's answer; up to `delivered_seq` a device has stored, up to `read_seq` it was read."""

    __tablename__ = "thread_member"
    __table_args__ = (
        one_of("role", Role),
        one_of("filing", Filing),
        CheckConstraint("unread >= 0", name="unread_counted"),
        Index("ix_thread_member_account_id", "account_id"),
    )

    thread_id: Mapped[UUID] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str]
    filing: Mapped[str] = mapped_column(server_default=Filing.INBOX)
    delivered_seq: Mapped[int] = mapped_column(server_default="0")
    read_seq: Mapped[int] = mapped_column(server_default="0")
    unread: Mapped[int] = mapped_column(server_default="0")
    waiting_since: Mapped[datetime | None]
    wrapped_key: Mapped[WrappedKey]


class Message(Model):
    """`client_id` is made by the sender's app, so that a repeated send is known for what it is. It counts within its
    thread: were it known across threads, a blocked side could find out that its messages still exist."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("thread_id", "seq"), UniqueConstraint("author_id", "client_id", "thread_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    thread_id: Mapped[UUID] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"))
    seq: Mapped[int]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    client_id: Mapped[UUID]
    body: Mapped[Sealed]
    created_at: Mapped[datetime] = created_now()


class ReadingGrant(Model):
    """What someone who is no member of a thread may read of it, by the word of the young person in it: the messages of
    these numbers, and no others."""

    __tablename__ = "reading_grant"
    __table_args__ = (
        CheckConstraint("first_seq BETWEEN 1 AND last_seq", name="range_in_order"),
        Index("ix_reading_grant_reader_id", "reader_id"),
    )

    thread_id: Mapped[UUID] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True)
    reader_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    first_seq: Mapped[int]
    last_seq: Mapped[int]
    given_at: Mapped[datetime] = created_now()
