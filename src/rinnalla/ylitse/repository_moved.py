"""Every query on who was moved in. There is no caller: it is the operator's doing."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, any_, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.pairs.service import Pair
from rinnalla.ylitse.models import DeletedContact
from rinnalla.ylitse.models_moved import MovedIn


async def known(db: AsyncSession, digests: Collection[bytes]) -> set[bytes]:
    """Those of the digests that were noted."""
    wanted = any_(literal(list(digests), ARRAY(LargeBinary)))
    return set(await db.scalars(select(MovedIn.digest).where(MovedIn.digest == wanted)))


async def note(db: AsyncSession, digests: Collection[bytes]) -> None:
    """Note them; what was noted before stays."""
    if digests:
        rows = [{"digest": digest} for digest in digests]
        await db.execute(insert(MovedIn).values(rows).on_conflict_do_nothing(index_elements=[MovedIn.digest]))


async def of_pairs(db: AsyncSession, thread_ids: Collection[UUID]) -> set[UUID]:
    """Those of the threads that belong to a pair, whatever became of it: what is half moved in has none."""
    return set(await db.scalars(select(Pair.thread_id).where(Pair.thread_id.in_(thread_ids))))


async def note_deleted(db: AsyncSession, places: Collection[tuple[UUID, UUID]]) -> None:
    """Remember who calls which of their threads deleted, as (thread, person)."""
    if places:
        rows = [{"thread_id": thread_id, "account_id": account_id} for thread_id, account_id in places]
        await db.execute(insert(DeletedContact).values(rows).on_conflict_do_nothing())
