"""Events for those who poll, and what people choose to show."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from rinnalla.accounts.service import Choice, PresenceDetail
from rinnalla.chat.schemas import Seq
from rinnalla.kit.schema import In, Out
from rinnalla.realtime.frames import Event

ShowsReading = Annotated[bool, Meta(examples=[False])]


class SyncBody(Out):
    """Events after `after`, oldest first, a hundred at most. With `more`, ask again after `next_after` at once. With
    `reset_required`, read threads and messages anew, then go on after `last_seq` of this `epoch`."""

    epoch: UUID
    last_seq: Seq
    next_after: Seq
    more: Annotated[bool, Meta(examples=[False])]
    reset_required: Annotated[bool, Meta(examples=[False])]
    events: list[Event]


class VisibilityEdit(In):
    """`presence`: whether those you talk with see nothing, on which day you were last here, or that you are here now.
    `read_marks`: that you have read what they wrote; it is told only between two who both want it."""

    presence: PresenceDetail
    read_marks: ShowsReading


class VisibilityBody(Out):
    """What those you talk with see of you; nothing until you choose otherwise. `version` is the ETag for edits."""

    presence: PresenceDetail
    read_marks: ShowsReading
    version: int


def visibility_body(choice: Choice) -> VisibilityBody:
    return VisibilityBody(presence=choice.presence, read_marks=choice.read_marks, version=choice.version)
