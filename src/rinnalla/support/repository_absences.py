"""Every query on absences and who stands in."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Account, AccountState
from rinnalla.kit.caller import Caller
from rinnalla.pairs.service import Pair
from rinnalla.profiles.service import MentorCard
from rinnalla.support.models import Care
from rinnalla.support.models_transitions import Absence, CoverConsent, CoverState, InterimContact

_talks = exists(select(Care.pair_id).where(Care.mentor_id == MentorCard.account_id, Care.ended_at.is_(None)))


async def lock_own_card(db: AsyncSession, caller: Caller) -> MentorCard | None:
    """The caller's card, so that its days stay as they are meanwhile."""
    return await db.scalar(select(MentorCard).where(MentorCard.account_id == caller.account_id).with_for_update())


async def lock_own(db: AsyncSession, caller: Caller) -> Absence | None:
    """The caller's absence that is not over."""
    query = select(Absence).where(Absence.mentor_id == caller.account_id, Absence.ended_at.is_(None))
    return await db.scalar(query.with_for_update())


async def has_own(db: AsyncSession, caller: Caller) -> bool:
    """Whether the caller has an absence that is not over."""
    query = select(Absence.id).where(Absence.mentor_id == caller.account_id, Absence.ended_at.is_(None))
    return await db.scalar(query) is not None


async def lock_asked(db: AsyncSession, caller: Caller, absence_id: UUID) -> Absence | None:
    """An absence that is not over, for which the caller was asked to stand in."""
    query = select(Absence).where(
        Absence.id == absence_id, Absence.cover_id == caller.account_id, Absence.ended_at.is_(None)
    )
    return await db.scalar(query.with_for_update())


async def lock_asked_of(db: AsyncSession, caller: Caller, absence_id: UUID) -> tuple[Absence, CoverConsent] | None:
    """An absence that is not over, about whose cover the caller, a young person, was asked."""
    query = (
        select(Absence, CoverConsent)
        .join(CoverConsent, CoverConsent.absence_id == Absence.id)
        .where(Absence.id == absence_id, CoverConsent.mentee_id == caller.account_id, Absence.ended_at.is_(None))
    )
    row = (await db.execute(query.with_for_update(of=[Absence, CoverConsent]))).one_or_none()
    return None if row is None else (row[0], row[1])


async def own_mentors(db: AsyncSession, caller: Caller) -> dict[UUID, UUID]:
    """With whom the caller talks, if they are a young person, and in which thread."""
    query = select(Pair.mentor_id, Pair.thread_id).join(Care, Care.pair_id == Pair.id)
    rows = await db.execute(query.where(Care.mentee_id == caller.account_id, Care.ended_at.is_(None)))
    return {mentor_id: thread_id for mentor_id, thread_id in rows if thread_id is not None}


async def known(
    db: AsyncSession, caller: Caller, mentor_ids: Collection[UUID], after: UUID | None, limit: int
) -> Sequence[Absence]:
    """Absences that are not over: for a mentor their own and those for which they were asked to stand in; for a young
    person those of these mentors, whom they see."""
    is_asked = and_(Absence.cover_id == caller.account_id, Absence.cover_state != CoverState.DECLINED)
    own = or_(Absence.mentor_id == caller.account_id, is_asked, Absence.mentor_id.in_(mentor_ids))
    query = select(Absence).where(Absence.ended_at.is_(None), own)
    if after is not None:
        query = query.where(Absence.id > after)
    return (await db.scalars(query.order_by(Absence.id).limit(limit))).all()


async def own_consents(db: AsyncSession, caller: Caller, absence_ids: Collection[UUID]) -> dict[UUID, CoverConsent]:
    """What the caller, a young person, was asked and said."""
    query = select(CoverConsent).where(
        CoverConsent.mentee_id == caller.account_id, CoverConsent.absence_id.in_(absence_ids)
    )
    return {consent.absence_id: consent for consent in await db.scalars(query)}


async def consents(db: AsyncSession, absence_id: UUID) -> Sequence[CoverConsent]:
    """Of an absence that is locked."""
    query = select(CoverConsent).where(CoverConsent.absence_id == absence_id)
    return (await db.scalars(query.order_by(CoverConsent.mentee_id))).all()


async def lock_all_of(db: AsyncSession, mentor_id: UUID) -> list[UUID]:
    """Absences that are not over of a mentor, or for which they stand in."""
    theirs = or_(Absence.mentor_id == mentor_id, Absence.cover_id == mentor_id)
    query = select(Absence.id).where(theirs, Absence.ended_at.is_(None)).order_by(Absence.id)
    return list(await db.scalars(query.with_for_update()))


async def threads_for(db: AsyncSession, absence_ids: Collection[UUID]) -> list[UUID]:
    """The conversations that were opened for locked absences."""
    query = select(CoverConsent.thread_id).where(CoverConsent.absence_id.in_(absence_ids))
    return [thread_id for thread_id in await db.scalars(query) if thread_id is not None]


async def lock_covers_with(db: AsyncSession, cover_id: UUID) -> Sequence[Absence]:
    """Absences that are not over for which someone stands in who no longer can."""
    query = select(Absence).where(Absence.cover_id == cover_id, Absence.ended_at.is_(None)).order_by(Absence.id)
    return (await db.scalars(query.with_for_update())).all()


async def lock_of(db: AsyncSession, mentor_id: UUID) -> Absence | None:
    """The absence of a mentor to whom something happens."""
    query = select(Absence).where(Absence.mentor_id == mentor_id, Absence.ended_at.is_(None))
    return await db.scalar(query.with_for_update())


