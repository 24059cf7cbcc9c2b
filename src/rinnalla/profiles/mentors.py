"""Mentors as staff of their programme see them: invited, screened, approved, withdrawn."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts, Invited
from rinnalla.kit import database
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.errors import InvalidBody
from rinnalla.kit.events import Event, append
from rinnalla.kit.trail import AuditAction, record
from rinnalla.profiles import repository
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.models import USUAL_CAPACITY, MentorCard
from rinnalla.profiles.policy import screening_faults
from rinnalla.profiles.repository import FullCard


class Mentors:
    """Brings mentors in and decides whose card is shown. Another programme's mentors are as if absent."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def create(
        self, db: AsyncSession, caller: Caller, display_name: str, *, capacity: int = USUAL_CAPACITY
    ) -> tuple[FullCard, Invited]:
        """A new mentor of the caller's programme with an empty card, who comes in by invitation."""
        invited = await self._accounts.invite(db, Role.MENTOR, caller.home, display_name)
        db.add(MentorCard(account_id=invited.account.id, organisation_id=caller.home, capacity=capacity))
        await db.flush()
        return await self.of_home(db, caller, invited.account.id), invited

    async def invite_again(self, db: AsyncSession, caller: Caller, mentor_id: UUID) -> tuple[FullCard, Invited]:
        """A new invitation instead of the old one. Raises: MentorNotFound, AlreadyComeIn."""
        full = await self.of_home(db, caller, mentor_id)
        return full, await self._accounts.invite_again(db, caller, mentor_id)

    async def all_of_home(self, db: AsyncSession, caller: Caller, after: UUID | None, limit: int) -> Sequence[FullCard]:
        """The mentors of the caller's programme, whatever their state, in order of id."""
        return await repository.cards_of_home(db, caller, after, limit)

    async def of_home(self, db: AsyncSession, caller: Caller, mentor_id: UUID) -> FullCard:
        """One mentor of the caller's programme. Raises: MentorNotFound."""
        full = await repository.card_of_home(db, caller, mentor_id)
        if full is None:
            raise MentorNotFound
        return full

    async def approve(self, db: AsyncSession, caller: Caller, mentor_id: UUID) -> FullCard:
        """Publish a mentor's card; a second approval changes nothing. Raises: MentorNotFound."""
        full = await self.of_home(db, caller, mentor_id)
        if full.card.approved_at is None:
            full.card.approved_at = await database.now(db)
            await record(db, caller, AuditAction.MENTOR_APPROVED, mentor_id)
            await self._tell(db, mentor_id)
        return full

    async def withdraw_approval(self, db: AsyncSession, caller: Caller, mentor_id: UUID) -> None:
        """Take a mentor's card out of sight; pairs that exist go on. Raises: MentorNotFound."""
        full = await self.of_home(db, caller, mentor_id)
        if full.card.approved_at is not None:
            full.card.approved_at = None
            await record(db, caller, AuditAction.MENTOR_APPROVAL_WITHDRAWN, mentor_id)
            await self._tell(db, mentor_id)

    async def screen(self, db: AsyncSession, caller: Caller, mentor_id: UUID, on: date, until: date | None) -> FullCard:
        """Note that a mentor's background check was shown on that day, and until when it holds (None: without end). The
        paper itself is not kept. A check that has run out rules out new pairs; those that live go on.

        Raises: MentorNotFound, InvalidBody.
        """
        if faults := screening_faults(on, until, (await database.now(db)).date()):
            raise InvalidBody(*faults)
        full = await self.of_home(db, caller, mentor_id)
        full.card.screened_on, full.card.screened_until = on, until
        await record(db, caller, AuditAction.MENTOR_SCREENED, mentor_id)
        return full

    async def _tell(self, db: AsyncSession, mentor_id: UUID) -> None:
        await db.flush()
        await append(db, [Event(mentor_id, "account_changed")])
