"""What every use of a pair needs: to find it as its caller may see it, to make it active, to store it and tell both."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.chat.service import Chat
from rinnalla.kit import events
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import broken_constraint
from rinnalla.kit.events import Event
from rinnalla.pairs import repository
from rinnalla.pairs.errors import AlreadyPaired, MentorFull, PairNotFound
from rinnalla.pairs.models import Pair, PairState

_REFUSED_BY: dict[str | None, type[AlreadyPaired] | type[MentorFull]] = {
    "uq_pair_open": AlreadyPaired,
    "ck_pair_within_capacity": MentorFull,
}


@dataclass(frozen=True, slots=True)
class PairView:
    """A pair with names, and with what the caller may know of its beginning and end.

    Why someone said no or stopped is told to staff and to that person: the other one is spared a verdict. Where the two
    talk is told to the two.
    """

    pair: Pair
    mentee_name: str
    mentor_name: str
    thread_id: UUID | None
    proposed_by: UUID | None
    closed_by: Role | None
    close_reason: str | None


class Records:
    """Finds, shows, stores."""

    def __init__(self, accounts: Accounts, chat: Chat) -> None:
        self._accounts = accounts
        self._chat = chat

    async def known(self, db: AsyncSession, caller: Caller, pair_id: UUID, *, lock: bool = False) -> Pair:
        """A pair that the caller may see. Raises: PairNotFound."""
        pair = await repository.pair(db, caller, pair_id, lock=lock)
        if pair is None or not await self.seen_by(db, caller, [pair]):
            raise PairNotFound
        return pair

    async def seen_by(self, db: AsyncSession, caller: Caller, pairs: Sequence[Pair]) -> list[Pair]:
        """Those of the pairs that the caller may see: for a member, not one whose other side has blocked them."""
        thread_ids = {pair.thread_id for pair in pairs if pair.thread_id is not None}
        if caller.role == Role.STAFF or not thread_ids:
            return list(pairs)
        visible = await self._chat.visible_threads(db, caller, thread_ids)
        return [pair for pair in pairs if pair.thread_id is None or pair.thread_id in visible]

    async def begin(self, db: AsyncSession, pair: Pair) -> None:
        """Make a pair active. The database takes the mentor's place, or refuses, before the thread is opened.

        Raises: MentorFull, AlreadyPaired.
        """
        pair.state = PairState.ACTIVE
        await self.store(db, pair)
        await repository.stop_waiting(db, pair.mentee_id)
        pair.thread_id = await self._chat.open_thread(db, pair.mentee_id, pair.mentor_id)

    async def store(self, db: AsyncSession, pair: Pair) -> None:
        """Write a pair, new or changed. Raises: MentorFull, AlreadyPaired."""
        db.add(pair)
        try:
            await db.flush()
        except IntegrityError as error:
            if refusal := _REFUSED_BY.get(broken_constraint(error)):
                raise refusal from error
            raise

    async def changed(self, db: AsyncSession, caller: Caller, pair: Pair) -> PairView:
        """Write a pair, tell both members, and show it to the caller. Raises: MentorFull, AlreadyPaired."""
        await self.store(db, pair)
        view = await self.view(db, caller, pair)
        await events.append(db, await self.news(db, [pair]))
        return view

    async def news(self, db: AsyncSession, pairs: Sequence[Pair]) -> list[Event]:
        """What the members are told when these pairs change; nothing to one whom the other side has blocked."""
        thread_ids = {pair.thread_id for pair in pairs if pair.thread_id is not None}
        seeing = await self._chat.who_sees(db, thread_ids)
        return [
            Event(account_id, "pair_changed", {"pair_id": str(pair.id)})
            for pair in pairs
            for account_id in (pair.mentee_id, pair.mentor_id)
            if pair.thread_id is None or account_id in seeing.get(pair.thread_id, ())
        ]

    async def view(self, db: AsyncSession, caller: Caller, pair: Pair) -> PairView:
        """A pair as the caller may see it. Raises: PairNotFound (one of the two has left in this moment)."""
        views = await self.views(db, caller, [pair])
        if not views:
            raise PairNotFound
        return views[0]

    async def views(self, db: AsyncSession, caller: Caller, pairs: Sequence[Pair]) -> list[PairView]:
        """Pairs as the caller may see them."""
        names = await self._accounts.names(db, {one for pair in pairs for one in (pair.mentee_id, pair.mentor_id)})
        return [_view(caller, pair, names) for pair in pairs if {pair.mentee_id, pair.mentor_id} <= names.keys()]


def _view(caller: Caller, pair: Pair, names: dict[UUID, str]) -> PairView:
    is_staff = caller.role == Role.STAFF
    may_know_end = pair.closed_by_role is not None and (is_staff or pair.closed_by_role == caller.role)
    return PairView(
        pair=pair,
        mentee_name=names[pair.mentee_id],
        mentor_name=names[pair.mentor_id],
        thread_id=None if is_staff else pair.thread_id,
        proposed_by=pair.proposed_by if is_staff else None,
        closed_by=Role(pair.closed_by_role) if may_know_end and pair.closed_by_role else None,
        close_reason=pair.close_reason if may_know_end else None,
    )
