"""Events for those who poll."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from rinnalla.chat.schemas import Seq
from rinnalla.kit.schema import Out
from rinnalla.realtime.frames import Event


class SyncBody(Out):
    """Events after `after`, oldest first, a hundred at most. With `more`, ask again after `next_after` at once. With
    `reset_required`, read threads and messages anew, then go on after `last_seq` of this `epoch`."""

    epoch: UUID
    last_seq: Seq
    next_after: Seq
    more: Annotated[bool, Meta(examples=[False])]
    reset_required: Annotated[bool, Meta(examples=[False])]
    events: list[Event]
