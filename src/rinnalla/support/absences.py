"""A mentor's time away: who stands in, and who of the young people wants to write with them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.chat.service import Chat
from rinnalla.kit import events
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import now
from rinnalla.kit.events import Event
from rinnalla.kit.pages import Page, cut
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.service import MentorCard
from rinnalla.support import repository_absences as repository
from rinnalla.support.covers import Covers, about
from rinnalla.support.errors import AbsenceNotFound, CoverNotAsked, NotAway
from rinnalla.support.models import NoticeCode
from rinnalla.support.models_transitions import Absence, CoverConsent, CoverState
from rinnalla.support.notices import Notices


@dataclass(frozen=True, slots=True)
class AbsenceView:
    """An absence as someone may see it: the cover's name and answer only where they are theirs to know, and what the
    young person who looks has said."""

    absence: Absence
    mentor_name: str
    cover_id: UUID | None
    cover_name: str | None
    cover_state: CoverState | None
    is_asked: bool
    consents: bool | None
    thread_id: UUID | None

    @property
    def id(self) -> UUID:
        """The absence's: what lists are sorted by."""
        return self.absence.id


class _MadeMeanwhile(Exception):
    """There is an absence by now."""


class Absences:
    """Takes down what the mentor, the one who stands in and the young people say."""

    def __init__(self, accounts: Accounts, chat: Chat, covers: Covers, notices: Notices) -> None:
        self._accounts = accounts
        self._chat = chat
        self._covers = covers
        self._notices = notices

    async def known(self, db: AsyncSession, caller: Caller, after: UUID | None, limit: int) -> Page[AbsenceView]:
        """The absences that concern the caller and are not over."""
        mentors = await repository.own_mentors(db, caller)
        visible = await self._chat.visible_threads(db, caller, set(mentors.values())) if mentors else set()
        seen = [mentor_id for mentor_id, thread_id in mentors.items() if thread_id in visible]
        page = cut(await repository.known(db, caller, seen, after, limit + 1), limit, "id")
        return Page(await self._views(db, caller, page.items), page.next_cursor)

    async def name_cover(self, db: AsyncSession, caller: Caller, cover_id: UUID | None) -> AbsenceView:
        """Ask another mentor of the programme to stand in for the days on the caller's card, instead of whoever was
        asked before; None: nobody.

        Raises: NotAway, MentorNotFound.
        """
        before, card = await self._lock_own(db, caller)
        today = (await now(db)).date()
        if card is None or card.away_from is None or card.away_until is None or card.away_until < today:
            raise NotAway
        if cover_id is not None and await repository.cover_candidate(db, caller, cover_id) is None:
            raise MentorNotFound
        absence = before or Absence(organisation_id=caller.home, mentor_id=caller.account_id)
        absence.first_on, absence.last_on = card.away_from, card.away_until
        db.add(absence)
        await db.flush()
        if absence.cover_id == cover_id:
            return (await self._views(db, caller, [absence]))[0]
        if cover_id is not None and not await self._covers.may_be(db, cover_id):
            raise MentorNotFound
        news = await self._covers.drop(db, absence)
        absence.cover_id, absence.cover_state = cover_id, None if cover_id is None else CoverState.ASKED
        await db.flush()
        if cover_id is not None:
            news += await self._notices.give(db, [about(absence, cover_id, NoticeCode.COVER_ASKED, with_cover=False)])
        view = (await self._views(db, caller, [absence]))[0]
        await events.append(db, news)
        return view

    async def answer(self, db: AsyncSession, caller: Caller, absence_id: UUID, *, accepts: bool) -> AbsenceView:
        """Say whether one stands in; a no may follow a yes. Who says yes has the young people asked.

        Raises: AbsenceNotFound.
        """
        absence = await repository.lock_asked(db, caller, absence_id)
        if absence is None:
            raise AbsenceNotFound
        state = CoverState.ACCEPTED if accepts else CoverState.DECLINED
        news: list[Event] = []
        if absence.cover_state != state:
            if not accepts:
                news += await self._covers.drop(db, absence)
            absence.cover_state = state
            await db.flush()
            words = [about(absence, absence.mentor_id, NoticeCode.COVER_ANSWERED)]
            words += await self._covers.ask_mentees(db, absence)
            news += await self._notices.give(db, words)
        view = (await self._views(db, caller, [absence]))[0]
        await events.append(db, news)
        return view

    async def consent(self, db: AsyncSession, caller: Caller, absence_id: UUID, *, consents: bool) -> AbsenceView:
        """A young person says whether the one who stands in may write with them; they may change their mind at any
        time, and it counts at once.

        Raises: AbsenceNotFound, CoverNotAsked (nobody stands in).
        """
        found = await repository.lock_asked_of(db, caller, absence_id)
        if found is None:
            raise AbsenceNotFound
        absence, consent = found
        if absence.cover_id is None or absence.cover_state != CoverState.ACCEPTED:
            raise CoverNotAsked
        consent.consents, consent.answered_at = consents, await now(db)
        await db.flush()
        news: list[Event] = []
        if consents and absence.started_at is not None and consent.thread_id is None:
            news = await self._covers.open(db, absence, [consent])
        elif not consents:
            news = await self._covers.close(db, absence, [consent])
        view = (await self._views(db, caller, [absence]))[0]
        await events.append(db, news)
        return view

    async def _lock_own(self, db: AsyncSession, caller: Caller) -> tuple[Absence | None, MentorCard | None]:
        """The caller's absence and then their card, in the order in which they leave or are kept out. For an absence
        that was made while the card was waited for, the card is let go again: whoever has that one locked waits for
        it."""
        while True:
            absence = await repository.lock_own(db, caller)
            with suppress(_MadeMeanwhile):
                async with db.begin_nested():
                    card = await repository.lock_own_card(db, caller)
                    if absence is None and await repository.has_own(db, caller):
                        raise _MadeMeanwhile
                    return absence, card

    async def _views(self, db: AsyncSession, caller: Caller, absences: Sequence[Absence]) -> list[AbsenceView]:
        people = {one for absence in absences for one in (absence.mentor_id, absence.cover_id) if one is not None}
        names = await self._accounts.names(db, people)
        own = {}
        if caller.role == Role.MENTEE:
            own = await repository.own_consents(db, caller, [absence.id for absence in absences])
        return [
            _view(caller, absence, own.get(absence.id), names) for absence in absences if absence.mentor_id in names
        ]


def _view(caller: Caller, absence: Absence, consent: CoverConsent | None, names: dict[UUID, str]) -> AbsenceView:
    """A young person hears of a cover who has said yes, and whom they were asked about."""
    may_know = caller.role == Role.MENTOR or (consent is not None and absence.cover_state == CoverState.ACCEPTED)
    cover_id = absence.cover_id if may_know else None
    return AbsenceView(
        absence=absence,
        mentor_name=names[absence.mentor_id],
        cover_id=cover_id,
        cover_name=names.get(cover_id) if cover_id else None,
        cover_state=CoverState(absence.cover_state) if may_know and absence.cover_state else None,
        is_asked=consent is not None,
        consents=consent.consents if consent else None,
        thread_id=consent.thread_id if consent else None,
    )
