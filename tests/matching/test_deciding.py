"""Staff change a run, have the rest solved around that, and release it: all or nothing, once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date

import asyncpg
import httpx
import pytest

from tests.api import ok, refused
from tests.factories import PASSWORD, Factory, Person
from tests.matching.running import Run, solved
from tests.programme import Programme, events_of, open_pairs


async def two_and_two(programme: Programme) -> tuple[Run, Person, Person, Person, Person]:
    """Two who wait, two mentors with a place each, and a run that is ready."""
    people = await programme.mentee(), await programme.mentee()
    mentors = await programme.mentor(capacity=1), await programme.mentor(capacity=1)
    return await solved(programme), *people, *mentors


async def test_what_staff_fix_stays_and_the_rest_is_solved_around_it(programme: Programme) -> None:
    run, one, other, first, second = await two_and_two(programme)
    paired = await run.paired()
    theirs = second if paired[str(one.id)] == str(first.id) else first
    fixed = ok(await run.fix(one, theirs))
    assert (fixed["fixed"], fixed["mentor"]["id"], fixed["past"], fixed["why"]) == (True, str(theirs.id), [], None)
    assert (await run.now())["unsolved"] is True
    refused(await run.release(), 409, "run_unsolved")
    assert (await run.solve_again())["unsolved"] is False
    swapped = await run.paired()
    assert swapped == {str(one.id): str(theirs.id), str(other.id): paired[str(one.id)]}
    assert (await run.found())[str(one.id)]["fixed"] is True
    assert ok(await run.release())["proposals"] == 2


async def test_what_staff_strike_is_not_proposed_and_someone_else_is_found(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    run, one, other, first, second = await two_and_two(programme)
    before = (await run.paired())[str(one.id)]
    ok(await run.strike(one))
    struck = (await run.found())[str(one.id)]
    assert (struck["outcome"], struck["mentor"], struck["struck"]) == ("struck", None, [before])
    refused(await run.strike(one), 404, "proposal_not_found")
    await run.solve_again()
    assert (await run.paired())[str(one.id)] == str(({first.id, second.id} - {type(first.id)(before)}).pop())
    await run.strike(one)
    ok(await run.release())
    assert await events_of(raw_db, one) == 0
    assert await events_of(raw_db, other) == 1


async def test_a_wish_is_looked_past_with_a_reason_that_only_staff_read(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(gender="male")
    await raw_db.execute("INSERT INTO wishes (account_id, gender_wish) VALUES ($1, 'female')", mentee.id)
    run = await solved(programme)
    assert (await run.found())[str(mentee.id)]["outcome"] == "no_mentor_possible"
    answer = await run.fix(mentee, mentor)
    refused(answer, 409, "reason_needed", pointer="/reason")
    assert [error["code"] for error in answer.json()["errors"]] == ["gender_wish"]
    fixed = ok(await run.fix(mentee, mentor, "He asked for him by name."))
    assert (fixed["past"], fixed["why"]) == (["gender_wish"], "He asked for him by name.")
    assert b"by name" not in await raw_db.fetchval("SELECT reason FROM matching_run_choice")
    await run.solve_again()
    assert (await run.found())[str(mentee.id)]["why"] == "He asked for him by name."
    ok(await run.release())
    (pair,) = ok(await programme.staff.get("/v1/pairs"))["items"]
    assert (pair["past"], pair["why"]) == (["gender_wish"], "He asked for him by name.")


async def test_what_is_looked_past_for_one_mentor_stands_beside_another_who_is_struck(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee = await programme.mentee()
    wanted, found = await programme.mentor(gender="male"), await programme.mentor(gender="female")
    await raw_db.execute("INSERT INTO wishes (account_id, gender_wish) VALUES ($1, 'female')", mentee.id)
    run = await solved(programme)
    assert await run.paired() == {str(mentee.id): str(found.id)}
    ok(await run.strike(mentee))
    ok(await run.fix(mentee, wanted, "He asked for him by name."))
    ok(await run.release())


async def test_what_is_looked_past_for_one_mentor_is_not_for_another(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee = await programme.mentee()
    first, second = await programme.mentor(capacity=1), await programme.mentor(capacity=1)
    away = "UPDATE mentor_card SET away_from = $1, away_until = $2 WHERE account_id = $3"
    days = date(2020, 1, 1), date(2200, 1, 1)
    await raw_db.execute(away, *days, first.id)
    run = await solved(programme)
    ok(await run.fix(mentee, first, "Back before it begins."))
    await programme.proposed(await programme.mentee(), first, "Back before it begins.")
    await run.solve_again()
    assert await run.paired() == {str(mentee.id): str(second.id)}
    await raw_db.execute(away, *days, second.id)
    refused(await run.release(), 412, "pool_changed")


async def test_nobody_looks_past_a_private_wish_a_rule_or_a_no(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    never, told_no, mentee = [await programme.mentee() for _ in range(3)]
    mentor, unscreened = await programme.mentor(capacity=1), await programme.mentor(screened_on=None)
    ok(await never.put(f"/v1/account/never/{mentor.id}"), 204)
    pair = await programme.proposed(told_no, mentor)
    ok(await told_no.post(f"{pair}/decline", {"answer": "no"}))
    run = await solved(programme)
    answer = await run.fix(never, mentor, "Please")
    refused(answer, 409, "cannot_be_paired")
    assert [error["code"] for error in answer.json()["errors"]] == ["a_wish"]
    refused(await run.fix(told_no, mentor, "Please"), 409, "cannot_be_paired")
    refused(await run.fix(mentee, unscreened, "Please"), 409, "cannot_be_paired")
    ok(await run.fix(mentee, mentor))


async def test_never_past_capacity(programme: Programme) -> None:
    first, second, third = [await programme.mentee() for _ in range(3)]
    mentor = await programme.mentor(capacity=2)
    run = await solved(programme)
    ok(await run.fix(first, mentor))
    ok(await run.fix(second, mentor))
    refused(await run.fix(third, mentor, "Please"), 409, "mentor_full")
    ok(await run.fix(second, mentor))
    await run.solve_again()
    assert set(await run.paired()) == {str(first.id), str(second.id)}
    ok(await run.release())


async def test_of_two_who_release_at_once_one_wins(
    programme: Programme, make: Factory, raw_db: asyncpg.Connection
) -> None:
    run, *_, first, second = await two_and_two(programme)
    colleagues = [run.staff, *[await make.staff(programme.home) for _ in range(4)]]
    etag = (await run.staff.get(run.path)).headers["etag"]

    async def release(who: Person) -> httpx.Response:
        return await who.call("POST", f"{run.path}/release", headers={"If-Match": etag})

    answers = await asyncio.gather(*(release(who) for who in colleagues))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            refused(answer, 409, "run_not_ready")
            assert answer.json()["state"] == "released"
    assert await raw_db.fetchval("SELECT count(*) FROM pair") == 2
    for mentor in (first, second):
        assert await open_pairs(raw_db, mentor) == 1
    winner = next(who for who, answer in zip(colleagues, answers, strict=True) if answer.status_code == 200)
    again = await release(winner)
    assert ok(again) == next(ok(answer) for answer in answers if answer.status_code == 200)
    assert await raw_db.fetchval("SELECT count(*) FROM pair") == 2


Change = Callable[[Programme, Person, Person, asyncpg.Connection], Awaitable[object]]


async def wishes(programme: Programme, mentee: Person, mentor: Person, raw_db: asyncpg.Connection) -> None:
    await raw_db.execute("INSERT INTO wishes (account_id, region) VALUES ($1, 'Oulu')", mentee.id)


async def stops_waiting(programme: Programme, mentee: Person, mentor: Person, raw_db: asyncpg.Connection) -> None:
    ok(await mentee.delete("/v1/waiting"), 204)


async def is_suspended(programme: Programme, mentee: Person, mentor: Person, raw_db: asyncpg.Connection) -> None:
    ok(await programme.staff.put(f"/v1/people/{mentor.id}/suspension"), 204)


async def goes_away(programme: Programme, mentee: Person, mentor: Person, raw_db: asyncpg.Connection) -> None:
    await raw_db.execute("UPDATE mentor_card SET away_from = $1, away_until = $2", date(2020, 1, 1), date(2200, 1, 1))


async def is_taken(programme: Programme, mentee: Person, mentor: Person, raw_db: asyncpg.Connection) -> None:
    await programme.proposed(await programme.mentee(), mentor)


async def has_other_settings(programme: Programme, mentee: Person, mentor: Person, raw_db: object) -> None:
    await programme.settle()


async def gets_a_proposal(programme: Programme, mentee: Person, mentor: Person, raw_db: object) -> None:
    await programme.proposed(mentee, await programme.mentor())


async def never_wants(programme: Programme, mentee: Person, mentor: Person, raw_db: object) -> None:
    ok(await mentee.put(f"/v1/account/never/{mentor.id}"), 204)


async def leaves(programme: Programme, mentee: Person, mentor: Person, raw_db: object) -> None:
    ok(await mentor.post("/v1/account/departure", {"password": PASSWORD}), 204)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (wishes, "wishes_changed"),
        (stops_waiting, "not_waiting"),
        (is_suspended, "mentor_gone"),
        (goes_away, "away"),
        (is_taken, "full"),
        (has_other_settings, "settings_changed"),
        (gets_a_proposal, "has_proposal"),
        (never_wants, "a_wish"),
    ],
)
async def test_what_changed_meanwhile_is_told_and_nothing_is_proposed(
    programme: Programme, raw_db: asyncpg.Connection, change: Change, code: str
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    run = await solved(programme)
    await change(programme, mentee, mentor, raw_db)
    before = await raw_db.fetchval("SELECT count(*) FROM pair")
    answer = await run.release()
    refused(answer, 412, "pool_changed")
    told = {error["code"]: error["pointer"] for error in answer.json()["errors"]}
    assert told[code] == ("/settings" if code == "settings_changed" else f"/proposals/{mentee.id}")
    assert await raw_db.fetchval("SELECT count(*) FROM pair") == before
    assert (await run.now())["state"] == "ready"
    await run.solve_again()
    ok(await run.release())


async def test_whoever_has_left_is_not_proposed(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    run = await solved(programme)
    await leaves(programme, mentee, mentor, raw_db)
    assert (await run.found())[str(mentee.id)]["mentor"] is None
    changed = await run.release()
    refused(changed, 412, "pool_changed")
    assert [one["code"] for one in changed.json()["errors"]] == ["people_left"]
    await run.solve_again()
    ok(await run.release())
    assert await raw_db.fetchval("SELECT count(*) FROM pair") == 0


async def test_decisions_are_made_about_what_was_read(programme: Programme) -> None:
    run, one, _, _, second = await two_and_two(programme)
    body = {"mentor_id": str(second.id)}
    for method, path in (
        ("PUT", f"/proposals/{one.id}"),
        ("DELETE", f"/proposals/{one.id}"),
        ("POST", "/solve"),
        ("POST", "/release"),
        ("DELETE", ""),
    ):
        sent = body if method == "PUT" else None
        refused(await run.staff.call(method, run.path + path, json=sent), 428, "precondition_required")
        stale = {"If-Match": '"1"'}
        refused(await run.staff.call(method, run.path + path, json=sent, headers=stale), 412, "edited_meanwhile")


async def test_what_is_over_is_over(programme: Programme, raw_db: asyncpg.Connection) -> None:
    run, one, _, _, second = await two_and_two(programme)
    assert ok(await run.decide("DELETE"))["state"] == "discarded"
    for answer in (await run.fix(one, second), await run.strike(one), await run.release(), await run.decide("DELETE")):
        refused(answer, 409, "run_not_ready")
        assert answer.json()["state"] == "discarded"
    assert await raw_db.fetchval("SELECT count(*) FROM pair") == 0


async def test_only_those_whom_the_run_looked_at_can_be_fixed(programme: Programme, make: Factory) -> None:
    run, one, *_ = await two_and_two(programme)
    refused(await run.fix(await programme.mentee(), await programme.mentor()), 404, "proposal_not_found")
    refused(await run.fix(one, await make.mentor()), 404, "mentor_not_found")
    refused(await run.strike(await make.mentee()), 404, "proposal_not_found")


async def test_the_trail_tells_who_had_a_run_solved_again(programme: Programme, raw_db: asyncpg.Connection) -> None:
    run, *_ = await two_and_two(programme)
    await run.solve_again()
    trail = await raw_db.fetch("SELECT action, actor_id, subject_id FROM audit_entry ORDER BY id")
    assert [entry["action"] for entry in trail] == ["run_started", "run_solved"]
    assert (trail[-1]["actor_id"], str(trail[-1]["subject_id"])) == (programme.staff.id, run.id)
