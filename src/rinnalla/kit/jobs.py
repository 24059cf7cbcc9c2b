"""What must be done again and again without anyone asking: proposals that expire, tasks that fall due, old events.

Every process runs every job; the database lets one of them at a time through, so that a job goes on wherever a process
lives. What a turn does is one transaction: a process that dies in the middle leaves nothing half done, and a later
turn, here or elsewhere, does it.

A queue takes one thing at a time, and one that can't be done must not hold up those after it. So an attempt is counted
before it is made, in a transaction of its own, and the thing rests meanwhile; it counts also when the process dies of
it, but not where the database was away or busy. After each that fails the thing rests for longer, and after the eighth
it is given up: an operator is told each hour until someone says to try again (`rinnalla retry-jobs`), or thirty days
have passed.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from rinnalla.kit import log
from rinnalla.kit.database import Database, Model
from rinnalla.kit.errors import Unavailable

DEADLINE_SECONDS = 30.0
PAUSE_AFTER_FAILURE = 5.0
LAST_TURN_SECONDS = 2.0
MOST_ATTEMPTS = 8
FIRST_REST = timedelta(minutes=1)
"""How long something rests after the first attempt, twice as long after each further one. Longer than a turn may take:
nobody else begins with what is under way."""
SHORT_REST, NO_REST = timedelta(seconds=5), timedelta(0)
"""How long something rests that was not tried after all: as the database was in the way, or as somebody had it in hand,
in which case it is not found before they have let go."""
TRIED_ANEW_AFTER = timedelta(days=30)
TRIED_WITHIN = timedelta(days=1)
"""What could be tried again for so long and was not is not there to be tried any more."""

Row = TypeVar("Row", bound=Model)


class JobAttempt(Model):
    """What a task has begun with and not yet done. It rests until `rests_until`; after the last attempt for good."""

    __tablename__ = "job_attempt"

    task: Mapped[str] = mapped_column(primary_key=True)
    thing_id: Mapped[UUID] = mapped_column(primary_key=True)
    attempts: Mapped[int]
    rests_until: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Sweep:
    """A job over everything at once, for statements that no single row can break. `work` does a bounded part of what
    there is to do, in the transaction it is given, and returns how much it did: it has another turn at once as long as
    that is more than nothing, and otherwise after `every` seconds."""

    name: str
    every: float
    work: Callable[[AsyncSession], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Task(Generic[Row]):
    """What a queue does with one thing. `take` locks the next one for which a condition holds too, or none where nobody
    needs it or somebody holds them all; `do` leaves it so that it is not taken again for the same."""

    name: str
    key: InstrumentedAttribute[UUID]
    take: Callable[[AsyncSession, ColumnElement[bool]], Awaitable[Row | None]]
    do: Callable[[AsyncSession, Row], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Queue:
    """A job that does one thing a turn: of the first of its tasks that has one. It has another turn at once as long as
    there was something, and otherwise after `every` seconds."""

    name: str
    every: float
    tasks: Sequence[Task[Any]]


class Jobs:
    """Runs the jobs of this process."""

    def __init__(
        self, database: Database, jobs: Sequence[Sweep | Queue], *, deadline: float = DEADLINE_SECONDS
    ) -> None:
        """`deadline`: seconds that a turn may take."""
        self._database = database
        self._deadline = deadline
        self._jobs = {job.name: job for job in jobs}
        self._running: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to run them, each on its own."""
        self._running = [asyncio.create_task(self._keep(job)) for job in self._jobs.values()]

    async def stop(self) -> None:
        """End them. A turn that does not end by itself within two seconds is rolled back."""
        for running in self._running:
            running.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_TURN_SECONDS):
                await asyncio.gather(*self._running, return_exceptions=True)

    async def turn(self, name: str) -> int | None:
        """Let one job do what there is to do now. Returns how much it did, None if it is another process's turn.

        Raises: Unavailable, KeyError (no such job), TimeoutError, and whatever the work of the job raises.
        """
        job = self._jobs[name]
        if isinstance(job, Queue):
            return await self._next_of(job)
        async with asyncio.timeout(self._deadline), self._database.unit_of_work() as db:
            return await job.work(db) if await _has_turn(db, job) else None

    async def _next_of(self, queue: Queue) -> int | None:
        async with asyncio.timeout(self._deadline), self._database.unit_of_work() as db:
            if not await _has_turn(db, queue):
                return None
            begun = await _begin(db, queue)
        if begun is None:
            return 0
        try:
            async with asyncio.timeout(self._deadline), self._database.unit_of_work() as db:
                await db.execute(select(func.pg_advisory_xact_lock(_key(queue))))
                done = await begun.done(db)
        except Unavailable:
            await self._take_back(begun, SHORT_REST)
            raise
        except Exception:
            if begun.attempts == MOST_ATTEMPTS:
                log.warning("job_gave_up", job=begun.task.name)
            raise
        if not done:
            await self._take_back(begun, NO_REST)
            return None
        return 1

    async def _take_back(self, begun: "_Begun", rest: timedelta) -> None:
        """An attempt that the thing itself did not fail is none, if that can still be written down."""
        with contextlib.suppress(Unavailable):
            async with self._database.unit_of_work() as db:
                await begun.take_back(db, rest)

    async def _keep(self, job: Sweep | Queue) -> None:
        while True:
            pause = job.every
            try:
                if await self.turn(job.name):
                    pause = 0.0
            except Unavailable:
                pause = min(job.every, PAUSE_AFTER_FAILURE)
            except Exception as error:  # noqa: BLE001 - one job that fails must not end for ever, nor end the others
                log.failure("job_failed", error, job=job.name)
                if isinstance(job, Queue):  # what failed rests, and others wait behind it
                    pause = min(job.every, PAUSE_AFTER_FAILURE)
            await asyncio.sleep(pause)


