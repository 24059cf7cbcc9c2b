"""Topics and wishes, and what matching reads of cards and wishes."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.kit import database
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import broken_constraint
from rinnalla.kit.errors import EditedMeanwhile, InvalidBody
from rinnalla.kit.limits import Limit, Limits
from rinnalla.kit.vault import Vault, WrappedKey
from rinnalla.profiles import repository
from rinnalla.profiles import repository_wishes as wish_rows
from rinnalla.profiles.arrivals import ArrivedCard, ArrivedCards
from rinnalla.profiles.cards import Away, CardEdit, Cards
from rinnalla.profiles.contradictions import Contradiction, ContradictionCode, of_wishes
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.mentors import Mentors
from rinnalla.profiles.models import (
    MAX_CAPACITY,
    MAX_THAT_MATTER,
    USUAL_CAPACITY,
    Channel,
    DayTime,
    Experience,
    Gender,
    MentorCard,
    ReplyRhythm,
    Topic,
    Wishes,
)
from rinnalla.profiles.never import NeverLists
from rinnalla.profiles.photos import Photos
from rinnalla.profiles.policy import (
    age_fits,
    clash_faults,
    distinct,
    is_screened,
    listed_faults,
    order_fault,
    topic_faults,
)
from rinnalla.profiles.private_wishes import PrivateWishes
from rinnalla.profiles.repository import FullCard, Wanted
from rinnalla.profiles.topics import Topics
from rinnalla.profiles.views import Asked, CardView, PlainWishes, PrivateOf, card_view
from rinnalla.profiles.wishes import WishesEdit, WishesView, opened, write

__all__ = [
    "BIRTH_YEARS",
    "MAX_CAPACITY",
    "USUAL_CAPACITY",
    "ArrivedCard",
    "ArrivedCards",
    "Asked",
    "Away",
    "CardEdit",
    "CardView",
    "Cards",
    "Channel",
    "Contradiction",
    "ContradictionCode",
    "DayTime",
    "Experience",
    "FullCard",
    "Gender",
    "MentorCard",
    "Mentors",
    "NeverLists",
    "Photos",
    "PlainWishes",
    "PrivateOf",
    "PrivateWishes",
    "Profiles",
    "ReplyRhythm",
    "Topic",
    "Topics",
    "Wanted",
    "WishesEdit",
    "WishesView",
    "age_fits",
    "is_screened",
    "of_wishes",
]


BIRTH_YEARS = Limit("birth_year", 3, timedelta(days=90).total_seconds())
"""A birth year is set, and perhaps put right. Who could change it at will would find out whom a mentor takes, which
mentors say to nobody."""


class Profiles:
    """Keeps wishes, and lets matching read them beside the mentors' cards."""

    def __init__(self, accounts: Accounts, vault: Vault, limits: Limits, may_matter: Collection[str]) -> None:
        """`may_matter`: what a young person may say matters most to them, by name."""
        self._accounts = accounts
        self._vault = vault
        self._limits = limits
        self._may_matter = may_matter

    async def topics(self, db: AsyncSession) -> Sequence[Topic]:
        """All topics in the order they are shown."""
        return await repository.topics(db)

    async def own_wishes(self, db: AsyncSession, caller: Caller) -> WishesView:
        """The caller's wishes; empty ones when they were never set. With what in them can't all come true."""
        account = await self._accounts.own(db, caller)
        return await self._own(db, caller, account.wrapped_key, await wish_rows.own_wishes(db, caller))

    async def edit_own_wishes(self, db: AsyncSession, caller: Caller, version: int, edit: WishesEdit) -> WishesView:
        """Replace the caller's wishes. Raises: EditedMeanwhile, InvalidBody, TooManyRequests (of birth years)."""
        await self._check(db, caller, edit)
        account = await self._accounts.own(db, caller)
        wishes = await wish_rows.own_wishes(db, caller, lock=True)
        if version != (wishes.version if wishes else 0):
            raise EditedMeanwhile
        wishes = wishes or Wishes(account_id=account.id)
        if edit.birth_year != wishes.birth_year:
            await self._limits.take_within(db, BIRTH_YEARS, [account.id])
        wishes.version, wishes.updated_at = version + 1, await database.now(db)
        write(self._vault, account.wrapped_key, wishes, edit)
        await self._store(db, wishes)
        await wish_rows.replace_choices(db, caller, edit.choices)
        return await self._own(db, caller, account.wrapped_key, wishes)

    async def learn_from(self, db: AsyncSession, caller: Caller, names: Sequence[str]) -> None:
        """After a trial that led nowhere: what the caller says would matter more comes first among what matters most to
        them. A mentor's word is only checked: it must not be found in the wishes of someone else.

        Raises: InvalidBody, EditedMeanwhile.
        """
        if faults := listed_faults(names, self._may_matter, "codes", "unknown_criterion"):
            raise InvalidBody(*faults)
        if caller.role != Role.MENTEE or not names:
            return
        wishes = await wish_rows.own_wishes(db, caller, lock=True) or Wishes(account_id=caller.account_id)
        wishes.matters_most = distinct([*names, *(wishes.matters_most or [])])[:MAX_THAT_MATTER]
        wishes.version, wishes.updated_at = (wishes.version or 0) + 1, await database.now(db)
        await self._store(db, wishes)

    async def wishes_of(self, db: AsyncSession, caller: Caller, mentee_ids: Collection[UUID]) -> dict[UUID, WishesView]:
        """For staff: what these people wish for. Only mentees of the caller's own programme are in the answer."""
        return await self._wishes_at(db, caller.home, mentee_ids, note=True)

    async def wishes_for_matching(
        self, db: AsyncSession, organisation_id: UUID, mentee_ids: Collection[UUID]
    ) -> dict[UUID, WishesView]:
        """What these mentees of a programme wish for, without their notes: those are for people to read."""
        return await self._wishes_at(db, organisation_id, mentee_ids, note=False)

    async def plain_wishes(self, db: AsyncSession, mentee_id: UUID) -> PlainWishes:
        """What a mentor may be shown of the wishes of someone with whom the asking feature has found them to be
        paired."""
        wishes = await wish_rows.wishes_of_one(db, mentee_id)
        if wishes is None:
            return PlainWishes(languages=[], topics=[], times=[])
        return PlainWishes(languages=wishes.languages, topics=wishes.topics, times=wishes.times)

    async def cards_for_matching(self, db: AsyncSession, organisation_id: UUID) -> list[CardView]:
        """The active mentors of a programme, approved or not, oldest first."""
        return [card_view(full) for full in await repository.active_of(db, organisation_id)]

    async def private_of(self, db: AsyncSession, account_ids: Collection[UUID]) -> dict[UUID, PrivateOf]:
        """What these people said that is told to nobody."""
        lists = await wish_rows.lists_of(db, account_ids)
        wishes = await wish_rows.mentor_wishes_of(db, account_ids)
        found = {account_id: PrivateOf(never=frozenset(others)) for account_id, others in lists.items()}
        for account_id, said in wishes.items():
            found[account_id] = replace(
                found.get(account_id, PrivateOf()),
                cannot_carry=frozenset(said.cannot_carry),
                mentee_age_min=said.mentee_age_min,
                mentee_age_max=said.mentee_age_max,
            )
        return found

    async def asked_by(self, db: AsyncSession, mentee_ids: Collection[UUID]) -> dict[UUID, Asked]:
        """What those of these people who set wishes ask for, for deciding who is brought together with whom."""
        return {
            one.account_id: Asked(
                topics=frozenset(one.topics),
                birth_year=one.birth_year,
                languages=frozenset(one.languages),
                gender_wish=one.gender_wish,
                age_min=one.age_min,
                age_max=one.age_max,
            )
            for one in await wish_rows.asked_by(db, mentee_ids)
        }

    async def cards(self, db: AsyncSession, mentor_ids: Collection[UUID]) -> dict[UUID, CardView]:
        """Those of the mentors whose cards everyone may see."""
        return {full.account_id: card_view(full) for full in await repository.published_among(db, mentor_ids)}

    async def hold_cards(self, db: AsyncSession, mentor_ids: Collection[UUID]) -> dict[UUID, CardView]:
        """`cards`, kept as they are until the transaction ends: nobody else takes a place with these mentors."""
        held = await repository.published_among(db, mentor_ids, lock=True)
        return {full.account_id: card_view(full) for full in held}

    async def card(self, db: AsyncSession, mentor_id: UUID) -> CardView:
        """An approved, active mentor. Raises: MentorNotFound."""
        full = await repository.published_card(db, mentor_id)
        if full is None:
            raise MentorNotFound
        return card_view(full)

    async def _store(self, db: AsyncSession, wishes: Wishes) -> None:
        db.add(wishes)
        try:
            await db.flush()
        except IntegrityError as error:
            if broken_constraint(error) == "pk_wishes":
                raise EditedMeanwhile from error
            raise

    async def _check(self, db: AsyncSession, caller: Caller, edit: WishesEdit) -> None:
        """Raises: InvalidBody. Whom the caller chose before may stay chosen when their card is not shown any more."""
        faults = topic_faults(edit.topics, await repository.known_topics(db, edit.topics))
        if fault := order_fault(edit.age_min, edit.age_max, "/age_max"):
            faults.append(fault)
        faults += clash_faults(edit.interests, edit.dislikes)
        faults += listed_faults(edit.matters_most, self._may_matter, "matters_most", "unknown_criterion")
        if edit.choices:
            before = (await wish_rows.choices_of(db, [caller.account_id])).get(caller.account_id, [])
            shown = await self.cards(db, edit.choices)
            known = {card.account_id for card in shown.values() if card.organisation_id == caller.organisation_id}
            faults += listed_faults(edit.choices, known.union(before), "choices", "unknown_mentor")
        if faults:
            raise InvalidBody(*faults)

    async def _own(self, db: AsyncSession, caller: Caller, key: WrappedKey, wishes: Wishes | None) -> WishesView:
        choices = (await wish_rows.choices_of(db, [caller.account_id])).get(caller.account_id, [])
        view = opened(self._vault, key, caller.account_id, wishes, choices)
        cards = await self.cards(db, choices) if choices else {}
        never = await wish_rows.listed(db, caller) if choices else set()
        today = (await database.now(db)).date()
        return replace(view, contradictions=of_wishes(view, cards, never, today))

    async def _wishes_at(
        self, db: AsyncSession, organisation_id: UUID, mentee_ids: Collection[UUID], *, note: bool
    ) -> dict[UUID, WishesView]:
        found = await wish_rows.wishes_at(db, organisation_id, mentee_ids)
        choices = await wish_rows.choices_of(db, [account_id for account_id, _, _ in found])
        return {
            account_id: opened(self._vault, key, account_id, wishes, choices.get(account_id, []), note=note)
            for account_id, key, wishes in found
        }
