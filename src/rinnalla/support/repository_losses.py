"""Every query on whom young people can turn to who have lost their mentor."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from rinnalla.accounts.service import Account, AccountState
from rinnalla.chat.service import Filing, Thread, ThreadMember, ThreadState
from rinnalla.kit.caller import Caller
from rinnalla.pairs.service import Pair
from rinnalla.profiles.service import MentorCard
from rinnalla.support.models import Care
from rinnalla.support.models_transitions import Absence, CoverConsent, InterimContact, InterimMentor
from rinnalla.support.repository import works_at

_open = InterimContact.ended_at.is_(None)
_alone = and_(
    Thread.state == ThreadState.OPEN,
    *(
        ~exists(select(one).where(one == Thread.id))
        for one in (Pair.thread_id, CoverConsent.thread_id, InterimContact.thread_id)
    ),
)
"""Open conversations that nothing here stands for: they were moved in, and no pair of the two has begun since."""


@dataclass(frozen=True, slots=True)
class Alone:
    """A conversation without a pair. `is_blocked`: by one of the two, for whom it was over already."""

    thread_id: UUID
    mentee_id: UUID
    is_blocked: bool


async def approved_mentor(db: AsyncSession, organisation_id: UUID, mentor_id: UUID) -> UUID | None:
    """An approved, active mentor of a programme, kept from leaving until the transaction ends."""
    query = (
        select(Account.id)
        .join(MentorCard, MentorCard.account_id == Account.id)
        .where(
            Account.id == mentor_id,
            Account.organisation_id == organisation_id,
            Account.state == AccountState.ACTIVE,
            MentorCard.approved_at.is_not(None),
        )
    )
    return await db.scalar(query.with_for_update(read=True, of=Account))


async def interim_mentor(db: AsyncSession, organisation_id: UUID) -> UUID | None:
    """Whom a programme has named, if they are there now: read when a mentor is lost, whoever did it."""
    query = (
        select(InterimMentor.mentor_id)
        .join(Account, Account.id == InterimMentor.mentor_id)
        .join(MentorCard, MentorCard.account_id == InterimMentor.mentor_id)
        .where(
            InterimMentor.organisation_id == organisation_id,
            Account.state == AccountState.ACTIVE,
            MentorCard.approved_at.is_not(None),
        )
    )
    return await db.scalar(query)


async def named(db: AsyncSession, caller: Caller) -> UUID | None:
    """Whom the staff member's programme has named."""
    return await db.scalar(select(InterimMentor.mentor_id).where(InterimMentor.organisation_id == caller.home))


async def name(db: AsyncSession, caller: Caller, mentor_id: UUID | None) -> None:
    """Name someone for the caller's programme instead of whoever was named."""
    if mentor_id is None:
        named_one = await db.get(InterimMentor, caller.home)
        if named_one is not None:
            await db.delete(named_one)
            await db.flush()
        return
    row = insert(InterimMentor).values(organisation_id=caller.home, mentor_id=mentor_id)
    changed = row.on_conflict_do_update(
        index_elements=[InterimMentor.organisation_id], set_={"mentor_id": row.excluded.mentor_id}
    )
    await db.execute(changed)


async def lock_talks(db: AsyncSession, mentor_id: UUID) -> dict[UUID, tuple[UUID | None, timedelta | None]]:
    """For each young person with whom a mentor talks: where they talk, and how long they had waited until then. That
    they talk stays so meanwhile for whoever has asked."""
    rows = await db.execute(
        select(Pair.mentee_id, Pair.thread_id, Pair.waited_since, Care.began_at)
        .join(Care, Care.pair_id == Pair.id)
        .where(Care.mentor_id == mentor_id, Care.ended_at.is_(None))
        .order_by(Pair.id)
        .with_for_update(of=Care)
    )
    return {
        mentee_id: (thread_id, None if since is None else began_at - since)
        for mentee_id, thread_id, since, began_at in rows
    }


async def alone(db: AsyncSession, mentor_id: UUID) -> Sequence[Alone]:
    """The open conversations of a mentor that no pair, cover or contact stands for."""
    blocked = exists().where(ThreadMember.thread_id == Thread.id, ThreadMember.filing == Filing.BLOCKED)
    query = select(Thread.id, Thread.mentee_id, blocked).where(Thread.mentor_id == mentor_id, _alone)
    return [Alone(*row) for row in await db.execute(query.order_by(Thread.id))]


async def lock_open(db: AsyncSession, mentee_ids: Collection[UUID]) -> dict[UUID, InterimContact]:
    """The contacts that these young people have already."""
    query = select(InterimContact).where(InterimContact.mentee_id.in_(mentee_ids), _open)
    found = await db.scalars(query.order_by(InterimContact.id).with_for_update())
    return {contact.mentee_id: contact for contact in found}


