"""Conversations by person: for clients that know no threads, but people and the messages of all of them together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Visibilities
from rinnalla.chat import repository, repository_people
from rinnalla.chat.errors import MessageNotFound
from rinnalla.chat.models import HIDING, Filing
from rinnalla.chat.policy import message_context
from rinnalla.chat.repository_people import StoredLine, Wanted
from rinnalla.chat.writer import MessageView, view
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import Database
from rinnalla.kit.gather import Gatherer
from rinnalla.kit.vault import SealBroken, Vault


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Someone a member of a thread talks with. `filing`: where that member keeps the thread."""

    thread_id: UUID
    account_id: UUID
    name: str
    role: Role
    filing: Filing


@dataclass(frozen=True, slots=True)
class Line:
    """A message of one of someone's threads. `read`: by its recipient, where that may be known. `undelivered`: it is
    the other's, and no device of this reader's has said that it is stored."""

    message: MessageView
    other: Correspondent
    read: bool
    undelivered: bool


class Correspondence:
    """Reads what someone has said and heard, whoever it was with."""

    def __init__(self, database: Database, visibilities: Visibilities, vault: Vault) -> None:
        self._database = database
        self._visibilities = visibilities
        self._vault = vault
        self._news: Gatherer[Wanted, list[Line]] = Gatherer(self._read_news)

    async def with_whom(
        self, db: AsyncSession, caller: Caller, others: Collection[UUID] | None = None
    ) -> list[Correspondent]:
        """Everyone (or those of these people) the caller has a thread with and has not been hidden from."""
        return [
            Correspondent(
                found.thread.id, found.other_id, found.other_name, Role(found.other.role), Filing(found.own.filing)
            )
            for found in await repository.threads_with(db, caller, others)
        ]

    async def messages(
        self,
        db: AsyncSession,
        caller: Caller,
        *,
        others: Collection[UUID] | None,
        beyond: UUID | None,
        newest_first: bool,
        most: int,
    ) -> list[Line]:
        """The newest or oldest messages: `most` over all threads or, with `others` named, with each of them; those
        before (newest first) or after the message `beyond`, if one is given. Raises: MessageNotFound."""
        place = None
        if beyond is not None:
            place = await repository_people.place_of(db, caller, beyond)
            if place is None:
                raise MessageNotFound
        found = await repository_people.stretch(
            db,
            caller,
            others=others,
            place=place,
            newest_first=newest_first,
            most=most,
            most_in_all=most if others is None else None,
        )
        return await self._lines(db, [(caller.account_id, line) for line in found])

    async def message(self, db: AsyncSession, caller: Caller, message_id: UUID) -> Line:
        """One message of the caller's. Raises: MessageNotFound."""
        found = await repository_people.line(db, caller, message_id)
        if found is None:
            raise MessageNotFound
        return (await self._lines(db, [(caller.account_id, found)]))[0]

    async def news(self, caller: Caller, after: UUID, most: int) -> list[Line]:
        """What came after a message over all of the caller's threads, oldest first, in the order of commits: whoever
        goes on from the last one misses nothing and gets nothing twice, also when that one is gone. After a message
        that the caller never had it is everything that their stream has. All who ask in one moment ask together.

        Raises: Unavailable.
        """
        return await self._news.ask(Wanted(caller.account_id, after, most))

    async def finish(self) -> None:
        """Wait for what is under way."""
        await self._news.finish()

    async def _read_news(self, batch: Sequence[Wanted]) -> Sequence[list[Line]]:
        async with self._database.reading() as db:
            found = await repository_people.after(db, batch)
            told = [(one.account_id, line) for one, lines in zip(batch, found, strict=True) for line in lines]
            lines = iter(await self._lines(db, told))
        return [[next(lines) for _ in one] for one in found]

    async def _lines(self, db: AsyncSession, found: Sequence[tuple[UUID, StoredLine]]) -> list[Line]:
        """As each of these readers may see them."""
        sent = [(reader, line.other_id) for reader, line in found if line.message.author_id == reader]
        seen = await self._visibilities.seen(db, {one for both in sent for one in both}) if sent else {}
        return [
            Line(
                self._open(line),
                Correspondent(
                    line.message.thread_id,
                    line.other_id,
                    line.other_name,
                    Role(line.other_role),
                    Filing(line.own_filing),
                ),
                read=line.message.seq <= line.own_read_seq
                if line.message.author_id != reader
                else seen[reader].read_marks
                and seen[line.other_id].read_marks
                and line.own_filing not in HIDING
                and line.message.seq <= line.other_read_seq,
                undelivered=line.message.author_id != reader and line.message.seq > line.own_delivered_seq,
            )
            for reader, line in found
        ]

    def _open(self, line: StoredLine) -> MessageView:
        message = line.message
        context = message_context(message.id, message.thread_id, message.author_id)
        try:
            text = self._vault.open(line.author_key, message.body, context)
        except SealBroken:
            text = None
        return view(message, text, message.created_at)
