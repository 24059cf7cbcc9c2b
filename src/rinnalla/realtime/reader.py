"""Reading streams: events after a number, with what they speak of, as the member may see it at this moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.chat.service import Chat, MessageView
from rinnalla.kit import events
from rinnalla.kit.caller import Caller
from rinnalla.kit.database import Database
from rinnalla.kit.events import MemberStream, StoredEvent
from rinnalla.kit.gather import Gatherer
from rinnalla.realtime import frames

PAGE = 100
Cursor = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a polling client gets: its events after a number, or that it must start anew."""

    epoch: UUID
    last_seq: int
    reset_required: bool
    events: list[frames.Event]


class Reader:
    """Reads for all sockets of this process together: however many wait, one query."""

    def __init__(self, database: Database, chat: Chat) -> None:
        self._database = database
        self._chat = chat
        self._gatherer: Gatherer[Cursor, list[frames.Event]] = Gatherer(self._read)

    async def after(self, account_id: UUID, seq: int) -> list[frames.Event]:
        """Someone's next events after number `seq`, at most `PAGE`. Raises: Unavailable."""
        return await self._gatherer.ask((account_id, seq))

    async def head(self, account_id: UUID) -> MemberStream:
        """The head of someone's stream. Raises: InvalidToken (they have left), Unavailable."""
        async with self._database.unit_of_work() as db:
            return await events.head(db, account_id)

    async def stretch(self, db: AsyncSession, caller: Caller, after: int, epoch: UUID | None) -> Stretch:
        """The caller's events after a number, for a client that polls. Raises: InvalidToken (they have left)."""
        head = await events.head(db, caller.account_id)
        if must_reset(head, after, epoch):
            return Stretch(head.epoch, head.last_seq, reset_required=True, events=[])
        pages = await events.read_after(db, [(caller.account_id, after)], PAGE)
        return Stretch(head.epoch, head.last_seq, reset_required=False, events=(await self._shown(db, pages))[0])

    async def _read(self, cursors: Sequence[Cursor]) -> Sequence[list[frames.Event]]:
        async with self._database.unit_of_work() as db:
            return await self._shown(db, await events.read_after(db, cursors, PAGE))

    async def _shown(self, db: AsyncSession, pages: Sequence[Sequence[StoredEvent]]) -> list[list[frames.Event]]:
        wanted = {_message_key(event) for page in pages for event in page if event.kind == "message"}
        messages = await self._chat.messages_for(db, wanted)
        return [[_frame(event, messages) for event in page] for page in pages]


def _frame(event: StoredEvent, messages: Mapping[tuple[UUID, UUID], MessageView]) -> frames.Event:  # noqa: PLR0911 - a line a kind
    match event.kind:
        case "message" if (view := messages.get(_message_key(event))) is not None:
            return frames.message_event(event.seq, view)
        case "read":
            thread_id, up_to_seq = UUID(event.refs["thread_id"]), event.refs["up_to_seq"]
            return frames.ReadEvent(seq=event.seq, thread_id=thread_id, up_to_seq=up_to_seq)
        case "thread_changed":
            return frames.ThreadChanged(seq=event.seq, thread_id=UUID(event.refs["thread_id"]))
        case "thread_gone":
            return frames.ThreadGone(seq=event.seq, thread_id=UUID(event.refs["thread_id"]))
        case "account_changed":
            return frames.AccountChanged(seq=event.seq)
        case "pair_changed":
            return frames.PairChanged(seq=event.seq, pair_id=UUID(event.refs["pair_id"]))
        case _:
            return frames.Unavailable(seq=event.seq)


def _message_key(event: StoredEvent) -> tuple[UUID, UUID]:
    return event.account_id, UUID(event.refs["message_id"])


def must_reset(head: MemberStream, after: int, epoch: UUID | None) -> bool:
    """Whether a client's place in a stream is none that the stream can go on from."""
    return (epoch is not None and epoch != head.epoch) or not head.floor_seq <= after <= head.last_seq
