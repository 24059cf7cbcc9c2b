"""How a pair ends, and how two who talked before begin again."""

from uuid import uuid4

import asyncpg
import pytest

from tests.api import ok, refused
from tests.factories import Factory
from tests.programme import Programme, events_of, open_pairs


@pytest.mark.parametrize("role", ["mentee", "mentor", "staff"])
async def test_either_side_or_staff_end_a_pair(programme: Programme, raw_db: asyncpg.Connection, role: str) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    people = {"mentee": mentee, "mentor": mentor, "staff": programme.staff}
    path = await programme.active(mentee, mentor)
    thread = ok(await mentee.get(path))["thread_id"]
    told = await events_of(raw_db, mentee)
    ended = ok(await people[role].post(f"{path}/end", {"reason": "lost_contact"}))
    assert (ended["state"], ended["closed_by"], ended["end_reason"]) == ("ended", role, "lost_contact")
    assert ended["decline_reason"] is None
    assert ended["thread_id"] == (None if role == "staff" else thread)
    assert await open_pairs(raw_db, mentor) == 0
    for member_role, member in people.items():
        seen = ok(await member.get(path))
        knows = member_role in {role, "staff"}
        assert (seen["closed_by"], seen["end_reason"]) == ((role, "lost_contact") if knows else (None, None))
    sent = {"client_id": str(uuid4()), "text": "vielä yksi"}
    refused(await mentee.post(f"/v1/threads/{thread}/messages", sent), 409, "thread_closed")
    assert await events_of(raw_db, mentee) == told + 1


async def test_who_owes_a_reason(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.active(mentee, mentor)
    for person in (mentor, programme.staff):
        refused(await person.post(f"{path}/end", {}), 400, "invalid_body", pointer="/reason")
        refused(await person.post(f"{path}/end", {"reason": "because"}), 400, "invalid_body", pointer="/reason")
    assert ok(await mentee.post(f"{path}/end", {}))["end_reason"] is None


async def test_a_new_pair_of_the_same_two_has_their_old_thread(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    first = await programme.active(mentee, mentor)
    thread = ok(await mentee.get(first))["thread_id"]
    sent = {"client_id": str(uuid4()), "text": "muistatko?"}
    ok(await mentee.post(f"/v1/threads/{thread}/messages", sent), 201)
    ok(await mentor.post(f"{first}/end", {"reason": "no_time"}))
    ok(await mentee.put("/v1/waiting"))
    again = await programme.proposed(mentee, mentor)
    assert ok(await mentee.get(again))["thread_id"] == thread
    assert ok(await mentee.get(f"/v1/threads/{thread}"))["state"] == "closed"
    for member in (mentee, mentor):
        ok(await member.post(f"{again}/acceptance"))
    assert ok(await mentor.get(again))["thread_id"] == thread
    assert ok(await mentor.get(f"/v1/threads/{thread}"))["state"] == "open"
    (kept,) = ok(await mentor.get(f"/v1/threads/{thread}/messages"))["items"]
    assert kept["text"] == "muistatko?"


async def test_pairs_of_someone_who_leaves_go_and_who_had_no_thread_is_told(
    programme: Programme, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor, second = await programme.mentee(), await programme.mentor(), await programme.mentor()
    await programme.active(mentee, mentor)
    ok(await mentee.put("/v1/waiting"))
    await programme.proposed(mentee, second)
    async with make.services.database.unit_of_work() as db:
        news = await make.services.pairs.leave(db, mentee.id)
    assert [(event.account_id, event.kind) for event in news] == [(second.id, "pair_changed")]
    assert await raw_db.fetchval("SELECT count(*) FROM pair") == 0
    assert await open_pairs(raw_db, mentor) == 0


@pytest.mark.parametrize("state", ["active", "proposed"])
async def test_the_database_refuses_a_step_back(programme: Programme, raw_db: asyncpg.Connection, state: str) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.active(mentee, mentor)
    ok(await mentor.post(f"{path}/end", {"reason": "as_planned"}))
    with pytest.raises(asyncpg.CheckViolationError, match="does not go from"):
        await raw_db.execute(f"UPDATE pair SET state = '{state}', closed_at = NULL, closed_by_role = NULL")


async def test_the_database_refuses_an_active_pair_without_a_thread(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    await programme.proposed(await programme.mentee(), await programme.mentor())
    with pytest.raises(asyncpg.CheckViolationError, match="has a thread"):
        await raw_db.execute("UPDATE pair SET state = 'active', mentee_accepted_at = now(), mentor_accepted_at = now()")
