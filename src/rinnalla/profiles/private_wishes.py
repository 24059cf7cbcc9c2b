"""What a mentor can't carry and whom they take: said to nobody, and honoured by matching."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit import database
from rinnalla.kit.caller import Caller
from rinnalla.kit.errors import EditedMeanwhile, InvalidBody
from rinnalla.profiles import repository, repository_wishes
from rinnalla.profiles.contradictions import Contradiction, of_card
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.models import MentorWishes
from rinnalla.profiles.policy import distinct, order_fault, topic_faults


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateWishesEdit:
    """Topics that the mentor can't carry, and the age, in years, of those whom they take. None: any."""

    cannot_carry: list[str] = field(default_factory=list)
    mentee_age_min: int | None = None
    mentee_age_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateWishesView(PrivateWishesEdit):
    """The caller's own. Version 0: never set."""

    version: int = 0
    updated_at: datetime | None = None
    contradictions: tuple[Contradiction, ...] = ()


class PrivateWishes:
    """Keeps each mentor's own."""

    async def own(self, db: AsyncSession, caller: Caller) -> PrivateWishesView:
        """The caller's; empty ones when they were never set. Raises: MentorNotFound."""
        return await self._view(db, caller, await repository_wishes.own_mentor_wishes(db, caller))

    async def edit_own(
        self, db: AsyncSession, caller: Caller, version: int, edit: PrivateWishesEdit
    ) -> PrivateWishesView:
        """Replace the caller's. Raises: MentorNotFound, EditedMeanwhile, InvalidBody."""
        known = await repository.known_topics(db, edit.cannot_carry)
        faults = topic_faults(edit.cannot_carry, known, "cannot_carry")
        if fault := order_fault(edit.mentee_age_min, edit.mentee_age_max, "/mentee_age_max"):
            faults.append(fault)
        if faults:
            raise InvalidBody(*faults)
        if await repository.lock_own_card(db, caller) is None:
            raise MentorNotFound
        wishes = await repository_wishes.own_mentor_wishes(db, caller, lock=True)
        if version != (wishes.version if wishes else 0):
            raise EditedMeanwhile
        wishes = wishes or MentorWishes(account_id=caller.account_id)
        wishes.version, wishes.updated_at = version + 1, await database.now(db)
        wishes.cannot_carry = distinct(edit.cannot_carry)
        wishes.mentee_age_min, wishes.mentee_age_max = edit.mentee_age_min, edit.mentee_age_max
        db.add(wishes)
        await db.flush()
        return await self._view(db, caller, wishes)

    async def _view(self, db: AsyncSession, caller: Caller, wishes: MentorWishes | None) -> PrivateWishesView:
        full = await repository.own_card(db, caller)
        if full is None:
            raise MentorNotFound
        if wishes is None:
            return PrivateWishesView()
        return PrivateWishesView(
            cannot_carry=wishes.cannot_carry,
            mentee_age_min=wishes.mentee_age_min,
            mentee_age_max=wishes.mentee_age_max,
            version=wishes.version,
            updated_at=wishes.updated_at,
            contradictions=of_card(wishes.cannot_carry, full.topics),
        )
