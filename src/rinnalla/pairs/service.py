"""From a proposal to the end of a pair, as people and the other features use it."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts, Organisations
from rinnalla.chat.service import Chat
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import now
from rinnalla.kit.errors import FieldProblem, InvalidBody, InvalidToken
from rinnalla.kit.events import Event
from rinnalla.kit.limits import Limit, Limits
from rinnalla.kit.pages import Page, cut
from rinnalla.pairs import repository
from rinnalla.pairs.errors import (
    AlreadyAccepted,
    AlreadyPaired,
    MenteeNotFound,
    MentorAway,
    MentorFull,
    PairNotOpen,
    ProgrammeMatches,
)
from rinnalla.pairs.history import KeptApart, PairHistory
from rinnalla.pairs.models import OPEN_STATES, Pair, PairOrigin, PairState
from rinnalla.pairs.policy import is_away, is_full
from rinnalla.pairs.private_lists import PrivateLists
from rinnalla.pairs.records import PairView, Records
from rinnalla.pairs.settings import CheckinPlan, MatchingSettings, ProgrammeSettings, SettingsInForce
from rinnalla.pairs.waiting import WaitingList, WaitingView
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.service import CardView, Profiles

__all__ = [
    "CheckinPlan",
    "KeptApart",
    "MatchingSettings",
    "PairHistory",
    "PairState",
    "PairView",
    "Pairs",
    "PrivateLists",
    "ProgrammeSettings",
    "SettingsInForce",
    "WaitingList",
    "WaitingView",
    "is_away",
    "is_full",
]
NEW_MENTORS = Limit("write_to_mentor", 5, timedelta(days=1).total_seconds())
"""To how many mentors one young person can write first: time for an answer before the next."""


class Pairs:
    """Brings people together and apart."""

    def __init__(
        self, accounts: Accounts, organisations: Organisations, profiles: Profiles, chat: Chat, limits: Limits
    ) -> None:
        self._accounts = accounts
        self._organisations = organisations
        self._profiles = profiles
        self._chat = chat
        self._limits = limits
        self._records = Records(accounts, chat)

    async def bring_together(
        self, db: AsyncSession, caller: Caller, *, mentor_id: UUID, mentee_id: UUID | None
    ) -> PairView:
        """Staff propose a pair; a young person writes to a mentor.

        Raises: InvalidBody (`mentee_id` is for staff, who must send it), and as `propose` or `write_to`.
        """
        if caller.role == Role.STAFF:
            if mentee_id is None:
                raise InvalidBody(FieldProblem(code="required", pointer="/mentee_id"))
            return await self.propose(db, caller, mentee_id, mentor_id)
        if mentee_id is not None:
            raise InvalidBody(FieldProblem(code="unknown_field", pointer="/mentee_id"))
        return await self.write_to(db, caller, mentor_id)

    async def propose(self, db: AsyncSession, caller: Caller, mentee_id: UUID, mentor_id: UUID) -> PairView:
        """Ask someone who waits, and a mentor, whether they want to be a pair. Staff may look past wishes and an
        absence, not past a mentor's limit.

        Raises: MenteeNotFound, MentorNotFound, MentorFull, AlreadyPaired.
        """
        mentee = await self._accounts.active_person(db, caller.home, Role.MENTEE, mentee_id)
        if mentee is None or not await repository.waits(db, caller, mentee_id):
            raise MenteeNotFound
        if is_full(await self._mentor(db, caller.home, mentor_id)):
            raise MentorFull
        earlier = await repository.pairs_between(db, caller, mentee_id, mentor_id)
        pair = Pair(
            organisation_id=caller.home,
            mentee_id=mentee_id,
            mentor_id=mentor_id,
            thread_id=next((pair.thread_id for pair in earlier if pair.thread_id is not None), None),
            state=PairState.PROPOSED,
            origin=PairOrigin.STAFF,
            proposed_by=caller.account_id,
        )
        return await self._records.changed(db, caller, pair)

    async def write_to(self, db: AsyncSession, caller: Caller, mentor_id: UUID) -> PairView:
        """Where the programme leaves the choice to young people: a pair with that mentor at once.

        Raises: ProgrammeMatches, MentorNotFound (also when the mentor has blocked the caller), AlreadyPaired,
        MentorAway, MentorFull, TooManyRequests, InvalidToken (the caller has left or is suspended in this moment).
        """
        organisation = await self._organisations.get(db, caller.home)
        if not organisation.mentees_may_choose:
            raise ProgrammeMatches
        # Kept from leaving, as everyone whose pair begins: who leaves tells whom they have begun to talk with.
        if await self._accounts.active_person(db, caller.home, Role.MENTEE, caller.account_id) is None:
            raise InvalidToken
        card = await self._mentor(db, caller.home, mentor_id)
        earlier = await repository.pairs_between(db, caller, caller.account_id, mentor_id)
        if len(await self._records.seen_by(db, caller, earlier)) < len(earlier):
            raise MentorNotFound
        if any(pair.state in OPEN_STATES for pair in earlier):
            raise AlreadyPaired
        moment = await now(db)
        if is_away(card, moment.date()):
            raise MentorAway
        if is_full(card):
            raise MentorFull
        await self._limits.take_within(db, NEW_MENTORS, [caller.account_id])
        pair = Pair(
            organisation_id=caller.home,
            mentee_id=caller.account_id,
            mentor_id=mentor_id,
            origin=PairOrigin.MENTEE,
            mentee_accepted_at=moment,
        )
        await self._records.begin(db, pair)
        return await self._records.changed(db, caller, pair)

    async def pairs(
        self, db: AsyncSession, caller: Caller, state: PairState | None, before: UUID | None, limit: int
    ) -> Page[PairView]:
        """The caller's own pairs, or those of the staff member's programme, newest first."""
        page = cut(await repository.pairs(db, caller, state, before, limit + 1), limit, "id")
        seen = await self._records.seen_by(db, caller, page.items)
        return Page(await self._records.views(db, caller, seen), page.next_cursor)

    async def pair(self, db: AsyncSession, caller: Caller, pair_id: UUID) -> PairView:
        """One pair. Raises: PairNotFound."""
        return await self._records.view(db, caller, await self._records.known(db, caller, pair_id))

    async def accept(self, db: AsyncSession, caller: Caller, pair_id: UUID) -> PairView:
        """Say yes to a proposed pair. The second yes makes it active: its thread opens, the young person waits no more.
        Other proposals to them stay open: each needs two people's yes, and staff can withdraw it.

        Raises: PairNotFound, AlreadyAccepted, PairNotOpen (also when the other side can't begin now), MentorFull.
        """
        await self._hold_people(db, await self._records.known(db, caller, pair_id))
        pair = await self._records.known(db, caller, pair_id, lock=True)
        if pair.state in OPEN_STATES and pair.accepted_by(caller.role) is not None:
            raise AlreadyAccepted
        if pair.state != PairState.PROPOSED:
            raise PairNotOpen
        if caller.role == Role.MENTEE:
            pair.mentee_accepted_at = await now(db)
        else:
            pair.mentor_accepted_at = await now(db)
        if pair.mentee_accepted_at is not None and pair.mentor_accepted_at is not None:
            await self._records.begin(db, pair)
        return await self._records.changed(db, caller, pair)

    async def decline(self, db: AsyncSession, caller: Caller, pair_id: UUID, reason: str | None) -> PairView:
        """Say no to a proposed pair, also after a yes. A young person who waits goes on waiting.

        Raises: PairNotFound, PairNotOpen, InvalidBody (a mentor gives a reason).
        """
        _check_reason(caller, reason)
        pair = await self._open_pair(db, caller, pair_id, PairState.PROPOSED)
        await self._close(db, caller, pair, PairState.DECLINED, reason)
        return await self._records.changed(db, caller, pair)

    async def withdraw(self, db: AsyncSession, caller: Caller, pair_id: UUID) -> PairView:
        """Staff take a proposal back. Raises: PairNotFound, PairNotOpen."""
        pair = await self._open_pair(db, caller, pair_id, PairState.PROPOSED)
        await self._close(db, caller, pair, PairState.WITHDRAWN, None)
        return await self._records.changed(db, caller, pair)

    async def end(self, db: AsyncSession, caller: Caller, pair_id: UUID, reason: str | None) -> PairView:
        """End an active pair: its thread can be read and not written to, the mentor has a place again.

        Raises: PairNotFound, PairNotOpen, InvalidBody (mentors and staff give a reason).
        """
        _check_reason(caller, reason)
        pair = await self._open_pair(db, caller, pair_id, PairState.ACTIVE)
        await self._close(db, caller, pair, PairState.ENDED, reason)
        if pair.thread_id is not None:
            await self._chat.close_thread(db, pair.thread_id)
        return await self._records.changed(db, caller, pair)

    async def leave(self, db: AsyncSession, account_id: UUID) -> list[Event]:
        """Remove the pairs of someone who is about to be erased; a mentor among the others has a place again.

        To be called with the account locked and before the threads go, which is the lock order of the service. Returns
        what the others are to be told at the end of the transaction: of pairs that have a thread nothing, because they
        hear that the thread is gone and no more, as of someone who has blocked them.
        """
        pairs = await repository.lock_pairs_of(db, account_id)
        unspoken = [pair for pair in pairs if pair.thread_id is None]
        news = [event for event in await self._records.news(db, unspoken) if event.account_id != account_id]
        await repository.remove(db, pairs)
        return news

    async def _open_pair(self, db: AsyncSession, caller: Caller, pair_id: UUID, state: PairState) -> Pair:
        pair = await self._records.known(db, caller, pair_id, lock=True)
        if pair.state != state:
            raise PairNotOpen
        return pair

    async def _close(self, db: AsyncSession, caller: Caller, pair: Pair, state: PairState, reason: str | None) -> None:
        moment = await now(db)
        pair.state, pair.closed_by_role, pair.close_reason, pair.closed_at = state, caller.role, reason, moment
        await self._records.store(db, pair)

    async def _mentor(self, db: AsyncSession, organisation_id: UUID, mentor_id: UUID) -> CardView:
        """An approved mentor of that programme, kept from leaving for as long as this takes. Raises: MentorNotFound."""
        if await self._accounts.active_person(db, organisation_id, Role.MENTOR, mentor_id) is None:
            raise MentorNotFound
        return await self._profiles.card(db, mentor_id)

    async def _hold_people(self, db: AsyncSession, pair: Pair) -> None:
        """Keep both from leaving, before the pair is locked: an account that goes is locked first and takes its pairs
        with it. Raises: PairNotOpen (one of them is suspended, or the mentor is not approved any more)."""
        if await self._accounts.active_person(db, pair.organisation_id, Role.MENTEE, pair.mentee_id) is None:
            raise PairNotOpen
        try:
            await self._mentor(db, pair.organisation_id, pair.mentor_id)
        except MentorNotFound as error:
            raise PairNotOpen from error


def _check_reason(caller: Caller, reason: str | None) -> None:
    """A young person owes nobody a reason. Raises: InvalidBody."""
    if reason is None and caller.role != Role.MENTEE:
        raise InvalidBody(FieldProblem(code="required", pointer="/reason"))
