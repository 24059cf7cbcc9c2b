"""Moving conversations in: whole ones together, long ones in pieces, each message once."""

from collections.abc import Callable, Set
from uuid import UUID

from rinnalla.chat.service import Conversations, Piece, Standing, ThreadState
from rinnalla.kit.database import Database
from rinnalla.ylitse import repository_moved
from rinnalla.ylitse.export_file import Export
from rinnalla.ylitse.moved_counts import DELETED, HAS_LEFT, WENT_ON_HERE, Counts
from rinnalla.ylitse.moved_ids import thread_id
from rinnalla.ylitse.moved_talks import Talk, Talks

MESSAGES_AT_ONCE = 1000
LOOKED_UP_AT_ONCE = 500
TOLD_EVERY = 20_000


class MovingTalks:
    """All conversations of one export."""

    def __init__(
        self, database: Database, conversations: Conversations, export: Export, talks: Talks, counts: Counts
    ) -> None:
        self._database = database
        self._conversations = conversations
        self._export = export
        self._talks = talks
        self._counts = counts
        self._begun: dict[tuple[UUID, UUID], tuple[Standing, int]] = {}
        self._pieces: list[Piece] = []
        self._deleted: list[tuple[UUID, UUID]] = []
        self._tell: Callable[[str], None] = lambda _: None

    async def check(self) -> None:
        """What is here of a conversation must be its beginning, and nothing else."""
        every = list(self._talks.all)
        for start in range(0, len(every), LOOKED_UP_AT_ONCE):
            async with self._database.reading() as db:
                found = await self._conversations.between(db, every[start : start + LOOKED_UP_AT_ONCE])
                half = await repository_moved.half_moved(db, [standing.thread_id for standing in found.values()])
            for people, standing in found.items():
                is_half = standing.state == ThreadState.CLOSED and standing.thread_id in half
                stored = await self._check(self._talks.all[people], standing, is_half=is_half)
                self._begun[people] = standing, stored

    async def _check(self, talk: Talk, standing: Standing, *, is_half: bool) -> int:
        """How many of its messages are here. A conversation that has gone on can't be put into another order, nor one
        that has ended be opened again."""
        places, stored = talk.places(), 0
        for start in range(0, len(places), MESSAGES_AT_ONCE):
            ids = [self._talks.message(place)[1].id for place in places[start : start + MESSAGES_AT_ONCE]]
            async with self._database.reading() as db:
                present = await self._conversations.present(db, ids)
            for at, one in enumerate(ids, start):
                if one not in present:
                    continue
                if at > stored:
                    self._export.faults.add(f"/messages/{places[at]}", "out_of_order_here")
                stored = at + 1
        if stored < len(places) and not (is_half and standing.last_seq == stored):
            self._export.faults.add(f"/messages/{places[stored]}", "conversation_went_on_here")
        return stored

    async def bring(self, here: Set[UUID], tell: Callable[[str], None]) -> None:
        """Bring what is not here of the conversations of those who are here."""
        messages, contacts = self._counts["messages"], self._counts["contacts"]
        messages.left_out[DELETED] += self._talks.inactive_messages
        self._tell = tell
        for people, talk in self._talks.all.items():
            if not here >= set(people):
                messages.left_out[HAS_LEFT] += len(talk.messages)
                contacts.left_out[HAS_LEFT] += len(talk.filings)
                continue
            standing, stored = self._begun.get(people, (None, 0))
            messages.there += stored
            if standing is None:
                contacts.moved += len(talk.filings)
            else:
                there = sum(standing.filings[owner] == filing for owner, filing in talk.filings.items())
                contacts.there += there
                contacts.left_out[WENT_ON_HERE] += len(talk.filings) - there
            if standing is None or stored < len(talk.messages):
                await self._bring(talk, standing, stored)
        await self._write()
        self._tell_how_far()

    async def _bring(self, talk: Talk, standing: Standing | None, stored: int) -> None:
        places = talk.places()
        first = self._talks.message(places[0])[1].created_at if places else talk.possible_since
        conversation = standing.thread_id if standing else thread_id(*talk.people, talk.possible_since)
        starts = range(stored, len(places), MESSAGES_AT_ONCE) or range(1)
        for start in starts:
            some = places[start : start + MESSAGES_AT_ONCE]
            piece = Piece(
                thread_id=conversation,
                mentee_id=talk.mentee.id,
                mentor_id=talk.mentor.id,
                began_at=first,
                filings=talk.filings,
                messages=[self._talks.message(place)[1] for place in some],
                is_last=start + len(some) == len(places),
            )
            await self._add(piece)
        self._deleted += [(conversation, account_id) for account_id in talk.deleted_by]

    async def _add(self, piece: Piece) -> None:
        """Collect pieces until there is enough for a transaction; two of one thread never meet in one."""
        full = sum(len(one.messages) + 1 for one in self._pieces) + len(piece.messages) > MESSAGES_AT_ONCE
        if self._pieces and full:
            await self._write()
        self._pieces.append(piece)

    async def _write(self) -> None:
        if self._pieces:
            async with self._database.unit_of_work() as db:
                await self._conversations.bring(db, self._pieces)
                begun, finished = (
                    [one.thread_id for one in self._pieces if one.is_last == last] for last in (False, True)
                )
                await repository_moved.note_half_moved(db, begun, finished)
                await repository_moved.note_deleted(db, self._deleted)
            self._deleted = []
            messages = self._counts["messages"]
            before, messages.moved = messages.moved, messages.moved + sum(len(one.messages) for one in self._pieces)
            if before // TOLD_EVERY < messages.moved // TOLD_EVERY:
                self._tell_how_far()
            self._pieces = []

    def _tell_how_far(self) -> None:
        messages = self._counts["messages"]
        self._tell(f"Moving messages in: {messages.moved + messages.there:,} of {messages.read:,}")
