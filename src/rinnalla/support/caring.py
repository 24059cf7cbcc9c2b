"""Who of a programme's staff is there for a pair: one person for both sides, for as long as the pair talks."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.kit import events
from rinnalla.kit.caller import Caller
from rinnalla.kit.database import now
from rinnalla.kit.errors import EditedMeanwhile
from rinnalla.kit.events import Event
from rinnalla.kit.jobs import Task
from rinnalla.kit.trail import AuditAction, record
from rinnalla.pairs.service import TALKING, Pair, PairState
from rinnalla.support import repository, repository_checkins, repository_losses, repository_nudges
from rinnalla.support.checkins import CheckIns
from rinnalla.support.errors import ContactNotFound, PairNotTalking
from rinnalla.support.models import Care, NoticeCode
from rinnalla.support.notices import Notices, Word


@dataclass(frozen=True, slots=True)
class ContactView:
    """Who is there for a pair; None: nobody as yet."""

    care: Care
    staff_name: str | None


class Caring:
    """Begins to care for a pair when it begins to talk, ends when it has, and sees to it that there is someone."""

    def __init__(self, accounts: Accounts, checkins: CheckIns, notices: Notices) -> None:
        self._accounts = accounts
        self._checkins = checkins
        self._notices = notices

    async def pair_moved(self, db: AsyncSession, pair: Pair, was: PairState | None, now: PairState) -> Sequence[Event]:
        """Observes pairs: see `pairs.records.PairObserver`."""
        if now in TALKING and was not in TALKING:
            await self._begin(db, pair)
        elif was in TALKING and now not in TALKING:
            await self._end(db, pair)
        return []

    async def contact(self, db: AsyncSession, caller: Caller, pair_id: UUID) -> ContactView:
        """For staff: who is there for a talking pair of their programme. Raises: PairNotTalking."""
        return await self._view(db, await self._care(db, caller, pair_id))

    async def set_contact(
        self, db: AsyncSession, caller: Caller, pair_id: UUID, version: int, staff_id: UUID
    ) -> ContactView:
        """Have another of the programme's staff be there for a pair from now on; both sides are told.

        Raises: PairNotTalking, EditedMeanwhile, ContactNotFound.
        """
        care = await self._care(db, caller, pair_id, lock=True)
        if care.version != version:
            raise EditedMeanwhile
        if await repository.staff_of(db, care.organisation_id, staff_id) is None:
            raise ContactNotFound
        if care.staff_id == staff_id:
            return await self._view(db, care)
        await record(db, caller, AuditAction.CONTACT_CHANGED, pair_id)
        news = await self._assign(db, [(care, staff_id)])
        view = await self._view(db, care)
        await events.append(db, news)
        return view

    async def staff_leaves(self, db: AsyncSession, staff_id: UUID) -> list[Event]:
        """Find someone else for every pair of a staff member who can no longer be there: who leaves, or is suspended.
        Returns what is to be told at the end of the transaction."""
        cares = await repository.lock_cares_by_staff(db, staff_id)
        return await self._hand_on(db, cares, but=staff_id)

    def tasks(self) -> tuple[Task[Care], ...]:
        """What a job does: find someone for pairs that have nobody, where the programme has someone."""
        return (Task("contacts", Care.pair_id, repository.lock_care_without_staff, self._find_staff),)

    async def _find_staff(self, db: AsyncSession, care: Care) -> None:
        await events.append(db, await self._hand_on(db, [care], but=None))

    async def _begin(self, db: AsyncSession, pair: Pair) -> None:
        moment = await now(db)
        staff_id = None
        if pair.proposed_by is not None:
            staff_id = await repository.staff_of(db, pair.organisation_id, pair.proposed_by)
        care = Care(
            pair_id=pair.id,
            organisation_id=pair.organisation_id,
            mentee_id=pair.mentee_id,
            mentor_id=pair.mentor_id,
            staff_id=staff_id or await repository.least_busy_staff(db, pair.organisation_id),
            began_at=moment,
            planned_until=moment.date(),
        )
        db.add(care)
        await db.flush()
        await self._checkins.plan(db, care, moment.date())
        await repository_losses.end(db, pair.mentee_id)

    async def _end(self, db: AsyncSession, pair: Pair) -> None:
        care = await repository.care(db, pair.id, lock=True)
        if care is None:
            return
        care.ended_at = await now(db)
        await db.flush()
        await repository_checkins.drop(db, pair.id, care.ended_at.date())
        await repository_nudges.drop_drafts(db, pair.id)

    async def _hand_on(self, db: AsyncSession, cares: Sequence[Care], but: UUID | None) -> list[Event]:
        chosen: list[tuple[Care, UUID]] = []
        for care in cares:
            staff_id = await repository.least_busy_staff(db, care.organisation_id, but)
            if staff_id is not None:
                care.staff_id = staff_id
                await db.flush()
                chosen.append((care, staff_id))
        return await self._assign(db, chosen)

    async def _assign(self, db: AsyncSession, chosen: Sequence[tuple[Care, UUID]]) -> list[Event]:
        for care, staff_id in chosen:
            care.staff_id = staff_id
            care.version += 1
        await db.flush()
        words = [
            Word(to=member, code=NoticeCode.CONTACT_CHANGED, contact_id=staff_id, thing_id=care.pair_id)
            for care, staff_id in chosen
            for member in (care.mentee_id, care.mentor_id)
        ]
        return await self._notices.give(db, words)

    async def _care(self, db: AsyncSession, caller: Caller, pair_id: UUID, *, lock: bool = False) -> Care:
        care = await repository.care_of_home(db, caller, pair_id, lock=lock)
        if care is None:
            raise PairNotTalking
        return care

    async def _view(self, db: AsyncSession, care: Care) -> ContactView:
        names = await self._accounts.names(db, {care.staff_id} if care.staff_id else set())
        return ContactView(care, names.get(care.staff_id) if care.staff_id else None)
