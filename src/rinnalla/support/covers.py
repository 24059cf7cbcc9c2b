"""The one who stands in: asked, let in for the days, and out again."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.chat.service import Chat, Doors
from rinnalla.kit.events import Event
from rinnalla.pairs.service import NeverTogether
from rinnalla.support import repository_absences as repository
from rinnalla.support.models import NoticeCode
from rinnalla.support.models_transitions import Absence, CoverConsent, CoverState
from rinnalla.support.notices import Notices, Word


class Covers:
    """Asks young people, opens conversations for the days of an absence, and closes them. Whoever must not be brought
    together with the one who stands in is left out, and hears nothing of it."""

    def __init__(self, chat: Chat, doors: Doors, never_together: NeverTogether, notices: Notices) -> None:
        self._chat = chat
        self._doors = doors
        self._never_together = never_together
        self._notices = notices

    async def mentees_of(self, db: AsyncSession, mentor_id: UUID) -> list[UUID]:
        """With whom a mentor talks, but for those whom they have blocked: these hear as little as if the mentor had
        left. A pair that begins in this transaction has no thread yet."""
        talks = await repository.talks_of(db, mentor_id)
        seeing = await self._chat.who_sees(db, {thread_id for _, thread_id in talks if thread_id is not None})
        return [one for one, thread_id in talks if thread_id is None or one in seeing.get(thread_id, ())]

    async def may_be(self, db: AsyncSession, mentor_id: UUID) -> bool:
        """Whether a mentor may stand in for anyone. Raises: MentorNotFound."""
        return not await self._never_together.with_anyone(db, mentor_id)

    async def ask_mentees(self, db: AsyncSession, absence: Absence) -> list[Word]:
        """Ask those who were not asked yet about a cover who has said yes to a locked absence."""
        if absence.cover_state != CoverState.ACCEPTED:
            return []
        mentees = await self._without_parted(db, absence, await self.mentees_of(db, absence.mentor_id))
        asked = await repository.ask(db, absence, mentees)
        return [about(absence, mentee_id, NoticeCode.COVER_OFFERED) for mentee_id in asked]

    async def drop(self, db: AsyncSession, absence: Absence) -> list[Event]:
        """End what was opened for whoever stands in, and forget what was asked about them."""
        consents = await repository.consents(db, absence.id)
        news = await self.close(db, absence, consents)
        told = [consent.mentee_id for consent in consents if consent.consents is not False]
        words = [about(absence, mentee_id, NoticeCode.COVER_ENDED) for mentee_id in told]
        await repository.forget_consents(db, absence.id)
        return news + await self._notices.give(db, words)

    async def open(self, db: AsyncSession, absence: Absence, consents: Sequence[CoverConsent]) -> list[Event]:
        """A conversation of its own for each young person with whoever stands in. What was said with the one who is
        away stays where it is. Since someone was asked, a list may have changed, or a screening run out."""
        if absence.cover_id is None or absence.cover_state != CoverState.ACCEPTED:
            return []
        wanted = await self._without_parted(db, absence, [consent.mentee_id for consent in consents])
        two = {(consent.mentee_id, absence.cover_id): consent for consent in consents if consent.mentee_id in wanted}
        opened, news = await self._doors.open_all(db, two.keys())
        turning = await repository.turning_to(db, absence.cover_id, wanted)
        for people, consent in two.items():
            consent.thread_id = opened.get(people) or turning.get(consent.mentee_id)
        await db.flush()
        return news

    async def close(self, db: AsyncSession, absence: Absence, consents: Sequence[CoverConsent]) -> list[Event]:
        """Not with someone with whom a pair has begun meanwhile, or to whom they turn after a loss: those two go on
        talking."""
        theirs = [consent for consent in consents if consent.thread_id is not None]
        if absence.cover_id is None or not theirs:
            return []
        await self._doors.hold(db, [], [consent.thread_id for consent in theirs if consent.thread_id])
        mentees = [consent.mentee_id for consent in theirs]
        going_on = await repository.who_talk(db, absence.cover_id, mentees)
        going_on |= (await repository.turning_to(db, absence.cover_id, mentees)).keys()
        ending = [consent.thread_id for consent in theirs if consent.thread_id and consent.mentee_id not in going_on]
        news = await self._doors.close_all(db, ending)
        for consent in theirs:
            consent.thread_id = None
        await db.flush()
        return news

    async def _without_parted(self, db: AsyncSession, absence: Absence, mentees: Sequence[UUID]) -> list[UUID]:
        if absence.cover_id is None:
            return []
        parted = await self._never_together.with_mentor(db, absence.cover_id, mentees)
        return [one for one in mentees if one not in parted]


def about(absence: Absence, to: UUID, code: NoticeCode, *, with_cover: bool = True) -> Word:
    return Word(
        to=to,
        code=code,
        about_id=absence.mentor_id,
        contact_id=absence.cover_id if with_cover else None,
        thing_id=absence.id,
        first_on=absence.first_on,
        last_on=absence.last_on,
    )
