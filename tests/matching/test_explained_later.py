"""A year later a decision is explained by what the run kept, whatever has changed since."""

from collections import Counter
from datetime import date
from typing import Any

import asyncpg
from hypothesis import given, settings

from rinnalla.matching.criterion import A_WISH
from rinnalla.matching.exclusions import excluded
from rinnalla.matching.scoring import Scoring
from tests.api import ok
from tests.factories import PASSWORD
from tests.matching.people import WEIGHTS, Chance, chances
from tests.matching.running import Run, solved
from tests.matching.test_deciding import two_and_two
from tests.programme import Programme

OF_APART = {"asked_recently", "declined_before", "paired_before", "paired_now"}
"""What staff are told of two whom `apart` keeps apart: counted by the name of that."""


@given(chances)
@settings(deadline=None)
def test_what_is_counted_is_what_staff_would_be_told_one_by_one(chance: Chance) -> None:
    pool = chance.pool()
    scoring = Scoring(pool, WEIGHTS)
    counted = list(excluded(scoring, scoring.candidates()))
    assert len(counted) == len(pool.mentees)
    mentors = [side.account_id for side in pool.mentors]
    for place, (one, mentee) in enumerate(zip(counted, pool.mentees, strict=True)):
        told = scoring.exclusions(place)
        names = ({"apart" if code in OF_APART else code for code in codes} for codes in told.values())
        assert one.mentors == Counter(name for each in names for name in each)
        assert one.possible == len(mentors) - len(told)
        assert one.choices == {
            number: told[mentors.index(mentor_id)]
            for number, mentor_id in enumerate(mentee.choices)
            if mentors.index(mentor_id) in told
        }
        assert one.mentors.get(A_WISH, 0) == sum(codes == (A_WISH,) for codes in told.values())


async def exclusions(run: Run, mentee: Any) -> dict[str, Any]:
    body: dict[str, Any] = (await run.found())[str(mentee.id)]["exclusions"]
    return body


async def test_why_others_were_not_possible_is_kept(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee = await programme.mentee()
    full, away, unwanted, gone, fits = [await programme.mentor(capacity=1) for _ in range(5)]
    taken = await programme.mentee()
    await programme.proposed(taken, full)
    await raw_db.execute(
        "UPDATE mentor_card SET away_from = $1, away_until = $2 WHERE account_id = $3",
        date(2020, 1, 1),
        date(2200, 1, 1),
        away.id,
    )
    wishes = ok(await mentee.get("/v1/wishes"))
    said = {name: wishes[name] for name in wishes if name not in {"contradictions", "updated_at", "version"}}
    chosen = [str(one.id) for one in (full, fits, unwanted, gone)]
    ok(await mentee.edit("PUT", "/v1/wishes", said | {"choices": chosen}))
    ok(await mentee.put(f"/v1/account/never/{unwanted.id}"), 204)
    ok(await programme.staff.put(f"/v1/people/{gone.id}/suspension"), 204)
    run = await solved(programme)
    found = await exclusions(run, mentee)
    assert found == {
        "possible_mentors": 1,
        "ruled_out_by": [
            {"reason": "a_wish", "mentors": 1},
            {"reason": "away", "mentors": 1},
            {"reason": "full", "mentors": 1},
        ],
        "choices": [
            {"place": 0, "reasons": ["full"]},
            {"place": 2, "reasons": ["a_wish"]},
            {"place": 3, "reasons": ["mentor_gone"]},
        ],
    }
    kept = await raw_db.fetchval("SELECT exclusions FROM matching_run_mentee")
    assert b"a_wish" not in kept

    ok(await run.release())
    ok(await mentee.delete(f"/v1/account/never/{unwanted.id}"), 204)
    ok(await full.post("/v1/account/departure", {"password": PASSWORD}), 204)
    await raw_db.execute("UPDATE mentor_card SET away_from = NULL, away_until = NULL")
    assert await exclusions(run, mentee) == found
    ok(await mentee.post("/v1/account/departure", {"password": PASSWORD}), 204)
    assert await raw_db.fetchval("SELECT count(*) FROM matching_run_mentee") == 0


async def test_what_it_had_found_is_told_when_staff_have_decided_something_else(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    run, one, other, first, second = await two_and_two(programme)
    paired, found = await run.paired(), await run.found()
    theirs = second if paired[str(one.id)] == str(first.id) else first
    why = "They know each other from the climbing hall."
    assert ok(await run.fix(one, theirs, why))["why"] == why
    ok(await run.strike(other))
    await run.solve_again()
    ok(await run.strike(one))  # a second thought changes nothing of what was found first
    ok(await run.fix(one, theirs))
    await run.solve_again()
    ok(await run.release())
    told = await run.found()
    for mentee in (one, other):
        then, now = found[str(mentee.id)], told[str(mentee.id)]
        assert then["found"] is None
        kept = {name: then[name] for name in ("mentor", "score", "contributions")}
        assert {name: now["found"][name] for name in kept} == kept
        assert now["found"]["changed_by"] == str(programme.staff.id)
    assert b"climbing" not in b"".join(row["reasons"] for row in await raw_db.fetch("SELECT * FROM matching_run_found"))

    had = first if theirs is second else second
    ok(await had.post("/v1/account/departure", {"password": PASSWORD}), 204)
    assert (await run.found())[str(one.id)]["found"]["mentor"] is None
    ok(await one.post("/v1/account/departure", {"password": PASSWORD}), 204)
    assert await raw_db.fetchval("SELECT count(*) FROM matching_run_found") == 1


async def test_what_a_run_went_by_stands_in_it(programme: Programme, raw_db: asyncpg.Connection) -> None:
    ours = ok(await programme.staff.get("/v1/staff/matching-settings"))
    first = await (await solved(programme)).now()
    settled = await programme.settle(weights={"needs": 60}, mentor_age_min=21, least_points=3)
    second = await (await solved(programme)).now()
    for now, by in ((first, ours), (second, settled)):
        assert (now["settings"], now["settings_version"]) == (by["name"], by["version"])
        assert now["rules"] == {name: by[name] for name in now["rules"]}
    assert first["rules"] != second["rules"]
    earlier = f"/v1/staff/matching-settings/{second['settings_version']}"
    assert ok(await programme.staff.get(earlier)) == settled


async def test_a_run_of_before_tells_what_it_kept(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee = await programme.mentee()
    run = await solved(programme)
    await raw_db.execute("UPDATE matching_run SET rules = rules - 'age_rule'")
    await raw_db.execute("UPDATE matching_run_mentee SET exclusions = NULL")
    assert (await run.now())["rules"]["mentor_age_min"] is None
    assert (await run.found())[str(mentee.id)]["exclusions"] is None
