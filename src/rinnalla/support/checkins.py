"""Check-ins: planned when a pair begins, done by its contact among the staff, the same one for both sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from itertools import takewhile
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.chat.service import Chat
from rinnalla.kit.caller import Caller
from rinnalla.kit.database import now
from rinnalla.kit.errors import EditedMeanwhile
from rinnalla.kit.jobs import Task
from rinnalla.kit.pages import Page, cut
from rinnalla.kit.trail import AuditAction, record
from rinnalla.kit.vault import SealBroken, Vault
from rinnalla.pairs.service import MatchingSettings
from rinnalla.support import repository_checkins as repository
from rinnalla.support.calendar import windows
from rinnalla.support.errors import CheckInDropped, CheckInNotFound
from rinnalla.support.models import Care, CheckIn, CheckInTopic, Mode
from rinnalla.support.policy import Quarter, Share, notes_context, quarter_of

PLANNED_AHEAD = timedelta(days=100)
"""Further than the longest pause between two check-ins, so that there is always a next one to see."""


class CheckInState(StrEnum):
    """`due`: its window is open; `overdue`: the window has passed."""

    DUE = "due"
    OVERDUE = "overdue"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Talked:
    """What came of a check-in. `next_on`: when the two want to speak again."""

    mode: Mode
    minutes: int
    topics: Sequence[CheckInTopic]
    concern: bool
    next_on: date | None
    notes: str | None


@dataclass(frozen=True, slots=True)
class CheckInView:
    """A check-in as staff see it. `staff_id`: who is to do it. `notes` are opened only where one check-in is asked for
    by itself."""

    checkin: CheckIn
    party_name: str
    staff_id: UUID | None
    staff_name: str | None
    notes: str | None = None

    @property
    def id(self) -> UUID:
        return self.checkin.id

    @property
    def due_on(self) -> date:
        """With the id, what lists are sorted by."""
        return self.checkin.due_on


@dataclass(frozen=True, slots=True)
class NextCheckIn:
    """When a member next speaks with the programme's staff, and with whom (None: not settled)."""

    pair_id: UUID
    opens_on: date
    due_on: date
    agreed_on: date | None
    with_id: UUID | None
    with_name: str | None


@dataclass(frozen=True, slots=True)
class StaffShare:
    """What one staff member did of what was due; no one: for whom nobody was there."""

    staff_id: UUID | None
    staff_name: str | None
    share: Share


