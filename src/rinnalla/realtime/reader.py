"""Reading streams: events after a number, with what they speak of, as the member may see it at this moment."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.chat.service import Chat, MessageView, NewestThreads, SideView
from rinnalla.kit import events
from rinnalla.kit.caller import Caller
from rinnalla.kit.database import Database
from rinnalla.kit.errors import InvalidToken, TooManyRequests
from rinnalla.kit.events import MemberStream, StoredEvent
from rinnalla.kit.gather import Gatherer
from rinnalla.kit.limits import Limit, Limits
from rinnalla.realtime import frames, news

SOCKETS_PER_PROCESS = 10_000
PAGE = 100
PAGE_BYTES = 64 * 1024
"""Of texts: a page waits in memory for as long as its client is slow to take it."""
EVENTS_AT_ONCE = 1280
"""Of one round, whose texts are all in memory until they are handed out: who reads alone gets a page, and of 128 who
read together each gets ten."""
THREADS_ON_RESUME = 50
RESUMES = Limit("resume", 60, 60)
"""From all devices of a person: a bad network makes one resume every few seconds, a broken app without end."""
Cursor = tuple[Caller, int]
MessageKey = tuple[UUID, UUID]
Look = tuple[Caller, frozenset[UUID | None]]
R = TypeVar("R")
A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Part:
    """The next events of a stream, and whether there may be `more` after them."""

    events: list[frames.Event]
    more: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a polling client gets: its events after a number, or that it must start anew."""

    epoch: UUID
    last_seq: int
    reset_required: bool
    events: list[frames.Event]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where someone's stream ends, and the threads that were active last."""

    head: MemberStream
    newest: NewestThreads


