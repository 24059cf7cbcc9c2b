"""What happens when many want the same at once. The outcome is one of those that could happen one after the other."""

import asyncio
from collections import Counter
from collections.abc import Iterable

import asyncpg
import httpx
import pytest

from tests.api import ok, refused
from tests.programme import YES, Programme, at_once, events_of, open_pairs

CROWD = 20


def outcomes(answers: Iterable[httpx.Response]) -> Counter[str]:
    """How often each code came; `done` for what went well."""
    return Counter("done" if answer.is_success else str(answer.json()["code"]) for answer in answers)


async def test_one_place_many_proposals(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentor = await programme.mentor(capacity=1)
    mentees = [await programme.mentee() for _ in range(CROWD)]
    answers = await asyncio.gather(
        *(
            programme.staff.post("/v1/pairs", {"mentee_id": str(mentee.id), "mentor_id": str(mentor.id)})
            for mentee in mentees
        )
    )
    assert outcomes(answers) == {"done": 1, "mentor_full": CROWD - 1}
    assert await open_pairs(raw_db, mentor) == 1
    assert await raw_db.fetchval("SELECT count(*) FROM pair") == 1
    assert await raw_db.fetchval("SELECT count(*) FROM waiting") == CROWD


@pytest.mark.parametrize("capacity", [1, 3])
async def test_few_places_many_who_write(open_programme: Programme, raw_db: asyncpg.Connection, capacity: int) -> None:
    mentor = await open_programme.mentor(capacity=capacity)
    mentees = [await open_programme.mentee() for _ in range(CROWD)]
    body = {"mentor_id": str(mentor.id)}
    answers = await asyncio.gather(*(mentee.post("/v1/pairs", body) for mentee in mentees))
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