class CheckIns:
    """Plans check-ins, shows them, and takes down what came of them."""

    def __init__(self, accounts: Accounts, chat: Chat, settings: MatchingSettings, vault: Vault) -> None:
        self._accounts = accounts
        self._chat = chat
        self._settings = settings
        self._vault = vault

    async def plan(self, db: AsyncSession, care: Care, today: date) -> None:
        """Plan those of a locked pair that are not planned yet, as far ahead as is seen. Those that are stay as they
        are when the programme has changed its plan: the next ones follow the last of them."""
        until = today + PLANNED_AHEAD
        plan = (await self._settings.in_force(db, care.organisation_id)).settings.checkin_plan
        coming = windows(care.began_at.date(), plan, await repository.planned(db, care))
        await repository.plan(db, care, list(takewhile(lambda window: window.opens_on <= until, coming)))
        care.planned_until = until
        await db.flush()

    def tasks(self) -> tuple[Task[Care], ...]:
        """What a job does: plan what comes into sight with the days."""
        unplanned = partial(repository.lock_unplanned, ahead=PLANNED_AHEAD / 2)
        return (Task("checkins", Care.pair_id, unplanned, self._plan_more),)

    async def _plan_more(self, db: AsyncSession, care: Care) -> None:
        await self.plan(db, care, (await now(db)).date())

    async def page(
        self,
        db: AsyncSession,
        caller: Caller,
        state: CheckInState,
        staff_id: UUID | None,
        after: tuple[date, UUID] | None,
        limit: int,
    ) -> Page[CheckInView]:
        """Check-ins of the caller's programme in one state, the earliest first; of one staff member or of all."""
        today = (await now(db)).date()
        which = {
            CheckInState.DUE: repository.is_due(today),
            CheckInState.OVERDUE: repository.is_overdue(today),
            CheckInState.DONE: repository.is_done(),
        }[state]
        found = await repository.page(db, caller, which, staff_id, after, limit + 1)
        people = {checkin.account_id for checkin, _ in found} | {one for _, one in found if one is not None}
        names = await self._accounts.names(db, people)
        views = [
            CheckInView(checkin, names.get(checkin.account_id, ""), one, names.get(one) if one else None)
            for checkin, one in found
        ]
        return cut(views, limit, "due_on", "id")

    async def one(self, db: AsyncSession, caller: Caller, checkin_id: UUID) -> CheckInView:
        """A check-in with its notes; that they were read goes to the trail. Raises: CheckInNotFound."""
        checkin = await repository.of_home(db, caller, checkin_id)
        if checkin is None:
            raise CheckInNotFound
        if checkin.notes is not None:
            await record(db, caller, AuditAction.CHECKIN_READ, checkin_id)
        return await self._view(db, checkin)

    async def done(
        self, db: AsyncSession, caller: Caller, checkin_id: UUID, version: int, talked: Talked
    ) -> CheckInView:
        """Take down what came of a check-in, or put right what was taken down before.

        Raises: CheckInNotFound, EditedMeanwhile, CheckInDropped.
        """
        checkin = await repository.of_home(db, caller, checkin_id, lock=True)
        if checkin is None:
            raise CheckInNotFound
        if checkin.version != version:
            raise EditedMeanwhile
        if checkin.dropped_at is not None:
            raise CheckInDropped
        checkin.done_at = checkin.done_at or await now(db)
        checkin.done_by = checkin.done_by or caller.account_id
        checkin.mode, checkin.minutes, checkin.concern = talked.mode, talked.minutes, talked.concern
        checkin.topics, checkin.next_on = sorted(set(talked.topics)), talked.next_on
        checkin.wrapped_key = self._vault.new_key() if talked.notes else None
        checkin.notes = (
            self._vault.seal(checkin.wrapped_key, talked.notes, notes_context(checkin.id))
            if talked.notes and checkin.wrapped_key
            else None
        )
        checkin.version += 1
        await record(db, caller, AuditAction.CHECKIN_DONE, checkin_id)
        return await self._view(db, checkin)

    async def next(self, db: AsyncSession, caller: Caller) -> list[NextCheckIn]:
        """When the caller next speaks with the programme's staff, for each talking pair that they may see."""
        found = await repository.next_of(db, caller)
        visible = await self._chat.visible_threads(db, caller, {thread for _, _, thread, _ in found if thread})
        names = await self._accounts.names(db, {one for _, one, _, _ in found if one is not None})
        return [
            NextCheckIn(
                checkin.pair_id, checkin.opens_on, checkin.due_on, agreed_on, one, names.get(one) if one else None
            )
            for checkin, one, thread, agreed_on in found
            if thread in visible
        ]

    async def figures(
        self, db: AsyncSession, caller: Caller, quarter: Quarter | None
    ) -> tuple[Quarter, list[StaffShare]]:
        """How much of what was due in a quarter (this one, if none is named) was done, by staff member. Mentors are
        never compared."""
        today = (await now(db)).date()
        quarter = quarter or quarter_of(today)
        rows = await repository.shares(db, caller, quarter, today)
        names = await self._accounts.names(db, {one for one, _, _ in rows if one is not None})
        return quarter, [
            StaffShare(one, names.get(one) if one else None, Share(due=due, done=done)) for one, due, done in rows
        ]

    async def _view(self, db: AsyncSession, checkin: CheckIn) -> CheckInView:
        staff_id = await repository.staff_for(db, checkin)
        names = await self._accounts.names(db, {checkin.account_id} | ({staff_id} if staff_id else set()))
        return CheckInView(
            checkin,
            names.get(checkin.account_id, ""),
            staff_id,
            names.get(staff_id) if staff_id else None,
            self._notes(checkin),
        )

    def _notes(self, checkin: CheckIn) -> str | None:
        if checkin.notes is None or checkin.wrapped_key is None:
            return None
        try:
            return self._vault.open(checkin.wrapped_key, checkin.notes, notes_context(checkin.id))
        except SealBroken:
            return None
