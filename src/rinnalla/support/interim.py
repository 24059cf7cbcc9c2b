"""Whom a young person can turn to until they have a mentor again: as they see it, and as the staff arrange it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.chat.service import Doors
from rinnalla.kit import events
from rinnalla.kit.caller import Caller
from rinnalla.kit.errors import FieldProblem
from rinnalla.kit.pages import Page, cut
from rinnalla.kit.trail import AuditAction, record
from rinnalla.pairs.errors import CannotBePaired
from rinnalla.pairs.service import NeverTogether, WaitingList
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.support import repository
from rinnalla.support import repository_losses as queries
from rinnalla.support.errors import ContactNotFound, InterimContactNotFound
from rinnalla.support.models import NoticeCode
from rinnalla.support.models_transitions import InterimContact
from rinnalla.support.notices import Notices, Word


@dataclass(frozen=True, slots=True)
class InterimView:
    """Who is there for whom; None: nobody, then crisis lines are."""

    contact: InterimContact
    mentee_name: str
    contact_name: str | None

    @property
    def id(self) -> UUID:
        """The row's: what lists are sorted by."""
        return self.contact.id


class Interim:
    """Shows and changes contacts; names the mentor who stands by for such a day."""

    def __init__(
        self,
        accounts: Accounts,
        waiting_list: WaitingList,
        never_together: NeverTogether,
        doors: Doors,
        notices: Notices,
    ) -> None:
        self._accounts = accounts
        self._waiting_list = waiting_list
        self._never_together = never_together
        self._doors = doors
        self._notices = notices

    async def own(self, db: AsyncSession, caller: Caller) -> InterimView:
        """To whom the caller can turn. Raises: InterimContactNotFound (they have lost nobody)."""
        contact = await queries.own(db, caller)
        if contact is None:
            raise InterimContactNotFound
        return (await self._views(db, [contact]))[0]

    async def wait_again(self, db: AsyncSession, caller: Caller) -> datetime | None:
        """The caller wants another mentor, and the days that they waited before count. Returns since when they wait, by
        that. Raises: InterimContactNotFound."""
        contact = await queries.own(db, caller)
        if contact is None:
            raise InterimContactNotFound
        waited = None if contact.waited_since is None else contact.since - contact.waited_since
        return await self._waiting_list.wait_on(db, caller, waited)

    async def of_home(self, db: AsyncSession, caller: Caller, before: UUID | None, limit: int) -> Page[InterimView]:
        """Who of the staff member's programme has lost a mentor and has no other yet, newest first."""
        page = cut(await queries.of_home(db, caller, before, limit + 1), limit, "id")
        return Page(await self._views(db, page.items), page.next_cursor)

    async def change(self, db: AsyncSession, caller: Caller, row_id: UUID, contact_id: UUID) -> InterimView:
        """Another member of the staff, or an approved mentor, is there from now on; the young person is told.

        Raises: InterimContactNotFound, ContactNotFound, CannotBePaired.
        """
        row = await queries.lock_of_home(db, caller, row_id)
        if row is None:
            raise InterimContactNotFound
        if row.contact_id == contact_id:
            return (await self._views(db, [row]))[0]
        is_staff = await repository.staff_of(db, caller.home, contact_id) is not None
        if not is_staff:
            try:
                await self._check(db, caller, contact_id, "/contact_id")
            except MentorNotFound as error:
                raise ContactNotFound from error
        writing = [] if is_staff else [(row.mentee_id, contact_id)]
        await self._doors.hold(db, writing, [row.thread_id] if row.thread_id else [])
        if not is_staff and await self._never_together.with_mentor(db, contact_id, [row.mentee_id]):
            raise CannotBePaired
        covered = await queries.covered(db, [(row.mentee_id, one) for one in (row.contact_id, contact_id) if one])
        ending = [row.thread_id] if row.thread_id and row.thread_id not in covered.values() else []
        news = await self._doors.close_all(db, ending)
        opened, told = await self._doors.open_all(db, writing)
        row.contact_id, row.thread_id = contact_id, (opened | covered).get((row.mentee_id, contact_id))
        await record(db, caller, AuditAction.CONTACT_CHANGED, row.mentee_id)
        word = Word(to=row.mentee_id, code=NoticeCode.CONTACT_CHANGED, contact_id=contact_id)
        news += told + await self._notices.give(db, [word])
        view = (await self._views(db, [row]))[0]
        await events.append(db, news)
        return view

    async def named(self, db: AsyncSession, caller: Caller) -> UUID | None:
        """The mentor whom the staff member's programme has named for such a day."""
        return await queries.named(db, caller)

    async def name(self, db: AsyncSession, caller: Caller, mentor_id: UUID | None) -> None:
        """Name an approved mentor of the programme, or nobody: then its staff are there.

        Raises: MentorNotFound, CannotBePaired (they may not meet young people now).
        """
        if mentor_id is not None:
            await self._check(db, caller, mentor_id, "/mentor_id")
        await queries.name(db, caller, mentor_id)
        await record(db, caller, AuditAction.INTERIM_MENTOR_NAMED, mentor_id or caller.home)

    async def _check(self, db: AsyncSession, caller: Caller, mentor_id: UUID, pointer: str) -> None:
        """That an approved mentor of the programme may meet young people now. Raises: MentorNotFound, CannotBePaired
        (with the reason, which staff see to)."""
        if await queries.approved_mentor(db, caller.home, mentor_id) is None:
            raise MentorNotFound
        if codes := await self._never_together.with_anyone(db, mentor_id):
            raise CannotBePaired(*(FieldProblem(code=code, pointer=pointer) for code in codes))

    async def _views(self, db: AsyncSession, rows: Sequence[InterimContact]) -> list[InterimView]:
        people = {row.mentee_id for row in rows} | {row.contact_id for row in rows if row.contact_id is not None}
        names = await self._accounts.names(db, people)
        return [
            InterimView(row, names[row.mentee_id], names.get(row.contact_id) if row.contact_id else None)
            for row in rows
            if row.mentee_id in names
        ]
