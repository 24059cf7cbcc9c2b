"""Every query on the waiting list and on pairs."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, false, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Account, AccountState
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import any_of
from rinnalla.pairs.models import TALKING, Pair, PairState, PairStep, Waiting


async def ask(db: AsyncSession, caller: Caller) -> None:
    """Put the caller on the waiting list; who is there keeps their place."""
    await db.execute(
        insert(Waiting)
        .values(mentee_id=caller.account_id, organisation_id=caller.home)
        .on_conflict_do_nothing(index_elements=[Waiting.mentee_id])
    )


async def own_request(db: AsyncSession, caller: Caller) -> Waiting | None:
    """The caller's own place on the waiting list."""
    return await db.scalar(select(Waiting).where(Waiting.mentee_id == caller.account_id))


async def stop_waiting(db: AsyncSession, mentee_id: UUID) -> datetime | None:
    """Take someone off the list: the caller themself, or one whose pair has just begun. Returns since when they had
    waited; None if they had not."""
    gone = delete(Waiting).where(Waiting.mentee_id == mentee_id).returning(Waiting.since)
    return await db.scalar(gone)


async def wait_again(db: AsyncSession, mentee_id: UUID, organisation_id: UUID, since: datetime) -> None:
    """Put someone on the list as waiting since then, or leave them at an earlier place."""
    place = insert(Waiting).values(mentee_id=mentee_id, organisation_id=organisation_id, since=since)
    earlier = func.least(Waiting.since, place.excluded.since)
    await db.execute(place.on_conflict_do_update(index_elements=[Waiting.mentee_id], set_={"since": earlier}))


async def ask_again(db: AsyncSession, caller: Caller, mentor_id: UUID | None) -> None:
    """Put the caller on the waiting list, or leave them where they are, with the mentor whom they would like again."""
    place = insert(Waiting).values(mentee_id=caller.account_id, organisation_id=caller.home, again_with=mentor_id)
    await db.execute(
        place.on_conflict_do_update(index_elements=[Waiting.mentee_id], set_={"again_with": place.excluded.again_with})
    )


async def waiting(
    db: AsyncSession, caller: Caller, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Waiting]:
    """Who waits in the staff member's programme, who has waited longest first."""
    query = _waiting_at_home(caller)
    if after is not None:
        query = query.where(tuple_(Waiting.since, Waiting.mentee_id) > tuple_(*after))
    return (await db.scalars(query.order_by(Waiting.since, Waiting.mentee_id).limit(limit))).all()