@dataclass(frozen=True, slots=True)
class _Begun:
    """An attempt that was counted: the how many-th, of which task, at what."""

    task: Task[Any]
    thing_id: UUID
    attempts: int

    async def done(self, db: AsyncSession) -> bool:
        """Do it. Returns whether it was: somebody may have it in hand, or nobody need it any more."""
        thing = await self.task.take(db, self.task.key == self.thing_id)
        if thing is None:
            return False
        await self.task.do(db, thing)
        await db.execute(delete(JobAttempt).where(*self._this()))
        return True

    async def take_back(self, db: AsyncSession, rest: timedelta) -> None:
        """As if it had not been counted."""
        one_less = update(JobAttempt).where(*self._this(), JobAttempt.attempts == self.attempts)
        await db.execute(one_less.values(attempts=self.attempts - 1, rests_until=func.clock_timestamp() + rest))

    def _this(self) -> tuple[ColumnElement[bool], ...]:
        return JobAttempt.task == self.task.name, JobAttempt.thing_id == self.thing_id


async def tell_given_up(db: AsyncSession) -> int:
    """Say in the log what is given up; forget attempts of long ago, and those at what nobody needs any more."""
    moment = func.clock_timestamp()
    given_up = JobAttempt.attempts >= MOST_ATTEMPTS
    old = or_(
        JobAttempt.rests_until < moment - TRIED_ANEW_AFTER,
        and_(JobAttempt.rests_until < moment - TRIED_WITHIN, ~given_up),
    )
    await db.execute(delete(JobAttempt).where(old))
    counted = select(JobAttempt.task, func.count()).where(given_up).group_by(JobAttempt.task).order_by(JobAttempt.task)
    for task, count in await db.execute(counted):
        log.warning("jobs_given_up", job=task, count=count)
    return 0


async def forget(db: AsyncSession, account_id: UUID) -> None:
    """Someone leaves: what jobs noted of them goes."""
    await db.execute(delete(JobAttempt).where(JobAttempt.thing_id == account_id))


async def retry(db: AsyncSession) -> dict[str, int]:
    """Have everything that rests or was given up tried again at once. Returns how many things, by the task's name."""
    tried = (await db.scalars(delete(JobAttempt).returning(JobAttempt.task))).all()
    return {name: tried.count(name) for name in sorted(set(tried))}


def _key(job: Sweep | Queue) -> ColumnElement[int]:
    return func.hashtextextended(f"job {job.name}", 0)


async def _has_turn(db: AsyncSession, job: Sweep | Queue) -> bool:
    return bool(await db.scalar(select(func.pg_try_advisory_xact_lock(_key(job)))))


async def _begin(db: AsyncSession, queue: Queue) -> _Begun | None:
    """Count an attempt at the next thing, if there is one."""
    for task in queue.tasks:
        moment = func.clock_timestamp()
        rests = or_(JobAttempt.rests_until > moment, JobAttempt.attempts >= MOST_ATTEMPTS)
        resting = select(JobAttempt.thing_id).where(JobAttempt.task == task.name, rests)
        thing = await task.take(db, task.key.not_in(resting))
        if thing is None:
            continue
        thing_id: UUID = getattr(thing, task.key.key)
        first = insert(JobAttempt).values(
            task=task.name, thing_id=thing_id, attempts=1, rests_until=moment + FIRST_REST
        )
        counted = first.on_conflict_do_update(
            index_elements=[JobAttempt.task, JobAttempt.thing_id],
            set_={
                JobAttempt.attempts: JobAttempt.attempts + 1,
                JobAttempt.rests_until: moment + FIRST_REST * func.power(2, JobAttempt.attempts),
            },
        )
        return _Begun(task, thing_id, (await db.execute(counted.returning(JobAttempt.attempts))).scalar_one())
    return None
