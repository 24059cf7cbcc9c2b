"""What an absence brings by itself, day by day: the card is followed, people are told, conversations open and close."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit import database, events
from rinnalla.kit.events import Event
from rinnalla.pairs.service import TALKING, Pair, PairState
from rinnalla.support import repository_absences as repository
from rinnalla.support.covers import Covers, about
from rinnalla.support.models import NoticeCode
from rinnalla.support.models_transitions import Absence
from rinnalla.support.notices import Notices

ONE_DAY = timedelta(days=1)


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

    async def turn(self, db: AsyncSession) -> int:
        """A job's: one step of one absence. Returns how many it took; there may be more."""
        today = (await database.now(db)).date()
        for step in (self._follow_card, self._notice_card, self._start, self._remind, self._end):
            news = await step(db, today)
            if news is not None:
                await events.append(db, news)
                return 1
        return 0

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

    async def _follow_card(self, db: AsyncSession, _today: date) -> list[Event] | None:
        """The card has the last word on the days. Who is back earlier ends what began; who does not go, does not go."""
        found = await repository.lock_changed(db)
        if found is None:
            return None
        absence, card = found
        if card.away_from is not None and card.away_until is not None:
            absence.first_on, absence.last_on = card.away_from, card.away_until
        elif absence.started_at is None:
            news = await self._covers.drop(db, absence)
            await repository.remove(db, absence)
            return news
        else:
            return await self._finish(db, absence)
        await db.flush()
        return []

    async def _notice_card(self, db: AsyncSession, today: date) -> list[Event] | None:
        card = await repository.unnoticed(db, today)
        if card is None or card.away_from is None or card.away_until is None:
            return None
        db.add(
            Absence(
                organisation_id=card.organisation_id,
                mentor_id=card.account_id,
                first_on=card.away_from,
                last_on=card.away_until,
            )
        )
        await db.flush()
        return []

    async def _start(self, db: AsyncSession, today: date) -> list[Event] | None:
        absence = await repository.lock_starting(db, today)
        if absence is None:
            return None
        absence.started_at = await database.now(db)
        await db.flush()
        consents = await repository.consents(db, absence.id)
        news = await self._covers.open(db, absence, [consent for consent in consents if consent.consents])
        words = await self._covers.ask_mentees(db, absence)
        mentees = await self._covers.mentees_of(db, absence.mentor_id)
        words += [about(absence, mentee_id, NoticeCode.MENTOR_AWAY, with_cover=False) for mentee_id in mentees]
        return news + await self._notices.give(db, words)

    async def _remind(self, db: AsyncSession, today: date) -> list[Event] | None:
        absence = await repository.lock_to_remind(db, today + ONE_DAY)
        if absence is None:
            return None
        absence.reminded_at = await database.now(db)
        await db.flush()
        return await self._notices.give(db, [about(absence, absence.mentor_id, NoticeCode.BACK_SOON, with_cover=False)])

    async def _end(self, db: AsyncSession, today: date) -> list[Event] | None:
        absence = await repository.lock_ending(db, today)
        return None if absence is None else await self._finish(db, absence)

    async def _finish(self, db: AsyncSession, absence: Absence) -> list[Event]:
        news = await self._covers.close(db, absence, await repository.consents(db, absence.id))
        absence.ended_at = await database.now(db)
        await db.flush()
        if absence.started_at is None:
            return news
        mentees = await self._covers.mentees_of(db, absence.mentor_id)
        return news + await self._notices.give(
            db, [about(absence, mentee_id, NoticeCode.MENTOR_BACK, with_cover=False) for mentee_id in mentees]
        )
