"""Every query on what follows when a proposal comes to nothing."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller
from rinnalla.matching.models_followups import FollowUp
from rinnalla.matching.models_runs import RunMentee
from rinnalla.matching.stages import FollowUpKind, FollowUpState


async def note(db: AsyncSession, organisation_id: UUID, pair_id: UUID, for_whom: dict[FollowUpKind, UUID]) -> None:
    """Have someone looked for, once for each pair and kind, however often this is asked."""
    if not for_whom:
        return
    run_id = await _run_of(db, pair_id)
    rows = [
        {"organisation_id": organisation_id, "run_id": run_id, "pair_id": pair_id, "kind": kind, "for_id": for_id}
        for kind, for_id in for_whom.items()
    ]
    await db.execute(insert(FollowUp).values(rows).on_conflict_do_nothing(index_elements=["pair_id", "kind"]))


async def due(db: AsyncSession, which: ColumnElement[bool]) -> FollowUp | None:
    """The oldest among `which` that nobody has looked at yet, locked. Without a caller: for the job that looks."""
    query = select(FollowUp).where(FollowUp.state == FollowUpState.DUE, which).order_by(FollowUp.id).limit(1)
    return await db.scalar(query.with_for_update(skip_locked=True))


async def follow_ups(
    db: AsyncSession, caller: Caller, state: FollowUpState | None, after: UUID | None, limit: int
) -> Sequence[FollowUp]:
    """Those of the caller's programme, oldest first."""
    query = select(FollowUp).where(FollowUp.organisation_id == caller.home)
    if state is not None:
        query = query.where(FollowUp.state == state)
    if after is not None:
        query = query.where(FollowUp.id > after)
    return (await db.scalars(query.order_by(FollowUp.id).limit(limit))).all()


async def follow_up(db: AsyncSession, caller: Caller, follow_up_id: UUID, *, lock: bool = False) -> FollowUp | None:
    """One of the caller's programme."""
    query = select(FollowUp).where(FollowUp.id == follow_up_id, FollowUp.organisation_id == caller.home)
    query = query.execution_options(populate_existing=True)
    return await db.scalar(query.with_for_update() if lock else query)


async def offered(db: AsyncSession, organisation_id: UUID) -> set[UUID]:
    """Whom open follow-ups of a programme speak of. Without a caller: for the job that looks."""
    query = select(FollowUp.for_id, FollowUp.with_id).where(
        FollowUp.organisation_id == organisation_id,
        FollowUp.state == FollowUpState.OPEN,
    )
    return {one for row in await db.execute(query) for one in row if one is not None}


async def _run_of(db: AsyncSession, pair_id: UUID) -> UUID | None:
    """The run that a pair came from, at once or by way of follow-ups; None if staff proposed it by hand."""
    by_release = select(RunMentee.run_id).where(RunMentee.pair_id == pair_id)
    by_follow_up = select(FollowUp.run_id).where(FollowUp.new_pair_id == pair_id)
    return await db.scalar(by_release.union_all(by_follow_up).limit(1))
