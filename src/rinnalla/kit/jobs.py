"""What must be done again and again without anyone asking: proposals that expire, tasks that fall due, old events.

Every process runs every job; the database lets one of them at a time through, so that a job goes on wherever a process
lives. What a turn does is one transaction: a process that dies in the middle leaves nothing half done, and a later
turn, here or elsewhere, does it.

A queue takes one thing at a time, and one that can't be done must not hold up those after it. So an attempt is counted
before it is made, in a transaction of its own, and the thing rests meanwhile; it counts also when the process dies of
it. After each that fails it rests for longer, and after the eighth it is given up: an operator is told each hour until
someone says to try again (`rinnalla retry-jobs`), or thirty days have passed.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select
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
TRIED_ANEW_AFTER = timedelta(days=30)

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

    def __init__(self, database: Database, jobs: Sequence[Sweep | Queue]) -> None:
        self._database = database
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

        Raises: Unavailable, KeyError (no such job), and whatever the work of the job raises.
        """
        job = self._jobs[name]
        async with asyncio.timeout(DEADLINE_SECONDS):
            if isinstance(job, Queue):
                return await self._next_of(job)
            async with self._database.unit_of_work() as db:
                return await job.work(db) if await _has_turn(db, job) else None

    async def _next_of(self, queue: Queue) -> int | None:
        async with self._database.unit_of_work() as db:
            if not await _has_turn(db, queue):
                return None
            begun = await _begin(db, queue)
        if begun is None:
            return 0
        task, thing_id, attempts = begun
        try:
            async with self._database.unit_of_work() as db:
                await db.execute(select(func.pg_advisory_xact_lock(_key(queue))))
                thing = await task.take(db, task.key == thing_id)
                if thing is not None:
                    await task.do(db, thing)
                await db.execute(
                    delete(JobAttempt).where(JobAttempt.task == task.name, JobAttempt.thing_id == thing_id)
                )
        except Exception:
            if attempts == MOST_ATTEMPTS:
                log.warning("job_gave_up", job=task.name)
            raise
        return 1

    async def _keep(self, job: Sweep | Queue) -> None:
        while True:
            pause = job.every
            try:
                if await self.turn(job.name):
                    pause = 0.0
            except (Unavailable, TimeoutError):
                pause = min(job.every, PAUSE_AFTER_FAILURE)
            except Exception as error:  # noqa: BLE001 - one job that fails must not end for ever, nor end the others
                log.failure("job_failed", error, job=job.name)
                pause = min(job.every, PAUSE_AFTER_FAILURE)
            await asyncio.sleep(pause)


async def tell_given_up(db: AsyncSession) -> None:
    """Forget attempts of long ago; if something is given up, say so in the log."""
    await db.execute(delete(JobAttempt).where(JobAttempt.rests_until < func.clock_timestamp() - TRIED_ANEW_AFTER))
    given_up = select(func.count()).select_from(JobAttempt).where(JobAttempt.attempts >= MOST_ATTEMPTS)
    if count := await db.scalar(given_up):
        log.warning("jobs_given_up", count=count)


async def retry(db: AsyncSession) -> dict[str, int]:
    """Have everything that rests or was given up tried again at once. Returns how many things, by the task's name."""
    tried = (await db.scalars(delete(JobAttempt).returning(JobAttempt.task))).all()
    return {name: tried.count(name) for name in sorted(set(tried))}


def _key(job: Sweep | Queue) -> ColumnElement[int]:
    return func.hashtextextended(f"job {job.name}", 0)


async def _has_turn(db: AsyncSession, job: Sweep | Queue) -> bool:
    return bool(await db.scalar(select(func.pg_try_advisory_xact_lock(_key(job)))))


async def _begin(db: AsyncSession, queue: Queue) -> tuple[Task[Any], UUID, int] | None:
    """Count an attempt. Returns at what, and the how many-th it is."""
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
        return task, thing_id, (await db.execute(counted.returning(JobAttempt.attempts))).scalar_one()
    return None
