"""When a mentor is suddenly not there: no young person is left without a word and a name.

Nobody is told why. What may be said is that the mentor is not available, and who is there instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Account, Accounts
from rinnalla.chat.service import Doors
from rinnalla.kit import events, log
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import now
from rinnalla.kit.events import Event
from rinnalla.kit.jobs import Task
from rinnalla.kit.trail import AuditAction, record
from rinnalla.pairs.service import Closings, NeverTogether, Pairs, Two
from rinnalla.profiles.service import Mentors
from rinnalla.support import repository, repository_handovers
from rinnalla.support import repository_losses as queries
from rinnalla.support.away import Away
from rinnalla.support.caring import Caring
from rinnalla.support.models import NoticeCode
from rinnalla.support.models_transitions import InterimContact
from rinnalla.support.notices import Notices, Word


@dataclass(frozen=True, slots=True)
class _Lost:
    """What a young person has lost: the thread, and how long they had waited for it."""

    mentee_id: UUID
    thread_id: UUID | None
    waited: timedelta | None


class Losses:
    """Catches those who depend on someone who is kept out or leaves."""

    def __init__(
        self,
        accounts: Accounts,
        mentors: Mentors,
        pairs: Pairs,
        closings: Closings,
        never_together: NeverTogether,
        doors: Doors,
        caring: Caring,
        away: Away,
        notices: Notices,
    ) -> None:
        self._accounts = accounts
        self._mentors = mentors
        self._pairs = pairs
        self._closings = closings
        self._never_together = never_together
        self._doors = doors
        self._caring = caring
        self._away = away
        self._notices = notices

    async def kept_out(self, db: AsyncSession, caller: Caller | None, account: Account) -> list[Event]:
        """Someone is suspended. A suspension holds whatever happens here: what fails is undone, told to the operator,
        and done by the next turn of the job. Returns what is to be told at the end of the transaction."""
        try:
            async with db.begin_nested():
                if account.role == Role.MENTOR:
                    return await self._mentor_lost(db, caller, account, ends_pairs=True)
                return await self._staff_lost(db, account.id) if account.role == Role.STAFF else []
        except Exception as error:  # noqa: BLE001 - whoever is dangerous must be out, even if this has a fault
            log.failure("loss_not_caught", error)
            return []

    async def leaves(self, db: AsyncSession, account: Account) -> list[Event]:
        """Someone is about to be erased, whose account is locked; to be called before their pairs go. Returns what is
        to be told at the end of the transaction."""
        if account.role == Role.MENTOR:
            return await self._mentor_lost(db, None, account, ends_pairs=False)
        return await self._staff_lost(db, account.id) if account.role == Role.STAFF else []

    async def hold(self, db: AsyncSession, account: Account) -> None:
        """Lock what else is noted of someone who is about to be erased, after their pairs and before their threads: who
        changes it tells them, or goes on to a thread, and is waited for."""
        if account.role == Role.MENTEE:
            await queries.lock_all_of(db, account.id)
        await repository_handovers.lock_all_of(db, account.id)

    async def stand_down(self, db: AsyncSession, caller: Caller, mentor_id: UUID) -> None:
        """Staff take a mentor out of all pairs for safety without shutting them out: the approval goes, and with it
        whoever they talked with. Raises: AccountNotFound, MentorNotFound."""
        account = await self._accounts.managed(db, caller, mentor_id)
        await self._mentors.of_home(db, caller, mentor_id)
        await record(db, caller, AuditAction.MENTOR_STOOD_DOWN, mentor_id)
        news = await self._mentor_lost(db, caller, account, ends_pairs=True)
        await events.lock_streams(db, {event.account_id for event in news} | {mentor_id})
        await self._mentors.withdraw_approval(db, caller, mentor_id)
        await events.append(db, news)

    def tasks(self) -> tuple[Task[Any], ...]:
        """What a job does: mend what is not as it should be."""
        return (
            Task("lost_mentors", Account.id, queries.lock_lost_mentor, self._catch),
            Task("interim_contacts", InterimContact.id, queries.lock_without_anyone, self._find_another),
            Task("ends_of_interim_contacts", InterimContact.id, queries.lock_over, self._end),
        )

    async def _catch(self, db: AsyncSession, mentor: Account) -> None:
        await events.append(db, await self._mentor_lost(db, None, mentor, ends_pairs=True))

    async def _find_another(self, db: AsyncSession, contact: InterimContact) -> None:
        await events.append(db, await self._replace(db, [contact], but=None))

    async def _end(self, db: AsyncSession, contact: InterimContact) -> None:
        paired = await queries.is_paired(db, contact.mentee_id, contact.contact_id)
        await events.append(db, await self._part(db, [contact], closing=not paired))

    async def _staff_lost(self, db: AsyncSession, staff_id: UUID) -> list[Event]:
        news = await self._caring.staff_leaves(db, staff_id)
        return news + await self._replace(db, await queries.lock_with(db, staff_id), but=staff_id)

    async def _mentor_lost(
        self, db: AsyncSession, caller: Caller | None, mentor: Account, *, ends_pairs: bool
    ) -> list[Event]:
        """In the lock order of the service: pairs and what hangs on them, then contacts and absences, hand-overs, all
        threads, then (by the caller) the streams."""
        await self._pairs.lock_pairs_of(db, mentor.id)
        found = await queries.lock_talks(db, mentor.id)
        alone = await queries.alone(db, mentor.id)
        found |= {one.mentee_id: (one.thread_id, None) for one in alone if not one.is_blocked}
        lost = [_Lost(mentee_id, thread_id, waited) for mentee_id, (thread_id, waited) in sorted(found.items())]
        contacts, writing = await self._contacts_for(db, mentor, [one.mentee_id for one in lost])
        earlier = await queries.lock_open(db, contacts)
        without = await queries.lock_with(db, mentor.id)
        theirs = [one.thread_id for one in lost] + [one.thread_id for one in (*earlier.values(), *without)]
        theirs += [one.thread_id for one in alone]
        theirs += await self._away.lock(db, mentor.id)
        await repository_handovers.lock_all_of(db, mentor.id)
        there = await self._doors.hold(db, writing, [thread_id for thread_id in theirs if thread_id is not None])
        lost = [one for one in lost if one.thread_id is None or one.thread_id in there]  # who left just now is gone
        contacts = {one.mentee_id: contacts[one.mentee_id] for one in lost}
        writing = [two for two in writing if two[0] in contacts]
        news = await self._away.cover_lost(db, mentor.id) + await self._away.mentor_lost(db, mentor.id)
        news += await self._replace(db, without, but=mentor.id)
        if ends_pairs:
            news += await self._closings.lose(db, mentor.id, caller)
            news += await self._doors.close_all(db, [one.thread_id for one in alone])
        news += await self._part(db, [row for row in earlier.values() if row.contact_id != contacts[row.mentee_id]])
        opened, told = await self._doors.open_all(db, writing)
        opened |= await queries.covered(db, writing)
        moment = await now(db)
        for one in lost:
            contact_id = contacts[one.mentee_id]
            row = earlier.get(one.mentee_id) or InterimContact(
                organisation_id=mentor.organisation_id, mentee_id=one.mentee_id, since=moment
            )
            row.contact_id = contact_id
            row.thread_id = opened.get((one.mentee_id, contact_id), row.thread_id) if contact_id else row.thread_id
            if row.waited_since is None and one.waited is not None:
                row.waited_since = row.since - one.waited
            db.add(row)
        await db.flush()
        if nobody := sum(1 for contact_id in contacts.values() if contact_id is None):
            log.warning("young_people_without_contact", count=nobody)
        return news + told + await self._notices.give(db, [
            Word(to=mentee_id, code=NoticeCode.MENTOR_UNAVAILABLE, about_id=mentor.id, contact_id=contact_id)
            for mentee_id, contact_id in contacts.items()
        ])  # fmt: skip

    async def _contacts_for(
        self, db: AsyncSession, mentor: Account, mentee_ids: Sequence[UUID]
    ) -> tuple[dict[UUID, UUID | None], list[Two]]:
        """Who is there for each of these young people now, and who of them can write with a mentor: with whoever the
        programme has named. For those who must not be brought together with that one, its staff are there, as if it had
        named nobody."""
        home = mentor.organisation_id
        if home is None:
            return dict.fromkeys(mentee_ids), []
        named = await queries.interim_mentor(db, home)
        if named is None or named == mentor.id:
            return {one: await self._staff_for(db, mentor.id, home, one) for one in mentee_ids}, []
        parted = await self._never_together.with_mentor(db, named, mentee_ids)
        contacts = {
            one: await self._staff_for(db, mentor.id, home, one) if one in parted else named for one in mentee_ids
        }
        return contacts, [Two(one, named) for one in mentee_ids if one not in parted]

    async def _staff_for(self, db: AsyncSession, mentor_id: UUID, home: UUID, mentee_id: UUID) -> UUID | None:
        for care in await repository.cares_of(db, mentee_id):
            if care.mentor_id == mentor_id and care.staff_id is not None:
                known = await repository.staff_of(db, home, care.staff_id)
                if known is not None:
                    return known
        return await repository.least_busy_staff(db, home)

    async def _replace(self, db: AsyncSession, contacts: Sequence[InterimContact], but: UUID | None) -> list[Event]:
        """Find staff for young people whose contact is not there any more."""
        news = await self._part(db, contacts)
        words = []
        for one in contacts:
            one.contact_id = await repository.least_busy_staff(db, one.organisation_id, but)
            words.append(Word(to=one.mentee_id, code=NoticeCode.CONTACT_CHANGED, contact_id=one.contact_id))
        await db.flush()
        return news + await self._notices.give(db, words)

    async def _part(self, db: AsyncSession, contacts: Sequence[InterimContact], *, closing: bool = True) -> list[Event]:
        """Close what was opened for contacts that are no more, but where one stands in for another mentor now."""
        await self._doors.hold(db, [], [one.thread_id for one in contacts if one.thread_id is not None])
        covered = await queries.covered(db, [(one.mentee_id, one.contact_id) for one in contacts if one.contact_id])
        ending = [one.thread_id for one in contacts if one.thread_id and one.thread_id not in covered.values()]
        news = await self._doors.close_all(db, ending if closing else [])
        for one in contacts:
            one.thread_id = None
        await db.flush()
        return news
