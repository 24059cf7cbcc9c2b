"""Every query on hand-overs."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.ids import new_id
from rinnalla.kit.vault import WrappedKey
from rinnalla.pairs.service import EndKind, Pair
from rinnalla.support.models import Care
from rinnalla.support.models_transitions import Handover, HandoverChoice, HandoverState


async def add(db: AsyncSession, before: Pair, to_mentor_id: UUID, key: WrappedKey) -> tuple[UUID, bool]:
    """A hand-over of the conversation of a pair that is over; the one that is there, if there is one. Returns its id
    and whether it is new."""
    made = await db.scalar(
        insert(Handover)
        .values(
            id=new_id(),
            organisation_id=before.organisation_id,
            mentee_id=before.mentee_id,
            from_mentor_id=before.mentor_id,
            to_mentor_id=to_mentor_id,
            thread_id=before.thread_id,
            wrapped_key=key,
        )
        .on_conflict_do_nothing(index_elements=[Handover.thread_id, Handover.to_mentor_id])
        .returning(Handover.id)
    )
    if made is not None:
        return made, True
    there = select(Handover.id).where(Handover.thread_id == before.thread_id, Handover.to_mentor_id == to_mentor_id)
    return (await db.execute(there)).scalar_one(), False


async def known(db: AsyncSession, caller: Caller, handover_id: UUID, *, lock: bool = False) -> Handover | None:
    """A hand-over that the caller may know of."""
    query = select(Handover).where(Handover.id == handover_id, _known_to(caller))
    query = query.execution_options(populate_existing=True)
    return await db.scalar(query.with_for_update() if lock else query)


async def all_known(db: AsyncSession, caller: Caller, before: UUID | None, limit: int) -> Sequence[Handover]:
    """The hand-overs that the caller may know of, newest first."""
    query = select(Handover).where(_known_to(caller))
    if before is not None:
        query = query.where(Handover.id < before)
    return (await db.scalars(query.order_by(Handover.id.desc()).limit(limit))).all()


async def talk(db: AsyncSession, mentee_id: UUID, mentor_id: UUID) -> bool:
    """Whether these two talk in a pair now; it is kept from ending until the transaction does."""
    query = select(Care.pair_id).where(
        Care.mentee_id == mentee_id, Care.mentor_id == mentor_id, Care.ended_at.is_(None)
    )
    return await db.scalar(query.with_for_update(read=True)) is not None


async def lock_given(db: AsyncSession, mentee_id: UUID, to_mentor_id: UUID) -> Sequence[Handover]:
    """What a mentor whose pair with a young person has ended was given."""
    query = select(Handover).where(
        Handover.mentee_id == mentee_id,
        Handover.to_mentor_id == to_mentor_id,
        Handover.state != HandoverState.WITHDRAWN,
    )
    return (await db.scalars(query.order_by(Handover.id).with_for_update())).all()


async def lock_all_of(db: AsyncSession, account_id: UUID) -> None:
    """Lock what concerns someone who is about to leave or to be kept out, as the young person or as either mentor."""
    whose = or_(
        Handover.mentee_id == account_id, Handover.from_mentor_id == account_id, Handover.to_mentor_id == account_id
    )
    await db.execute(select(Handover.id).where(whose).order_by(Handover.id).with_for_update())


def _known_to(caller: Caller) -> ColumnElement[bool]:
    """The mentor before knows of it while a summary is being written, the next one once something is given. A mentor
    with whom someone was not safe, or who had to go, has no part in it."""
    match caller.role:
        case Role.STAFF:
            return Handover.organisation_id == caller.home
        case Role.MENTEE:
            return Handover.mentee_id == caller.account_id
        case Role.MENTOR:
            return or_(
                and_(
                    Handover.from_mentor_id == caller.account_id,
                    Handover.state == HandoverState.WRITING,
                    ~exists().where(
                        Pair.thread_id == Handover.thread_id,
                        or_(Pair.ending_kind == EndKind.SAFEGUARDING, Pair.lost_at.is_not(None)),
                    ),
                ),
                and_(
                    Handover.to_mentor_id == caller.account_id,
                    Handover.state == HandoverState.GIVEN,
                    Handover.choice != HandoverChoice.NOTHING,
                ),
            )
        case _:
            return false()
