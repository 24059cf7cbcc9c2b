"""Rate limits that all processes share, kept in Postgres: the generic cell rate algorithm (GCRA, ITU-T I.371), one
timestamp a key. A key is hashed, so that no address or name is stored."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Index, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.database import Database, Model
from rinnalla.kit.errors import TooManyRequests

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `burst` at once, and `burst` in each `seconds` in the long run."""

    name: str
    burst: int
    seconds: float


class RateLimit(Model):
    """`full_at`: when the key's allowance will be whole again (the algorithm's theoretical arrival time)."""

    __tablename__ = "rate_limit"
    __table_args__ = (Index("ix_rate_limit_full_at", "full_at"), {"prefixes": ["UNLOGGED"]})

    key: Mapped[bytes] = mapped_column(primary_key=True)
    full_at: Mapped[datetime]


# The insert fires for a new key; for a known one the update happens only while the burst is not used up.
_TAKE = text("""
    INSERT INTO rate_limit AS held (key, full_at)
    SELECT key, clock_timestamp() + make_interval(secs => :step)
    FROM unnest(CAST(:keys AS bytea[])) AS key ORDER BY key
    ON CONFLICT (key) DO UPDATE
    SET full_at = greatest(held.full_at, clock_timestamp()) + make_interval(secs => :step)
    WHERE held.full_at + make_interval(secs => :step) <= clock_timestamp() + make_interval(secs => :seconds)
    RETURNING key
""")
# One moment for the whole statement; `excluded.full_at` carries how much is wanted, OLD and NEW what was granted.
_TAKE_SEVERAL = text("""
    WITH pace AS (SELECT CAST(:step AS double precision) AS step, CAST(:seconds AS double precision) AS seconds)
    INSERT INTO rate_limit AS held (key, full_at)
    SELECT key, statement_timestamp() + make_interval(secs => least(count * step, seconds))
    FROM pace, unnest(CAST(:keys AS bytea[]), CAST(:counts AS bigint[])) AS wanted(key, count) ORDER BY key
    ON CONFLICT (key) DO UPDATE
    SET full_at = greatest(held.full_at, statement_timestamp()) + make_interval(secs => (
        SELECT step * least(
            round(extract(epoch FROM excluded.full_at - statement_timestamp())::double precision / step),
            greatest(0, floor((seconds - greatest(0, extract(epoch FROM held.full_at - statement_timestamp()))) / step
                + 0.000001))
        ) FROM pace
    ))
    RETURNING key, (
        SELECT round(extract(epoch FROM new.full_at
            - greatest(coalesce(old.full_at, statement_timestamp()), statement_timestamp())) / step)::bigint FROM pace
    )
""")
_WAIT = text("""
    SELECT ceil(extract(epoch FROM
        full_at + make_interval(secs => :step) - make_interval(secs => :seconds) - clock_timestamp()))
    FROM rate_limit WHERE key = :key
""")
_ROOM = text("""
    SELECT ceil(extract(epoch FROM free_at - clock_timestamp()))
    FROM rate_limit,
        LATERAL (SELECT full_at + make_interval(secs => :step) - make_interval(secs => :seconds) AS free_at)
    WHERE key = :key AND free_at > clock_timestamp()
""")
_SWEEP = text("DELETE FROM rate_limit WHERE full_at < clock_timestamp()")


class Limits:
    """Counts what was done under a key. `factor` widens every limit (for load tests)."""

    def __init__(self, database: Database, factor: float = 1.0) -> None:
        self._database = database
        self._factor = factor

    async def take(self, limit: Limit, subject: object) -> None:
        """Count one more, in a transaction of its own so that it counts even when the request fails.

        Raises: TooManyRequests.
        """
        async with self._database.unit_of_work() as db:
            await self.take_within(db, limit, [subject])

    async def take_within(self, db: AsyncSession, limit: Limit, subjects: Sequence[object]) -> None:
        """Count one more for each subject in the caller's transaction. Raises: TooManyRequests."""
        keys = {_key(limit, subject) for subject in subjects}
        taken = await db.execute(_TAKE, {"keys": sorted(keys), **self._pace(limit)})
        if refused := keys - set(taken.scalars()):
            wait = await db.scalar(_WAIT, {"key": min(refused), **self._pace(limit)})
            raise TooManyRequests(retry_after=max(1, int(wait or 1)))

    async def taken(self, db: AsyncSession, limit: Limit, wanted: Mapping[Subject, int]) -> dict[Subject, int]:
        """Count as many more for each subject as it wants and still has room for; how many that was for each."""
        by_key = {_key(limit, subject): subject for subject in wanted}
        if not by_key:
            return {}
        keys = sorted(by_key)
        counts = [wanted[by_key[key]] for key in keys]
        rows = await db.execute(_TAKE_SEVERAL, {"keys": keys, "counts": counts, **self._pace(limit)})
        return {by_key[key]: granted for key, granted in rows}

    async def check(self, limit: Limit, subject: object) -> None:
        """Refuse when the allowance is used up, counting nothing. Raises: TooManyRequests."""
        async with self._database.unit_of_work() as db:
            wait = await db.scalar(_ROOM, {"key": _key(limit, subject), **self._pace(limit)})
        if wait is not None:
            raise TooManyRequests(retry_after=max(1, int(wait)))

    async def sweep(self, db: AsyncSession) -> None:
        """Forget keys whose allowance is whole again."""
        await db.execute(_SWEEP)

    def _pace(self, limit: Limit) -> dict[str, float]:
        return {"step": limit.seconds / (limit.burst * self._factor), "seconds": limit.seconds}


def _key(limit: Limit, subject: object) -> bytes:
    return hashlib.sha256(f"{limit.name}:{subject}".encode()).digest()
