"""Topics and wishes, and what matching reads of cards and wishes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.kit import database
from rinnalla.kit.caller import Caller
from rinnalla.kit.database import broken_constraint
from rinnalla.kit.errors import EditedMeanwhile, InvalidBody
from rinnalla.kit.vault import Vault, WrappedKey
from rinnalla.profiles import repository
from rinnalla.profiles.cards import Cards
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.mentors import Mentors
from rinnalla.profiles.models import Channel, DayTime, Gender, Topic, Wishes
from rinnalla.profiles.photos import Photos
from rinnalla.profiles.policy import distinct, order_fault, topic_faults
from rinnalla.profiles.repository import FullCard

__all__ = [
    "CardView",
    "Cards",
    "Channel",
    "DayTime",
    "Gender",
    "Mentors",
    "Photos",
    "Profiles",
    "Topic",
    "WishesEdit",
    "WishesView",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class WishesEdit:
    """What a young person hopes for. None and empty: no wish. Ages are in years."""

    languages: list[str]
    region: str
    gender_wish: str | None
    age_min: int | None
    age_max: int | None
    times: list[str]
    topics: list[str]
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WishesView(WishesEdit):
    """Someone's wishes with the note opened. Version 0: never set."""

    account_id: UUID
    version: int = 0
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """What matching needs to know of an approved, active mentor."""

    account_id: UUID
    display_name: str
    languages: list[str]
    region: str
    gender: str | None
    birth_year: int | None
    times: list[str]
    topics: list[str]
    channels: list[str]
    capacity: int
    open_pairs: int
    away_from: date | None
    away_until: date | None


class Profiles:
    """Keeps wishes, and lets matching read them beside the mentors' cards."""

    def __init__(self, accounts: Accounts, vault: Vault) -> None:
        self._accounts = accounts
        self._vault = vault

    async def topics(self, db: AsyncSession) -> Sequence[Topic]:
        """All topics in the order they are shown."""
        return await repository.topics(db)

    async def own_wishes(self, db: AsyncSession, caller: Caller) -> WishesView:
        """The caller's wishes; empty ones when they were never set."""
        account = await self._accounts.own(db, caller)
        return self._view(account.id, account.wrapped_key, await repository.own_wishes(db, caller))

    async def edit_own_wishes(self, db: AsyncSession, caller: Caller, version: int, edit: WishesEdit) -> WishesView:
        """Replace the caller's wishes. Raises: EditedMeanwhile, InvalidBody."""
        faults = topic_faults(edit.topics, await repository.known_topics(db, edit.topics))
        if fault := order_fault(edit.age_min, edit.age_max, "/age_max"):
            faults.append(fault)
        if faults:
            raise InvalidBody(*faults)
        account = await self._accounts.own(db, caller)
        wishes = await repository.own_wishes(db, caller, lock=True)
        if version != (wishes.version if wishes else 0):
            raise EditedMeanwhile
        wishes = wishes or Wishes(account_id=account.id)
        wishes.version, wishes.updated_at = version + 1, await database.now(db)
        self._write(wishes, account.wrapped_key, edit)
        db.add(wishes)
        try:
            await db.flush()
        except IntegrityError as error:
            if broken_constraint(error) == "pk_wishes":
                raise EditedMeanwhile from error
            raise
        return self._view(account.id, account.wrapped_key, wishes)

    async def wishes_of(self, db: AsyncSession, caller: Caller, mentee_ids: Collection[UUID]) -> dict[UUID, WishesView]:
        """For staff: what these people wish for. Only mentees of the caller's own programme are in the answer."""
        found = await repository.wishes_of_home(db, caller, mentee_ids)
        return {account_id: self._view(account_id, key, wishes) for account_id, key, wishes in found}

    async def cards_for_matching(self, db: AsyncSession, organisation_id: UUID) -> list[CardView]:
        """The approved, active mentors of a programme, oldest first."""
        return [_card_view(full) for full in await repository.published_of(db, organisation_id)]

    async def card(self, db: AsyncSession, mentor_id: UUID) -> CardView:
        """An approved, active mentor. Raises: MentorNotFound."""
        full = await repository.published_card(db, mentor_id)
        if full is None:
            raise MentorNotFound
        return _card_view(full)

    def _write(self, wishes: Wishes, key: WrappedKey, edit: WishesEdit) -> None:
        wishes.languages = distinct(edit.languages)
        wishes.region = edit.region.strip()
        wishes.gender_wish = edit.gender_wish
        wishes.age_min, wishes.age_max = edit.age_min, edit.age_max
        wishes.times = distinct(edit.times)
        wishes.topics = distinct(edit.topics)
        note = (edit.note or "").strip()
        wishes.note = self._vault.seal(key, note, _context(wishes.account_id)) if note else None

    def _view(self, account_id: UUID, key: WrappedKey, wishes: Wishes | None) -> WishesView:
        if wishes is None:
            return WishesView(
                account_id=account_id,
                languages=[],
                region="",
                gender_wish=None,
                age_min=None,
                age_max=None,
                times=[],
                topics=[],
                note=None,
            )
        return WishesView(
            account_id=account_id,
            languages=wishes.languages,
            region=wishes.region,
            gender_wish=wishes.gender_wish,
            age_min=wishes.age_min,
            age_max=wishes.age_max,
            times=wishes.times,
            topics=wishes.topics,
            note=self._vault.open(key, wishes.note, _context(account_id)) if wishes.note is not None else None,
            version=wishes.version,
            updated_at=wishes.updated_at,
        )


def _context(account_id: UUID) -> str:
    return f"wishes-note:{account_id}"


def _card_view(full: FullCard) -> CardView:
    card = full.card
    return CardView(
        account_id=card.account_id,
        display_name=full.display_name,
        languages=card.languages,
        region=card.region,
        gender=card.gender,
        birth_year=card.birth_year,
        times=card.times,
        topics=full.topics,
        channels=card.channels,
        capacity=card.capacity,
        open_pairs=card.open_pairs,
        away_from=card.away_from,
        away_until=card.away_until,
    )
