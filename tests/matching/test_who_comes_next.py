"""Who comes next for one place, or for one person, is asked of nobody else."""

import asyncpg
import numpy as np
from hypothesis import given, settings
from sqlalchemy import true

from rinnalla.app import Services
from rinnalla.kit.caller import Caller, Role
from rinnalla.matching.fairness import worth
from rinnalla.matching.pool import Pool, with_only
from rinnalla.matching.scoring import Candidates, Scoring
from rinnalla.pairs.service import Answer
from tests.matching.people import WEIGHTS, Chance, chances
from tests.matching.test_fairness import TURNS
from tests.programme import Programme


def in_order(found: Candidates, waited: list[int], mentor: int) -> list[int]:
    """The young people whom a mentor could have, by what each is worth to a run, the best first."""
    best = worth(found, np.array(waited, dtype=np.int32), TURNS)
    of_mentor = zip(best.mentee.tolist(), best.mentor.tolist(), best.value.tolist(), strict=True)
    values = {mentee: value for mentee, other, value in of_mentor if other == mentor}
    return sorted(values, key=lambda mentee: (-values[mentee], mentee))


@given(chances)
@settings(deadline=None)
def test_one_mentor_is_scored_the_same_with_all_others_and_without(chance: Chance) -> None:
    pool = chance.pool()
    waited = [chance.one([0, 29, 30, 89, 90, 200]) for _ in pool.mentees]
    scoring = Scoring(pool, WEIGHTS | {"load": 7})
    found = scoring.candidates()
    for mentor, side in enumerate(pool.mentors):
        alone: Pool = with_only(pool, side.account_id)
        of_one = Scoring(alone, WEIGHTS | {"load": 7})
        theirs = found.only(found.mentor == mentor)
        cut = of_one.candidates()
        assert cut.mentee.tolist() == theirs.mentee.tolist()
        assert cut.points.tolist() == theirs.points.tolist()
        assert in_order(cut, waited, 0) == in_order(found, waited, mentor)
        for mentee in range(len(pool.mentees)):
            assert of_one.explain(mentee, 0) == scoring.explain(mentee, mentor)


async def test_one_is_looked_for_at_a_time(
    programme: Programme, services: Services, raw_db: asyncpg.Connection
) -> None:
    """In the transaction in which the two become due, which no other process sees into."""
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    await programme.proposed(mentee, mentor)
    (pair_id,) = (await raw_db.fetchrow("SELECT id FROM pair")).values()
    caller = Caller(mentee.id, Role.MENTEE, programme.home, mentee.session_id)
    async with services.database.unit_of_work() as db:
        await services.proposals.decline(db, caller, pair_id, Answer.NO, None)
        (task,) = services.follow_ups.tasks()
        for _ in range(2):
            one = await task.take(db, true())
            assert one is not None
            await task.do(db, one)
            await db.flush()
        assert await task.take(db, true()) is None
