"""What happens when many want the same at once. The outcome is one of those that could happen one after the other."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from http import HTTPStatus

import asyncpg
import httpx
import pytest

from tests.api import ok, refused
from tests.authorisation.table import CARD
from tests.programme import YES, Programme, at_once, events_of, open_pairs

CROWD = 20


def outcomes(answers: Iterable[httpx.Response]) -> Counter[str]:
    """How often each code came; `done` for what went well."""
    return Counter("done" if answer.is_success else str(answer.json()["code"]) for answer in answers)


async def patiently(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Ask again, as apps do, while the service says that it has no room for the request right now."""
    while (answer := await ask()).status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        await asyncio.sleep(float(answer.headers["retry-after"]))
    return answer


async def test_one_place_many_proposals(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentor = await programme.mentor(capacity=1)
    mentees = [await programme.mentee() for _ in range(CROWD)]
    body = {"mentor_id": str(mentor.id)}
    answers = await asyncio.gather(
        *(
            patiently(partial(programme.staff.post, "/v1/pairs", body | {"mentee_id": str(mentee.id)}))
            for mentee in mentees
        )
    )
    assert outcomes(answers) == {"done": 1, "mentor_full": CROWD - 1}
    assert await open_pairs(raw_db, mentor) == 1
    assert await raw_db.fetchval("SELECT count(*) FROM pair") == 1
    assert await raw_db.fetchval("SELECT count(*) FROM waiting") == CROWD


async def test_two_hundred_for_one_place(open_programme: Programme, raw_db: asyncpg.Connection) -> None:
    """Young people who choose, and staff who propose others, all at once."""
    mentor = await open_programme.mentor(capacity=1)
    mentees = [await open_programme.make.mentee(open_programme.home) for _ in range(200)]
    proposed = [await open_programme.mentee() for _ in range(5)]
    body = {"mentor_id": str(mentor.id)}
    staff = open_programme.staff
    answers = await asyncio.gather(
        *(patiently(partial(mentee.post, "/v1/pairs", body)) for mentee in mentees),
        *(patiently(partial(staff.post, "/v1/pairs", body | {"mentee_id": str(one.id)})) for one in proposed),
    )
    assert outcomes(answers) == {"done": 1, "mentor_full": 204}
    assert await open_pairs(raw_db, mentor) == 1
    assert await raw_db.fetchval("SELECT count(*) FROM pair") == 1
    assert await raw_db.fetchval("SELECT count(*) FROM pair_step") == 1


async def test_expiry_against_a_yes_and_a_withdrawal(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentor = await programme.mentor(capacity=30)
    for _ in range(8):
        mentee = await programme.mentee()
        path = await programme.proposed(mentee, mentor)
        ok(await mentor.post(f"{path}/acceptance", YES))
        before = await open_pairs(raw_db, mentor)
        await raw_db.execute(
            "UPDATE pair SET expires_at = clock_timestamp() + interval '15 milliseconds' WHERE state = 'proposed'"
        )
        _, yes, back = await asyncio.gather(
            programme.job("proposals"),
            mentee.post(f"{path}/acceptance", YES),
            programme.staff.post(f"{path}/withdrawal"),
        )
        await asyncio.sleep(0.015)
        await programme.job("proposals")
        state = ok(await mentee.get(path))["state"]
        assert state in {"trial", "withdrawn", "expired"}
        assert (state == "trial", state == "withdrawn") == (yes.is_success, back.is_success)
        assert await open_pairs(raw_db, mentor) == before - (state != "trial")


async def test_both_answer_the_trial_at_once(programme: Programme, raw_db: asyncpg.Connection) -> None:
    for _ in range(5):
        mentee, mentor = await programme.mentee(), await programme.mentor()
        path = await programme.in_trial(mentee, mentor)
        await raw_db.execute("UPDATE pair SET trial_ends_at = now() WHERE state = 'trial'")
        await asyncio.gather(
            *(one.put(f"{path}/fit", {"fit": "good_fit"}) for one in (mentee, mentor)), programme.job("trials")
        )
        assert ok(await mentee.get(path))["state"] == "active"
        steps = [one["step"] for one in ok(await programme.staff.get(f"{path}/steps"))["items"]]
        assert steps.count("confirm") == 1


async def test_a_capacity_that_is_lowered_lets_no_further_one_in(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentor = await programme.mentor(capacity=3, languages=["fi"])
    mentees = [await programme.mentee() for _ in range(6)]
    card = ok(await mentor.get("/v1/mentors/me"))
    edit = {name: card[name] for name in CARD} | {"capacity": 1}
    lowered, *answers = await asyncio.gather(
        mentor.edit("PUT", "/v1/mentors/me", edit),
        *(
            programme.staff.post("/v1/pairs", {"mentee_id": str(one.id), "mentor_id": str(mentor.id)})
            for one in mentees
        ),
    )
    ok(lowered)
    found = outcomes(answers)
    assert set(found) <= {"done", "mentor_full"}
    taken = await open_pairs(raw_db, mentor)
    assert taken == found["done"] <= 3
    last = await programme.mentee()
    body = {"mentee_id": str(last.id), "mentor_id": str(mentor.id)}
    if taken:
        refused(await programme.staff.post("/v1/pairs", body), 409, "mentor_full")
    for pair in ok(await mentor.get("/v1/pairs?state=proposed"))["items"]:
        ok(await programme.staff.post(f"/v1/pairs/{pair['id']}/withdrawal"))
    ok(await programme.staff.post("/v1/pairs", body), 201)


@pytest.mark.parametrize("capacity", [1, 3])
async def test_few_places_many_who_write(open_programme: Programme, raw_db: asyncpg.Connection, capacity: int) -> None:
    mentor = await open_programme.mentor(capacity=capacity)
    mentees = [await open_programme.mentee() for _ in range(CROWD)]
    body = {"mentor_id": str(mentor.id)}
    answers = await asyncio.gather(*(patiently(partial(mentee.post, "/v1/pairs", body)) for mentee in mentees))
    assert outcomes(answers) == {"done": capacity, "mentor_full": CROWD - capacity}
    assert await open_pairs(raw_db, mentor) == capacity
    assert await raw_db.fetchval("SELECT count(*) FROM thread") == capacity


async def test_one_person_writes_to_the_same_mentor_many_times(
    open_programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor()
    body = {"mentor_id": str(mentor.id)}
    answers = await asyncio.gather(*(mentee.post("/v1/pairs", body) for _ in range(8)))
    assert outcomes(answers) == {"done": 1, "already_paired": 7}
    assert await open_pairs(raw_db, mentor) == 1


async def test_two_staff_propose_the_same_pair(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    colleague = await programme.make.staff(programme.home)
    body = {"mentee_id": str(mentee.id), "mentor_id": str(mentor.id)}
    answers = await asyncio.gather(*(one.post("/v1/pairs", body) for one in (programme.staff, colleague) * 4))
    assert outcomes(answers) == {"done": 1, "already_paired": 7}
    assert await events_of(raw_db, mentee) == 1


async def test_both_accept_at_once(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    answers = await asyncio.gather(*(one.post(f"{path}/acceptance", YES) for one in (mentee, mentor) * 3))
    found = outcomes(answers)
    assert found["done"] == 2
    assert found["already_accepted"] + found["pair_not_open"] == 4
    assert ok(await mentee.get(path))["state"] == "trial"
    assert await open_pairs(raw_db, mentor) == 1
    assert await raw_db.fetchval("SELECT count(*) FROM thread") == 1


@pytest.mark.parametrize("step", ["withdrawal", "decline"])
async def test_a_yes_against_a_no(programme: Programme, raw_db: asyncpg.Connection, step: str) -> None:
    mentor = await programme.mentor(capacity=30)
    for _ in range(5):
        mentee = await programme.mentee()
        path = await programme.proposed(mentee, mentor)
        ok(await mentor.post(f"{path}/acceptance", YES))
        other = programme.staff if step == "withdrawal" else mentor
        yes, no = await asyncio.gather(
            mentee.post(f"{path}/acceptance", YES), other.post(f"{path}/{step}", {"reason": "no_time"})
        )
        state = ok(await mentee.get(path))["state"]
        assert outcomes([yes, no]) == {"done": 1, "pair_not_open": 1}
        assert (state == "trial") == yes.is_success
    await open_pairs(raw_db, mentor)


async def test_all_end_at_once(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.active(mentee, mentor)
    people = (mentee, mentor, programme.staff)
    answers = await asyncio.gather(*(one.post(f"{path}/safeguarding") for one in people * 2))
    assert outcomes(answers) == {"done": 1, "pair_not_open": 5}
    assert await open_pairs(raw_db, mentor) == 0


async def test_an_end_makes_room_for_one_of_many(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentor = await programme.mentor(capacity=1)
    first, *others = [await programme.mentee() for _ in range(6)]
    path = await programme.active(first, mentor)
    ended, *answers = await asyncio.gather(
        first.post(f"{path}/end", at_once()),
        *(
            programme.staff.post("/v1/pairs", {"mentee_id": str(mentee.id), "mentor_id": str(mentor.id)})
            for mentee in others
        ),
    )
    ok(ended)
    found = outcomes(answers)
    assert set(found) <= {"done", "mentor_full"}
    assert await open_pairs(raw_db, mentor) == found["done"] <= 1


async def test_who_leaves_begins_nothing(open_programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor()
    async with raw_db.transaction():
        await raw_db.execute("DELETE FROM account WHERE id = $1", mentee.id)
        writing = asyncio.create_task(mentee.post("/v1/pairs", {"mentor_id": str(mentor.id)}))
        while not await raw_db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            pass
    refused(await writing, 401, "invalid_token")
    assert await events_of(raw_db, mentor) == 0
