"""Every query on who was moved in. There is no caller: it is the operator's doing."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, any_, delete, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.ylitse.models import DeletedContact
from rinnalla.ylitse.models_moved import HalfMoved, MovedIn


async def known(db: AsyncSession, digests: Collection[bytes]) -> set[bytes]:
    """Those of the digests that were noted."""
    wanted = any_(literal(list(digests), ARRAY(LargeBinary)))
    return set(await db.scalars(select(MovedIn.digest).where(MovedIn.digest == wanted)))


async def note(db: AsyncSession, digests: Collection[bytes]) -> None:
    """Note them; what was noted before stays."""
    if digests:
        rows = [{"digest": digest} for digest in digests]
        await db.execute(insert(MovedIn).values(rows).on_conflict_do_nothing(index_elements=[MovedIn.digest]))


async def half_moved(db: AsyncSession, thread_ids: Collection[UUID]) -> set[UUID]:
    """Those of the threads of which more is to come."""
    return set(await db.scalars(select(HalfMoved.thread_id).where(HalfMoved.thread_id.in_(thread_ids))))


async def note_half_moved(db: AsyncSession, begun: Collection[UUID], finished: Collection[UUID]) -> None:
    """Remember of which threads more is to come, and forget it of those that are whole."""
    if begun:
        rows = [{"thread_id": thread_id} for thread_id in begun]
        await db.execute(insert(HalfMoved).values(rows).on_conflict_do_nothing())
    await db.execute(delete(HalfMoved).where(HalfMoved.thread_id.in_(finished)))


async def note_deleted(db: AsyncSession, places: Collection[tuple[UUID, UUID]]) -> None:
    """Remember who calls which of their threads deleted, as (thread, person)."""
    if places:
        rows = [{"thread_id": thread_id, "account_id": account_id} for thread_id, account_id in places]
        await db.execute(insert(DeletedContact).values(rows).on_conflict_do_nothing())
