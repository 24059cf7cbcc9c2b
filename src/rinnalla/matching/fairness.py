"""What a pair is worth to a run: how well it fits, and how long the young person has waited. No I/O.

Fit decides, waiting counts for a little, and whoever has waited too long comes before everybody who has not: then the
run first serves as many of them as can be served, and asks for fit only within that. Who has waited twice too long
comes before who has done so once, and so on, so that nobody is passed over for ever in favour of newcomers who fit
better. Waiting counts from the last offer that someone let pass (`PairHistory.waiting`), so that nobody who answers
stays behind those who never do. That whole tiers are served in that order follows from the people who can be served
together being a matroid (a transversal one): what is greatest in sum is then greatest in each tier from the top. No
research says how much a day of waiting is worth; the numbers are the programme's own.
"""

from dataclasses import dataclass

import numpy as np

from rinnalla.matching.assignment import GREATEST_VALUE, Indices, Values
from rinnalla.matching.scoring import Candidates

BONUS_EVERY_DAYS = 30
ANY_MENTOR = 1
"""A point for being paired at all: a pair with none by fit may be made too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """A programme's rules about waiting. `least_points`: what a pair must have to be proposed, unless the young person
    is overdue. `bonus`: points for each 30 days of waiting, `most_bonus` in all. `overdue_after`: in days."""

    least_points: int
    bonus: int
    most_bonus: int
    overdue_after: int

    def bonus_of(self, waited: Indices) -> Indices:
        """The points for so many days of waiting."""
        return np.minimum(waited // BONUS_EVERY_DAYS * self.bonus, self.most_bonus).astype(np.int32)

    def times_overdue(self, waited: Indices) -> Indices:
        """How often the time in which nobody should wait has gone by."""
        return (waited // self.overdue_after).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Worth:
    """The pairs that a run may make, as `assignment.assign` takes them."""

    mentee: Indices
    mentor: Indices
    value: Values


def worth(candidates: Candidates, waited: Indices, turns: Turns) -> Worth:
    """What each possible pair is worth. `waited` has the days of each young person of the pool."""
    overdue = turns.times_overdue(waited).astype(np.int64)
    kept = np.flatnonzero((candidates.points >= max(turns.least_points, 0)) | (overdue[candidates.mentee] > 0))
    mentee, mentor = candidates.mentee[kept], candidates.mentor[kept]
    fit = candidates.points[kept] + turns.bonus_of(waited)[mentee].astype(np.int64) + ANY_MENTOR
    above_all = int(np.abs(fit).max(initial=0)) * 2 * len(waited) + 1  # more than fit can make a difference in all
    most_times = GREATEST_VALUE // above_all - 1
    return Worth(mentee, mentor, fit + above_all * np.minimum(overdue, most_times)[mentee])
