"""A matching run over made-up people, by the service's own code: how long it takes, what memory it needs, and whether
there is a better assignment. Each size has a process of its own, so that memory is its own, too.

That nothing is better is proved by prices (tests/matching/prices.py): the ratio to what no assignment can exceed must
be 1. Greedy is what someone does who takes the best pair of the list, and again, until nobody is left.
"""

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np
from rich.console import Console

from rinnalla.matching.assignment import NOBODY, Indices, assign
from rinnalla.matching.criteria import CRITERIA
from rinnalla.matching.fairness import Turns, worth
from rinnalla.matching.scoring import Candidates, Scoring
from rinnalla.matching.solving import Task, solve
from tests.matching.population import Population
from tests.matching.prices import bound, total

SIZES = ((100, 40), (1_000, 300), (10_000, 2_000))
TURNS = Turns(least_points=0, bonus=5, most_bonus=30, overdue_after=90)
SEED = 20260101
KIB_OF_MAXRSS = 1024 if sys.platform == "darwin" else 1
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Found:
    """Seconds of the processor and of the wall for each step; `mib`: the most memory of the process, its start
    included; `explained` and `explained_mib`: of a whole run, which tells of each person why. `ratio`: our total to the
    bound. `paired` and `fit` (the sum of points) are of our assignment, and of the
    greedy one."""

    mentees: int
    mentors: int
    pairs: int
    scoring: float
    valuing: float
    solving: float
    wall: float
    mib: float
    ratio: float
    explained: float
    explained_mib: float
    paired: int
    fit: int
    overdue_paired: int
    overdue: int
    greedy_paired: int
    greedy_fit: int
    greedy_overdue_paired: int

    @property
    def broken(self) -> bool:
        """Whether there is a better assignment."""
        return self.ratio != 1

    @property
    def seconds(self) -> float:
        """Of the processor, from the pool to the assignment."""
        return self.scoring + self.valuing + self.solving


def matching(console: Console) -> list[Found]:
    """Every size, one after the other."""
    return [_in_a_process_of_its_own(mentees, mentors, console) for mentees, mentors in SIZES]


def _in_a_process_of_its_own(mentees: int, mentors: int, console: Console) -> Found:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_measure, args=(mentees, mentors, there))
    process.start()
    there.close()
    name = f"{mentees:,} young people, {mentors:,} mentors"
    with console.status(name) as status:
        while isinstance(said := here.recv(), str):
            status.update(f"{name}: {said}")
    process.join()
    found: Found = said
    return found


def _measure(mentees: int, mentors: int, starter: Connection) -> None:
    starter.send("making them up")
    people = Population(SEED)
    pool = people.pool(mentees, mentors)
    waited = np.array([people.waited() for _ in range(mentees)], dtype=np.int32)
    places = np.array([mentor.capacity for mentor in pool.mentors], dtype=np.int32)
    started, wall = time.process_time(), time.monotonic()
    starter.send("scoring")
    candidates = Scoring(pool, CRITERIA.standard_weights).candidates()
    scored = time.process_time()
    found = worth(candidates, waited, TURNS)
    valued = time.process_time()
    starter.send("solving")
    chosen = assign(mentees, places, found.mentee, found.mentor, found.value, seed=SEED)
    solved, wall = time.process_time(), time.monotonic() - wall
    mib = _most_mib()
    starter.send("proving that nothing is better")
    pairs = found.mentee, found.mentor, found.value
    ratio = total(chosen, *pairs) / max(bound(chosen, places, *pairs), 1)
    starter.send("taking the best pair again and again")
    simple = _greedy(mentees, places, candidates)
    overdue = TURNS.times_overdue(waited) > 0
    counts = {
        "pairs": len(found.value),
        "paired": int((chosen != NOBODY).sum()),
        "fit": _fit(chosen, candidates),
        "overdue": int(overdue.sum()),
        "overdue_paired": int((overdue & (chosen != NOBODY)).sum()),
        "greedy_paired": int((simple != NOBODY).sum()),
        "greedy_fit": _fit(simple, candidates),
        "greedy_overdue_paired": int((overdue & (simple != NOBODY)).sum()),
    }
    del candidates, found, pairs
    starter.send("once more as a run does it, and telling why")
    began = time.process_time()
    task = Task(pool=pool, waited=waited.tolist(), weights=dict(CRITERIA.standard_weights), turns=TURNS, seed=SEED)
    for _ in solve(task):
        pass
    starter.send(
        Found(
            mentees=mentees,
            mentors=mentors,
            scoring=scored - started,
            valuing=valued - scored,
            solving=solved - valued,
            wall=wall,
            mib=mib,
            ratio=ratio,
            explained=time.process_time() - began,
            explained_mib=_most_mib(),
            **counts,
        )
    )


def _most_mib() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / KIB_OF_MAXRSS


def _greedy(people: int, places: Indices, candidates: Candidates) -> Indices:
    chosen, left = [NOBODY] * people, places.tolist()
    best_first = np.argsort(-candidates.points, kind="stable")
    for mentee, mentor in zip(
        candidates.mentee[best_first].tolist(), candidates.mentor[best_first].tolist(), strict=True
    ):
        if left[mentor] and chosen[mentee] == NOBODY:
            chosen[mentee] = mentor
            left[mentor] -= 1
    return np.array(chosen, dtype=np.int32)


def _fit(chosen: Indices, candidates: Candidates) -> int:
    return int(candidates.points[chosen[candidates.mentee] == candidates.mentor].sum())
