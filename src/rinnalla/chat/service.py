"""Conversations, as their two members and the other features use them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.chat import repository, repository_delivery, repository_sides
from rinnalla.chat.arrivals import ArrivedMessage, Conversations, Piece
from rinnalla.chat.doors import Doors, reopen
from rinnalla.chat.errors import ThreadHandedOver, ThreadNotFound
from rinnalla.chat.handed_over import HandedOver, LastWords
from rinnalla.chat.models import HIDING, Filing, Message, Thread, ThreadMember, ThreadState
from rinnalla.chat.people import Correspondence, Correspondent, Line
from rinnalla.chat.policy import MARKS, refusal_to_write
from rinnalla.chat.repository import LockedThread, OwnThread
from rinnalla.chat.repository_arrivals import Standing
from rinnalla.chat.repository_delivery import StoredMessage
from rinnalla.chat.sides import Delivered, Sides, SideView
from rinnalla.chat.views import NewestThreads, ThreadView, thread_view
from rinnalla.chat.writer import MessageView, Outgoing, Sent, Writer, opened
from rinnalla.kit import bus, events
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.errors import FieldProblem, InvalidBody
from rinnalla.kit.events import Event
from rinnalla.kit.ids import new_id
from rinnalla.kit.limits import Limits
from rinnalla.kit.vault import Vault, WrappedKey

__all__ = [
    "ArrivedMessage",
    "Chat",
    "Conversations",
    "Correspondence",
    "Correspondent",
    "Doors",
    "Filing",
    "HandedOver",
    "LastWords",
    "Line",
    "MessageView",
    "NewestThreads",
    "Piece",
    "Sent",
    "SideView",
    "Standing",
    "Thread",
    "ThreadMember",
    "ThreadState",
    "ThreadView",
]


class Chat:
    """Sends, reads, files, opens and closes."""

    def __init__(self, vault: Vault, writer: Writer, sides: Sides, limits: Limits) -> None:
        self._vault = vault
        self._limits = limits
        self._writer = writer
        self._sides = sides

    async def send(self, caller: Caller, thread_id: UUID, text: str, client_id: UUID) -> Sent:
        """Store a message and tell both members; when this returns, it is committed.

        Raises: ThreadNotFound (also when the other side has left or blocked the caller), ThreadClosed, ThreadBlocked,
        ClientIdReused, TooManyRequests, InvalidToken (the session has ended), Unavailable (send it again).
        """
        return await self._writer.send(Outgoing(caller, thread_id, client_id, text))

    async def threads(
        self, db: AsyncSession, caller: Caller, filing: Filing, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[ThreadView]:
        """The caller's threads of one filing, the most recently active first."""
        return await self._views(db, await repository.own_threads(db, caller, filing, after, limit))

    async def newest_threads(
        self, db: AsyncSession, account_ids: Collection[UUID], limit: int
    ) -> Mapping[UUID, NewestThreads]:
        """For each of these people, who ask for themselves: the `limit` threads that were active last, and how much
        is unread in all."""
        found: dict[UUID, NewestThreads] = {account_id: NewestThreads([], 0, 0) for account_id in account_ids}
        rows = await repository.newest_threads(db, account_ids, limit)
        views = await self._views(db, [one for _, one, _, _ in rows])
        for (account_id, _, unread, count), one in zip(rows, views, strict=True):
            found[account_id] = NewestThreads([*found[account_id].threads, one], unread, count)
        return found

    async def longest_waiting(
        self, db: AsyncSession, caller: Caller, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[ThreadView]:
        """The caller's open threads in which someone waits for an answer, who has waited longest first."""
        return await self._views(db, await repository.longest_waiting(db, caller, after, limit))

    async def thread(self, db: AsyncSession, caller: Caller, thread_id: UUID) -> ThreadView:
        """One thread. Raises: ThreadNotFound."""
        found = await repository.own_thread(db, caller, thread_id)
        if found is None:
            raise ThreadNotFound
        return (await self._views(db, [found]))[0]

    async def messages(
        self, db: AsyncSession, caller: Caller, thread_id: UUID, *, after: int | None, newest_first: bool, limit: int
    ) -> list[MessageView]:
        """A stretch of a thread, from message number `after` on. Raises: ThreadNotFound."""
        if await repository.own_thread(db, caller, thread_id) is None:
            raise ThreadNotFound
        found = await repository.messages(db, caller, thread_id, after=after, newest_first=newest_first, limit=limit)
        sides = (await repository.members(db, [thread_id])).get(thread_id)
        if sides is None:  # the other side has left in this moment
            raise ThreadNotFound
        return [self._open(message, sides[message.author_id].wrapped_key) for message in found]

    async def messages_for(
        self, db: AsyncSession, wanted: Collection[tuple[UUID, UUID]]
    ) -> Mapping[tuple[UUID, UUID], MessageView]:
        """For each (member, message id): the message, where that member may see it now."""
        opened: dict[UUID, MessageView] = {}
        views = {}
        for account_id, key, message in await repository_delivery.messages_for(db, wanted) if wanted else ():
            if message.id not in opened:
                opened[message.id] = self._open(message, key)
            views[account_id, message.id] = opened[message.id]
        return views

    async def mark_read(self, db: AsyncSession, caller: Caller, thread_id: UUID, up_to_seq: int) -> ThreadView:
        """Everything up to that message is read, on all of the caller's devices; it was delivered, then. That it was
        read is told to the other side where both want it: a volunteer should not write under a clock.

        Raises: ThreadNotFound, InvalidBody, TooManyRequests.
        """
        await self._limits.take_within(db, MARKS, [caller.account_id])
        locked, own, other = await self._lock(db, caller, thread_id)
        if up_to_seq > locked.thread.last_seq:
            raise InvalidBody(FieldProblem(code="out_of_range", pointer="/up_to_seq"))
        if up_to_seq > own.read_seq:
            await repository_sides.lock_own_sides(db, [(thread_id, caller.account_id)])
            is_news = up_to_seq > own.delivered_seq
            own.read_seq, own.delivered_seq = up_to_seq, max(up_to_seq, own.delivered_seq)
            own.unread = await repository.unread_after(db, caller, thread_id, up_to_seq)
            await db.flush()
            if is_news or await self._sides.both_show_reading(db, caller.account_id, other.account_id):
                self._sides.look_again(db, [(thread_id, other.account_id)])
            refs = {"thread_id": str(thread_id), "up_to_seq": up_to_seq}
            await events.append(db, [Event(caller.account_id, "read", refs)])
        return await self.thread(db, caller, thread_id)

    async def mark_delivered(self, caller: Caller, thread_id: UUID, up_to_seq: int) -> None:
        """A device of the caller's has stored everything up to that message; the other side is told. Gathered with
        the marks of others into one transaction.

        Raises: ThreadNotFound, InvalidBody, TooManyRequests, InvalidToken (the session has ended), Unavailable.
        """
        await self._sides.mark_delivered(Delivered(caller, thread_id, up_to_seq))

    async def sides(
        self, db: AsyncSession, wanted: Collection[tuple[UUID | None, UUID]]
    ) -> dict[tuple[UUID, UUID], SideView]:
        """For (thread, member): the other side as that member may see it now; for no thread, in all of theirs."""
        found = await repository_sides.threads_seen(db, wanted)
        views = await self._sides.of(db, found)
        return {(one.thread.id, one.own.account_id): side for one, side in zip(found, views, strict=True)}

    async def presence_changed(self, db: AsyncSession, account_ids: Collection[UUID]) -> None:
        """What may be seen of these people's presence is another now: those who talk with them are shown it."""
        await self._sides.presence_changed(db, account_ids)

    async def reading_changed(self, db: AsyncSession, account_id: UUID) -> None:
        """Someone lets reading be seen now, or no longer: those who do it too are shown the marks, or lose them."""
        await self._sides.reading_changed(db, account_id)

    async def file(self, db: AsyncSession, caller: Caller, thread_id: UUID, filing: Filing) -> ThreadView:
        """Put a thread where the caller wants it. A thread filed as blocked is gone for the other side, as if the
        caller had left, until it is filed elsewhere; one that was handed over meanwhile stays gone, and is filed as
        that. Raises: ThreadNotFound, ThreadHandedOver."""
        locked, own, other = await self._lock(db, caller, thread_id)
        if own.filing == Filing.HANDED_OVER:
            raise ThreadHandedOver
        if filing != own.filing:
            filing = Filing.HANDED_OVER if locked.thread.handed_over else filing
            crossed = (filing in HIDING) != (own.filing in HIDING)
            own.filing = filing
            await db.flush()
            told = [Event(caller.account_id, "thread_changed", {"thread_id": str(thread_id)})]
            if crossed:
                kind = "thread_gone" if filing in HIDING else "thread_changed"
                told.append(Event(other.account_id, kind, {"thread_id": str(thread_id)}))
            await events.append(db, told)
        return await self.thread(db, caller, thread_id)

    async def typing(self, db: AsyncSession, caller: Caller, thread_id: UUID) -> None:
        """Let the other side's sockets know that the caller is writing. Nothing is stored. Raises: as `send`."""
        await self._limits.take_within(db, MARKS, [caller.account_id])
        found = await repository.own_thread(db, caller, thread_id)
        if found is None:
            raise ThreadNotFound
        refusal = refusal_to_write(found.thread.state, found.own.filing, Filing.INBOX)
        if refusal is not None:
            raise refusal
        bus.say(db, f"typing {thread_id} {caller.account_id} {found.other_id}")

    async def open_thread(self, db: AsyncSession, mentee_id: UUID, mentor_id: UUID) -> UUID:
        """The thread of a new pair, made or opened again; both are told. Takes stream locks."""
        thread_id = await self.make_open(db, mentee_id, mentor_id)
        await events.append(db, await self.thread_news(db, thread_id))
        return thread_id

    async def make_open(self, db: AsyncSession, mentee_id: UUID, mentor_id: UUID) -> UUID:
        """The thread of a new pair, made or opened again. The caller tells its members: see `thread_news`."""
        thread_id = await repository.thread_of(db, mentee_id, mentor_id)
        if thread_id is None:
            thread_id = new_id()
            sides = [
                ThreadMember(thread_id=thread_id, account_id=account_id, role=role, wrapped_key=self._vault.new_key())
                for account_id, role in ((mentee_id, Role.MENTEE), (mentor_id, Role.MENTOR))
            ]
            await repository.add_thread(db, Thread(id=thread_id, mentee_id=mentee_id, mentor_id=mentor_id), sides)
        else:
            locked = await repository.lock_threads(db, [thread_id])
            reopen(locked[thread_id])
            await db.flush()
        return thread_id

    async def make_closed(self, db: AsyncSession, thread_id: UUID) -> None:
        """Keep a thread for reading only. The caller tells its members: see `thread_news`."""
        locked = (await repository.lock_threads(db, [thread_id]))[thread_id]
        locked.thread.state = ThreadState.CLOSED
        for member in locked.members.values():
            member.waiting_since = None
        await db.flush()

    async def thread_news(self, db: AsyncSession, thread_id: UUID) -> list[Event]:
        """What is told of a thread that was opened or closed; nothing to one whom the other side has blocked."""
        seeing = (await repository.who_sees(db, [thread_id])).get(thread_id, set())
        return [Event(account_id, "thread_changed", {"thread_id": str(thread_id)}) for account_id in seeing]

    async def leave_threads(self, db: AsyncSession, account_id: UUID) -> list[Event]:
        """Remove every thread of someone who leaves, for both sides. Returns what the others are to be told at the end
        of the transaction."""
        locked = await repository.lock_threads(db, await repository.threads_of(db, account_id))
        told = [
            Event(other, "thread_gone", {"thread_id": str(thread_id)})
            for thread_id, entry in locked.items()
            for other in entry.members
            if other != account_id and entry.members[account_id].filing not in HIDING
        ]
        await repository.remove_threads(db, locked.keys())
        return told

    async def sent_since(self, db: AsyncSession, account_id: UUID, since: datetime | None) -> int:
        """How many messages someone has sent since then, or ever: for rules that are about this person."""
        return await repository.sent_since(db, account_id, since)

    async def visible_threads(self, db: AsyncSession, caller: Caller, thread_ids: Collection[UUID]) -> set[UUID]:
        """Those of the threads that the caller has and may know of: the other side has not blocked them."""
        return await repository.visible_threads(db, caller, thread_ids)

    async def who_sees(self, db: AsyncSession, thread_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
        """The members of each thread but for one whom the other has blocked: whom a feature may tell of it."""
        return await repository.who_sees(db, thread_ids)

    async def has_blocked(self, db: AsyncSession, caller: Caller, account_id: UUID) -> bool:
        """Whether the caller has blocked someone, in a thread that they see and can file elsewhere."""
        return await repository.has_blocked(db, caller, account_id)

    async def blocked(self, db: AsyncSession, mentee_ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
        """Each of these young people with each mentor, where either has blocked the other: for features that then don't
        bring the two together, and tell nobody why."""
        return await repository.blocked(db, mentee_ids)

    async def kept_apart(self, db: AsyncSession, mentor_id: UUID, mentee_ids: Collection[UUID]) -> set[UUID]:
        """Of whom of these young people and a mentor one has blocked the other, or whose thread was handed over."""
        return await repository.kept_apart(db, mentor_id, mentee_ids)

    async def shares_thread(self, db: AsyncSession, caller: Caller, account_id: UUID) -> bool:
        """Whether the caller has a thread with someone, blocked or not."""
        return await repository.shares_thread(db, caller, account_id)

    async def _views(self, db: AsyncSession, found: Sequence[OwnThread]) -> list[ThreadView]:
        sides = await self._sides.of(db, found)
        return [thread_view(one, side) for one, side in zip(found, sides, strict=True)]

    async def _lock(
        self, db: AsyncSession, caller: Caller, thread_id: UUID
    ) -> tuple[LockedThread, ThreadMember, ThreadMember]:
        """The thread locked, the caller's side, the other side. Raises: ThreadNotFound."""
        locked = (await repository.lock_threads(db, [thread_id])).get(thread_id)
        if locked is None or caller.account_id not in locked.members:
            raise ThreadNotFound
        other = next(member for account_id, member in locked.members.items() if account_id != caller.account_id)
        if other.filing in HIDING:
            raise ThreadNotFound
        return locked, locked.members[caller.account_id], other

    def _open(self, message: Message | StoredMessage, key: WrappedKey) -> MessageView:
        return opened(self._vault, message, key)
