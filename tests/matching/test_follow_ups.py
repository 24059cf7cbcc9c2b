"""A proposal that comes to nothing: its place and its young person each get one suggestion to staff."""

import asyncio
from typing import Any

import asyncpg
import pytest

from rinnalla.app import Services
from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.matching.running import solved
from tests.matching.test_deciding import (
    Change,
    gets_a_proposal,
    goes_away,
    has_other_settings,
    is_suspended,
    is_taken,
    never_wants,
    stops_waiting,
    wishes,
)
from tests.patience import eventually
from tests.programme import YES, Programme

FOLLOW_UPS = "/v1/staff/matching-follow-ups"


async def released(programme: Programme, mentee: Person) -> str:
    """What a run that is released proposes to someone; the pair's path."""
    run = await solved(programme)
    ok(await run.release())
    return f"/v1/pairs/{(await run.found())[str(mentee.id)]['pair_id']}"


async def listed(programme: Programme, **query: Any) -> dict[str, dict[str, Any]]:
    """What there is to follow up, by kind, when all of it has been looked at: by us, or by the service's own job."""

    async def all_looked_at() -> bool:
        await programme.job("follow_ups")
        return not ok(await programme.staff.get(FOLLOW_UPS, params={"state": "due"}))["items"]

    await eventually(all_looked_at)
    items = ok(await programme.staff.get(FOLLOW_UPS, params=query))["items"]
    return {one["kind"]: one for one in items}


async def settle(programme: Programme, one: dict[str, Any], how: str) -> Any:
    headers = {"If-Match": f'"{one["version"]}"'}
    return await programme.staff.call("POST", f"{FOLLOW_UPS}/{one['id']}/{how}", headers=headers)


