"""Threads as their members see them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rinnalla.chat.models import Filing, ThreadState
from rinnalla.chat.repository import OwnThread
from rinnalla.chat.sides import SideView


@dataclass(frozen=True, slots=True)
class ThreadView:
    """A thread as one of its members sees it. `waiting_since`: when the other began to wait for this one's answer.
    `other`: what this one may know of the other side."""

    id: UUID
    other_id: UUID
    other_name: str
    state: ThreadState
    filing: Filing
    unread: int
    read_seq: int
    last_seq: int
    last_message_at: datetime | None
    waiting_since: datetime | None
    created_at: datetime
    other: SideView

    @property
    def active_at(self) -> datetime:
        """When something last happened here: what lists are sorted by."""
        return self.last_message_at or self.created_at


@dataclass(frozen=True, slots=True)
class NewestThreads:
    """What a device shows first. `unread` is counted over the whole inbox, `count` over all threads."""

    threads: list[ThreadView]
    unread: int
    count: int


def thread_view(found: OwnThread, other: SideView) -> ThreadView:
    return ThreadView(
        id=found.thread.id,
        other_id=found.other_id,
        other_name=found.other_name,
        state=ThreadState(found.thread.state),
        filing=Filing(found.own.filing),
        unread=found.own.unread,
        read_seq=found.own.read_seq,
        last_seq=found.thread.last_seq,
        last_message_at=found.thread.last_message_at,
        waiting_since=found.own.waiting_since,
        created_at=found.thread.created_at,
        other=other,
    )
