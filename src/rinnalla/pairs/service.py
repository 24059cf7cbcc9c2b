"""Pairs, as the other features and the routes use them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.events import Event
from rinnalla.kit.pages import Page, cut
from rinnalla.pairs import repository
from rinnalla.pairs.beginning import NEW_MENTORS, Beginnings
from rinnalla.pairs.closing import Closings
from rinnalla.pairs.contact_rule import ContactRules, ContactRuleView
from rinnalla.pairs.expectations import BothView, ExpectationsBook, ExpectationsEdit, ExpectationsView, OverrideView
from rinnalla.pairs.history import KeptApart, PairHistory
from rinnalla.pairs.keepsake import Keepsake, Keepsakes
from rinnalla.pairs.letters import Letters, LettersView, LetterView
from rinnalla.pairs.models import PLACE_TAKING, TALKING, Answer, EndKind, Pair, PairState, PairStep, Step, Two
from rinnalla.pairs.never_together import NeverTogether
from rinnalla.pairs.policy import MAY_LOOK_PAST, is_away, is_full
from rinnalla.pairs.private_lists import PrivateLists
from rinnalla.pairs.proposals import Proposals
from rinnalla.pairs.proposing import NotProposed, Proposing
from rinnalla.pairs.records import PairObserver, PairView, Records
from rinnalla.pairs.ruled_out import RuledOut
from rinnalla.pairs.settings import CheckinPlan, MatchingSettings, ProgrammeSettings, SettingsInForce
from rinnalla.pairs.statistics import PairStatistics, Statistics
from rinnalla.pairs.trial import Trials
from rinnalla.pairs.turning_away import STAYS, TurningAway
from rinnalla.pairs.waiting import WaitingList, WaitingView

__all__ = [
    "MAY_LOOK_PAST",
    "NEW_MENTORS",
    "PLACE_TAKING",
    "STAYS",
    "TALKING",
    "Answer",
    "Beginnings",
    "BothView",
    "CheckinPlan",
    "Closings",
    "ContactRuleView",
    "ContactRules",
    "EndKind",
    "ExpectationsBook",
    "ExpectationsEdit",
    "ExpectationsView",
    "Keepsake",
    "Keepsakes",
    "KeptApart",
    "LetterView",
    "Letters",
    "LettersView",
    "MatchingSettings",
    "NeverTogether",
    "NotProposed",
    "OverrideView",
    "Pair",
    "PairHistory",
    "PairObserver",
    "PairState",
    "PairStatistics",
    "PairView",
    "Pairs",
    "PrivateLists",
    "ProgrammeSettings",
    "Proposals",
    "Proposing",
    "Records",
    "RuledOut",
    "SettingsInForce",
    "Statistics",
    "Trials",
    "TurningAway",
    "Two",
    "WaitingList",
    "WaitingView",
    "is_away",
    "is_full",
]


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of a pair as the caller may see it. A member is shown the states it went through, and more of their own
    steps only: `step`, `by_role` and `reason` of the other side would be a verdict."""

    was: PairState | None
    now: PairState
    at: datetime
    step: Step | None
    by_role: Role | None
    by_id: UUID | None
    reason: str | None


class Pairs:
    """Shows pairs, and looks after them for the other features."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def observe(self, observer: PairObserver) -> None:
        """Have a feature told of every move of a pair, in the same transaction. For `app`, at start."""
        self._records.observe(observer)

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

    async def history(self, db: AsyncSession, caller: Caller, pair_id: UUID) -> list[StepView]:
        """What happened to a pair, in order. Raises: PairNotFound."""
        await self._records.known(db, caller, pair_id)
        steps = await repository.steps(db, caller, pair_id)
        views = [_step_view(caller, step) for step in steps]
        return [view for view in views if view.step is not None or view.was != view.now]

    async def news(self, db: AsyncSession, pairs: Sequence[Pair]) -> list[Event]:
        """What the members are told when these pairs change, for a caller that tells it at the end of its
        transaction."""
        return await self._records.news(db, pairs)

    async def talking_pairs(self, db: AsyncSession, account_id: UUID) -> Sequence[Pair]:
        """The pairs of someone in which they talk now: in trial, active or closing."""
        return await repository.talking_pairs(db, account_id)

    async def lock_pairs_of(self, db: AsyncSession, account_id: UUID) -> Sequence[Pair]:
        """All pairs of someone, whatever their state, kept from moving until the transaction ends. To be called with
        the account locked and before threads and streams are, which is the lock order of the service."""
        return await repository.lock_pairs_of(db, account_id)

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


def _step_view(caller: Caller, step: PairStep) -> StepView:
    is_staff = caller.role == Role.STAFF
    may_know = is_staff or step.by_id == caller.account_id
    return StepView(
        was=PairState(step.was) if step.was else None,
        now=PairState(step.now),
        at=step.at,
        step=Step(step.step) if may_know else None,
        by_role=Role(step.by_role) if may_know and step.by_role else None,
        by_id=step.by_id if is_staff else None,
        reason=step.reason if may_know else None,
    )