class Reader:
    """Reads for all sockets of this process together: however many wait, one query for each 128 of them. There is room
    to wait for as many as a process takes."""

    def __init__(self, database: Database, accounts: Accounts, chat: Chat, limits: Limits) -> None:
        self._database = database
        self._accounts = accounts
        self._chat = chat
        self._limits = limits
        self._pages: Gatherer[Cursor, Part] = _for_sockets(self._read)
        self._heads: Gatherer[Caller, MemberStream] = _for_sockets(self._read_heads)
        self._standings: Gatherer[Caller, Standing] = _for_sockets(self._read_standings)
        self._lookouts: Gatherer[Look, list[frames.OtherSide]] = _for_sockets(self._look)

    async def after(self, caller: Caller, seq: int) -> Part:
        """The caller's next events after number `seq`: at most `PAGE`, fewer while many read, and no more than one
        beyond `PAGE_BYTES`.

        Raises: InvalidToken (the session has ended), Unavailable.
        """
        return await self._pages.ask((caller, seq))

    async def head(self, caller: Caller) -> MemberStream:
        """The head of the caller's stream. Raises: InvalidToken (they have left), Unavailable."""
        return await self._heads.ask(caller)

    async def standing(self, caller: Caller) -> Standing:
        """What a device that comes back shows first. Raises: InvalidToken (the session has ended), TooManyRequests,
        Unavailable."""
        return await self._standings.ask(caller)

    async def other_sides(self, caller: Caller, thread_ids: Iterable[UUID | None]) -> list[frames.OtherSide]:
        """The other side of these threads as the caller may see it now (None: of all theirs).

        Raises: InvalidToken (the session has ended), Unavailable.
        """
        return await self._lookouts.ask((caller, frozenset(thread_ids)))

    async def stretch(self, db: AsyncSession, caller: Caller, after: int, epoch: UUID | None) -> Stretch:
        """The caller's events after a number, for a client that polls. Raises: InvalidToken (they have left)."""
        page = await events.read_after(db, [(caller.account_id, after)], PAGE)
        # Afterwards: what was forgotten before the events were read is known to be forgotten.
        head = await events.head(db, caller.account_id)
        if must_reset(head, after, epoch):
            return Stretch(head.epoch, head.last_seq, reset_required=True, events=[])
        (part,) = await self._shown(db, page, PAGE)
        return Stretch(head.epoch, head.last_seq, reset_required=False, events=part.events)

    async def _read(self, cursors: Sequence[Cursor]) -> Sequence[Part | Exception]:
        """Sessions are looked at after the events have been read: nothing that was written after a session had ended
        goes to its socket."""
        async with self._database.reading() as db:
            places = [(caller.account_id, seq) for caller, seq in cursors]
            most = min(PAGE, EVENTS_AT_ONCE // len(cursors))
            pages = await self._shown(db, await events.read_after(db, places, most), most)
            alive = await self._accounts.live_sessions(db, [caller.session_id for caller, _ in cursors])
        return [
            page if caller.session_id in alive else InvalidToken()
            for (caller, _), page in zip(cursors, pages, strict=True)
        ]

    async def _read_heads(self, callers: Sequence[Caller]) -> Sequence[MemberStream | Exception]:
        async with self._database.reading() as db:
            found = await events.streams(db, [caller.account_id for caller in callers])
        return [found.get(caller.account_id) or InvalidToken() for caller in callers]

    async def _read_standings(self, callers: Sequence[Caller]) -> Sequence[Standing | Exception]:
        """Places before threads: what happens in between is told twice, and known by its number, rather than never.
        Sessions last, as in `_read`."""
        asked = Counter(caller.account_id for caller in callers)
        async with self._database.unit_of_work() as db:
            room = await self._limits.taken(db, RESUMES, asked)
            heads = await events.streams(db, asked)
            newest = await self._chat.newest_threads(db, list(asked), THREADS_ON_RESUME)
            alive = await self._accounts.live_sessions(db, [caller.session_id for caller in callers])
        return [
            self._standing(caller, room, heads, newest) if caller.session_id in alive else InvalidToken()
            for caller in callers
        ]

    @staticmethod
    def _standing(
        caller: Caller, room: dict[UUID, int], heads: dict[UUID, MemberStream], newest: Mapping[UUID, NewestThreads]
    ) -> Standing | Exception:
        if caller.account_id not in heads:
            return InvalidToken()
        if room.get(caller.account_id, 0) == 0:
            return TooManyRequests(retry_after=1)
        room[caller.account_id] -= 1
        return Standing(heads[caller.account_id], newest[caller.account_id])

    async def _look(self, looks: Sequence[Look]) -> Sequence[list[frames.OtherSide] | Exception]:
        wanted = {(thread_id, caller.account_id) for caller, thread_ids in looks for thread_id in thread_ids}
        async with self._database.reading() as db:
            sides = await self._chat.sides(db, wanted)
            alive = await self._accounts.live_sessions(db, [caller.session_id for caller, _ in looks])
        return [
            [
                _other_side(thread_id, side)
                for (thread_id, reader_id), side in sides.items()
                if reader_id == caller.account_id and not thread_ids.isdisjoint({thread_id, None})
            ]
            if caller.session_id in alive
            else InvalidToken()
            for caller, thread_ids in looks
        ]

    async def _shown(self, db: AsyncSession, pages: Sequence[Sequence[StoredEvent]], most: int) -> list[Part]:
        keys = {_message_key(event) for page in pages for event in page if event.kind == "message"}
        messages = await self._chat.messages_for(db, {key for key in keys if key is not None})
        return [_part([_frame(event, messages) for event in page], most) for page in pages]


def _for_sockets(work: Callable[[Sequence[R]], Awaitable[Sequence[A | Exception]]]) -> Gatherer[R, A]:
    return Gatherer(work, max_waiting=SOCKETS_PER_PROCESS, takes_back=True)


def _part(page: list[frames.Event], most: int) -> Part:
    """As much of a page, for which at most so many events were read, as there is room for; the text that there was no
    room for any more is the last."""
    held = 0
    for number, event in enumerate(page, start=1):
        if isinstance(event, frames.MessageEvent) and event.message.text is not None:
            held += len(event.message.text.encode())
            if held > PAGE_BYTES and number < len(page):
                return Part(page[:number], more=True)
    return Part(page, more=len(page) == most)


def _frame(event: StoredEvent, messages: Mapping[MessageKey, MessageView]) -> frames.Event:
    """One that can't be made out is passed like one that can't be seen: nobody may be stuck before it."""
    if event.kind == "message":
        key = _message_key(event)
        view = None if key is None else messages.get(key)
        return news.Unavailable(seq=event.seq) if view is None else frames.message_event(event.seq, view)
    try:
        plain: frames.Event = msgspec.convert({**event.refs, "type": event.kind, "seq": event.seq}, news.PlainEvent)
    except (TypeError, msgspec.ValidationError):
        return news.Unavailable(seq=event.seq)
    return plain


def _other_side(thread_id: UUID, side: SideView) -> frames.OtherSide:
    return frames.OtherSide(
        thread_id=thread_id,
        other_delivered_seq=side.delivered_seq,
        other_read_seq=side.read_seq,
        other_presence=side.presence,
    )


def _message_key(event: StoredEvent) -> MessageKey | None:
    try:
        return event.account_id, msgspec.convert(event.refs["message_id"], UUID)
    except (KeyError, TypeError, msgspec.ValidationError):
        return None


def must_reset(head: MemberStream, after: int, epoch: UUID | None) -> bool:
    """Whether a client's place in a stream is none that the stream can go on from. A number says nothing without the
    epoch that it belongs to: after a restore, the same number may stand for something else."""
    other_epoch = after > 0 if epoch is None else epoch != head.epoch
    return other_epoch or not head.floor_seq <= after <= head.last_seq