async def ask(db: AsyncSession, absence: Absence, mentee_ids: Collection[UUID]) -> list[UUID]:
    """Young people are to be asked about the cover of a locked absence; who was asked before is not asked again.
    Returns who was not."""
    if not mentee_ids:
        return []
    rows = [{"absence_id": absence.id, "mentee_id": mentee_id} for mentee_id in mentee_ids]
    asking = insert(CoverConsent).values(rows).on_conflict_do_nothing().returning(CoverConsent.mentee_id)
    return sorted(await db.scalars(asking))


async def forget_consents(db: AsyncSession, absence_id: UUID) -> None:
    """Another cover is another question."""
    await db.execute(delete(CoverConsent).where(CoverConsent.absence_id == absence_id))


async def cover_candidate(db: AsyncSession, caller: Caller, mentor_id: UUID) -> UUID | None:
    """An approved, active mentor of the caller's programme other than the caller, kept from leaving."""
    query = (
        select(Account.id)
        .join(MentorCard, MentorCard.account_id == Account.id)
        .where(
            Account.id == mentor_id,
            Account.id != caller.account_id,
            Account.organisation_id == caller.home,
            Account.state == AccountState.ACTIVE,
            MentorCard.approved_at.is_not(None),
        )
    )
    return await db.scalar(query.with_for_update(read=True, of=Account))


async def lock_changed(db: AsyncSession, which: ColumnElement[bool]) -> Absence | None:
    """One absence among `which` that is not over and whose days are no longer those on the mentor's card."""
    query = (
        select(Absence)
        .join(MentorCard, MentorCard.account_id == Absence.mentor_id)
        .where(
            Absence.ended_at.is_(None),
            or_(
                MentorCard.away_from.is_distinct_from(Absence.first_on),
                MentorCard.away_until.is_distinct_from(Absence.last_on),
            ),
            which,
        )
    )
    return await db.scalar(query.limit(1).with_for_update(of=Absence, skip_locked=True))


async def days_away(db: AsyncSession, mentor_id: UUID) -> tuple[date, date] | None:
    """The first and the last day on the card of a mentor whose absence is locked."""
    query = select(MentorCard.away_from, MentorCard.away_until).where(MentorCard.account_id == mentor_id)
    first_on, last_on = (await db.execute(query)).one()
    return None if first_on is None or last_on is None else (first_on, last_on)


async def unnoticed(db: AsyncSession, which: ColumnElement[bool]) -> MentorCard | None:
    """One mentor among `which` who talks with someone, is away today by their card, and of whose absence nothing is
    known yet. One that is over is the same only if it had these days."""
    same_days = and_(Absence.first_on == MentorCard.away_from, Absence.last_on == MentorCard.away_until)
    known = exists(
        select(Absence.id).where(Absence.mentor_id == MentorCard.account_id, or_(Absence.ended_at.is_(None), same_days))
    )
    is_away = and_(MentorCard.away_from <= func.current_date(), MentorCard.away_until >= func.current_date())
    return await db.scalar(select(MentorCard).where(is_away, _talks, ~known, which).limit(1))


async def lock_starting(db: AsyncSession, which: ColumnElement[bool]) -> Absence | None:
    begins = and_(Absence.started_at.is_(None), Absence.first_on <= func.current_date())
    return await _lock_open(db, begins, which)


async def lock_to_remind(db: AsyncSession, which: ColumnElement[bool]) -> Absence | None:
    has_begun = and_(Absence.started_at.is_not(None), Absence.reminded_at.is_(None))
    return await _lock_open(db, has_begun, Absence.last_on <= func.current_date() + 1, which)


async def lock_ending(db: AsyncSession, which: ColumnElement[bool]) -> Absence | None:
    return await _lock_open(db, Absence.last_on < func.current_date(), which)


async def _lock_open(db: AsyncSession, *conditions: ColumnElement[bool]) -> Absence | None:
    """Only where the card still has these days: it has the last word, also while it can't be followed."""
    as_on_card = and_(MentorCard.away_from == Absence.first_on, MentorCard.away_until == Absence.last_on)
    query = select(Absence).join(MentorCard, and_(MentorCard.account_id == Absence.mentor_id, as_on_card))
    query = query.where(Absence.ended_at.is_(None), *conditions)
    return await db.scalar(query.limit(1).with_for_update(of=Absence, skip_locked=True))


async def talks_of(db: AsyncSession, mentor_id: UUID) -> Sequence[tuple[UUID, UUID | None]]:
    """With which young people a mentor talks, and where; nowhere yet, where a pair begins in this transaction."""
    query = select(Pair.mentee_id, Pair.thread_id).join(Care, Care.pair_id == Pair.id)
    rows = await db.execute(query.where(Care.mentor_id == mentor_id, Care.ended_at.is_(None)).order_by(Pair.mentee_id))
    return [(mentee_id, thread_id) for mentee_id, thread_id in rows]


async def who_talk(db: AsyncSession, mentor_id: UUID, mentee_ids: Collection[UUID]) -> set[UUID]:
    """Those of the young people with whom a mentor talks in a pair of their own."""
    query = select(Care.mentee_id).where(
        Care.mentor_id == mentor_id, Care.mentee_id.in_(mentee_ids), Care.ended_at.is_(None)
    )
    return set(await db.scalars(query))


async def turning_to(db: AsyncSession, contact_id: UUID, mentee_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Where those of the young people who lost a mentor write with someone who is there for them now."""
    query = select(InterimContact.mentee_id, InterimContact.thread_id).where(
        InterimContact.contact_id == contact_id,
        InterimContact.mentee_id.in_(mentee_ids),
        InterimContact.ended_at.is_(None),
        InterimContact.thread_id.is_not(None),
    )
    return {mentee_id: thread_id for mentee_id, thread_id in await db.execute(query) if thread_id is not None}


async def remove(db: AsyncSession, absence: Absence) -> None:
    await db.delete(absence)
    await db.flush()
