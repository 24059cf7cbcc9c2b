"""Two years of a programme that has too few mentors, by the real rules: young people come and go, mentors come and go,
proposals are declined or never answered, trials fail, pairs come to their end, and once a month there is a run."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from uuid import UUID

import numpy as np
import pytest

from rinnalla.matching.assignment import NOBODY, Indices, assign
from rinnalla.matching.criteria import CRITERIA
from rinnalla.matching.fairness import Turns, worth
from rinnalla.matching.pool import Apart, MenteeSide, MentorSide, Pool
from rinnalla.matching.scoring import Candidates, Scoring
from tests.matching.population import FIRST_DAY, Population

SEEDS = (1, 2, 3)
MONTHS = 24
TURNS = Turns(least_points=20, bonus=5, most_bonus=30, overdue_after=90)
ARRIVALS_A_MONTH = 10
DECLINED, TRIAL_FAILED, GIVES_UP_WAITING, MENTOR_STOPS, MENTOR_COMES = 0.12, 0.15, 0.02, 0.02, 0.5
MONTHS_TOGETHER = 7
MOST_TIMES_LEFT_OUT = 6
NEVER_ANSWER = 0.15
PROPOSAL_LASTS = timedelta(days=14)


@dataclass
class Waiting:
    """`since`: as a run counts it, from the last offer that was let pass."""

    side: MenteeSide
    since: date
    is_silent: bool = False


@dataclass
class Programme:
    """What happens in it, by a seed. `waits` has the days of everyone who was paired; `passed_over` those who were
    overdue and left out although someone who was less so got a place that they could have had; `left_out` how often
    each was overdue and left out of a run in which a mentor whom they could have had a place. A share of the young
    people, `silent`, never answers: they let pass what they are offered, and are in none of these. They have had their
    turn then, unless `never_counted_anew`."""

    seed: int
    turns: Turns = TURNS
    silent: float = 0
    never_counted_anew: bool = False
    waits: list[int] = field(default_factory=list)
    passed_over: list[UUID] = field(default_factory=list)
    left_out: Counter[UUID] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.silence = Random(self.seed)
        self.people = Population(self.seed)
        self.mentors = {one.account_id: one for one in (self.people.mentor(5) for _ in range(30))}
        self.waiting: dict[UUID, Waiting] = {}
        self.pairs: dict[UUID, tuple[Waiting, UUID, int]] = {}
        self.apart: set[Apart] = set()

    def two_years(self) -> None:
        for month in range(MONTHS):
            today = FIRST_DAY + timedelta(days=30 * month)
            self._come_and_go(today)
            self._end_pairs(month)
            self._run(today, month)
            taken = Counter(mentor_id for _, mentor_id, _ in self.pairs.values())
            assert all(taken[mentor_id] <= one.capacity for mentor_id, one in self.mentors.items())

    def share(self, percent: int) -> float:
        """How many days those waited at the most who waited least, so many in a hundred of all who were paired."""
        return float(np.percentile(self.waits, percent))

    def _come_and_go(self, today: date) -> None:
        chance = self.chance
        for _ in range(ARRIVALS_A_MONTH):
            one = self.people.mentee(tuple(self.mentors.values()))
            self.waiting[one.account_id] = Waiting(
                one, today - timedelta(days=chance.randrange(30)), is_silent=self.silence.random() < self.silent
            )
        for mentee_id in [one for one in self.waiting if chance.random() < GIVES_UP_WAITING]:
            del self.waiting[mentee_id]
        for mentor_id in [one for one in self.mentors if chance.random() < MENTOR_STOPS]:
            del self.mentors[mentor_id]
            for mentee_id, (waiting, with_whom, month) in list(self.pairs.items()):
                if with_whom == mentor_id:
                    del self.pairs[mentee_id]
                    waited = FIRST_DAY + timedelta(days=30 * month) - waiting.since
                    self.waiting[mentee_id] = replace(waiting, since=today - waited)
        if chance.random() < MENTOR_COMES:
            one_more = self.people.mentor(5)
            self.mentors[one_more.account_id] = one_more

    def _end_pairs(self, month: int) -> None:
        """A trial that fails returns the young person to the list, with the time that they had waited."""
        for mentee_id, (waiting, mentor_id, since) in list(self.pairs.items()):
            failed = month == since + 1 and self.chance.random() < TRIAL_FAILED
            if failed:
                self.waiting[mentee_id] = waiting
                self.apart.add(Apart(mentee_id, mentor_id, "paired_before"))
            if failed or self.chance.random() < 1 / MONTHS_TOGETHER:
                del self.pairs[mentee_id]

    def _run(self, today: date, month: int) -> None:
        taken = Counter(mentor_id for _, mentor_id, _ in self.pairs.values())
        pool = Pool(
            mentees=tuple(one.side for one in self.waiting.values()),
            mentors=tuple(replace(one, open_pairs=taken[one.account_id]) for one in self.mentors.values()),
            apart=frozenset(self.apart),
            today=today,
        )
        waited = np.array([max((today - one.since).days, 0) for one in self.waiting.values()], dtype=np.int32)
        places = np.array([one.capacity - one.open_pairs for one in pool.mentors], dtype=np.int32)
        candidates = Scoring(pool, CRITERIA.standard_weights).candidates()
        found = worth(candidates, waited, self.turns)
        chosen = assign(len(waited), places, found.mentee, found.mentor, found.value, seed=month)
        self._look_for_injustice(pool, candidates, chosen, TURNS.times_overdue(waited))
        for person, mentor in enumerate(chosen.tolist()):
            if mentor != NOBODY:
                self._answer(pool.mentees[person], pool.mentors[mentor], int(waited[person]), month)

    def _answer(self, mentee: MenteeSide, mentor: MentorSide, waited: int, month: int) -> None:
        if self.waiting[mentee.account_id].is_silent:
            if not self.never_counted_anew:
                self.waiting[mentee.account_id].since = FIRST_DAY + timedelta(days=30 * month) + PROPOSAL_LASTS
            return
        if self.chance.random() < DECLINED:
            self.apart.add(Apart(mentee.account_id, mentor.account_id, "declined_before"))
            return
        self.waits.append(waited)
        self.pairs[mentee.account_id] = (self.waiting.pop(mentee.account_id), mentor.account_id, month)

    def _look_for_injustice(self, pool: Pool, candidates: Candidates, chosen: Indices, overdue: Indices) -> None:
        for person in np.flatnonzero((overdue > 0) & (chosen == NOBODY)):
            if self.waiting[pool.mentees[person].account_id].is_silent:
                continue
            could_have = candidates.mentor[candidates.mentee == person]
            self.left_out[pool.mentees[person].account_id] += bool(len(could_have))
            got_one = np.isin(chosen, could_have)
            if (overdue[got_one] < overdue[person]).any():
                self.passed_over.append(pool.mentees[person].account_id)


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_waits_for_ever_while_places_turn_over(seed: int) -> None:
    programme = Programme(seed)
    programme.two_years()
    assert programme.passed_over == []
    assert max(programme.left_out.values()) <= MOST_TIMES_LEFT_OUT
    assert len(programme.waits) > MONTHS * ARRIVALS_A_MONTH / 2
    assert programme.share(50) <= 30
    assert programme.share(90) <= 120


def test_nobody_who_answers_is_starved_by_those_who_never_do() -> None:
    fair = [Programme(seed, silent=NEVER_ANSWER) for seed in SEEDS]
    starved = [Programme(seed, silent=NEVER_ANSWER, never_counted_anew=True) for seed in SEEDS]
    for programme in fair + starved:
        programme.two_years()
    assert all(programme.passed_over == [] for programme in fair)
    assert most_left_out(fair) <= MOST_TIMES_LEFT_OUT
    assert most_left_out(fair) < most_left_out(starved)
    assert sum(one.share(90) for one in fair) < sum(one.share(90) for one in starved)


def test_without_the_rules_about_waiting_some_wait_much_longer() -> None:
    fair = [Programme(seed) for seed in SEEDS]
    unfair = [Programme(seed, Turns(least_points=20, bonus=0, most_bonus=0, overdue_after=10**6)) for seed in SEEDS]
    for programme in fair + unfair:
        programme.two_years()
    assert all(programme.passed_over != [] for programme in unfair)
    assert most_left_out(unfair) > 2 * most_left_out(fair)


def most_left_out(programmes: Sequence[Programme]) -> int:
    """How often the unluckiest of all was left out."""
    return max(max(programme.left_out.values()) for programme in programmes)
