"""What one side of a thread may know of the other: how far messages have come, and whether someone is there.

Marks are states, not events: a thread's body says them, and a word wakes the sockets they are for, which read what they
may show at that moment. Nobody learns of reading unless both want it, nor anything of someone who shows nothing; a word
that would change nothing to see is not said, for when it comes would tell by itself.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts, Presence, Visibilities
from rinnalla.chat import repository_sides
from rinnalla.chat.errors import ThreadNotFound
from rinnalla.chat.models import HIDING, ThreadState
from rinnalla.chat.policy import MARKS
from rinnalla.chat.repository import OwnThread
from rinnalla.chat.repository_sides import LockedSide
from rinnalla.kit import bus
from rinnalla.kit.caller import Caller
from rinnalla.kit.database import Database
from rinnalla.kit.errors import DomainError, FieldProblem, InvalidBody, InvalidToken, TooManyRequests, Unavailable
from rinnalla.kit.gather import Gatherer
from rinnalla.kit.limits import Limits

PAIRS_PER_WORD = 100
Place = tuple[UUID, UUID]
"""A thread and one of its members."""


@dataclass(frozen=True, slots=True)
class SideView:
    """The other side of a thread as a member may see it. Up to `delivered_seq` their devices have stored, up to
    `read_seq` they have read; None: not told."""

    delivered_seq: int | None
    read_seq: int | None
    presence: Presence | None


@dataclass(frozen=True, slots=True)
class Delivered:
    """A device's word that it has stored everything up to a message."""

    caller: Caller
    thread_id: UUID
    up_to_seq: int

    @property
    def place(self) -> Place:
        return self.thread_id, self.caller.account_id


class Sides:
    """Marks what was delivered, and says what may be seen of the other side."""

    def __init__(self, database: Database, accounts: Accounts, visibilities: Visibilities, limits: Limits) -> None:
        self._database = database
        self._accounts = accounts
        self._visibilities = visibilities
        self._limits = limits
        self._gatherer: Gatherer[Delivered, None] = Gatherer(self._mark)

    async def mark_delivered(self, delivered: Delivered) -> None:
        """Raises: ThreadNotFound, InvalidBody, InvalidToken, TooManyRequests, Unavailable."""
        await self._gatherer.ask(delivered)

    async def finish(self) -> None:
        """Wait for what is under way."""
        await self._gatherer.finish()

    async def of(self, db: AsyncSession, threads: Sequence[OwnThread]) -> list[SideView]:
        """The other side of each of these threads."""
        people = {account_id for found in threads for account_id in (found.own.account_id, found.other_id)}
        seen = await self._visibilities.seen(db, people) if people else {}
        views = []
        for found in threads:
            own, other = seen[found.own.account_id], seen[found.other_id]
            if found.own.filing in HIDING:
                views.append(SideView(None, None, None))
                continue
            views.append(
                SideView(
                    delivered_seq=found.other.delivered_seq,
                    read_seq=found.other.read_seq if own.read_marks and other.read_marks else None,
                    presence=other.presence if found.thread.state == ThreadState.OPEN else None,
                )
            )
        return views

    async def both_show_reading(self, db: AsyncSession, one: UUID, other: UUID) -> bool:
        """Whether reading is told between two people."""
        seen = await self._visibilities.seen(db, [one, other])
        return seen[one].read_marks and seen[other].read_marks

    async def presence_changed(self, db: AsyncSession, account_ids: Collection[UUID]) -> None:
        """What is seen of these people's presence is another now: have those look who talk with them."""
        if account_ids:
            self.look_again(db, await repository_sides.talks_of(db, account_ids))

    async def reading_changed(self, db: AsyncSession, account_id: UUID) -> None:
        """Someone lets reading be seen now, or no longer: have those look who do it too."""
        talks = await repository_sides.talks_of(db, [account_id], closed_too=True)
        seen = await self._visibilities.seen(db, {reader for _, reader in talks})
        self.look_again(db, [place for place in talks if seen[place[1]].read_marks])

    def look_again(self, db: AsyncSession, places: Sequence[Place]) -> None:
        """Have these members' sockets look at the other side of these threads when the transaction commits."""
        said = [f"{thread_id}:{reader_id}" for thread_id, reader_id in places]
        for start in range(0, len(said), PAIRS_PER_WORD):
            bus.say(db, "sides " + ",".join(said[start : start + PAIRS_PER_WORD]))

    async def _mark(self, batch: Sequence[Delivered]) -> Sequence[Exception | None]:
        async with self._database.unit_of_work() as db:
            answers = await self._refusals(db, batch)
            ready = [place for place, refusal in enumerate(answers) if refusal is None]
            several = len(ready) > 1
            marked = await self._mark_sides(db, [batch[place] for place in ready], skip_locked=several)
        for place, answer in zip(ready, marked, strict=True):
            answers[place] = answer
        passed_over = [place for place in ready if several and isinstance(answers[place], ThreadNotFound)]
        alone = await self._mark_one_by_one([batch[place] for place in passed_over])
        for place, later in zip(passed_over, alone, strict=True):
            answers[place] = later
        return answers

    async def _mark_one_by_one(self, batch: Sequence[Delivered]) -> list[Exception | None]:
        """Those that are not there, or that someone holds: who is waited for, holding nothing. Once that was in vain,
        the rest is not tried; what was marked before stays marked."""
        answers: list[Exception | None] = []
        try:
            for one in batch:
                async with self._database.unit_of_work() as db:
                    marked = await self._mark_sides(db, [one], skip_locked=False)
                answers += marked  # now that it is committed
        except Unavailable as refusal:
            answers += [refusal] * (len(batch) - len(answers))
        return answers

    async def _refusals(self, db: AsyncSession, batch: Sequence[Delivered]) -> list[Exception | None]:
        alive = await self._accounts.live_sessions(db, [one.caller.session_id for one in batch])
        room = await self._limits.taken(db, MARKS, Counter(one.caller.account_id for one in batch))
        answers: list[Exception | None] = []
        for one in batch:
            if one.caller.session_id not in alive:
                answers.append(InvalidToken())
            elif room.get(one.caller.account_id, 0) == 0:
                answers.append(TooManyRequests(retry_after=1))
            else:
                room[one.caller.account_id] -= 1
                answers.append(None)
        return answers

    async def _mark_sides(
        self, db: AsyncSession, batch: Sequence[Delivered], *, skip_locked: bool
    ) -> list[DomainError | None]:
        own = await repository_sides.lock_own_sides(db, {one.place for one in batch}, skip_locked=skip_locked)
        before = {place: side.member.delivered_seq for place, side in own.items()}
        answers = [_advance(one, own.get(one.place)) for one in batch]
        await db.flush()
        moved = [place for place, side in own.items() if side.member.delivered_seq > before[place]]
        self.look_again(db, [(place[0], own[place].other_id) for place in moved])
        return answers


def _advance(delivered: Delivered, own: LockedSide | None) -> DomainError | None:
    if own is None:
        return ThreadNotFound()
    if delivered.up_to_seq > own.last_seq:
        return InvalidBody(FieldProblem(code="out_of_range", pointer="/up_to_seq"))
    own.member.delivered_seq = max(delivered.up_to_seq, own.member.delivered_seq)
    return None
