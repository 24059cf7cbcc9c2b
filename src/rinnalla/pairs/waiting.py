"""The waiting list."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.kit.caller import Caller
from rinnalla.kit.database import now, take_turns
from rinnalla.kit.pages import Page, cut
from rinnalla.pairs import repository
from rinnalla.pairs.errors import MenteeNotFound
from rinnalla.pairs.models import Pair, PairState
from rinnalla.profiles.service import Profiles, WishesView


@dataclass(frozen=True, slots=True)
class WaitingView:
    """Someone who waits, as the staff who match see them."""

    mentee_id: UUID
    display_name: str
    since: datetime
    open_proposals: int
    again_with: UUID | None
    wishes: WishesView


class WaitingList:
    """Young people ask to be paired; staff see who waits."""

    def __init__(self, accounts: Accounts, profiles: Profiles) -> None:
        self._accounts = accounts
        self._profiles = profiles

    async def ask(self, db: AsyncSession, caller: Caller) -> datetime | None:
        """Put the caller on the list. Asking again changes nothing. Returns since when they wait."""
        await repository.ask(db, caller)
        return await self.waiting_since(db, caller)

    async def wait_on(self, db: AsyncSession, caller: Caller, waited: timedelta | None) -> datetime | None:
        """Put the caller on the list as someone who has waited so long already, or at the end if they have not. What
        lay between is no waiting: others are behind them for days that they waited themselves."""
        if waited is None:
            return await self.ask(db, caller)
        await repository.wait_again(db, caller.account_id, caller.home, await now(db) - waited)
        return await self.waiting_since(db, caller)

    async def waiting_since(self, db: AsyncSession, caller: Caller) -> datetime | None:
        """Since when the caller waits; None if they don't."""
        own = await repository.own_request(db, caller)
        return own.since if own else None

    async def withdraw(self, db: AsyncSession, caller: Caller) -> None:
        """Take the caller off the list, if they are on it. Open proposals stay: they can be declined."""
        await repository.stop_waiting(db, caller.account_id)

    async def page(
        self, db: AsyncSession, caller: Caller, after: tuple[datetime, UUID] | None, limit: int
    ) -> Page[WaitingView]:
        """Who waits in the staff member's programme, who has waited longest first, with what they wish for."""
        page = cut(await repository.waiting(db, caller, after, limit + 1), limit, "since", "mentee_id")
        ids = [one.mentee_id for one in page.items]
        names = await self._accounts.names(db, set(ids))
        proposals = await repository.open_proposals(db, caller, ids)
        wishes = await self._profiles.wishes_of(db, caller, ids)
        views = [
            WaitingView(
                mentee_id=one.mentee_id,
                display_name=names[one.mentee_id],
                since=one.since,
                open_proposals=proposals.get(one.mentee_id, 0),
                again_with=one.again_with,
                wishes=wishes[one.mentee_id],
            )
            for one in page.items
            if one.mentee_id in names and one.mentee_id in wishes  # not so when they leave in this moment
        ]
        return Page(views, page.next_cursor)

    async def wishes_of(self, db: AsyncSession, caller: Caller, mentee_id: UUID) -> WishesView:
        """What someone who waits in the staff member's programme wishes for. Raises: MenteeNotFound."""
        found = await self._profiles.wishes_of(db, caller, [mentee_id])
        if mentee_id not in found or mentee_id not in await repository.waiting_since(db, caller, [mentee_id]):
            raise MenteeNotFound
        return found[mentee_id]


async def take_place(db: AsyncSession, pair: Pair) -> None:
    """Take the young person whose pair begins off the list, and keep with the pair the place that they had. One who has
    left the list for another trial has that one's place, one who has left it otherwise has none."""
    await _take_turn(db, pair)
    since = await repository.stop_waiting(db, pair.mentee_id)
    if since is None:
        others = await repository.places_of(db, pair.mentee_id, but=pair.id)
        since = min((since for state, since in others if state == PairState.TRIAL), default=None)
    pair.waited_since = since


async def give_back_place(db: AsyncSession, pair: Pair) -> None:
    """The pair has led nowhere: put the young person back to the place that it had taken, unless another pair that
    talks has the same one."""
    await _take_turn(db, pair)
    others = await repository.places_of(db, pair.mentee_id, but=pair.id)
    if pair.waited_since is not None and pair.waited_since not in {since for _, since in others}:
        await repository.wait_again(db, pair.mentee_id, pair.organisation_id, pair.waited_since)


async def _take_turn(db: AsyncSession, pair: Pair) -> None:
    """Two pairs of one young person may begin and come to nothing at once: the second sees what the first did."""
    await take_turns(db, f"place {pair.mentee_id}")
