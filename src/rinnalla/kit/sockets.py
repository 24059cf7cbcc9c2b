"""Which sockets are open, over all processes: for how many someone has, and whether someone is there at all.

Each process is a node that shows every few seconds that it lives. What a silent node has written down does not count,
and is swept by the others. The tables are unlogged: they are worth nothing after a crash of the database, and every
process writes its own sockets down again when it finds itself forgotten.

Nobody waits for these tables but whoever keeps them, and nothing in here waits for a person's row: one who is just
leaving is passed over.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Float,
    ForeignKey,
    Uuid,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from rinnalla.kit.database import Model, any_of, created_now

SILENT_AFTER = timedelta(seconds=15)
GRACE = timedelta(seconds=10)
"""For so long someone whose last socket has closed is still connected: a phone that changes networks is back soon."""


class Node(Model):
    """A process that serves sockets. It raises `seen_at` as long as it lives. `stopped`: it has taken its leave."""

    __tablename__ = "node"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime] = created_now()
    stopped: Mapped[bool] = mapped_column(server_default=text("false"))


class OpenSocket(Model):
    """A socket of one person on one node. `surplus`: it is one too many, and its node is to close it."""

    __tablename__ = "open_socket"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    node_id: Mapped[UUID] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"), index=True)
    opened_at: Mapped[datetime] = created_now()
    left_at: Mapped[datetime | None]
    surplus: Mapped[bool] = mapped_column(server_default=text("false"))


@dataclass(frozen=True, slots=True)
class Opened:
    """A socket that was opened `age` seconds ago."""

    id: UUID
    account_id: UUID
    age: float


def _lives() -> ColumnElement[bool]:
    return and_(Node.id == OpenSocket.node_id, Node.seen_at > func.clock_timestamp() - SILENT_AFTER)


def is_connected(account_id: ColumnElement[UUID] | InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Whether someone has a socket on a node that lives, or had one a moment ago."""
    return (
        select(OpenSocket.id)
        .join(Node, _lives())
        .where(
            OpenSocket.account_id == account_id,
            or_(OpenSocket.left_at.is_(None), OpenSocket.left_at > func.clock_timestamp() - GRACE),
        )
        .exists()
    )


_PEOPLE = text("SELECT id FROM unnest(CAST(:ids AS uuid[])) AS asked(id)").columns(id=Uuid).subquery("people")


async def connected(db: AsyncSession, account_ids: Iterable[UUID]) -> set[UUID]:
    """Those who are connected."""
    return set(await db.scalars(select(_PEOPLE.c.id).where(is_connected(_PEOPLE.c.id)), {"ids": list(account_ids)}))


async def beat(db: AsyncSession, node_id: UUID) -> bool:
    """Show that a node lives. Whether it was known; if not, none of its sockets are."""
    beaten = update(Node).where(Node.id == node_id).values(seen_at=func.clock_timestamp())
    if await db.scalar(beaten.returning(Node.id)) is not None:
        return True
    await db.execute(insert(Node).values(id=node_id).on_conflict_do_nothing())  # it may have been written in doubt
    return False


_HOLD = text("SELECT id FROM account WHERE id = ANY(CAST(:ids AS uuid[])) FOR KEY SHARE SKIP LOCKED")
_TAKE_TURNS = text("""
    SELECT pg_advisory_xact_lock(hashtextextended('sockets ' || one.id, 0))
    FROM (SELECT id FROM unnest(CAST(:ids AS uuid[])) AS asked(id) ORDER BY id) AS one
""")
_ENTER = text("""
    INSERT INTO open_socket (id, account_id, node_id, opened_at)
    SELECT id, account_id, :node_id, clock_timestamp() - make_interval(secs => age)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:account_ids AS uuid[]), CAST(:ages AS float[])) AS one(id, account_id, age)
    ON CONFLICT (id) DO NOTHING
""").bindparams(bindparam("node_id", type_=Uuid), bindparam("ages", type_=ARRAY(Float)))


