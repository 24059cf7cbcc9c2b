"""Mentor cards, as everyone sees them and as their mentors keep them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit import database
from rinnalla.kit.caller import Caller
from rinnalla.kit.errors import EditedMeanwhile, InvalidBody
from rinnalla.kit.events import Event, append
from rinnalla.kit.trail import AuditAction, record
from rinnalla.profiles import repository
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.models import MentorCard
from rinnalla.profiles.policy import clash_faults, distinct, folded, order_fault, topic_faults
from rinnalla.profiles.repository import FullCard, Wanted


@dataclass(frozen=True, slots=True)
class Away:
    """From the first to the last day away, both included (days are counted in UTC), with a word for those who wait."""

    first: date
    last: date
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardEdit:
    """What a mentor says of themselves. `capacity` is how many pairs they take at once."""

    story: str
    topics: list[str]
    languages: list[str]
    region: str
    gender: str | None
    birth_year: int | None
    channels: list[str]
    times: list[str]
    status_line: str
    capacity: int
    away: Away | None
    experiences: list[str] = field(default_factory=list)
    interests: list[str] = field(default_factory=list)
    dislikes: list[str] = field(default_factory=list)
    reply_rhythm: str | None = None


class Cards:
    """Shows cards and lets mentors change their own."""

    async def published(
        self, db: AsyncSession, wanted: Wanted, after: UUID | None, limit: int
    ) -> tuple[Sequence[FullCard], date]:
        """Cards of approved and active mentors, newest first, and what day it is for those who are away."""
        today = (await database.now(db)).date()
        return await repository.published_cards(db, wanted, today, after, limit), today

    async def published_one(self, db: AsyncSession, mentor_id: UUID) -> tuple[FullCard, date]:
        """One such card, and what day it is. Raises: MentorNotFound."""
        full = await repository.published_card(db, mentor_id)
        if full is None:
            raise MentorNotFound
        return full, (await database.now(db)).date()

    async def published_among(self, db: AsyncSession, mentor_ids: Collection[UUID]) -> set[UUID]:
        """Those of the mentors whose cards are such."""
        return {full.account_id for full in await repository.published_among(db, mentor_ids)} if mentor_ids else set()

    async def own(self, db: AsyncSession, caller: Caller, *, lock: bool = False) -> FullCard:
        """The caller's own card, published or not; with `lock` it stays as it is until the transaction ends.

        Raises: MentorNotFound.
        """
        full = await repository.own_card(db, caller, lock=lock)
        if full is None:
            raise MentorNotFound
        return full

    async def edit_own(self, db: AsyncSession, caller: Caller, version: int, edit: CardEdit) -> FullCard:
        """Replace what the caller says on their card. Raises: MentorNotFound, EditedMeanwhile, InvalidBody."""
        faults = topic_faults(edit.topics, await repository.known_topics(db, edit.topics))
        faults += clash_faults(edit.interests, edit.dislikes)
        if edit.away is not None and (fault := order_fault(edit.away.first, edit.away.last, "/away/until")):
            faults.append(fault)
        if faults:
            raise InvalidBody(*faults)
        card = await repository.lock_own_card(db, caller)
        if card is None:
            raise MentorNotFound
        if card.version != version:
            raise EditedMeanwhile
        await self._write(db, card, edit)
        return await self.own(db, caller)

    async def edit_at_home(self, db: AsyncSession, caller: Caller, mentor_id: UUID, edit: CardEdit) -> FullCard:
        """Staff set a card of their programme right, with topics that are known. Raises: MentorNotFound."""
        full = await self.at_home(db, caller, mentor_id)
        await self._write(db, full.card, edit)
        await record(db, caller, AuditAction.CARD_EDITED, mentor_id)
        full = await self.at_home(db, caller, mentor_id)
        await append(db, [Event(mentor_id, "account_changed")])
        return full

    async def at_home(self, db: AsyncSession, caller: Caller, mentor_id: UUID) -> FullCard:
        """A card of the staff member's programme, locked. Raises: MentorNotFound."""
        full = await repository.card_of_home(db, caller, mentor_id)
        if full is None:
            raise MentorNotFound
        return full

    async def _write(self, db: AsyncSession, card: MentorCard, edit: CardEdit) -> None:
        _write(card, edit)
        card.version += 1
        card.updated_at = await database.now(db)
        await repository.replace_topics(db, card.account_id, distinct(edit.topics))


def _write(card: MentorCard, edit: CardEdit) -> None:
    card.story = edit.story.strip()
    card.languages = distinct(edit.languages)
    card.region = edit.region.strip()
    card.gender, card.birth_year = edit.gender, edit.birth_year
    card.channels = distinct(edit.channels)
    card.times = distinct(edit.times)
    card.experiences = distinct(edit.experiences)
    card.interests, card.dislikes = folded(edit.interests), folded(edit.dislikes)
    card.reply_rhythm = edit.reply_rhythm
    card.status_line = edit.status_line.strip()
    card.capacity = edit.capacity
    card.away_from = edit.away.first if edit.away else None
    card.away_until = edit.away.last if edit.away else None
    card.away_message = edit.away.message.strip() if edit.away else ""
