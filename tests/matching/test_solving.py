"""A run as one pure step: what is fixed stays, what is struck is kept apart, and a broken criterion is named."""

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import psutil
import pytest

from rinnalla.matching.criteria import CRITERIA
from rinnalla.matching.fairness import Turns
from rinnalla.matching.pool import Apart
from rinnalla.matching.solver import solved
from rinnalla.matching.solving import Found, Progress, Said, Summary, Task, solve
from rinnalla.matching.stages import Outcome
from tests.matching.broken import failing, fails
from tests.matching.population import Population

TURNS = Turns(least_points=0, bonus=5, most_bonus=30, overdue_after=90)


def task(mentees: int = 30, mentors: int = 12, seed: int = 1) -> Task:
    people = Population(seed)
    return Task(
        pool=people.pool(mentees, mentors),
        waited=[people.waited() for _ in range(mentees)],
        weights=CRITERIA.standard_weights,
        turns=TURNS,
        seed=seed,
    )


def found(said: Sequence[Said]) -> list[Found]:
    return [one for one in said if isinstance(one, Found)]


def paired(said: Sequence[Said]) -> dict[int, int]:
    return {one.mentee: one.mentor for one in found(said) if one.mentor is not None}


def with_changes(one: Task, **changes: object) -> Task:
    return msgspec.structs.replace(one, **changes)


def test_everyone_gets_a_proposal_or_a_reason() -> None:
    said = list(solve(task()))
    assert [one.mentee for one in found(said)] == list(range(30))
    for one in found(said):
        assert (one.outcome == Outcome.PROPOSED) == (one.mentor is not None)
        assert one.points == sum(part.points for part in one.contributions)
    summary = said[-1]
    assert isinstance(summary, Summary)
    assert (summary.proposals, summary.points) == (len(paired(said)), sum(one.points for one in found(said)))


async def test_another_process_says_the_same() -> None:
    here = task()
    said = [one async for one in solved(here)]
    assert said == list(solve(here))


def test_what_is_fixed_stays_even_past_a_wish_and_takes_a_place() -> None:
    free = task()
    before = paired(list(solve(free)))
    possible = {(one.mentee, one.mentor) for one in found(list(solve(free)))}
    mentee = 0
    mentor = next(place for place in range(12) if (mentee, place) not in possible and before.get(mentee) != place)
    side = free.pool.mentors[mentor]
    mentors = (*free.pool.mentors[:mentor], replace(side, capacity=1), *free.pool.mentors[mentor + 1 :])
    fixed = with_changes(free, pool=replace(free.pool, mentors=mentors), fixed={mentee: mentor})
    after = paired(list(solve(fixed)))
    assert after[mentee] == mentor
    assert list(after.values()).count(mentor) == 1


def test_what_is_struck_is_kept_apart_in_this_run_alone() -> None:
    free = task()
    before = paired(list(solve(free)))
    mentee, mentor = next(iter(before.items()))
    struck = with_changes(free, struck=[(mentee, mentor)])
    assert paired(list(solve(struck))).get(mentee) != mentor
    assert free.pool.apart == frozenset[Apart]()


@pytest.mark.parametrize("how", [fails, lambda *_: None, lambda *_: np.zeros(7)])
@pytest.mark.parametrize(("name", "part"), [("needs", "points"), ("never_lists", "rules_out")])
def test_a_criterion_that_fails_is_named_and_the_run_goes_on_without_it(name: str, part: str, how: Any) -> None:
    said = list(solve(task(), failing(name, part, how)))
    summary = said[-1]
    assert isinstance(summary, Summary)
    assert (summary.failed_criteria, summary.proposals) == ([name], len(paired(list(solve(task())))))
    assert all(name not in {part.criterion for part in one.contributions} for one in found(said))


def fails_for_one(one: Task, name: str) -> Any:
    """A criterion that can't say why for the last young person with a proposal."""
    last = max(paired(list(solve(one))))
    tell = next(soft.tell for soft in CRITERIA.soft if soft.name == name)
    return lambda pool, mentee, mentor: fails() if mentee == pool.mentees[last] else tell(pool, mentee, mentor)


def outcome(said: list[Said]) -> list[Said]:
    return [one for one in said if not isinstance(one, Progress)]


@pytest.mark.parametrize("for_all", [True, False])
def test_a_criterion_that_cannot_say_why_counts_for_nobody(for_all: bool) -> None:
    whole = task()
    how = fails if for_all else fails_for_one(whole, "needs")
    said = list(solve(whole, failing("needs", "tell", how)))
    without = list(solve(whole, failing("needs", "points")))
    assert outcome(said) == outcome(without)


def test_a_rule_that_cannot_say_why_rules_out_nobody() -> None:
    """It is asked why about someone whom the young person would have chosen."""
    whole = task()
    first, best = next(iter(paired(list(solve(whole))).items()))
    mentees, chosen = list(whole.pool.mentees), whole.pool.mentors[best].account_id
    mentees[first] = replace(mentees[first], choices=(chosen,))
    pair = Apart(mentees[first].account_id, chosen, "paired_before")
    apart = with_changes(whole, pool=replace(whole.pool, mentees=tuple(mentees), apart=frozenset({pair})))
    said = list(solve(apart, failing("apart", "codes")))
    without = list(solve(apart, failing("apart", "rules_out")))
    assert outcome(said) == outcome(without)


def test_what_is_struck_is_kept_apart_whatever_fails() -> None:
    free = task()
    mentee, mentor = next(iter(paired(list(solve(free))).items()))
    struck = with_changes(free, struck=[(mentee, mentor)])
    assert paired(list(solve(struck, failing("apart", "rules_out")))).get(mentee) != mentor


async def test_who_stops_listening_ends_the_process() -> None:
    saying = solved(task(400, 100))
    assert isinstance(await anext(saying), Progress)
    await saying.aclose()
    everyone = [one.info for one in psutil.process_iter(["cmdline", "ppid"])]
    ours = [one["cmdline"] or [] for one in everyone if one["ppid"] == os.getpid()]
    assert [line for line in ours if "rinnalla.matching.solver" in line] == []
