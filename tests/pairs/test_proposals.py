"""Staff propose; both say yes, or one says no, or staff take it back."""

from uuid import uuid4

import asyncpg
import pytest

from tests.api import is_uuid7, ok, refused
from tests.factories import Factory
from tests.programme import YES, Programme, at_once, events_of, open_pairs


async def test_two_yeses_make_a_pair_that_talks(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    body = {"mentee_id": str(mentee.id), "mentor_id": str(mentor.id)}
    proposed = ok(await programme.staff.post("/v1/pairs", body), 201)
    assert is_uuid7(proposed["id"])
    assert (proposed["state"], proposed["origin"], proposed["thread_id"]) == ("proposed", "staff", None)
    assert proposed["proposed_by"] == str(programme.staff.id)
    path = f"/v1/pairs/{proposed['id']}"

    waiting = ok(await mentor.post(f"{path}/acceptance", YES))
    assert (waiting["state"], waiting["mentee_accepted_at"], waiting["thread_id"]) == ("proposed", None, None)
    assert waiting["mentor_accepted_at"] is not None
    assert waiting["proposed_by"] is None
    assert await open_pairs(raw_db, mentor) == 1

    began = ok(await mentee.post(f"{path}/acceptance", YES))
    assert began["state"] == "trial"
    assert began["mentee"] == {"id": str(mentee.id), "display_name": mentee.login_name}
    assert began["mentor"] == {"id": str(mentor.id), "display_name": mentor.login_name}
    assert await open_pairs(raw_db, mentor) == 1
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is False
    for member in (mentee, mentor):
        ok(await member.get(f"/v1/threads/{began['thread_id']}"))
        assert ok(await member.get(path)) == began
        assert await events_of(raw_db, member) == 3
    assert await events_of(raw_db, programme.staff) == 0
    sent = {"client_id": str(uuid4()), "text": "moi"}
    ok(await mentee.post(f"/v1/threads/{began['thread_id']}/messages", sent), 201)


async def test_a_second_yes_of_the_same_person_is_refused(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    ok(await mentee.post(f"{path}/acceptance", YES))
    refused(await mentee.post(f"{path}/acceptance", YES), 409, "already_accepted")
    ok(await mentor.post(f"{path}/acceptance", YES))
    for member in (mentee, mentor):
        refused(await member.post(f"{path}/acceptance", YES), 409, "pair_not_open")
    assert await open_pairs(raw_db, mentor) == 1


async def test_a_mentor_declines_with_a_reason_that_the_young_person_is_spared(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    ok(await mentee.post(f"{path}/acceptance", YES))
    refused(await mentor.post(f"{path}/decline", {}), 400, "invalid_body", pointer="/reason")
    refused(await mentor.post(f"{path}/decline", {"reason": "meh"}), 400, "invalid_body", pointer="/reason")
    declined = ok(await mentor.post(f"{path}/decline", {"reason": "no_time"}))
    assert (declined["state"], declined["closed_by"], declined["decline_reason"]) == ("declined", "mentor", "no_time")
    assert ok(await programme.staff.get(path))["decline_reason"] == "no_time"
    seen = ok(await mentee.get(path))
    assert (seen["state"], seen["closed_by"], seen["decline_reason"]) == ("declined", None, None)
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is True
    refused(await mentor.post(f"{path}/acceptance", YES), 409, "pair_not_open")


async def test_a_young_person_declines_without_a_reason_and_waits_on(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    ok(await mentee.post(f"{path}/acceptance", YES))
    declined = ok(await mentee.post(f"{path}/decline", {}))
    assert (declined["state"], declined["closed_by"], declined["decline_reason"]) == ("declined", "mentee", None)
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is True
    body = {"mentee_id": str(mentee.id), "mentor_id": str(mentor.id)}
    refused(await programme.staff.post("/v1/pairs", body), 409, "parted_before")
    other = await programme.proposed(mentee, await programme.mentor())
    assert ok(await mentee.post(f"{other}/decline", {"reason": "know_each_other"}))["decline_reason"] == (
        "know_each_other"
    )


@pytest.mark.parametrize("role", ["mentee", "mentor"])
async def test_not_now_blames_nobody(programme: Programme, raw_db: asyncpg.Connection, role: str) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    one, other = (mentee, mentor) if role == "mentee" else (mentor, mentee)
    since = ok(await mentee.get("/v1/waiting/own"))["since"]
    path = await programme.proposed(mentee, mentor)
    body = {"answer": "not_now", "reason": "no_time"}
    refused(await one.post(f"{path}/decline", body), 400, "invalid_body", pointer="/reason")
    said = ok(await one.post(f"{path}/decline", {"answer": "not_now"}))
    assert (said["state"], said["answer"], said["closed_by"]) == ("declined", "not_now", role)
    seen = ok(await other.get(path))
    assert (seen["state"], seen["answer"], seen["closed_by"]) == ("declined", None, None)
    assert ok(await programme.staff.get(path))["answer"] == "not_now"
    assert ok(await mentee.get("/v1/waiting/own"))["since"] == since
    assert await open_pairs(raw_db, mentor) == 0
    await programme.proposed(mentee, mentor)


async def test_staff_take_a_proposal_back(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    withdrawn = ok(await programme.staff.post(f"{path}/withdrawal"))
    assert (withdrawn["state"], withdrawn["closed_by"]) == ("withdrawn", "staff")
    assert await events_of(raw_db, mentee) == await events_of(raw_db, mentor) == 2
    await programme.proposed(mentee, mentor)


async def test_only_one_open_pair_between_two(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    body = {"mentee_id": str(mentee.id), "mentor_id": str(mentor.id)}
    refused(await programme.staff.post("/v1/pairs", body), 409, "already_paired")
    for member in (mentee, mentor):
        ok(await member.post(f"{path}/acceptance", YES))
    ok(await mentee.put("/v1/waiting"))
    refused(await programme.staff.post("/v1/pairs", body), 409, "already_paired")


async def test_a_proposal_takes_a_place_until_it_is_answered(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentor = await programme.mentor(capacity=1)
    first, second = await programme.mentee(), await programme.mentee()
    path = await programme.proposed(first, mentor)
    body = {"mentee_id": str(second.id), "mentor_id": str(mentor.id)}
    refused(await programme.staff.post("/v1/pairs", body), 409, "mentor_full")
    for member in (mentor, first):
        ok(await member.post(f"{path}/acceptance", YES))
    refused(await programme.staff.post("/v1/pairs", body), 409, "mentor_full")
    assert await open_pairs(raw_db, mentor) == 1
    ok(await programme.staff.post(f"{path}/end", at_once()))
    assert await open_pairs(raw_db, mentor) == 0
    again = await programme.proposed(second, mentor)
    ok(await second.post(f"{again}/decline", {}))
    assert await open_pairs(raw_db, mentor) == 0


async def test_other_proposals_stay_open_when_one_becomes_a_pair(programme: Programme) -> None:
    mentee = await programme.mentee()
    first = await programme.proposed(mentee, await programme.mentor())
    await programme.active(mentee, await programme.mentor())
    assert ok(await mentee.get(first))["state"] == "proposed"
    ok(await programme.staff.post(f"{first}/withdrawal"))


async def test_whom_staff_can_propose(programme: Programme, make: Factory) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    elsewhere = await make.mentee()
    ok(await elsewhere.put("/v1/waiting"))
    cases = [
        (await make.mentee(programme.home), mentor, "mentee_not_found"),
        (elsewhere, mentor, "mentee_not_found"),
        (mentor, mentor, "mentee_not_found"),
        (mentor, mentee, "mentee_not_found"),
        (mentee, mentee, "mentor_not_found"),
        (mentee, programme.staff, "mentor_not_found"),
        (mentee, await make.mentor(), "mentor_not_found"),
        (mentee, await programme.mentor(approved=False), "mentor_not_found"),
    ]
    for who, with_whom, code in cases:
        body = {"mentee_id": str(who.id), "mentor_id": str(with_whom.id)}
        refused(await programme.staff.post("/v1/pairs", body), 404, code)
    body = {"mentee_id": str(mentee.id), "mentor_id": str(uuid4())}
    refused(await programme.staff.post("/v1/pairs", body), 404, "mentor_not_found")
    assert ok(await programme.staff.get("/v1/pairs"))["items"] == []


async def test_staff_name_both(programme: Programme) -> None:
    mentor = await programme.mentor()
    body = {"mentor_id": str(mentor.id)}
    refused(await programme.staff.post("/v1/pairs", body), 400, "invalid_body", pointer="/mentee_id")
    refused(await programme.staff.post("/v1/pairs", {}), 400, "invalid_body", pointer="/mentor_id")


@pytest.mark.parametrize("who", ["mentee", "mentor"])
async def test_a_pair_does_not_begin_with_someone_who_is_suspended(
    programme: Programme, raw_db: asyncpg.Connection, who: str
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    gone, other = (mentee, mentor) if who == "mentee" else (mentor, mentee)
    ok(await gone.post(f"{path}/acceptance", YES))
    await raw_db.execute("UPDATE account SET state = 'suspended' WHERE id = $1", gone.id)
    refused(await other.post(f"{path}/acceptance", YES), 409, "pair_not_open")
    await raw_db.execute("UPDATE account SET state = 'active' WHERE id = $1", gone.id)
    assert ok(await other.post(f"{path}/acceptance", YES))["state"] == "trial"
