"""Where the programme's settings let them, young people propose themselves to a mentor; the two answer as ever."""

import asyncio

import asyncpg
import pytest

from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.pairs.test_ruled_out import PRIVATE, Private
from tests.pairs.test_writing_directly import write_to
from tests.programme import Programme, at_once, events_of, open_pairs, say_yes


@pytest.fixture
async def programme(programme: Programme) -> Programme:
    await programme.settle(mentees_may_propose=True)
    return programme


async def asked(mentee: Person, mentor: Person) -> str:
    """The path of a proposal that a young person made."""
    return f"/v1/pairs/{ok(await write_to(mentee, mentor), 201)['id']}"


async def test_each_reads_what_the_other_expects_and_says_yes_to_it(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    pair = ok(await write_to(mentee, mentor), 201)
    assert (pair["state"], pair["origin"], pair["mentee_accepted_at"], pair["thread_id"]) == (
        "proposed",
        "mentee",
        None,
        None,
    )
    assert pair["expires_at"] is not None
    assert await events_of(raw_db, mentor) == 1
    path = f"/v1/pairs/{pair['id']}"
    refused(await mentee.post(f"{path}/acceptance", {}), 409, "expectations_not_seen")
    for member in (mentee, mentor):
        ok(await say_yes(path, member))
    assert ok(await mentor.get(path))["state"] == "trial"
    assert ok(await programme.staff.get(f"{path}/override"))["override"] is None


async def test_who_asks_waits_and_goes_on_waiting_after_a_no(programme: Programme) -> None:
    mentee, mentor = await programme.make.mentee(programme.home), await programme.mentor()
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is False
    path = await asked(mentee, mentor)
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is True
    ok(await mentor.post(f"{path}/decline", {"answer": "no", "reason": "no_time"}))
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is True
    refused(await write_to(mentee, mentor), 409, "mentor_unavailable")


async def test_one_mentor_at_a_time(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, first, second = [await programme.mentee(), *[await programme.mentor() for _ in range(2)]]
    path = await asked(mentee, first)
    refused(await write_to(mentee, first), 409, "already_paired")
    refused(await write_to(mentee, second), 409, "proposal_open")
    ok(await mentee.post(f"{path}/decline", {"answer": "not_now"}))
    await asked(mentee, second)
    assert (await open_pairs(raw_db, first), await open_pairs(raw_db, second)) == (0, 1)


async def test_of_many_questions_at_once_one_is_asked(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentors = await programme.mentee(), [await programme.mentor() for _ in range(4)]
    answers = await asyncio.gather(*(write_to(mentee, mentor) for mentor in mentors))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"proposal_open"}
    assert await raw_db.fetchval("SELECT count(*) FROM pair WHERE state = 'proposed'") == 1


async def test_a_proposal_of_staff_is_no_question_of_ones_own(programme: Programme) -> None:
    mentee, first, second = [await programme.mentee(), *[await programme.mentor() for _ in range(2)]]
    await programme.proposed(mentee, first)
    await asked(mentee, second)


@pytest.mark.parametrize("said", PRIVATE[1:])
async def test_nothing_private_is_found_out_by_asking(
    programme: Programme, raw_db: asyncpg.Connection, said: Private
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await said(raw_db, mentee, mentor)
    refused(await write_to(mentee, mentor), 409, "mentor_unavailable")
    assert await open_pairs(raw_db, mentor) == 0


async def test_whoever_is_blocked_afterwards_sees_it_no_more(programme: Programme) -> None:
    """As if the mentor had left."""
    mentee, mentor = await programme.mentee(), await programme.mentor()
    before = await programme.active(mentee, mentor)
    thread = ok(await mentor.get(before))["thread_id"]
    ok(await programme.staff.post(f"{before}/end", at_once()))
    path = await asked(mentee, mentor)
    ok(await mentor.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
    refused(await mentee.get(before), 404, "pair_not_found")
    refused(await mentee.get(path), 404, "pair_not_found")
    ok(await mentor.get(path))


async def test_of_one_place_one_gets_it(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentor, mentees = await programme.mentor(capacity=1), [await programme.mentee() for _ in range(4)]
    answers = await asyncio.gather(*(write_to(mentee, mentor) for mentee in mentees))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await open_pairs(raw_db, mentor) == 1


async def test_staff_are_told_who_comes_next_when_it_leads_nowhere(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    path = await asked(mentee, mentor)
    newcomer = await programme.mentee()
    ok(await mentor.post(f"{path}/decline", {"answer": "no", "reason": "no_time"}))
    await programme.job("follow_ups")
    found = ok(await programme.staff.get("/v1/staff/matching-follow-ups"))["items"]
    assert [one["mentee"]["id"] for one in found if one["kind"] == "place"] == [str(newcomer.id)]


async def test_not_in_a_programme_that_does_not_let_them(make: Factory, programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    assert ok(await mentee.get("/v1/waiting/own"))["may_propose"] is True
    await programme.settle(mentees_may_propose=False)
    assert ok(await mentee.get("/v1/waiting/own"))["may_propose"] is False
    refused(await write_to(mentee, mentor), 403, "programme_matches")
    assert ok(await mentee.get("/v1/pairs"))["items"] == []
