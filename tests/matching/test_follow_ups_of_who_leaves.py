"""Someone who leaves, or is kept out, with a proposal to think about: the other side is looked for again."""

import asyncio

import asyncpg
import pytest

from tests.api import ok
from tests.factories import PASSWORD, Person
from tests.matching.test_follow_ups import FOLLOW_UPS, listed, released, settle
from tests.programme import YES, Programme


async def leave(person: Person) -> None:
    ok(await person.post("/v1/account/departure", {"password": PASSWORD}), 204)


async def test_the_place_of_a_young_person_who_leaves_goes_to_who_comes_next(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    await released(programme, mentee)
    newcomer = await programme.mentee()
    await leave(mentee)
    found = await listed(programme)
    assert set(found) == {"place"}
    place = found["place"]
    assert (place["state"], place["mentor"]["id"], place["mentee"]["id"]) == ("open", str(mentor.id), str(newcomer.id))
    assert ok(await settle(programme, place, "proposal"))["state"] == "proposed"


async def test_the_young_person_of_a_mentor_who_leaves_is_looked_for_again(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    await released(programme, mentee)
    next_mentor = await programme.mentor()
    await leave(mentor)
    found = await listed(programme)
    assert set(found) == {"person"}
    person = found["person"]
    assert (person["mentee"]["id"], person["mentor"]["id"]) == (str(mentee.id), str(next_mentor.id))


async def test_a_mentor_whom_staff_remove_leaves_no_less(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    await released(programme, mentee)
    ok(await programme.staff.delete(f"/v1/people/{mentor.id}"), 204)
    assert set(await listed(programme)) == {"person"}


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/v1/people/{}/suspension"), ("POST", "/v1/staff/mentors/{}/standing-down")]
)
async def test_the_young_person_of_a_mentor_who_is_kept_out_is_looked_for_again_once(
    programme: Programme, method: str, path: str
) -> None:
    """There is no place to go on to: the mentor is not there. It does not come again when they are removed for good."""
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    pair = await released(programme, mentee)
    await programme.mentee()
    next_mentor = await programme.mentor(capacity=1)
    ok(await programme.staff.call(method, path.format(mentor.id)), 204)
    assert ok(await mentee.get(pair))["state"] == "withdrawn"
    found = await listed(programme)
    assert set(found) == {"person"}
    person = found["person"]
    assert (person["mentee"]["id"], person["mentor"]["id"]) == (str(mentee.id), str(next_mentor.id))
    ok(await programme.staff.delete(f"/v1/people/{mentor.id}"), 204)
    assert [one["id"] for one in ok(await programme.staff.get(FOLLOW_UPS))["items"]] == [person["id"]]


async def test_what_staff_take_back_is_theirs_to_follow_up(programme: Programme) -> None:
    mentee, _ = await programme.mentee(), await programme.mentor(capacity=1)
    pair = await released(programme, mentee)
    ok(await programme.staff.post(f"{pair}/withdrawal"))
    assert await listed(programme) == {}


async def test_two_who_leave_at_once_leave_nothing_to_follow_up(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    await released(programme, mentee)
    await asyncio.gather(leave(mentee), leave(mentor))
    assert await raw_db.fetchval("SELECT count(*) FROM matching_follow_up") == 0


async def test_who_is_paired_already_leaves_nothing(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=2)
    pair = await released(programme, mentee)
    for member in (mentee, mentor):
        ok(await member.post(f"{pair}/acceptance", YES))
    await leave(mentee)
    assert await listed(programme) == {}
