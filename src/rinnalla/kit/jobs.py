"""What must be done again and again without anyone asking: proposals that expire, tasks that fall due, old events.

Every process runs every job; the database lets one of them at a time through, so that a job goes on wherever a process
lives. A turn is one transaction: a process that dies in the middle leaves nothing half done, and the next turn, here or
elsewhere, does it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit import log
from rinnalla.kit.database import Database
from rinnalla.kit.errors import Unavailable

DEADLINE_SECONDS = 30.0
PAUSE_AFTER_FAILURE = 5.0
LAST_TURN_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Job:
    """`work` does a bounded part of what there is to do, in the transaction it is given, and returns how much it did:
    it has another turn at once as long as that is more than nothing, and otherwise after `every` seconds."""

    name: str
    every: float
    work: Callable[[AsyncSession], Awaitable[int]]


class Jobs:
    """Runs the jobs of this process."""

    def __init__(self, database: Database, jobs: Sequence[Job]) -> None:
        self._database = database
        self._jobs = {job.name: job for job in jobs}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to run them, each on its own."""
        self._tasks = [asyncio.create_task(self._keep(job)) for job in self._jobs.values()]

    async def stop(self) -> None:
        """End them. A turn that does not end by itself within two seconds is rolled back."""
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_TURN_SECONDS):
                await asyncio.gather(*self._tasks, return_exceptions=True)

    async def turn(self, name: str) -> int | None:
        """Let one job do what there is to do now. Returns how much it did, None if it is another process's turn.

        Raises: Unavailable, KeyError (no such job).
        """
        job = self._jobs[name]
        async with asyncio.timeout(DEADLINE_SECONDS), self._database.unit_of_work() as db:
            key = func.hashtextextended(f"job {job.name}", 0)
            if not await db.scalar(select(func.pg_try_advisory_xact_lock(key))):
                return None
            return await job.work(db)

    async def _keep(self, job: Job) -> None:
        while True:
            pause = job.every
            try:
                if await self.turn(job.name):
                    pause = 0.0
            except (Unavailable, TimeoutError):
                pause = min(job.every, PAUSE_AFTER_FAILURE)
            except Exception as error:  # noqa: BLE001 - one job that fails must not end for ever, nor end the others
                log.failure("job_failed", error, job=job.name)
            await asyncio.sleep(pause)
