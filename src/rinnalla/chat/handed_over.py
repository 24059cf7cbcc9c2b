"""What others may know of a conversation: a mentor who takes over, and a programme that asks how long it was silent."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.chat import repository
from rinnalla.chat import repository_handed_over as queries
from rinnalla.chat.errors import ThreadNotFound
from rinnalla.chat.models import HIDING, Filing, ReadingGrant, ThreadState
from rinnalla.chat.writer import MessageView, opened
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.errors import FieldProblem, InvalidBody
from rinnalla.kit.events import Event
from rinnalla.kit.vault import Vault

LastWords = Mapping[UUID, Mapping[UUID, datetime]]
"""When each member of each thread last wrote in it."""


class HandedOver:
    """Ends one mentor's access to a thread and lets the next one read what the young person allows of it."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def last_words(self, db: AsyncSession, thread_ids: Collection[UUID]) -> LastWords:
        """When each member of these threads last wrote in them, never what."""
        found: dict[UUID, dict[UUID, datetime]] = {thread_id: {} for thread_id in thread_ids}
        for thread_id, account_id, at in await queries.last_words(db, thread_ids):
            found[thread_id][account_id] = at
        return found

    async def who_sees(self, db: AsyncSession, thread_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
        """The members of each thread but for one whom the other has blocked."""
        return await repository.who_sees(db, thread_ids)

    async def visible_threads(self, db: AsyncSession, caller: Caller, thread_ids: Collection[UUID]) -> set[UUID]:
        """Those of the threads that the caller had or has in which the other side has not blocked them."""
        return await repository.visible_threads(db, caller, thread_ids)

    async def hand_over(
        self, db: AsyncSession, thread_id: UUID, reader_id: UUID, first_seq: int | None, *, gives_less: bool = False
    ) -> list[Event]:
        """Take a closed thread from its mentor, for whom it is gone from now on; let `reader_id` read it from message
        number `first_seq` to the last one of now, or nothing of it. A mentor whom the young person has blocked stays
        blocked, which hides more. A thread in which the two talk again is taken from nobody: what was given of it
        before may become less (`gives_less`), and that is all. Returns what the two members are to be told.

        Raises: ThreadNotFound (it has gone meanwhile, or is open), InvalidBody (there is no such message).
        """
        locked = (await repository.lock_threads(db, [thread_id])).get(thread_id)
        if locked is None or (locked.thread.state == ThreadState.OPEN and not gives_less):
            raise ThreadNotFound
        had_until = await queries.remove_grant(db, thread_id, reader_id)
        is_open = locked.thread.state == ThreadState.OPEN
        last_seq = (had_until or 0) if is_open else locked.thread.last_seq
        if first_seq is not None and first_seq > last_seq:
            raise InvalidBody(FieldProblem(code="out_of_range", pointer="/from_seq"))
        if first_seq is not None:
            db.add(ReadingGrant(thread_id=thread_id, reader_id=reader_id, first_seq=first_seq, last_seq=last_seq))
        if is_open:
            await db.flush()
            return []
        told = []
        refs = {"thread_id": str(thread_id)}
        mentee = next(side for side in locked.members.values() if side.role == Role.MENTEE)
        mentor = next(side for side in locked.members.values() if side.role == Role.MENTOR)
        if mentee.filing not in HIDING:
            mentee.filing = Filing.HANDED_OVER
            told.append(Event(mentee.account_id, "thread_changed", refs))
            told.append(Event(mentor.account_id, "thread_gone", refs))
        locked.thread.handed_over = True
        mentee.waiting_since = mentor.waiting_since = None
        await db.flush()
        return told

    async def take_back(self, db: AsyncSession, thread_id: UUID, reader_id: UUID) -> None:
        """Let that reader read nothing more of it, from this commit on."""
        await queries.remove_grant(db, thread_id, reader_id)

    async def messages(
        self, db: AsyncSession, caller: Caller, thread_id: UUID, after: int | None, limit: int
    ) -> list[MessageView]:
        """What the caller may read of someone else's thread, from message number `after` on, oldest first.

        Raises: ThreadNotFound.
        """
        if await queries.grant(db, caller, thread_id) is None:
            raise ThreadNotFound
        found = await queries.granted_messages(db, caller, thread_id, after, limit)
        return [opened(self._vault, message, key) for message, key in found]
