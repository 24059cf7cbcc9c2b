"""Mentors and skills of this contract, over cards and topics."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Organisation
from rinnalla.kit import database
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.errors import FieldProblem, InvalidBody
from rinnalla.profiles.errors import TopicNotFound
from rinnalla.profiles.service import (
    MAX_CAPACITY,
    USUAL_CAPACITY,
    Away,
    CardEdit,
    Cards,
    FullCard,
    Topic,
    Topics,
    Wanted,
)
from rinnalla.ylitse import schemas as record
from rinnalla.ylitse import schemas_bodies as body
from rinnalla.ylitse.ids import check_own
from rinnalla.ylitse.keeping import Keeping
from rinnalla.ylitse.languages import code_of
from rinnalla.ylitse.records import is_away, mentor_record, skill_names
from rinnalla.ylitse.wordings import NOT_TOLD, Wording, channel_of, gender_of, meanings, wording_of

AT_ONCE = 200
OLDEST_BIRTH_YEAR = 1900
AWAY_UNTIL_TOLD_OTHERWISE = timedelta(days=365)
"""These clients say that a mentor is away, and not until when."""


class Shelf:
    """Shows cards and skills to these clients, and lets mentors and staff change them."""

    def __init__(self, cards: Cards, topics: Topics, keeping: Keeping) -> None:
        self._cards = cards
        self._topics = topics
        self._keeping = keeping

    async def published(self, db: AsyncSession) -> tuple[list[FullCard], date]:
        """All cards that everyone may see, newest mentor first, and what day it is."""
        found: list[FullCard] = []
        after: UUID | None = None
        while True:
            page, today = await self._cards.published(db, Wanted(), after, AT_ONCE)
            found += page
            if len(page) < AT_ONCE:
                return found, today
            after = page[-1].account_id

    async def told(
        self, db: AsyncSession, cards: Sequence[FullCard], today: date, language: str
    ) -> list[record.Mentor]:
        """Cards as these clients are told them."""
        skills = await self.skills(db, language)
        wordings = await self._keeping.wordings(db, [full.account_id for full in cards])
        return [mentor_record(full, wordings.get(full.account_id, Wording()), skills, today) for full in cards]

    async def skills(self, db: AsyncSession, language: str) -> dict[str, str]:
        """What each skill is called, in the order they are shown."""
        return skill_names(await self._topics.all(db), language)

    async def skill(self, db: AsyncSession, skill_id: str) -> Topic:
        """Raises: TopicNotFound."""
        for topic in await self._topics.all(db):
            if topic.id == skill_id:
                return topic
        raise TopicNotFound

    async def edit(
        self, db: AsyncSession, caller: Caller, mentor_id: UUID, edit: body.MentorEdit, language: str
    ) -> FullCard:
        """Replace what stands on the caller's card, or for staff on one of their programme; skills that are not known
        yet are made known.

        Raises: Forbidden, MentorNotFound, InvalidBody, TooManyRequests.
        """
        if caller.role == Role.STAFF:
            full = await self._cards.at_home(db, caller, mentor_id)
            asked = await self._asked(db, caller, full, edit, language)
            edited = await self._cards.edit_at_home(db, caller, mentor_id, asked)
        else:
            check_own(caller, mentor_id)
            full = await self._cards.own(db, caller, lock=True)
            asked = await self._asked(db, caller, full, edit, language)
            edited = await self._cards.edit_own(db, caller, full.card.version, asked)
        wording = wording_of(edit.languages, edit.communication_channels, edit.gender)
        await self._keeping.keep_wordings(db, {mentor_id: wording})
        return edited

    async def _asked(
        self, db: AsyncSession, caller: Caller, full: FullCard, edit: body.MentorEdit, language: str
    ) -> CardEdit:
        """What these clients don't know of stays as it is. Raises: InvalidBody, TooManyRequests."""
        card, today = full.card, (await database.now(db)).date()
        return CardEdit(
            story=edit.story,
            topics=await self._topics.make_known(db, caller, edit.skills, language),
            languages=meanings(edit.languages, code_of),
            region=edit.region,
            gender=_gender(edit.gender, card.gender),
            birth_year=_birth_year(edit.birth_year),
            channels=meanings(edit.communication_channels, channel_of),
            times=card.times,
            status_line=edit.status_message,
            capacity=card.capacity,
            away=_away(full, today, away_now=edit.is_vacationing),
            experiences=card.experiences,
            interests=card.interests,
            dislikes=card.dislikes,
            reply_rhythm=card.reply_rhythm,
        )


def _away(full: FullCard, today: date, *, away_now: bool) -> Away | None:
    """An absence that is told elsewhere, with its dates, stays as it is while it fits what is told here."""
    card = full.card
    known = (
        Away(card.away_from, card.away_until, card.away_message)
        if card.away_from is not None and card.away_until is not None
        else None
    )
    if is_away(full, today) == away_now:
        return known
    return Away(today, today + AWAY_UNTIL_TOLD_OTHERWISE, "") if away_now else None


def _gender(told: str, known: str | None) -> str | None:
    """`other` sent back where nothing is known was only an echo."""
    echo = told.strip().casefold() == NOT_TOLD and known is None
    return None if echo else gender_of(told)


def _birth_year(told: int) -> int | None:
    """Raises: InvalidBody."""
    if 0 < told < OLDEST_BIRTH_YEAR:
        raise InvalidBody(FieldProblem(code="out_of_range", pointer="/birth_year"))
    return told or None


def places_in(programme: Organisation) -> int:
    """How many pairs a mentor of this contract, which counts none, can have. Where young people choose, as they did
    with it, nobody is turned away before the mentor says how many it is to be; where staff match, staff are not led to
    give one mentor more than is usual."""
    return MAX_CAPACITY if programme.mentees_may_choose else USUAL_CAPACITY


def ids_of_skills(names: list[object], skills: Mapping[str, str]) -> list[str]:
    """The topics with these names, of those there are."""
    wanted = {name.casefold() for name in names if isinstance(name, str)}
    return [topic_id for topic_id, name in skills.items() if name.casefold() in wanted]