async def hold(db: AsyncSession, account_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these people who are here to stay until the transaction ends; no other process enters sockets for them
    meanwhile. Those who are just leaving are passed over."""
    held = set((await db.scalars(_HOLD, {"ids": list(set(account_ids))})).all())
    await take_turns(db, held)
    return held


async def take_turns(db: AsyncSession, account_ids: Collection[UUID]) -> None:
    """Wait until no transaction is entering sockets for these people, and until this one ends none begins to."""
    if account_ids:
        await db.execute(_TAKE_TURNS, {"ids": list(account_ids)})


async def enter(db: AsyncSession, node_id: UUID, opened: Sequence[Opened]) -> None:
    """Write sockets of people down who are held."""
    ids, accounts = [one.id for one in opened], [one.account_id for one in opened]
    ages = [one.age for one in opened]
    await db.execute(_ENTER, {"node_id": node_id, "ids": ids, "account_ids": accounts, "ages": ages})


async def mark_surplus(db: AsyncSession, account_ids: Collection[UUID], most: int) -> list[UUID]:
    """The oldest sockets of those who have more than `most`; their nodes are to close them."""
    place = func.row_number().over(
        partition_by=OpenSocket.account_id, order_by=(OpenSocket.opened_at.desc(), OpenSocket.id.desc())
    )
    open_now = (
        select(OpenSocket.id, place.label("place"))
        .join(Node, _lives())
        .where(OpenSocket.account_id == any_of(account_ids), OpenSocket.left_at.is_(None), ~OpenSocket.surplus)
        .subquery()
    )
    surplus = select(open_now.c.id).where(open_now.c.place > most)
    rows = await db.scalars(
        update(OpenSocket)
        .where(OpenSocket.id.in_(surplus))
        .values(surplus=True)
        .returning(OpenSocket.id)
        .execution_options(synchronize_session=False)
    )
    return list(rows)


async def surplus_of(db: AsyncSession, node_id: UUID) -> set[UUID]:
    """The sockets that a node is to close."""
    rows = await db.scalars(select(OpenSocket.id).where(OpenSocket.node_id == node_id, OpenSocket.surplus))
    return set(rows)


async def leave(db: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Write down that sockets are closed. Returns those that someone else holds just now: try these again."""
    still_open = and_(OpenSocket.id == any_of(ids), OpenSocket.left_at.is_(None))
    free = select(OpenSocket.id).where(still_open).with_for_update(skip_locked=True)
    await db.execute(
        update(OpenSocket)
        .where(OpenSocket.id.in_(free))
        .values(left_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )
    return set(await db.scalars(select(OpenSocket.id).where(still_open)))


async def stop(db: AsyncSession, node_id: UUID) -> None:
    """Write down that a node has stopped: it will be silent, and nothing that it had to say is lost."""
    await db.execute(update(Node).where(Node.id == node_id).values(stopped=True))


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was dropped: who is connected no longer, and whether nodes have `died` rather than stopped."""

    gone: set[UUID]
    died: bool


async def forget(db: AsyncSession, node_id: UUID) -> Forgotten:
    """Drop what a node's closed sockets and all silent nodes have left behind."""
    past_grace = OpenSocket.left_at < func.clock_timestamp() - GRACE
    closed = select(OpenSocket.id).where(OpenSocket.node_id == node_id, past_grace).with_for_update(skip_locked=True)
    silent = select(Node.id, Node.stopped).where(Node.seen_at < func.clock_timestamp() - SILENT_AFTER)
    stopped = dict((await db.execute(silent.with_for_update(skip_locked=True))).all())
    rows = await db.scalars(
        delete(OpenSocket)
        .where(or_(OpenSocket.id.in_(closed), OpenSocket.node_id.in_(stopped)))
        .returning(OpenSocket.account_id)
        .execution_options(synchronize_session=False)
    )
    gone = set(rows)
    await db.execute(delete(Node).where(Node.id.in_(stopped)).execution_options(synchronize_session=False))
    return Forgotten(gone - await connected(db, gone) if gone else gone, died=not all(stopped.values()))