async def waiting_since(db: AsyncSession, caller: Caller, mentee_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Since when those of these people wait who wait in the staff member's programme."""
    found = await db.scalars(_waiting_at_home(caller).where(Waiting.mentee_id == any_of(mentee_ids)))
    return {one.mentee_id: one.since for one in found}


def _waiting_at_home(caller: Caller) -> Select[Waiting]:
    """Who is suspended keeps their place and is not shown."""
    return (
        select(Waiting)
        .join(Account, Account.id == Waiting.mentee_id)
        .where(Waiting.organisation_id == caller.home, Account.state == AccountState.ACTIVE)
    )


async def open_proposals(db: AsyncSession, caller: Caller, mentee_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many proposals of the staff member's programme each of these is thinking about."""
    rows = await db.execute(
        select(Pair.mentee_id, func.count())
        .where(Pair.mentee_id.in_(mentee_ids), Pair.state == PairState.PROPOSED, known_to(caller))
        .group_by(Pair.mentee_id)
    )
    return dict(rows.all())


async def pair(db: AsyncSession, caller: Caller, pair_id: UUID, *, lock: bool = False) -> Pair | None:
    """A pair that the caller is in or that staff of its programme ask for."""
    query = select(Pair).where(Pair.id == pair_id, known_to(caller)).execution_options(populate_existing=True)
    return await db.scalar(query.with_for_update() if lock else query)


async def pairs(
    db: AsyncSession, caller: Caller, state: PairState | None, before: UUID | None, limit: int
) -> Sequence[Pair]:
    """The caller's pairs, or those of the staff member's programme, newest first."""
    query = select(Pair).where(known_to(caller))
    if state is not None:
        query = query.where(Pair.state == state)
    if before is not None:
        query = query.where(Pair.id < before)
    return (await db.scalars(query.order_by(Pair.id.desc()).limit(limit))).all()


async def pairs_between(
    db: AsyncSession, caller: Caller, mentee_ids: Collection[UUID], mentor_ids: Collection[UUID]
) -> Sequence[Pair]:
    """All that the caller may know of between any of these young people and any of these mentors."""
    between = and_(Pair.mentee_id == any_of(mentee_ids), Pair.mentor_id == any_of(mentor_ids))
    return (await db.scalars(select(Pair).where(between, known_to(caller)))).all()


async def talking_pairs(db: AsyncSession, account_id: UUID) -> Sequence[Pair]:
    """The pairs of someone that talk now, oldest first, without a caller: for features that look after pairs."""
    query = select(Pair).where(or_(Pair.mentee_id == account_id, Pair.mentor_id == account_id), Pair.state.in_(TALKING))
    return (await db.scalars(query.order_by(Pair.id))).all()


async def places_of(db: AsyncSession, mentee_id: UUID, *, but: UUID) -> Sequence[tuple[PairState, datetime]]:
    """The places on the waiting list that the talking pairs of someone, but for one, have taken, with how far each pair
    is. For one that begins or has led nowhere, so without a caller."""
    others = and_(Pair.mentee_id == mentee_id, Pair.id != but, Pair.state.in_(TALKING))
    rows = await db.execute(select(Pair.state, Pair.waited_since).where(others))
    return [(PairState(state), since) for state, since in rows if since is not None]


async def due(db: AsyncSession, which: ColumnElement[bool], state: PairState) -> Pair | None:
    """The pair among `which`, locked, whose time in that state has been over for longest; for a job, so without a
    caller. One that someone holds is left for the next time. One at a time: a transaction that holds one pair can't
    meet another in a ring."""
    over = {
        PairState.PROPOSED: (Pair.expires_at, Pair.expires_at <= func.clock_timestamp()),
        PairState.TRIAL: (
            Pair.trial_ends_at,
            and_(Pair.trial_ends_at <= func.clock_timestamp(), Pair.trial_over_at.is_(None)),
        ),
        PairState.CLOSING: (Pair.ends_on, Pair.ends_on < func.current_date()),
    }
    order, condition = over[state]
    return await db.scalar(
        select(Pair)
        .where(Pair.state == state, condition, which)
        .order_by(order)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


async def to_remind(db: AsyncSession, which: ColumnElement[bool]) -> Pair | None:
    """A proposal among `which`, locked, that someone is to be reminded of; for a job, so without a caller."""
    moment = func.clock_timestamp()
    can_be_answered = and_(Pair.state == PairState.PROPOSED, Pair.expires_at > moment)
    query = select(Pair).where(can_be_answered, Pair.remind_at <= moment, which)
    found = query.order_by(Pair.remind_at).limit(1).with_for_update(skip_locked=True)
    return await db.scalar(found.execution_options(populate_existing=True))


async def add_steps(db: AsyncSession, steps: Iterable[PairStep]) -> None:
    """Add to the history of pairs."""
    db.add_all(steps)
    await db.flush()


async def steps(db: AsyncSession, caller: Caller, pair_id: UUID) -> Sequence[PairStep]:
    """The history of a pair that the caller may know of, in order."""
    query = select(PairStep).join(Pair, Pair.id == PairStep.pair_id).where(Pair.id == pair_id, known_to(caller))
    return (await db.scalars(query.order_by(PairStep.id))).all()


async def lock_pairs_of(db: AsyncSession, account_id: UUID) -> Sequence[Pair]:
    """All pairs of someone who is leaving, whose account the asking code has locked."""
    query = select(Pair).where(or_(Pair.mentee_id == account_id, Pair.mentor_id == account_id))
    return (await db.scalars(query.order_by(Pair.id).with_for_update())).all()


async def remove(db: AsyncSession, pairs: Sequence[Pair]) -> None:
    """Delete pairs that are locked."""
    await db.execute(delete(Pair).where(Pair.id.in_([pair.id for pair in pairs])))


def known_to(caller: Caller) -> ColumnElement[bool]:
    """Pairs whose existence the caller may know of, before it is asked whether the other side has blocked them."""
    match caller.role:
        case Role.STAFF:
            return Pair.organisation_id == caller.home
        case Role.MENTEE:
            return Pair.mentee_id == caller.account_id
        case Role.MENTOR:
            return Pair.mentor_id == caller.account_id
        case _:
            return false()
