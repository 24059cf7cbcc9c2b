"""A run over everyone who waits: started once, solved beside everything else, looked at, released."""

import asyncio
from uuid import uuid4

import asyncpg

from rinnalla.matching.preparing import turns_of
from rinnalla.matching.solving import Found, Progress, Summary, Task, solve
from tests.api import ok, refused
from tests.factories import Factory
from tests.matching.running import RUNS, solved, started
from tests.programme import Programme, events_of
from tests.support.scenes import lost, months_pass


async def test_the_best_for_everybody_is_proposed_when_staff_release_it(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    """Each would have the first mentor for themselves; one of them can have nobody else."""
    flexible, swede = await programme.mentee(), await programme.mentee()
    both, finn = await programme.mentor(capacity=1, languages=["fi", "sv"]), await programme.mentor(languages=["fi"])
    await raw_db.execute("INSERT INTO wishes (account_id, languages) VALUES ($1, '{fi}')", flexible.id)
    await raw_db.execute("INSERT INTO wishes (account_id, languages) VALUES ($1, '{sv}')", swede.id)
    run = await solved(programme)
    now = await run.now()
    assert (now["mentees"], now["mentors"], now["possible_pairs"], now["proposals"]) == (2, 2, 3, 2)
    assert (now["settings"], now["failed_criteria"], now["phase"]) == ("rinnalla-3", [], None)
    assert await run.paired() == {str(flexible.id): str(finn.id), str(swede.id): str(both.id)}
    for one in (await run.found()).values():
        assert one["score"] == sum(part["points"] for part in one["contributions"]) > 0
    assert await events_of(raw_db, programme.staff, "matching_run_changed") == 1
    assert await events_of(raw_db, flexible) == 0

    released = ok(await run.release())
    assert (released["state"], released["released_by"]) == ("released", str(programme.staff.id))
    assert released["released_at"] is not None
    made = await run.found(proposed=True)
    for mentee in (flexible, swede):
        pair = ok(await mentee.get(f"/v1/pairs/{made[str(mentee.id)]['pair_id']}"))
        assert (pair["state"], pair["mentor"]["id"]) == ("proposed", made[str(mentee.id)]["mentor"]["id"])
        assert await events_of(raw_db, mentee) == 1
    trail = await raw_db.fetch("SELECT action FROM audit_entry WHERE subject_id = $1 ORDER BY id", run.id)
    assert [entry["action"] for entry in trail] == ["run_started", "run_released"]


async def test_why_there_is_no_proposal(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentor = await programme.mentor(capacity=1, languages=["fi"])
    first, second, foreign, picky = [await programme.mentee() for _ in range(4)]
    await raw_db.execute("INSERT INTO wishes (account_id, languages) VALUES ($1, '{en}')", foreign.id)
    topic = await raw_db.fetchval("SELECT id FROM topic LIMIT 1")
    await raw_db.execute("INSERT INTO wishes (account_id, topics, region) VALUES ($1, $2, 'Oulu')", picky.id, [topic])
    await programme.settle(least_points=75)
    run = await solved(programme)
    found = await run.found()
    assert found[str(foreign.id)]["outcome"] == "no_mentor_possible"
    assert found[str(picky.id)]["outcome"] == "too_few_points"
    two = {found[str(one.id)]["outcome"] for one in (first, second)}
    assert two == {"proposed", "places_taken"}
    assert list((await run.paired()).values()) == [str(mentor.id)]
    assert len(await run.found(proposed=False)) == 3


async def test_who_has_a_proposal_to_think_about_is_left_in_peace(programme: Programme) -> None:
    thinking, free = await programme.mentee(), await programme.mentee()
    mentor = await programme.mentor(capacity=5)
    await programme.proposed(thinking, mentor)
    run = await solved(programme)
    assert list(await run.found()) == [str(free.id)]


async def test_who_waits_too_long_comes_first(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentor = await programme.mentor(capacity=1)
    fits, overdue = await programme.mentee(), await programme.mentee()
    await raw_db.execute("INSERT INTO wishes (account_id, region) VALUES ($1, 'Oulu')", overdue.id)
    assert await (await solved(programme)).paired() == {str(fits.id): str(mentor.id)}
    await raw_db.execute("UPDATE waiting SET since = since - interval '91 days' WHERE mentee_id = $1", overdue.id)
    run = await solved(programme)
    assert await run.paired() == {str(overdue.id): str(mentor.id)}
    longest, *_ = (await run.found()).values()
    assert (longest["waited_days"], longest["waiting_bonus"], longest["times_overdue"]) == (91, 15, 1)


async def test_months_with_a_mentor_who_was_lost_are_no_months_of_waiting(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    lost_one, gone = await programme.mentee(), await programme.mentor()
    await raw_db.execute("UPDATE waiting SET since = since - interval '10 days' WHERE mentee_id = $1", lost_one.id)
    await programme.active(lost_one, gone)
    await months_pass(raw_db)
    await lost("suspended", programme, gone)
    ok(await lost_one.put("/v1/interim-contact/waiting"))
    longer, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    await raw_db.execute("UPDATE waiting SET since = since - interval '270 days' WHERE mentee_id = $1", longer.id)
    run = await solved(programme)
    assert await run.paired() == {str(longer.id): str(mentor.id)}
    found = await run.found()
    assert {name: (one["waited_days"], one["times_overdue"]) for name, one in found.items()} == {
        str(lost_one.id): (10, 0),
        str(longer.id): (270, 3),
    }


async def test_an_empty_pool_is_solved(programme: Programme) -> None:
    run = await solved(programme)
    assert (await run.now())["proposals"] == 0
    assert await run.found() == {}
    assert ok(await run.release())["state"] == "released"


async def test_the_same_seed_gives_the_same_proposals(programme: Programme) -> None:
    for _ in range(6):
        await programme.mentee()
    for _ in range(3):
        await programme.mentor(capacity=1)
    first, second = await solved(programme, 5), await solved(programme, 5)
    assert await first.paired() == await second.paired()
    assert (await (await started(programme, None)).now())["seed"] >= 0


async def test_a_run_is_started_once(programme: Programme) -> None:
    body = {"client_id": str(uuid4()), "seed": 3}
    answers = await asyncio.gather(*(programme.staff.post(RUNS, body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(ok(await programme.staff.get(RUNS))["items"]) == 1


async def test_a_run_is_of_one_programme(programme: Programme, make: Factory) -> None:
    await programme.mentee()
    run = await solved(programme)
    other = await make.staff()
    refused(await other.get(run.path), 404, "run_not_found")
    refused(await other.get(f"{run.path}/proposals"), 404, "run_not_found")
    refused(await other.call("POST", f"{run.path}/release", headers={"If-Match": '"2"'}), 404, "run_not_found")
    assert ok(await other.get(RUNS))["items"] == []


async def test_proposals_come_in_pages(programme: Programme) -> None:
    people = {str((await programme.mentee()).id) for _ in range(5)}
    run = await solved(programme)
    seen, cursor = [], None
    while True:
        page = ok(
            await run.staff.get(f"{run.path}/proposals", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        )
        seen += [one["mentee"]["id"] for one in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert sorted(seen) == sorted(people)


async def test_a_task_says_the_same_in_one_process_as_in_another(programme: Programme) -> None:
    """What a run stores is what the pure rules say."""
    for _ in range(4):
        await programme.mentee()
    await programme.mentor(capacity=2)
    run = await solved(programme, 7)
    services = programme.make.services
    async with services.database.unit_of_work() as db:
        gathered = await services.gathering.gather(
            db, programme.home, [one for one, _ in await services.pair_history.waiting(db, programme.home)]
        )
    task = Task(
        pool=gathered.pool,
        waited=[0] * 4,
        weights=dict(gathered.in_force.settings.weights),
        turns=turns_of(gathered.in_force),
        seed=7,
    )
    said = list(solve(task))
    assert [type(one) for one in said] == [Progress, Progress, Progress, Found, Found, Found, Found, Summary]
    chosen = {str(gathered.pool.mentees[one.mentee].account_id): one.mentor for one in said if isinstance(one, Found)}
    assert {mentee for mentee, mentor in chosen.items() if mentor is not None} == set(await run.paired())
