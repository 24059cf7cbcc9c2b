"""A run is released as a whole: however many it proposes, they are looked at and stored together."""

import asyncio
from uuid import UUID

import asyncpg
import httpx

from rinnalla.app import Services
from rinnalla.kit.caller import Caller, Role
from rinnalla.pairs.proposing import STORED_AT_ONCE
from rinnalla.pairs.service import Two
from tests.api import ok, refused
from tests.factories import Person
from tests.matching.running import Run, solved
from tests.matching.test_follow_ups import listed, settle
from tests.programme import Programme, events_of, open_pairs
from tests.statements import statements


async def waiting(programme: Programme, count: int, capacity: int) -> tuple[list[Person], list[Person]]:
    """So many young people, and mentors with just enough places for all."""
    mentees = [await programme.mentee() for _ in range(count)]
    return mentees, [await programme.mentor(capacity=capacity) for _ in range(count // capacity)]


async def test_each_proposal_is_told_counted_and_in_the_trail(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentees, mentors = await waiting(programme, 4, capacity=2)
    run = await solved(programme)
    assert ok(await run.release())["proposals"] == 4
    found = await run.found()
    pairs = {one["pair_id"]: (mentee_id, one["mentor"]["id"]) for mentee_id, one in found.items()}
    for pair_id, two in pairs.items():
        pair = ok(await programme.staff.get(f"/v1/pairs/{pair_id}"))
        assert (pair["state"], pair["mentee"]["id"], pair["mentor"]["id"]) == ("proposed", *two)
        assert pair["proposed_by"] == str(programme.staff.id)
        (step,) = ok(await programme.staff.get(f"/v1/pairs/{pair_id}/steps"))["items"]
        assert (step["step"], step["was"], step["now"]) == ("propose", None, "proposed")
    assert [await events_of(raw_db, one) for one in (*mentees, *mentors)] == [1, 1, 1, 1, 2, 2]
    assert [await open_pairs(raw_db, mentor) for mentor in mentors] == [2, 2]
    trail = await raw_db.fetch("SELECT action, subject_id FROM audit_entry WHERE action = 'pair_proposed'")
    assert {str(entry["subject_id"]) for entry in trail} == pairs.keys()


async def released(programme: Programme, services: Services, count: int) -> list[str]:
    """What is asked of Postgres to release so many proposals."""
    await waiting(programme, count, capacity=2)
    run = await solved(programme)
    staff = Caller(programme.staff.id, Role.STAFF, programme.home, programme.staff.session_id)
    async with services.database.unit_of_work() as db:
        version = (await services.runs.run(db, staff, UUID(run.id))).version
    with statements() as asked:
        async with services.database.unit_of_work() as db:
            assert (await services.deciding.release(db, staff, UUID(run.id), version)).proposals == count
    return asked


async def test_nothing_is_asked_of_the_database_proposal_by_proposal(programme: Programme, services: Services) -> None:
    assert len(await released(programme, services, 8)) == len(await released(programme, services, 2))


async def test_all_of_very_many_are_proposed(programme: Programme, raw_db: asyncpg.Connection) -> None:
    """They are stored part by part."""
    mentees, mentors = await waiting(programme, STORED_AT_ONCE + 8, capacity=4)
    run = await solved(programme)
    assert ok(await run.release())["proposals"] == len(mentees)
    noted = await raw_db.fetch(
        "SELECT one.mentee_id FROM matching_run_mentee AS one JOIN pair ON pair.id = one.pair_id"
        " WHERE (pair.mentee_id, pair.mentor_id) = (one.mentee_id, one.mentor_id)"
    )
    assert {row[0] for row in noted} == {mentee.id for mentee in mentees}
    assert {await open_pairs(raw_db, mentor) for mentor in mentors} == {4}


async def test_of_two_runs_that_propose_the_same_one_is_released(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentees, mentors = await waiting(programme, 6, capacity=2)
    runs = [await solved(programme, seed) for seed in range(3)]
    answers = await asyncio.gather(*(run.release() for run in runs))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    told = [answer.json()["errors"] for answer in answers if answer.status_code == 412]
    proposals = {f"/proposals/{mentee.id}" for mentee in mentees}
    assert all({error["pointer"] for error in errors} == proposals for errors in told)
    assert await raw_db.fetchval("SELECT count(*) FROM pair") == len(mentees)
    assert [await open_pairs(raw_db, mentor) for mentor in mentors] == [2, 2, 2]


async def fixed(programme: Programme, mentee: Person, mentor: Person) -> Run:
    """A run that proposes these two, of whom the mentor has room for more."""
    run = await solved(programme)
    ok(await run.fix(mentee, mentor))
    return run


def refused_for(answer: httpx.Response, mentee: Person) -> None:
    """Someone else has proposed somebody to them meanwhile."""
    refused(answer, 412, "pool_changed")
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [
        ("has_proposal", f"/proposals/{mentee.id}")
    ]


async def test_of_runs_that_propose_others_to_the_same_one_is_released(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee, mentors = await programme.mentee(), [await programme.mentor(capacity=5) for _ in range(3)]
    runs = [await fixed(programme, mentee, mentor) for mentor in mentors]
    answers = await asyncio.gather(*(run.release() for run in runs))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    for answer in answers:
        if answer.status_code == 412:
            refused_for(answer, mentee)
    assert await raw_db.fetchval("SELECT count(*) FROM pair") == 1


async def test_a_release_waits_for_what_is_just_proposed_by_hand(programme: Programme, services: Services) -> None:
    mentee, mentor, other = await programme.mentee(), await programme.mentor(), await programme.mentor()
    run = await fixed(programme, mentee, other)
    staff = Caller(programme.staff.id, Role.STAFF, programme.home, programme.staff.session_id)
    async with services.database.unit_of_work() as db:
        await services.proposing.put_forward(db, staff, Two(mentee.id, mentor.id))
        release = asyncio.create_task(run.release())
        await asyncio.wait([release], timeout=1)
    refused_for(await release, mentee)


async def test_a_release_waits_for_what_a_young_person_is_just_asking(programme: Programme, services: Services) -> None:
    await programme.settle(mentees_may_propose=True)
    mentee, mentor, other = await programme.mentee(), await programme.mentor(), await programme.mentor()
    run = await fixed(programme, mentee, other)
    who_asks = Caller(mentee.id, Role.MENTEE, programme.home, mentee.session_id)
    async with services.database.unit_of_work() as db:
        await services.beginnings.ask(db, who_asks, mentor.id)
        release = asyncio.create_task(run.release())
        await asyncio.wait([release], timeout=1)
        assert not release.done()
    refused_for(await release, mentee)


async def test_a_follow_up_waits_for_what_is_just_released(
    programme: Programme, services: Services, raw_db: asyncpg.Connection
) -> None:
    mentee, first = await programme.mentee(), await programme.mentor(capacity=1)
    pair = await programme.proposed(mentee, first)
    await programme.mentor()
    ok(await first.post(f"{pair}/decline", {"answer": "no", "reason": "no_time"}))
    person = (await listed(programme))["person"]
    run = await fixed(programme, mentee, await programme.mentor())
    staff = Caller(programme.staff.id, Role.STAFF, programme.home, programme.staff.session_id)
    version = await raw_db.fetchval("SELECT version FROM matching_run WHERE id = $1", UUID(run.id))
    async with services.database.unit_of_work() as db:
        await services.deciding.release(db, staff, UUID(run.id), version)
        proposal = asyncio.create_task(settle(programme, person, "proposal"))
        await asyncio.wait([proposal], timeout=1)
    answer = await proposal
    refused(answer, 412, "pool_changed")
    assert [one["code"] for one in answer.json()["errors"]] == ["has_proposal"]
    assert await raw_db.fetchval("SELECT count(*) FROM pair WHERE state = 'proposed'") == 1
