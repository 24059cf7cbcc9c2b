"""Every query on wishes: what young people hope for, whom they chose, what mentors can't carry, and private lists."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Account
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import any_of
from rinnalla.kit.vault import WrappedKey
from rinnalla.profiles.models import Choice, MentorWishes, Never, Wishes


async def own_wishes(db: AsyncSession, caller: Caller, *, lock: bool = False) -> Wishes | None:
    """The caller's own wishes."""
    query = select(Wishes).where(Wishes.account_id == caller.account_id)
    return await db.scalar(query.with_for_update() if lock else query)


async def wishes_of_one(db: AsyncSession, mentee_id: UUID) -> Wishes | None:
    """The wishes of someone whom the asking feature has established that the caller may know something of."""
    return await db.scalar(select(Wishes).where(Wishes.account_id == mentee_id))


async def asked_by(db: AsyncSession, mentee_ids: Collection[UUID]) -> Sequence[Wishes]:
    """The wishes of those of these who set any, for deciding who is brought together with whom."""
    return (await db.scalars(select(Wishes).where(Wishes.account_id == any_of(mentee_ids)))).all()


async def wishes_at(
    db: AsyncSession, organisation_id: UUID, mentee_ids: Collection[UUID]
) -> Sequence[tuple[UUID, WrappedKey, Wishes | None]]:
    """Those of the people who are mentees of that programme, with their keys and what they wish for. For its staff, and
    for matching, which decides who is told what."""
    rows = await db.execute(
        select(Account.id, Account.wrapped_key, Wishes)
        .outerjoin(Wishes, Wishes.account_id == Account.id)
        .where(
            Account.id == any_of(mentee_ids), Account.role == Role.MENTEE, Account.organisation_id == organisation_id
        )
        .order_by(Account.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def choices_of(db: AsyncSession, mentee_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Whom these hope for, the first choice first. Who asks for them has looked up these people's wishes."""
    rows = await db.execute(
        select(Choice.mentee_id, Choice.mentor_id)
        .where(Choice.mentee_id == any_of(mentee_ids))
        .order_by(Choice.mentee_id, Choice.place)
    )
    chosen: dict[UUID, list[UUID]] = {}
    for mentee_id, mentor_id in rows:
        chosen.setdefault(mentee_id, []).append(mentor_id)
    return chosen


async def replace_choices(db: AsyncSession, caller: Caller, mentor_ids: Sequence[UUID]) -> None:
    """The caller's choices, in order, instead of the old ones; the caller's wishes are locked or new."""
    await db.execute(delete(Choice).where(Choice.mentee_id == caller.account_id))
    db.add_all(
        [
            Choice(mentee_id=caller.account_id, place=place, mentor_id=mentor_id)
            for place, mentor_id in enumerate(mentor_ids, 1)
        ]
    )
    await db.flush()


async def own_mentor_wishes(db: AsyncSession, caller: Caller, *, lock: bool = False) -> MentorWishes | None:
    """What the caller can't carry and whom they take."""
    query = select(MentorWishes).where(MentorWishes.account_id == caller.account_id)
    return await db.scalar(query.with_for_update() if lock else query)


async def mentor_wishes_of(db: AsyncSession, mentor_ids: Collection[UUID]) -> dict[UUID, MentorWishes]:
    """What these mentors can't carry and whom they take. For matching alone, which tells nobody."""
    found = await db.scalars(select(MentorWishes).where(MentorWishes.account_id == any_of(mentor_ids)))
    return {one.account_id: one for one in found}


async def listed(db: AsyncSession, caller: Caller) -> Sequence[UUID]:
    """Whom the caller never wants to be paired with, the newest first."""
    query = select(Never.other_id).where(Never.owner_id == caller.account_id)
    return (await db.scalars(query.order_by(Never.created_at.desc(), Never.other_id))).all()


async def put_on_list(db: AsyncSession, caller: Caller, other_id: UUID) -> None:
    """Put someone on the caller's list, once."""
    await db.execute(insert(Never).values(owner_id=caller.account_id, other_id=other_id).on_conflict_do_nothing())


async def take_off_list(db: AsyncSession, caller: Caller, other_id: UUID) -> None:
    """Take someone off the caller's list, if they are on it."""
    await db.execute(delete(Never).where(Never.owner_id == caller.account_id, Never.other_id == other_id))


async def lists_of(db: AsyncSession, owner_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Whom each of these never wants to be paired with. For matching alone, which tells nobody."""
    rows = await db.execute(select(Never.owner_id, Never.other_id).where(Never.owner_id == any_of(owner_ids)))
    lists: dict[UUID, set[UUID]] = {}
    for owner_id, other_id in rows:
        lists.setdefault(owner_id, set()).add(other_id)
    return lists
