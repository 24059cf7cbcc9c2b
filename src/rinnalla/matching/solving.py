"""One matching run, from everyone who was looked at to a proposal or a reason for each young person. No I/O: what it is
given and what it says can cross the border of a process."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from rinnalla.matching.assignment import NOBODY, Indices, assign
from rinnalla.matching.criteria import CRITERIA, Criteria
from rinnalla.matching.exclusions import Exclusions, excluded
from rinnalla.matching.fairness import Turns, worth
from rinnalla.matching.pool import Pool
from rinnalla.matching.scoring import Candidates, Contribution, Scoring
from rinnalla.matching.stages import Outcome, RunPhase

TELL_EVERY = 200


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is to solve. `waited` has the days of each young person; `fixed` and `struck` are pairs by their
    places in the pool."""

    pool: Pool
    waited: list[int]
    weights: dict[str, int]
    turns: Turns
    seed: int
    fixed: dict[int, int] = {}
    struck: list[tuple[int, int]] = []


class Progress(msgspec.Struct, frozen=True, tag=True):
    """How far it is. `of` is 0 while that is not known."""

    phase: RunPhase
    done: int = 0
    of: int = 0


class Found(msgspec.Struct, frozen=True, tag=True):
    """What came out for one young person. `contributions` add up to `points`; `past` are codes that staff looked past
    when they fixed it; `exclusions` what ruled mentors out, whoever was proposed."""

    mentee: int
    outcome: Outcome
    mentor: int | None = None
    points: int = 0
    waiting_bonus: int = 0
    times_overdue: int = 0
    contributions: list[Contribution] = []
    past: list[str] = []
    exclusions: Exclusions = Exclusions()


class Summary(msgspec.Struct, frozen=True, tag=True):
    """The end. `failed_criteria` are named because the run went on without them."""

    possible_pairs: int
    proposals: int
    points: int
    failed_criteria: list[str]


Said = Progress | Found | Summary


@dataclass(frozen=True, slots=True)
class _Solved:
    """`fixed` are not among the candidates."""

    candidates: Candidates
    chosen: Indices
    scoring: Scoring
    exclusions: Sequence[Exclusions]


def solve(task: Task, criteria: Criteria = CRITERIA) -> Iterator[Said]:
    """Says how far it is, then what came out for everyone, then the sum of it. The same task gives the same answer.

    A criterion may fail only when it is to say why. Then everything is done again without it, since what is told must
    be what the proposals were found by."""
    scoring = Scoring(task.pool, task.weights, criteria=criteria)
    told: list[Said] = []
    while not told:
        yield Progress(RunPhase.SCORING)
        found = scoring.candidates()
        failed = scoring.failed
        exclusions = list(excluded(scoring, found))
        candidates = _without_struck(task, found)
        yield Progress(RunPhase.SOLVING)
        solved = _Solved(candidates, _chosen(task, candidates), scoring, exclusions)
        for said in _explained(task, solved):
            if isinstance(said, Progress):
                yield said
            else:
                told.append(said)
        if scoring.failed != failed:
            told.clear()
    yield from told


def _without_struck(task: Task, found: Candidates) -> Candidates:
    """What staff have struck is kept apart by no criterion, which might fail."""
    mentors = len(task.pool.mentors)
    struck = [mentee * mentors + mentor for mentee, mentor in task.struck]
    return found.only(~np.isin(found.mentee.astype(np.int64) * mentors + found.mentor, struck))


def _chosen(task: Task, candidates: Candidates) -> Indices:
    """The best for everybody around what is fixed."""
    places = np.array([one.capacity - one.open_pairs for one in task.pool.mentors], dtype=np.int32)
    is_fixed = np.zeros(len(task.pool.mentees), dtype=np.bool_)
    for mentee, mentor in task.fixed.items():
        is_fixed[mentee] = True
        places[mentor] -= 1
    open_pairs = candidates.only(~is_fixed[candidates.mentee])
    found = worth(open_pairs, np.array(task.waited, dtype=np.int32), task.turns)
    chosen = assign(len(is_fixed), places, found.mentee, found.mentor, found.value, seed=task.seed)
    for mentee, mentor in task.fixed.items():
        chosen[mentee] = mentor
    return chosen


def _explained(task: Task, solved: _Solved) -> Iterator[Said]:
    people = len(task.pool.mentees)
    waited = np.array(task.waited, dtype=np.int32)
    bonus, overdue = task.turns.bonus_of(waited).tolist(), task.turns.times_overdue(waited).tolist()
    why_not = _why_not(task, solved.candidates)
    proposals = points = 0
    for mentee, mentor in enumerate(solved.chosen.tolist()):
        if mentee % TELL_EVERY == 0:
            yield Progress(RunPhase.EXPLAINING, mentee, people)
        always: dict[str, Any] = {
            "waiting_bonus": bonus[mentee],
            "times_overdue": overdue[mentee],
            "exclusions": solved.exclusions[mentee],
        }
        if mentor == NOBODY:
            yield Found(mentee, why_not.get(mentee, Outcome.NO_MENTOR_POSSIBLE), **always)
            continue
        explained = solved.scoring.explain(mentee, mentor)
        proposals, points = proposals + 1, points + explained.points
        yield Found(
            mentee,
            Outcome.PROPOSED,
            mentor,
            explained.points,
            contributions=list(explained.contributions),
            past=list(explained.ruled_out_by),
            **always,
        )
    failed = list(solved.scoring.failed)
    yield Summary(len(solved.candidates.points), proposals, points, failed)


def _why_not(task: Task, candidates: Candidates) -> Mapping[int, Outcome]:
    """Why those have no proposal who have a possible mentor."""
    best: dict[int, Outcome] = {}
    enough = candidates.points >= task.turns.least_points
    for mentee in np.unique(candidates.mentee).tolist():
        best[mentee] = Outcome.TOO_FEW_POINTS
    for mentee in np.unique(candidates.mentee[enough]).tolist():
        best[mentee] = Outcome.PLACES_TAKEN
    for mentee in np.flatnonzero(task.turns.times_overdue(np.array(task.waited, dtype=np.int32)) > 0).tolist():
        if mentee in best:
            best[mentee] = Outcome.PLACES_TAKEN
    return best
