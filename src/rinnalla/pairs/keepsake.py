"""What a young person may keep of a pair: their conversation and the letters, as JSON for an app and as plain text for
a person. Only what is still there, only while they are; read in stretches, so that no length is too long."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.chat.service import Chat, MessageView
from rinnalla.kit.caller import Caller
from rinnalla.kit.database import Database
from rinnalla.kit.limits import Limit, Limits
from rinnalla.pairs.errors import PairNotOpen
from rinnalla.pairs.letters import Letters, LettersView
from rinnalla.pairs.models import PairState
from rinnalla.pairs.records import Records

KEEPSAKES = Limit("keepsake", 10, timedelta(hours=1).total_seconds())
STRETCH = 200
_KEPT_FROM = {PairState.CLOSING, PairState.CLOSED, PairState.RETURNED}


@dataclass(frozen=True, slots=True)
class Keepsake:
    """What stands before the conversation, and the conversation itself, `messages`, a stretch at a time."""

    pair_id: UUID
    mentee_name: str
    mentor_name: str
    began_at: datetime | None
    closed_at: datetime | None
    letters: LettersView
    messages: AsyncIterator[list[MessageView]]


class Keepsakes:
    """Hands young people what is theirs."""

    def __init__(self, database: Database, records: Records, letters: Letters, chat: Chat, limits: Limits) -> None:
        self._database = database
        self._records = records
        self._letters = letters
        self._chat = chat
        self._limits = limits

    async def take(self, db: AsyncSession, caller: Caller, pair_id: UUID) -> Keepsake:
        """The keepsake of a pair that is ending or has ended. Its messages are read later, outside of this transaction.

        Raises: PairNotFound, PairNotOpen, TooManyRequests.
        """
        pair = await self._records.known(db, caller, pair_id)
        if pair.state not in _KEPT_FROM:
            raise PairNotOpen(pair.state)
        await self._limits.take_within(db, KEEPSAKES, [caller.account_id])
        view = await self._records.view(db, caller, pair)
        return Keepsake(
            pair_id=pair.id,
            mentee_name=view.mentee_name,
            mentor_name=view.mentor_name,
            began_at=pair.mentor_accepted_at or pair.mentee_accepted_at,
            closed_at=pair.closed_at,
            letters=await self._letters.of(db, caller, pair),
            messages=self._stretches(caller, pair.thread_id),
        )

    async def _stretches(self, caller: Caller, thread_id: UUID | None) -> AsyncIterator[list[MessageView]]:
        """The whole conversation from its beginning. Each stretch is asked for as the caller would: whoever leaves or
        is blocked meanwhile gets no more. Raises: ThreadNotFound."""
        after = 0
        while thread_id is not None:
            async with self._database.unit_of_work() as db:
                found = await self._chat.messages(db, caller, thread_id, after=after, newest_first=False, limit=STRETCH)
            if found:
                yield found
                after = found[-1].seq
            if len(found) < STRETCH:
                return
