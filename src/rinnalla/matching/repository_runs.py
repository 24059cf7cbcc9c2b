"""Every query on matching runs. What staff ask takes the caller; the machine, which has none, asks by the hold that it
has on a run."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, tuple_, union, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Account
from rinnalla.kit.caller import Caller
from rinnalla.kit.database import Model, any_of
from rinnalla.kit.vault import WrappedKey
from rinnalla.matching.models_runs import MatchingRun, RunChoice, RunFound, RunMentee, RunMentor
from rinnalla.matching.stages import ChoiceKind, Outcome, RunState
from rinnalla.pairs.service import Pair

NOW = func.clock_timestamp()
_NOTED = ((RunMentee.mentee_id, RunMentee.run_id), (RunMentor.mentor_id, RunMentor.run_id))


async def started_as(db: AsyncSession, caller: Caller, client_id: UUID) -> MatchingRun | None:
    """The run of the caller's programme that was started under that id."""
    return await db.scalar(
        select(MatchingRun).where(MatchingRun.organisation_id == caller.home, MatchingRun.client_id == client_id)
    )


async def run(db: AsyncSession, caller: Caller, run_id: UUID, *, lock: bool = False) -> MatchingRun | None:
    """A run of the caller's programme."""
    query = select(MatchingRun).where(MatchingRun.id == run_id, MatchingRun.organisation_id == caller.home)
    query = query.execution_options(populate_existing=True)
    return await db.scalar(query.with_for_update() if lock else query)


async def runs(db: AsyncSession, caller: Caller, before: UUID | None, limit: int) -> Sequence[MatchingRun]:
    """The runs of the caller's programme, newest first."""
    query = select(MatchingRun).where(MatchingRun.organisation_id == caller.home)
    if before is not None:
        query = query.where(MatchingRun.id < before)
    return (await db.scalars(query.order_by(MatchingRun.id.desc()).limit(limit))).all()


async def outcomes(
    db: AsyncSession, caller: Caller, run_id: UUID, *, proposed: bool | None, after: tuple[int, UUID] | None, limit: int
) -> Sequence[RunMentee]:
    """What came out for the young people of a run of the caller's programme, who has waited longest first."""
    query = (
        select(RunMentee)
        .join(MatchingRun, MatchingRun.id == RunMentee.run_id)
        .where(RunMentee.run_id == run_id, MatchingRun.organisation_id == caller.home)
    )
    if proposed is not None:
        query = query.where((RunMentee.outcome == Outcome.PROPOSED) == proposed)
    if after is not None:
        query = query.where(tuple_(-RunMentee.waited, RunMentee.mentee_id) > tuple_(-after[0], after[1]))
    return (await db.scalars(query.order_by(-RunMentee.waited, RunMentee.mentee_id).limit(limit))).all()


async def outcome_of(db: AsyncSession, held: MatchingRun, mentee_id: UUID) -> RunMentee | None:
    """What came out for one young person, in a run that the caller's service has found."""
    return await db.get(RunMentee, (held.id, mentee_id))


async def mentor_in(db: AsyncSession, held: MatchingRun, mentor_id: UUID) -> RunMentor | None:
    """A mentor of a run that the caller's service has found."""
    return await db.get(RunMentor, (held.id, mentor_id))


async def proposed(db: AsyncSession, held: MatchingRun) -> Sequence[RunMentee]:
    """All proposals of a run that the caller's service has found, mentor by mentor. Not those whose mentor has left."""
    query = select(RunMentee).where(
        RunMentee.run_id == held.id, RunMentee.outcome == Outcome.PROPOSED, RunMentee.mentor_id.is_not(None)
    )
    return (await db.scalars(query.order_by(RunMentee.mentor_id, RunMentee.mentee_id))).all()


async def note_pairs(db: AsyncSession, held: MatchingRun, pairs: Collection[Pair]) -> None:
    """What became of the proposals of a run that the caller's service has found."""
    of_pair = (RunMentee.mentee_id == Pair.mentee_id, Pair.id == any_of({pair.id for pair in pairs}))
    noting = update(RunMentee).where(RunMentee.run_id == held.id, *of_pair).values(pair_id=Pair.id)
    await db.execute(noting.execution_options(synchronize_session=False))


async def mentors_in(db: AsyncSession, held: MatchingRun, mentor_ids: Collection[UUID]) -> Sequence[RunMentor]:
    """These mentors of a run that the caller's service has found."""
    query = select(RunMentor).where(RunMentor.run_id == held.id, RunMentor.mentor_id == any_of(mentor_ids))
    return (await db.scalars(query)).all()


async def proposals_of_mentor(db: AsyncSession, held: MatchingRun, mentor_id: UUID) -> int:
    """How many proposals a mentor has in a run that the caller's service has found."""
    query = select(func.count()).where(RunMentee.run_id == held.id, RunMentee.mentor_id == mentor_id)
    return int((await db.execute(query)).scalar_one())


async def fixed_with(db: AsyncSession, held: MatchingRun, mentor_id: UUID) -> int:
    """With how many young people staff have fixed a mentor, in a run that the caller's service has found."""
    query = select(func.count()).where(
        RunChoice.run_id == held.id, RunChoice.mentor_id == mentor_id, RunChoice.kind == ChoiceKind.FIXED
    )
    return int((await db.execute(query)).scalar_one())


