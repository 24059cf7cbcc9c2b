"""Messages and contacts of this contract, over conversations.

A contact is whom someone has a thread with. These clients know no threads: a message goes to a person, and the first
one to a mentor begins the thread, where the programme lets young people choose. Nor do they make ids for what they
send, so that a repeated send is a second message (docs/adr/0036). They don't say what they have stored: what was handed
out to them counts as delivered (docs/adr/0009).
"""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.errors import AccountNotFound
from rinnalla.chat.errors import ThreadClosed, ThreadHandedOver
from rinnalla.chat.service import Chat, Correspondence, Correspondent, Filing, Line, MessageView
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import Database
from rinnalla.kit.errors import DomainError, Forbidden, InvalidToken, TooManyRequests, Unavailable
from rinnalla.pairs.errors import AlreadyPaired
from rinnalla.pairs.service import Beginnings
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.service import Cards
from rinnalla.ylitse import ids
from rinnalla.ylitse import schemas as wire
from rinnalla.ylitse.errors import MentorElsewhere
from rinnalla.ylitse.keeping import Keeping
from rinnalla.ylitse.records import position
from rinnalla.ylitse.schemas import ContactStatus
from rinnalla.ylitse.times import stamp

_FILINGS = {
    ContactStatus.OK: Filing.INBOX,
    ContactStatus.ARCHIVED: Filing.ARCHIVED,
    ContactStatus.BANNED: Filing.BLOCKED,
    ContactStatus.DELETED: Filing.BLOCKED,
}
_STATUSES = {
    Filing.INBOX: ContactStatus.OK,
    Filing.ARCHIVED: ContactStatus.ARCHIVED,
    Filing.BLOCKED: ContactStatus.BANNED,
    Filing.HANDED_OVER: ContactStatus.ARCHIVED,
}


