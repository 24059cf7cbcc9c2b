"""What ruled mentors out for each young person when everyone was looked at, in numbers, so that a decision can be
explained when much has changed. No mentor is named: it would stay when they have left."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from rinnalla.matching.scoring import Candidates, Scoring

MENTOR_GONE = "mentor_gone"


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Of one young person: how many mentors were `possible`; how many each criterion ruled out, by name, where A_WISH
    counts those whom nothing but somebody's private wish did; and, by its place among their own choices (from 0), what
    ruled out a choice: the codes that staff were told then."""

    possible: int = 0
    mentors: dict[str, int] = field(default_factory=dict)
    choices: dict[int, tuple[str, ...]] = field(default_factory=dict)


def excluded(scoring: Scoring, found: Candidates) -> Iterator[Exclusions]:
    """For each mentee of a pool that was scored, what stood between them and its mentors."""
    people = range(len(scoring.pool.mentees))
    possible = np.bincount(found.mentee, minlength=len(people)).tolist()
    counts = {name: numbers.tolist() for name, numbers in found.ruled_out.items()}
    choices = _choices(scoring)
    for mentee in people:
        by_name = {name: numbers[mentee] for name, numbers in sorted(counts.items()) if numbers[mentee]}
        yield Exclusions(possible[mentee], by_name, choices.get(mentee, {}))


def _choices(scoring: Scoring) -> dict[int, dict[int, tuple[str, ...]]]:
    """By mentee and place, why a choice was not possible."""
    known = scoring.features.mentor_index
    chosen = [
        (mentee, place, known.get(mentor_id))
        for mentee, side in enumerate(scoring.pool.mentees)
        for place, mentor_id in enumerate(side.choices)
    ]
    here = [(mentee, place, mentor) for mentee, place, mentor in chosen if mentor is not None]
    sides = (np.array([one[part] for one in here], dtype=np.int32) for part in (0, 2))
    why: dict[int, dict[int, tuple[str, ...]]] = {}
    for number, codes in scoring.ruled_out_by(*sides).items():
        mentee, place, _ = here[number]
        why.setdefault(mentee, {})[place] = codes
    for mentee, place, mentor in chosen:
        if mentor is None:
            why.setdefault(mentee, {})[place] = (MENTOR_GONE,)
    return why
