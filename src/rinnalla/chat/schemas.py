"""Threads and messages on the wire."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from rinnalla.accounts.service import Presence
from rinnalla.chat.models import Filing, ThreadState
from rinnalla.chat.policy import MAX_TEXT
from rinnalla.chat.service import MessageView, ThreadView
from rinnalla.kit.schema import In, Moment, NextCursor, Out

MAX_SEQ = 2**53 - 1
MessageText = Annotated[
    str, Meta(min_length=1, max_length=MAX_TEXT, pattern=r"\S", examples=["Moi! Valvotko sinäkin? 🌙"])
]
Seq = Annotated[int, Meta(ge=0, le=MAX_SEQ, examples=[12])]
Count = Annotated[int, Meta(ge=0, le=MAX_SEQ, examples=[2])]
PersonName = Annotated[str, Meta(examples=["Aino"])]


class SendMessage(In):
    """`client_id` is made by the app (any UUID) and kept until the send is answered: a repeated send with the same one
    is answered with the first result."""

    client_id: UUID
    text: MessageText


class MarkRead(In):
    up_to_seq: Seq


class MarkDelivered(In):
    up_to_seq: Seq


class FileThread(In):
    filing: Literal["inbox", "archived", "blocked"]


class MessageBody(Out):
    """`seq` counts 1, 2, 3 … in its thread. `text` is null where it can no longer be opened."""

    id: UUID
    thread_id: UUID
    seq: Seq
    author_id: UUID
    client_id: UUID
    text: Annotated[str | None, Meta(examples=["Moi! Valvotko sinäkin? 🌙"])]
    created_at: Moment


class MessageList(Out):
    items: list[MessageBody]
    next_cursor: NextCursor


class ThreadBody(Out):
    """`waiting_since`: since when the other side waits for your answer; null when they don't. `other_…`: what you may
    know of the other side now, and null where you may not: up to which message their devices have stored what you
    said, up to which they have read it (only where both of you let that be seen), and whether they are there."""

    id: UUID
    other_id: UUID
    other_name: PersonName
    state: ThreadState
    filing: Filing
    unread: Count
    read_seq: Seq
    last_seq: Seq
    last_message_at: Moment | None
    waiting_since: Moment | None
    created_at: Moment
    other_delivered_seq: Seq | None
    other_read_seq: Seq | None
    other_presence: Presence | None


class ThreadList(Out):
    items: list[ThreadBody]
    next_cursor: NextCursor


def message_body(view: MessageView) -> MessageBody:
    return MessageBody(
        id=view.id,
        thread_id=view.thread_id,
        seq=view.seq,
        author_id=view.author_id,
        client_id=view.client_id,
        text=view.text,
        created_at=view.created_at,
    )


def thread_body(view: ThreadView) -> ThreadBody:
    return ThreadBody(
        id=view.id,
        other_id=view.other_id,
        other_name=view.other_name,
        state=view.state,
        filing=view.filing,
        unread=view.unread,
        read_seq=view.read_seq,
        last_seq=view.last_seq,
        last_message_at=view.last_message_at,
        waiting_since=view.waiting_since,
        created_at=view.created_at,
        other_delivered_seq=view.other.delivered_seq,
        other_read_seq=view.other.read_seq,
        other_presence=view.other.presence,
    )