class Messenger:
    """Sends, reads, marks and files."""

    def __init__(
        self,
        database: Database,
        chat: Chat,
        correspondence: Correspondence,
        beginnings: Beginnings,
        cards: Cards,
        keeping: Keeping,
    ) -> None:
        self._database = database
        self._chat = chat
        self._correspondence = correspondence
        self._beginnings = beginnings
        self._cards = cards
        self._keeping = keeping

    async def contacts(self, db: AsyncSession, caller: Caller) -> list[wire.Contact]:
        """Everyone the caller has a thread with."""
        return await self._contacts(db, caller, await self._correspondence.with_whom(db, caller))

    async def file(self, caller: Caller, wanted: Sequence[tuple[UUID, ContactStatus]]) -> list[wire.Contact]:
        """Keep people where the caller wants them. Each in a transaction of its own: one thread is locked at a time. A
        thread that was handed over counts as archived, and stays so.

        Raises: AccountNotFound (the caller has no thread with one of them; then none is filed), ThreadHandedOver (so
        was one of them; then none is filed either).
        """
        async with self._database.reading() as db:
            people = await self._correspondence.with_whom(db, caller, {account_id for account_id, _ in wanted})
        threads = {one.account_id: one.thread_id for one in people}
        handed_over = {one.account_id for one in people if one.filing == Filing.HANDED_OVER}
        if not {account_id for account_id, _ in wanted} <= threads.keys():
            raise AccountNotFound
        if any(one in handed_over and status != ContactStatus.ARCHIVED for one, status in wanted):
            raise ThreadHandedOver
        for account_id, status in wanted:
            if account_id in handed_over:
                continue
            thread_id = threads[account_id]
            async with self._database.unit_of_work() as db:
                deleted = status == ContactStatus.DELETED
                await self._chat.file(db, caller, thread_id, _FILINGS[status])
                await self._keeping.mark_deleted(db, caller, thread_id, deleted=deleted)
        async with self._database.reading() as db:
            return await self._contacts(db, caller, await self._correspondence.with_whom(db, caller, threads.keys()))

    async def messages(
        self,
        caller: Caller,
        *,
        most: int,
        newest_first: bool,
        beyond: UUID | None,
        others: Collection[UUID] | None,
    ) -> tuple[list[wire.Message], list[wire.Contact]]:
        """A stretch of what the caller has said and heard, and whom it names. Raises: MessageNotFound."""
        if beyond is not None and others is None and not newest_first:
            lines = await self._correspondence.news(caller, beyond, most)
        else:
            async with self._database.reading() as db:
                lines = await self._correspondence.messages(
                    db, caller, others=others, beyond=beyond, newest_first=newest_first, most=most
                )
        if not lines:  # as nearly every poll: it costs its share of one query
            return [], []
        await self._mark_delivered(caller, lines)
        people = {line.other.account_id: line.other for line in lines}
        async with self._database.reading() as db:
            contacts = await self._contacts(db, caller, list(people.values()))
        return [_of_line(caller, line) for line in lines], contacts

    async def send(self, caller: Caller, recipient_id: UUID, text: str) -> wire.Message:
        """Say something to someone. When this returns, it is stored.

        Raises: AccountNotFound, ThreadNotFound, MentorNotFound, ThreadClosed, ThreadBlocked, ProgrammeMatches,
        MentorElsewhere, AlreadyPaired, PartedBefore, MentorFull, MentorAway, MentorUnavailable, OnYourList,
        TooManyRequests, InvalidToken, Unavailable.
        """
        thread_id = await self._thread_with(caller, recipient_id) or await self._begin(caller, recipient_id)
        try:
            sent = await self._chat.send(caller, thread_id, text, uuid4())
        except ThreadClosed as refusal:
            await self._begin_again(caller, recipient_id, refusal)
            sent = await self._chat.send(caller, thread_id, text, uuid4())
        return _message(sent.message, caller.account_id, recipient_id, opened=False)

    async def mark(self, db: AsyncSession, caller: Caller, message_id: UUID, *, opened: bool) -> wire.Message:
        """The caller has opened a message, and with it all before it. What was opened stays so.

        Raises: MessageNotFound, Forbidden (it is the caller's own), TooManyRequests.
        """
        line = await self._correspondence.message(db, caller, message_id)
        if line.message.author_id == caller.account_id:
            raise Forbidden
        if opened and not line.read:
            await self._chat.mark_read(db, caller, line.message.thread_id, line.message.seq)
        return _message(line.message, line.other.account_id, caller.account_id, opened=opened or line.read)

    async def _mark_delivered(self, caller: Caller, lines: Sequence[Line]) -> None:
        """Before its reader can open any of it: were it delivered by that, the other side would be told of reading.
        What can't be marked now is marked when it is handed out again, or opened."""
        newest: dict[UUID, int] = {}
        for message in (line.message for line in lines if line.undelivered):
            newest[message.thread_id] = max(message.seq, newest.get(message.thread_id, 0))
        await asyncio.gather(*(self._mark_one(caller, thread_id, seq) for thread_id, seq in newest.items()))

    async def _mark_one(self, caller: Caller, thread_id: UUID, seq: int) -> None:
        with suppress(DomainError):
            await self._chat.mark_delivered(caller, thread_id, seq)

    async def _thread_with(self, caller: Caller, other_id: UUID) -> UUID | None:
        async with self._database.reading() as db:
            found = await self._correspondence.with_whom(db, caller, [other_id])
        return found[0].thread_id if found else None

    async def _begin(self, caller: Caller, mentor_id: UUID) -> UUID:
        """The thread of a pair that begins with this message; of two first messages at once, one begins it.

        Raises: AccountNotFound, MentorNotFound, MentorElsewhere, ProgrammeMatches, AlreadyPaired, PartedBefore,
        MentorFull, MentorAway, MentorUnavailable, OnYourList, ThreadBlocked, TooManyRequests, InvalidToken.
        """
        if caller.role != Role.MENTEE:
            raise AccountNotFound
        try:
            async with self._database.unit_of_work() as db:
                await self._beginnings.write_to(db, caller, mentor_id)
        except AlreadyPaired:
            thread_id = await self._thread_with(caller, mentor_id)
            if thread_id is None:
                raise
            return thread_id
        except MentorNotFound as unknown:
            async with self._database.reading() as db:
                is_listed = await self._cards.published_among(db, [mentor_id])
            if is_listed:
                raise MentorElsewhere from unknown
            raise
        thread_id = await self._thread_with(caller, mentor_id)
        if thread_id is None:  # the mentor has left in this moment
            raise AccountNotFound
        return thread_id

    async def _begin_again(self, caller: Caller, mentor_id: UUID, refusal: ThreadClosed) -> None:
        """Open the thread of a pair that has ended, by a new one, where that may be.

        Raises: ThreadClosed, TooManyRequests, Unavailable, InvalidToken.
        """
        try:
            await self._begin(caller, mentor_id)
        except (TooManyRequests, Unavailable, InvalidToken):
            raise
        except DomainError as error:
            raise refusal from error

    async def _contacts(self, db: AsyncSession, caller: Caller, people: Sequence[Correspondent]) -> list[wire.Contact]:
        deleted = await self._keeping.deleted(db, caller, people)
        return [
            wire.Contact(
                id=ids.user_id(one.account_id),
                display_name=one.name,
                role=position(one.role),
                status=ContactStatus.DELETED if one.thread_id in deleted else _STATUSES[one.filing],
            )
            for one in people
        ]


def _of_line(caller: Caller, line: Line) -> wire.Message:
    own = line.message.author_id == caller.account_id
    ends = (caller.account_id, line.other.account_id) if own else (line.other.account_id, caller.account_id)
    return _message(line.message, *ends, opened=line.read)


def _message(message: MessageView, sender_id: UUID, recipient_id: UUID, *, opened: bool) -> wire.Message:
    """A text that can't be opened any more is told as an empty one."""
    return wire.Message(
        id=str(message.id),
        sender_id=ids.user_id(sender_id),
        recipient_id=ids.user_id(recipient_id),
        content=message.text or "",
        opened=opened,
        created=stamp(message.created_at),
        active=True,
    )
