"""What an absence brings by itself, day by day: the card is followed, people are told, conversations open and close."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit import database, events
from rinnalla.kit.events import Event
from rinnalla.kit.jobs import Task
from rinnalla.pairs.service import TALKING, Pair, PairState
from rinnalla.profiles.service import MentorCard
from rinnalla.support import repository_absences as repository
from rinnalla.support.covers import Covers, about
from rinnalla.support.models import NoticeCode
from rinnalla.support.models_transitions import Absence
from rinnalla.support.notices import Notices


class Away:
    """Sees absences through."""

    def __init__(self, covers: Covers, notices: Notices) -> None:
        self._covers = covers
        self._notices = notices

    async def pair_moved(self, db: AsyncSession, pair: Pair, was: PairState | None, now: PairState) -> Sequence[Event]:
        """Observes pairs, after `Caring`: a young person whose pair begins after an absence has, or after someone has
        said that they stand in, hears of it as well."""
        if now not in TALKING or was in TALKING:
            return []
        absence = await repository.lock_of(db, pair.mentor_id)
        if absence is None:
            return []
        words = await self._covers.ask_mentees(db, absence)
        if absence.started_at is not None:
            words.append(about(absence, pair.mentee_id, NoticeCode.MENTOR_AWAY, with_cover=False))
        return await self._notices.give(db, words)

    def tasks(self) -> tuple[Task[Any], ...]:
        """What a job does: the steps of absences, in the order in which they come."""
        return (
            Task("cards_of_who_is_away", Absence.id, repository.lock_changed, self._follow_card),
            Task("new_absences", MentorCard.account_id, repository.unnoticed, self._notice_card),
            Task("starts_of_absences", Absence.id, repository.lock_starting, self._start),
            Task("reminders_of_absences", Absence.id, repository.lock_to_remind, self._remind),
            Task("ends_of_absences", Absence.id, repository.lock_ending, self._finish),
        )

    async def lock(self, db: AsyncSession, mentor_id: UUID) -> list[UUID]:
        """Lock what someone is away for, or stands in for, before any conversation: what was opened for it."""
        return await repository.threads_for(db, await repository.lock_all_of(db, mentor_id))

    async def cover_lost(self, db: AsyncSession, cover_id: UUID) -> list[Event]:
        """Someone who stands in no longer can: the conversations for it end, and those concerned are told."""
        news: list[Event] = []
        for absence in await repository.lock_covers_with(db, cover_id):
            news += await self._covers.drop(db, absence)
            absence.cover_id, absence.cover_state = None, None
            await db.flush()
        return news

    async def mentor_lost(self, db: AsyncSession, mentor_id: UUID) -> list[Event]:
        """A mentor who is away does not come back: what was opened for the absence ends with it. For the young people
        another contact is there."""
        absence = await repository.lock_of(db, mentor_id)
        if absence is None:
            return []
        news = await self._covers.drop(db, absence)
        absence.ended_at = await database.now(db)
        await db.flush()
        return news

    async def _follow_card(self, db: AsyncSession, absence: Absence) -> None:
        """The card has the last word on the days. Who is back earlier ends what began; who does not go, does not go."""
        days = await repository.days_away(db, absence.mentor_id)
        if days is not None:
            absence.first_on, absence.last_on = days
            await db.flush()
        elif absence.started_at is None:
            news = await self._covers.drop(db, absence)
            await repository.remove(db, absence)
            await events.append(db, news)
        else:
            today = (await database.now(db)).date()
            absence.last_on = max(absence.first_on, today)  # so that they may go again at once
            await self._finish(db, absence)

    async def _notice_card(self, db: AsyncSession, card: MentorCard) -> None:
        db.add(
            Absence(
                organisation_id=card.organisation_id,
                mentor_id=card.account_id,
                first_on=card.away_from,
                last_on=card.away_until,
            )
        )
        await db.flush()

    async def _start(self, db: AsyncSession, absence: Absence) -> None:
        absence.started_at = await database.now(db)
        await db.flush()
        consents = await repository.consents(db, absence.id)
        news = await self._covers.open(db, absence, [consent for consent in consents if consent.consents])
        words = await self._covers.ask_mentees(db, absence)
        mentees = await self._covers.mentees_of(db, absence.mentor_id)
        words += [about(absence, mentee_id, NoticeCode.MENTOR_AWAY, with_cover=False) for mentee_id in mentees]
        await events.append(db, news + await self._notices.give(db, words))

    async def _remind(self, db: AsyncSession, absence: Absence) -> None:
        absence.reminded_at = await database.now(db)
        await db.flush()
        word = about(absence, absence.mentor_id, NoticeCode.BACK_SOON, with_cover=False)
        await events.append(db, await self._notices.give(db, [word]))

    async def _finish(self, db: AsyncSession, absence: Absence) -> None:
        news = await self._covers.close(db, absence, await repository.consents(db, absence.id))
        absence.ended_at = await database.now(db)
        await db.flush()
        if absence.started_at is not None:
            mentees = await self._covers.mentees_of(db, absence.mentor_id)
            words = [about(absence, mentee_id, NoticeCode.MENTOR_BACK, with_cover=False) for mentee_id in mentees]
            news += await self._notices.give(db, words)
        await events.append(db, news)