async def lock_all_of(db: AsyncSession, mentee_id: UUID) -> None:
    """Lock the contacts and consents of a young person who is about to leave."""
    for table in (InterimContact, CoverConsent):
        await db.execute(select(table.mentee_id).where(table.mentee_id == mentee_id).with_for_update())


async def own(db: AsyncSession, caller: Caller) -> InterimContact | None:
    """To whom the caller can turn now."""
    return await db.scalar(select(InterimContact).where(InterimContact.mentee_id == caller.account_id, _open))


async def of_home(db: AsyncSession, caller: Caller, before: UUID | None, limit: int) -> Sequence[InterimContact]:
    """Who of the staff member's programme has lost a mentor and has no other yet, newest first."""
    query = select(InterimContact).where(InterimContact.organisation_id == caller.home, _open)
    if before is not None:
        query = query.where(InterimContact.id < before)
    return (await db.scalars(query.order_by(InterimContact.id.desc()).limit(limit))).all()


async def lock_of_home(db: AsyncSession, caller: Caller, contact_id: UUID) -> InterimContact | None:
    query = select(InterimContact).where(
        InterimContact.id == contact_id, InterimContact.organisation_id == caller.home, _open
    )
    return await db.scalar(query.with_for_update())


async def lock_with(db: AsyncSession, contact_id: UUID) -> Sequence[InterimContact]:
    """Those for whom someone is the contact who no longer can be."""
    query = select(InterimContact).where(InterimContact.contact_id == contact_id, _open)
    return (await db.scalars(query.order_by(InterimContact.id).with_for_update())).all()


async def lock_without_anyone(db: AsyncSession, which: ColumnElement[bool]) -> InterimContact | None:
    """One young person among `which` whose contact is not there, in a programme that has someone: for a job."""
    assigned, other = aliased(Account), aliased(Account)
    query = (
        select(InterimContact)
        .outerjoin(assigned, and_(assigned.id == InterimContact.contact_id, assigned.state == AccountState.ACTIVE))
        .where(
            _open,
            assigned.id.is_(None),
            exists(select(other.id).where(works_at(InterimContact.organisation_id, other))),
            which,
        )
        .limit(1)
    )
    return await db.scalar(query.with_for_update(of=InterimContact, skip_locked=True))


async def lock_over(db: AsyncSession, which: ColumnElement[bool]) -> InterimContact | None:
    """One contact among `which` that is no longer needed and whose conversation is still open: for a job."""
    query = select(InterimContact).where(not_(_open), InterimContact.thread_id.is_not(None), which)
    return await db.scalar(query.limit(1).with_for_update(skip_locked=True))


async def end(db: AsyncSession, mentee_id: UUID) -> None:
    """A young person has a mentor again."""
    ending = update(InterimContact).where(InterimContact.mentee_id == mentee_id, _open)
    await db.execute(ending.values(ended_at=func.clock_timestamp()))


async def lock_lost_mentor(db: AsyncSession, which: ColumnElement[bool]) -> Account | None:
    """One mentor among `which` who is kept out and still has pairs that talk, or that do not say so, which no
    transaction should have left, or conversations without a pair, as someone who was moved in like this: for a job."""
    talks = exists(select(Care.pair_id).where(Care.mentor_id == Account.id, Care.ended_at.is_(None)))
    not_said = exists(select(Pair.id).where(Pair.mentor_id == Account.id, Pair.lost_at.is_(None)))
    writes = exists(select(Thread.id).where(Thread.mentor_id == Account.id, _alone))
    query = select(Account).where(Account.state == AccountState.SUSPENDED, or_(talks, not_said, writes), which)
    return await db.scalar(query.limit(1).with_for_update(key_share=True, skip_locked=True))


async def covered(db: AsyncSession, people: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], UUID]:
    """Of (young person, mentor) those of whom the one stands in for a mentor of the other now, and where they write."""
    two = tuple_(CoverConsent.mentee_id, Absence.cover_id)
    query = select(CoverConsent.mentee_id, Absence.cover_id, CoverConsent.thread_id).join(
        Absence, Absence.id == CoverConsent.absence_id
    )
    rows = await db.execute(query.where(two.in_(people), CoverConsent.thread_id.is_not(None)))
    return {(mentee_id, cover_id): thread_id for mentee_id, cover_id, thread_id in rows if cover_id and thread_id}


async def is_paired(db: AsyncSession, mentee_id: UUID, mentor_id: UUID | None) -> bool:
    """Whether these two talk in a pair of their own."""
    query = select(Care.pair_id).where(
        Care.mentee_id == mentee_id, Care.mentor_id == mentor_id, Care.ended_at.is_(None)
    )
    return mentor_id is not None and await db.scalar(query.limit(1)) is not None