async def test_the_place_goes_to_who_comes_next_and_the_person_to_the_next_mentor(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    pair = await released(programme, mentee)
    newcomer, new_mentor = await programme.mentee(), await programme.mentor(capacity=1)
    ok(await mentee.post(f"{pair}/decline", {"answer": "no"}))
    found = await listed(programme)
    place, person = found["place"], found["person"]
    assert (place["state"], place["mentor"]["id"], place["mentee"]["id"]) == ("open", str(mentor.id), str(newcomer.id))
    assert (person["mentee"]["id"], person["mentor"]["id"]) == (str(mentee.id), str(new_mentor.id))
    assert place["score"] == sum(part["points"] for part in place["contributions"])

    proposed = ok(await settle(programme, place, "proposal"))
    assert proposed["state"] == "proposed"
    assert ok(await newcomer.get(f"/v1/pairs/{proposed['new_pair_id']}"))["state"] == "proposed"
    refused(await settle(programme, place, "proposal"), 409, "follow_up_settled")
    assert ok(await settle(programme, person, "dismissal"))["state"] == "dismissed"
    assert await listed(programme, state="open") == {}


async def test_it_goes_on_from_there(programme: Programme) -> None:
    mentee, _ = await programme.mentee(), await programme.mentor(capacity=1)
    pair = await released(programme, mentee)
    second = await programme.mentee()
    ok(await mentee.post(f"{pair}/decline", {"answer": "no"}))
    place = (await listed(programme))["place"]
    new_pair = ok(await settle(programme, place, "proposal"))["new_pair_id"]
    third = await programme.mentee()
    ok(await second.post(f"/v1/pairs/{new_pair}/decline", {"answer": "no"}))
    assert (await listed(programme, state="open"))["place"]["mentee"]["id"] == str(third.id)


async def test_exactly_once_however_many_look(
    programme: Programme, services: Services, raw_db: asyncpg.Connection
) -> None:
    mentee, _ = await programme.mentee(), await programme.mentor(capacity=1)
    pair = await released(programme, mentee)
    await programme.mentee()
    await raw_db.execute("UPDATE pair SET expires_at = clock_timestamp() - interval '1 minute'")
    await asyncio.gather(*(services.jobs.turn("proposals") for _ in range(5)))
    await asyncio.gather(*(services.jobs.turn("follow_ups") for _ in range(5)))
    assert ok(await mentee.get(pair))["state"] == "expired"
    assert len(ok(await programme.staff.get(FOLLOW_UPS))["items"]) == 2
    assert set(await listed(programme)) == {"place", "person"}


async def test_of_two_who_take_it_at_once_one_does(
    programme: Programme, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, _ = await programme.mentee(), await programme.mentor(capacity=2)
    pair = await released(programme, mentee)
    await programme.mentee()
    ok(await mentee.post(f"{pair}/decline", {"answer": "no"}))
    place = (await listed(programme))["place"]
    answers = await asyncio.gather(*(settle(programme, place, "proposal") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert await raw_db.fetchval("SELECT count(*) FROM pair WHERE state = 'proposed'") == 1


NO_MORE: dict[Change, tuple[str, str]] = {
    stops_waiting: ("not_waiting", "/mentee"),
    gets_a_proposal: ("has_proposal", "/mentee"),
    is_suspended: ("mentor_gone", "/mentor"),
    goes_away: ("away", "/mentor"),
    is_taken: ("full", "/mentor"),
    never_wants: ("a_wish", "/mentor"),
}
STILL: dict[Change, tuple[str, str]] = {
    wishes: ("points_changed", "/score"),
    has_other_settings: ("points_changed", "/score"),
}


@pytest.mark.parametrize("change", [*NO_MORE, *STILL])
async def test_what_changed_meanwhile_is_told_and_looked_at_anew(
    programme: Programme, raw_db: asyncpg.Connection, change: Change
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    pair = await released(programme, mentee)
    newcomer = await programme.mentee()
    ok(await mentee.post(f"{pair}/decline", {"answer": "no"}))
    place = (await listed(programme))["place"]
    await change(programme, newcomer, mentor, raw_db)
    before = await raw_db.fetchval("SELECT count(*) FROM pair")
    answer = await settle(programme, place, "proposal")
    refused(answer, 412, "pool_changed")
    told = [(error["code"], error["pointer"]) for error in answer.json()["errors"]]
    assert told == [(NO_MORE | STILL)[change]]
    assert await raw_db.fetchval("SELECT count(*) FROM pair") == before
    refused(await settle(programme, place, "proposal"), 412, "edited_meanwhile")
    again = (await listed(programme))["place"]
    assert again["state"] == ("open" if change in STILL else "nobody")
    if change in STILL:
        assert again["score"] == sum(part["points"] for part in again["contributions"])
        assert ok(await settle(programme, again, "proposal"))["state"] == "proposed"
    else:
        assert (again["mentee"], again["contributions"]) == (None, [])


async def test_who_says_not_now_is_left_in_peace(programme: Programme) -> None:
    young, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    pair = await released(programme, young)
    ok(await mentor.post(f"{pair}/decline", {"answer": "not_now"}))
    found = await listed(programme)
    assert set(found) == {"person"}
    assert found["person"]["state"] == "nobody"  # that mentor is not asked about the same person again

    other = await programme.mentee()
    pair = await released(programme, other)
    ok(await other.post(f"{pair}/decline", {"answer": "not_now"}))
    kinds = [one["kind"] for one in ok(await programme.staff.get(FOLLOW_UPS))["items"]]
    assert kinds == ["person", "place"]


async def test_who_did_not_answer_in_time_is_not_the_next_for_the_same_place(
    programme: Programme, services: Services, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    pair = await released(programme, mentee)
    ok(await mentor.post(f"{pair}/acceptance", YES))
    await raw_db.execute("UPDATE pair SET expires_at = clock_timestamp() - interval '1 minute'")
    await services.jobs.turn("proposals")
    assert {kind: one["state"] for kind, one in (await listed(programme)).items()} == {
        "place": "nobody",
        "person": "nobody",
    }
    assert await released(programme, mentee) != pair  # the next run may find that they still fit each other best


@pytest.mark.parametrize("how", ["declined", "expired"])
async def test_what_staff_proposed_by_hand_goes_on_as_well(
    programme: Programme, services: Services, raw_db: asyncpg.Connection, how: str
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    pair = await programme.proposed(mentee, mentor)
    newcomer, next_mentor = await programme.mentee(), await programme.mentor(capacity=1)
    if how == "declined":
        ok(await mentor.post(f"{pair}/decline", {"answer": "no", "reason": "no_time"}))
    else:
        await raw_db.execute("UPDATE pair SET expires_at = clock_timestamp() - interval '1 minute'")
        await services.jobs.turn("proposals")
    found = await listed(programme)
    place, person = found["place"], found["person"]
    assert (place["mentor"]["id"], place["mentee"]["id"]) == (str(mentor.id), str(newcomer.id))
    assert (person["mentee"]["id"], person["mentor"]["id"]) == (str(mentee.id), str(next_mentor.id))
    assert (place["run_id"], person["run_id"]) == (None, None)

    proposed = ok(await settle(programme, place, "proposal"))
    third = await programme.mentee()
    ok(await newcomer.post(f"/v1/pairs/{proposed['new_pair_id']}/decline", {"answer": "no"}))
    again = (await listed(programme, state="open"))["place"]
    assert (again["mentee"]["id"], again["run_id"]) == (str(third.id), None)


async def test_nobody_may_come_next(programme: Programme) -> None:
    mentee, _ = await programme.mentee(), await programme.mentor(capacity=1)
    pair = await released(programme, mentee)
    ok(await mentee.post(f"{pair}/decline", {"answer": "no"}))
    found = await listed(programme)
    assert {one["state"] for one in found.values()} == {"nobody"}
    assert found["place"]["mentee"] is None
    refused(await settle(programme, found["place"], "proposal"), 409, "follow_up_settled")


async def test_follow_ups_are_of_one_programme(programme: Programme, make: Factory) -> None:
    mentee, _ = await programme.mentee(), await programme.mentor(capacity=1)
    pair = await released(programme, mentee)
    ok(await mentee.post(f"{pair}/decline", {"answer": "no"}))
    place = (await listed(programme))["place"]
    other = await make.staff()
    assert ok(await other.get(FOLLOW_UPS))["items"] == []
    path = f"{FOLLOW_UPS}/{place['id']}/dismissal"
    refused(await other.call("POST", path, headers={"If-Match": '"1"'}), 404, "follow_up_not_found")
    refused(await programme.staff.post(path), 428, "precondition_required")
    refused(await programme.staff.call("POST", path, headers={"If-Match": '"0"'}), 412, "edited_meanwhile")
