"""Solves the runs that wait, one at a time in each process of the service, beside everything else that it does.

A run is held by one process, which says again and again that it is still there; a run whose holder has not been heard
of is taken up by another. What came out is stored in several transactions, each of which first makes sure that the run
is still held; staff see it when the last of them has moved the run to `ready`.
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit import events, log
from rinnalla.kit.database import Database, now
from rinnalla.kit.errors import Unavailable
from rinnalla.kit.events import Event
from rinnalla.kit.ids import new_id
from rinnalla.matching import repository_runs as repository
from rinnalla.matching.frozen import Freezer
from rinnalla.matching.models_runs import MatchingRun, RunMentee, RunMentor
from rinnalla.matching.preparing import Prepared, Preparing
from rinnalla.matching.solver import COMMAND, SolverDied, solved
from rinnalla.matching.solving import Found, Progress, Summary
from rinnalla.matching.stages import RunFailure, RunPhase, RunState

RUN_CHANGED = "matching_run_changed"
AT_ONCE = 500
PAUSE_AFTER_FAILURE = 5.0


class Lost(Exception):
    """The run is not this process' any more: staff discarded it, or another process has taken it up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """In seconds: how often to look for a run, how often to say that one is still held, for how long a hold lasts after
    that, and how long one try to solve a run may take. `tries`: how often it may be tried."""

    look: float = 2.0
    beat: float = 5.0
    hold: float = 20.0
    solve: float = 600.0
    tries: int = 3


@dataclass(slots=True)
class _Work:
    """A run that this process has taken up, and how far it is."""

    run_id: UUID
    progress: Progress


class Machine:
    """The part of a process that solves runs."""

    def __init__(
        self,
        database: Database,
        freezer: Freezer,
        preparing: Preparing,
        patience: Patience,
        command: tuple[str, ...] = COMMAND,
    ) -> None:
        self._database = database
        self._freezer = freezer
        self._preparing = preparing
        self._patience = patience
        self._command = command
        self._me = new_id()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for runs."""
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Leave a run that is being solved to whoever takes it up."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def turn(self) -> bool:
        """Solve one run, if one waits. Raises: Unavailable."""
        async with self._database.unit_of_work() as db:
            run = await repository.take_up(db, self._me, timedelta(seconds=self._patience.hold))
            if run is None:
                return False
            if run.tries > self._patience.tries:
                await self._settle(db, run, RunState.FAILED, RunFailure.DIED)
                return True
        try:
            async with asyncio.timeout(self._patience.solve):
                await self._carry_through(run)
        except* Lost:
            log.info("matching_run_lost", run=str(run.id))
        except* TimeoutError:
            await self._give_up(run.id)
        except* SolverDied as died:
            log.failure("matching_solver_died", died, run=str(run.id))
            await self._let_go(run.id)
        return True

    async def _keep(self) -> None:
        while True:
            pause = self._patience.look
            try:
                if await self.turn():
                    pause = 0.0
            except* Unavailable:
                pause = PAUSE_AFTER_FAILURE
            except* Exception as error:  # noqa: BLE001 - one run that fails must not be the end of all others
                log.failure("matching_run_failed", error)
                pause = PAUSE_AFTER_FAILURE
            await asyncio.sleep(pause)

    async def _carry_through(self, run: MatchingRun) -> None:
        work = _Work(run.id, Progress(RunPhase.READING))
        async with asyncio.TaskGroup() as both:
            beating = both.create_task(self._beat(work))
            async with self._database.unit_of_work() as db:
                prepared = await self._preparing.of_run(db, run)
            found, summary = await self._solve(prepared, work)
            await self._store(run.id, prepared, found, summary, work)
            beating.cancel()

    async def _solve(self, prepared: Prepared, work: _Work) -> tuple[list[Found], Summary]:
        found: list[Found] = []
        async with aclosing(solved(prepared.task, self._command)) as said_by_it:
            async for said in said_by_it:
                match said:
                    case Progress():
                        work.progress = said
                    case Found():
                        found.append(said)
                    case Summary():
                        return found, said
        raise SolverDied("it ended without a summary")

    async def _beat(self, work: _Work) -> None:
        """Say that the run is still held, and how far it is. Raises: Lost."""
        while True:
            with suppress(Unavailable):
                async with self._database.unit_of_work() as db:
                    run = await self._held(db, work.run_id)
                    run.held_until = await now(db) + timedelta(seconds=self._patience.hold)
                    run.phase, run.done, run.of = work.progress.phase, work.progress.done, work.progress.of
            await asyncio.sleep(self._patience.beat)

    async def _store(
        self, run_id: UUID, prepared: Prepared, found: Sequence[Found], summary: Summary, work: _Work
    ) -> None:
        async with self._database.unit_of_work() as db:
            run = await self._held(db, run_id)
            await repository.clear(db, run)
            await self._store_mentors(db, run, prepared)
        for start in range(0, len(found), AT_ONCE):
            work.progress = Progress(RunPhase.STORING, start, len(found))
            async with self._database.unit_of_work() as db:
                run = await self._held(db, run_id)
                await self._store_some(db, run, prepared, found[start : start + AT_ONCE])
        async with self._database.unit_of_work() as db:
            run = await self._held(db, run_id)
            pool = prepared.task.pool
            run.settings_version, run.rules, run.looked_at = prepared.settings_version, prepared.rules, pool.today
            run.mentees, run.mentors, run.possible_pairs = len(pool.mentees), len(pool.mentors), summary.possible_pairs
            run.failed_criteria, run.unsolved, run.solved_at = summary.failed_criteria, False, await now(db)
            run.proposals, run.points = await repository.count_proposals(db, run)
            run.solves += 1
            await self._settle(db, run, RunState.READY, None)
        if summary.failed_criteria:
            log.warning("criteria_failed", reason=",".join(summary.failed_criteria))

    async def _store_mentors(self, db: AsyncSession, run: MatchingRun, prepared: Prepared) -> None:
        sides = prepared.task.pool.mentors
        keys = await repository.keep(db, [side.account_id for side in sides])
        rows = [
            RunMentor(
                run_id=run.id,
                mentor_id=side.account_id,
                places=max(side.capacity - side.open_pairs, 0),
                side=self._freezer.side(keys[side.account_id], run.id, side),
            )
            for side in sides
            if side.account_id in keys
        ]
        await repository.add(db, *rows)

    async def _store_some(self, db: AsyncSession, run: MatchingRun, prepared: Prepared, found: Sequence[Found]) -> None:
        """Of those who are still here. With a mentor who has left meanwhile nobody is proposed."""
        pool = prepared.task.pool
        sides = [pool.mentees[one.mentee] for one in found]
        mentor_ids = [None if one.mentor is None else pool.mentors[one.mentor].account_id for one in found]
        everyone = {side.account_id for side in sides} | {one for one in mentor_ids if one is not None}
        keys = await repository.keep(db, everyone)
        rows = [
            RunMentee(
                run_id=run.id,
                mentee_id=side.account_id,
                waited=prepared.task.waited[one.mentee],
                side=self._freezer.side(keys[side.account_id], run.id, side),
                outcome=one.outcome,
                mentor_id=mentor_id if mentor_id in keys else None,
                points=one.points,
                waiting_bonus=one.waiting_bonus,
                times_overdue=one.times_overdue,
                reasons=self._freezer.reasons(keys[side.account_id], run.id, side.account_id, one.contributions),
                exclusions=self._freezer.exclusions(keys[side.account_id], run.id, side.account_id, one.exclusions),
            )
            for one, side, mentor_id in zip(found, sides, mentor_ids, strict=True)
            if side.account_id in keys
        ]
        await repository.add(db, *rows)

    async def _held(self, db: AsyncSession, run_id: UUID) -> MatchingRun:
        """The run, locked. Raises: Lost."""
        run = await repository.held(db, run_id, self._me)
        if run is None:
            raise Lost
        return run

    async def _give_up(self, run_id: UUID) -> None:
        with suppress(Lost):
            async with self._database.unit_of_work() as db:
                await self._settle(db, await self._held(db, run_id), RunState.FAILED, RunFailure.TOO_LONG)

    async def _let_go(self, run_id: UUID) -> None:
        """Have it tried again, here or elsewhere."""
        with suppress(Lost):
            async with self._database.unit_of_work() as db:
                run = await self._held(db, run_id)
                run.state, run.held_by, run.held_until = RunState.QUEUED, None, None

    async def _settle(self, db: AsyncSession, run: MatchingRun, state: RunState, failure: RunFailure | None) -> None:
        """The machine's part is done. Whoever started the run is told."""
        run.state, run.failure, run.phase = state, failure, None
        run.held_by, run.held_until, run.done, run.of = None, None, 0, 0
        run.version += 1
        await db.flush()
        if run.started_by is not None:
            await events.append(db, [Event(run.started_by, RUN_CHANGED, {"run_id": str(run.id)})])