async def count_proposals(db: AsyncSession, held: MatchingRun) -> tuple[int, int]:
    """How many proposals a run has, and the sum of their points."""
    row = await db.execute(
        select(func.count(), func.coalesce(func.sum(RunMentee.points), 0)).where(
            RunMentee.run_id == held.id, RunMentee.outcome == Outcome.PROPOSED
        )
    )
    count, points = row.one()
    return int(count), int(points)


async def choices(
    db: AsyncSession, held: MatchingRun, mentee_ids: Collection[UUID] | None = None
) -> Sequence[RunChoice]:
    """What staff decided in a run that the caller's service has found, or about these young people in it."""
    query = select(RunChoice).where(RunChoice.run_id == held.id)
    if mentee_ids is not None:
        query = query.where(RunChoice.mentee_id == any_of(mentee_ids))
    return (await db.scalars(query.order_by(RunChoice.mentee_id, RunChoice.mentor_id))).all()


async def note_found(db: AsyncSession, caller: Caller, outcome: RunMentee) -> None:
    """What a run that the caller's service has found had for someone, before it is changed; the first time only."""
    found = insert(RunFound).values(
        run_id=outcome.run_id,
        mentee_id=outcome.mentee_id,
        mentor_id=outcome.mentor_id,
        points=outcome.points,
        reasons=outcome.reasons,
        changed_by=caller.account_id,
    )
    await db.execute(found.on_conflict_do_nothing())


async def found_before(db: AsyncSession, held: MatchingRun, mentee_ids: Collection[UUID]) -> dict[UUID, RunFound]:
    """What a run that the caller's service has found had for those of these people for whom it was changed."""
    query = select(RunFound).where(RunFound.run_id == held.id, RunFound.mentee_id == any_of(mentee_ids))
    return {one.mentee_id: one for one in await db.scalars(query)}


async def drop_choices(db: AsyncSession, held: MatchingRun, mentee_id: UUID, mentor_id: UUID) -> None:
    """Take back with whom someone was fixed, and what was decided about these two."""
    await db.execute(
        delete(RunChoice)
        .where(
            RunChoice.run_id == held.id,
            RunChoice.mentee_id == mentee_id,
            or_(RunChoice.kind == ChoiceKind.FIXED, RunChoice.mentor_id == mentor_id),
        )
        .execution_options(synchronize_session=False)
    )


async def add(db: AsyncSession, *rows: Model) -> None:
    """Store new rows."""
    db.add_all(rows)
    await db.flush()


async def keys_of(db: AsyncSession, account_ids: Collection[UUID]) -> dict[UUID, WrappedKey]:
    """The keys of those who are still here, for what a run that has been found stores of them."""
    return dict((await db.execute(_keys_of(account_ids))).all())


async def keep(db: AsyncSession, account_ids: Collection[UUID], *, wait: bool = True) -> dict[UUID, WrappedKey]:
    """The same, and they are kept from leaving until the transaction ends. Leaving locks the person first, and then
    what is noted about them: so does this, which comes before any change of that. Who can't keep to that order must not
    `wait`: whoever is just leaving has left, to them."""
    query = _keys_of(account_ids).with_for_update(read=True, key_share=True, skip_locked=not wait)
    return dict((await db.execute(query)).all())


def _keys_of(account_ids: Collection[UUID]) -> Select[UUID, WrappedKey]:
    return select(Account.id, Account.wrapped_key).where(Account.id == any_of(account_ids)).order_by(Account.id)


async def take_up(db: AsyncSession, holder: UUID, hold: timedelta) -> MatchingRun | None:
    """The oldest run that waits to be solved, or whose holder has not been heard of: held by this one from now on."""
    oldest = (
        select(MatchingRun.id)
        .where(
            MatchingRun.state.in_([RunState.QUEUED, RunState.SOLVING]),
            or_(MatchingRun.held_until.is_(None), MatchingRun.held_until < NOW),
        )
        .order_by(MatchingRun.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = (
        update(MatchingRun)
        .where(MatchingRun.id == oldest)
        .values(state=RunState.SOLVING, held_by=holder, held_until=NOW + hold, tries=MatchingRun.tries + 1)
        .returning(MatchingRun)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return await db.scalar(taken)


async def held(db: AsyncSession, run_id: UUID, holder: UUID) -> MatchingRun | None:
    """A run that is held by this one, locked."""
    query = select(MatchingRun).where(MatchingRun.id == run_id, MatchingRun.held_by == holder)
    return await db.scalar(query.with_for_update().execution_options(populate_existing=True))


async def clear(db: AsyncSession, held: MatchingRun) -> None:
    """Forget what came out when a run was solved before; whom it names is kept from leaving, as by `keep`."""
    noted = union(*(select(one).where(run == held.id) for one, run in _NOTED))
    people = select(Account.id).where(Account.id.in_(noted)).order_by(Account.id)
    await db.execute(people.with_for_update(read=True, key_share=True))
    for table in (RunMentee, RunMentor):
        await db.execute(delete(table).where(table.run_id == held.id).execution_options(synchronize_session=False))
