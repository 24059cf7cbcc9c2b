"""What a run is given to solve: everyone who waits and has no proposal to think about, every mentor, the programme's
settings as they are now, and what staff have decided in the run."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.matching import repository_runs as repository
from rinnalla.matching.fairness import Turns
from rinnalla.matching.gathering import Gathered, Gathering
from rinnalla.matching.models_runs import MatchingRun, RunChoice
from rinnalla.matching.solving import Task
from rinnalla.matching.stages import ChoiceKind
from rinnalla.pairs.service import PairHistory, SettingsInForce


@dataclass(frozen=True, slots=True)
class Prepared:
    """A task, and which version of the settings it goes by, with what it takes from them."""

    task: Task
    settings_version: int
    rules: dict[str, Any]


class Preparing:
    """Reads what a run needs."""

    def __init__(self, gathering: Gathering, history: PairHistory) -> None:
        self._gathering = gathering
        self._history = history

    async def of_run(self, db: AsyncSession, run: MatchingRun) -> Prepared:
        """A run's task, as things are now."""
        since = dict(await self._history.waiting(db, run.organisation_id))
        for mentee_id in await self._history.thinking(db, run.organisation_id, since.keys()):
            del since[mentee_id]
        gathered = await self._gathering.gather(db, run.organisation_id, since.keys())
        choices = await repository.choices(db, run)
        task = _task(gathered, since, choices, run.seed)
        in_force = gathered.in_force
        rules = {
            "name": in_force.name,
            "weights": task.weights,
            "turns": msgspec.to_builtins(task.turns),
            "age_rule": msgspec.to_builtins(task.pool.age_rule),
        }
        return Prepared(task, in_force.version, rules)


def turns_of(in_force: SettingsInForce) -> Turns:
    """A programme's rules about waiting."""
    settings = in_force.settings
    return Turns(
        least_points=settings.least_points,
        bonus=settings.waiting_bonus_per_30_days,
        most_bonus=settings.waiting_bonus_most,
        overdue_after=settings.overdue_after_days,
    )


def days_since(moment: datetime, gathered: Gathered) -> int:
    """Whole days between the date of a moment and that of a pool."""
    return max((gathered.pool.today - moment.astimezone(UTC).date()).days, 0)


def _task(gathered: Gathered, since: dict[UUID, datetime], choices: Iterable[RunChoice], seed: int) -> Task:
    pool = gathered.pool
    mentees = {side.account_id: place for place, side in enumerate(pool.mentees)}
    mentors = {side.account_id: place for place, side in enumerate(pool.mentors)}
    known = [one for one in choices if one.mentee_id in mentees and one.mentor_id in mentors]
    fixed: dict[int, int] = {}
    taken: Counter[int] = Counter()
    for one in sorted(known, key=lambda one: (one.chosen_at, one.mentee_id)):
        mentor = mentors[one.mentor_id]
        side = pool.mentors[mentor]
        if one.kind == ChoiceKind.FIXED and taken[mentor] < side.capacity - side.open_pairs:
            fixed[mentees[one.mentee_id]] = mentor
            taken[mentor] += 1
    return Task(
        pool=pool,
        waited=[days_since(since[side.account_id], gathered) for side in pool.mentees],
        weights=dict(gathered.in_force.settings.weights),
        turns=turns_of(gathered.in_force),
        seed=seed,
        fixed=fixed,
        struck=[(mentees[one.mentee_id], mentors[one.mentor_id]) for one in known if one.kind == ChoiceKind.STRUCK],
    )
