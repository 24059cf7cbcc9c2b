"""Several conversations at once, for what happens to all of someone's: they are locked together, in order of id."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.chat import repository
from rinnalla.chat.models import Filing, Thread, ThreadMember, ThreadState
from rinnalla.chat.repository import LockedThread
from rinnalla.kit.caller import Role
from rinnalla.kit.events import Event
from rinnalla.kit.ids import new_id
from rinnalla.kit.vault import Vault

Two = tuple[UUID, UUID]
"""A mentee and a mentor."""


def reopen(locked: LockedThread) -> None:
    """Two who talked before talk again: a conversation that had been handed over is theirs again."""
    locked.thread.state, locked.thread.handed_over = ThreadState.OPEN, False
    for member in locked.members.values():
        if member.filing == Filing.HANDED_OVER:
            member.filing = Filing.INBOX


class Doors:
    """Opens and closes. Its methods return what the members are to be told at the end of the transaction."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def hold(self, db: AsyncSession, people: Collection[Two], thread_ids: Collection[UUID] = ()) -> set[UUID]:
        """Lock these threads, and those that these people have with each other, before any of them is changed. Returns
        those that are there: who is in one can't leave before the transaction ends."""
        theirs = await repository.threads_between(db, people)
        return set(await repository.lock_threads(db, {*thread_ids, *theirs.values()}))

    async def open_all(self, db: AsyncSession, people: Collection[Two]) -> tuple[dict[Two, UUID], list[Event]]:
        """A thread for each two who have none that is open: made, or opened again. Those who have one are left out."""
        theirs = await repository.threads_between(db, people)
        locked = await repository.lock_threads(db, theirs.values())
        opened: dict[Two, UUID] = {}
        for two in sorted(set(people)):
            thread_id = theirs.get(two)
            if thread_id is None:
                opened[two] = await self._make(db, two)
            elif thread_id in locked and locked[thread_id].thread.state == ThreadState.CLOSED:
                reopen(locked[thread_id])
                opened[two] = thread_id
        await db.flush()
        return opened, await self._news(db, opened.values())

    async def close_all(self, db: AsyncSession, thread_ids: Collection[UUID]) -> list[Event]:
        """Keep threads for reading only."""
        locked = await repository.lock_threads(db, thread_ids)
        open_ones = [entry for entry in locked.values() if entry.thread.state == ThreadState.OPEN]
        for entry in open_ones:
            entry.thread.state = ThreadState.CLOSED
            for member in entry.members.values():
                member.waiting_since = None
        await db.flush()
        return await self._news(db, [entry.thread.id for entry in open_ones])

    async def _make(self, db: AsyncSession, two: Two) -> UUID:
        thread_id = new_id()
        sides = [
            ThreadMember(thread_id=thread_id, account_id=account_id, role=role, wrapped_key=self._vault.new_key())
            for account_id, role in zip(two, (Role.MENTEE, Role.MENTOR), strict=True)
        ]
        await repository.add_thread(db, Thread(id=thread_id, mentee_id=two[0], mentor_id=two[1]), sides)
        return thread_id

    async def _news(self, db: AsyncSession, thread_ids: Collection[UUID]) -> list[Event]:
        seeing = await repository.who_sees(db, thread_ids) if thread_ids else {}
        return [
            Event(account_id, "thread_changed", {"thread_id": str(thread_id)})
            for thread_id, members in seeing.items()
            for account_id in sorted(members)
        ]
