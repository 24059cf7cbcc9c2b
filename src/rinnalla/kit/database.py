"""The engine, the naming of constraints, and the one way to a transaction: `Database.unit_of_work()`."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    DateTime,
    LargeBinary,
    MetaData,
    Text,
    Uuid,
    any_,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import DeclarativeBase, mapped_column

from rinnalla.kit import postgres
from rinnalla.kit.bus import Bus, PostgresBus, said
from rinnalla.kit.errors import DomainError, Unavailable
from rinnalla.kit.postgres import DEADLINES, READ_ONLY, arguments
from rinnalla.kit.vault import Sealed, WrappedKey

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
POOL_WAIT_SECONDS = 2
# Commits are waited for until they are safe, whatever the database's or the role's own setting is.
SAFE_COMMITS = "synchronous_commit"
# Compiling pays for long queries, of which there are none here; and it makes a first connection's look at types slow.
SERVER_SETTINGS = {"application_name": "rinnalla", "timezone": "UTC", "jit": "off", **DEADLINES, SAFE_COMMITS: "on"}
# Classes of errors: no connection, not let in, out of a resource (connections, disk, memory), ended by an operator or
# shutting down. None is about what was asked.
_PASSING_CLASSES = {"08", "28", "53", "57"}
# serialization failure, deadlock, lock timeout, timeouts of transactions, read-only after a failover, no such database;
# a row that this one refers to is gone: someone left in this moment, and a repeated request is told so
_PASSING_STATES = {"40001", "40P01", "55P03", "25P03", "25P04", READ_ONLY, "3D000", "23503"}


class Model(DeclarativeBase):
    """Base of all tables. Times are timestamptz, ids are uuid, dicts are jsonb."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
        str: Text,
        int: BigInteger,
        dict[str, Any]: JSONB,
        WrappedKey: LargeBinary,
        Sealed: LargeBinary,
    }


def created_now() -> Any:
    """A column filled with the database's time at the moment of the insert."""
    return mapped_column(server_default=text("clock_timestamp()"))


class Database:
    """A pool of connections to one Postgres."""

    def __init__(self, url: str, *, pool_size: int, bus: Bus | None = None, accepted: Collection[str] = ()) -> None:
        """`accepted` names settings of Postgres that may be off, as `kit.durability` says."""
        self._bus = bus or PostgresBus(url)
        settings = {name: value for name, value in SERVER_SETTINGS.items() if name not in accepted}
        self._engine = postgres.engine(
            arguments(url, settings),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_WAIT_SECONDS,
        )
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._readings = async_sessionmaker(
            self._engine.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False
        )

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends well, or with a refusal that `keeps` what was written before
        it; rolled back otherwise. With the commit leaves what was told to `bus.say`; also when its answer is lost, as
        it may have succeeded: whoever looks in vain has lost nothing.

        Raises: Unavailable when the database is away or busy, also when the outcome of a commit is unknown: the
        caller's client may repeat the request.
        """
        refusal: DomainError | None = None
        words: Collection[str] = ()
        with _passing_as_unavailable():
            try:
                async with self._sessions() as db, db.begin():
                    try:
                        yield db
                    except DomainError as error:
                        if not error.keeps:
                            raise
                        refusal = error
                    if words := said(db):
                        await self._bus.before_commit(db, words)
            finally:
                self._bus.after_commit(words)
        if refusal is not None:
            raise refusal

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """For reads whose statements may each see what is committed by then, as those of a READ COMMITTED transaction
        do: without the transaction, two trips are saved. Raises: Unavailable."""
        with _passing_as_unavailable():
            async with self._readings() as db:
                yield db

    @asynccontextmanager
    async def only_one(self, what: str) -> AsyncIterator[bool]:
        """Whether no other process of any machine is at the same `what`; none begins while the block lasts. For what
        takes many transactions. It holds a connection. Raises: Unavailable."""
        key = func.hashtextextended(what, 0)
        async with self.reading() as db:
            got = bool(await db.scalar(select(func.pg_try_advisory_lock(key))))
            try:
                yield got
            finally:
                if got:
                    await db.execute(select(func.pg_advisory_unlock(key)))

    def connections_in_use(self) -> int:
        """How many connections are checked out of the pool now."""
        return int(self._engine.pool.checkedout())  # type: ignore[attr-defined]

    async def close(self) -> None:
        """Give all connections back to Postgres."""
        await self._engine.dispose()


@contextmanager
def _passing_as_unavailable() -> Iterator[None]:
    try:
        yield
    except (TimeoutError, DBAPIError, PoolTimeout, OSError) as error:
        if is_passing(error):
            raise Unavailable from error
        raise


def is_passing(error: BaseException) -> bool:
    """Whether a database error is about the moment (connection, lock, time) rather than about what was asked."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        passing = state is None or state in _PASSING_STATES or str(state)[:2] in _PASSING_CLASSES
        return error.connection_invalidated or passing
    return isinstance(error, PoolTimeout | OSError | asyncio.TimeoutError)


def broken_constraint(error: IntegrityError) -> str | None:
    """The name of the constraint that refused a write."""
    cause = getattr(error.orig, "__cause__", None)
    name = getattr(cause, "constraint_name", None)
    return name if isinstance(name, str) else None


async def now(db: AsyncSession) -> datetime:
    """The database's time: what every stored moment is measured by."""
    moment: datetime = (await db.execute(select(func.clock_timestamp()))).scalar_one()
    return moment


async def allow(db: AsyncSession, seconds: int) -> None:
    """Let this transaction take longer than others may: for work that is rare, large, and all or nothing."""
    longer = (
        ("transaction_timeout", "0"),  # Postgres begins to count anew only after it had stopped
        ("transaction_timeout", f"{seconds}s"),
        ("idle_in_transaction_session_timeout", f"{seconds}s"),
    )
    await db.execute(select(*(func.set_config(name, value, True).label(value + name) for name, value in longer)))


async def take_turns(db: AsyncSession, what: str, *, together: bool = False) -> None:
    """Wait until no other transaction of any process does the same `what`; others wait until this one ends. Those that
    do it `together` wait for none of each other."""
    lock = func.pg_advisory_xact_lock_shared if together else func.pg_advisory_xact_lock
    await db.execute(select(lock(func.hashtextextended(what, 0))))


def any_of(ids: Iterable[UUID]) -> ColumnElement[Any]:
    """What an id is compared with when it may be one of very many: one array, where IN would take a parameter each."""
    return any_(literal(list(set(ids)), ARRAY(Uuid)))


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """A constraint that keeps a text column to the members of an enumeration."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
