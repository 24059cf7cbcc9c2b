"""How a pair ends, and how two who talked before begin again."""

from uuid import uuid4

import asyncpg
import pytest

from tests.api import ok
from tests.factories import Factory
from tests.programme import YES, Programme, at_once, open_pairs


async def test_a_new_pair_of_the_same_two_has_their_old_thread(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    first = await programme.active(mentee, mentor)
    thread = ok(await mentee.get(first))["thread_id"]
    sent = {"client_id": str(uuid4()), "text": "muistatko?"}
    ok(await mentee.post(f"/v1/threads/{thread}/messages", sent), 201)
    ok(await programme.staff.post(f"{first}/end", at_once()))
    ok(await mentee.put("/v1/waiting"))
    again = await programme.proposed(mentee, mentor)
    assert ok(await mentee.get(again))["thread_id"] == thread
    assert ok(await mentee.get(f"/v1/threads/{thread}"))["state"] == "closed"
    for member in (mentee, mentor):
        ok(await member.post(f"{again}/acceptance", YES))
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


async def test_the_database_refuses_a_pair_that_talks_without_a_thread(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    await programme.proposed(await programme.mentee(), await programme.mentor())
    with pytest.raises(asyncpg.CheckViolationError, match="has a thread"):
        await raw_db.execute(
            "UPDATE pair SET state = 'trial', trial_ends_at = now(),"
            " mentee_accepted_at = now(), mentor_accepted_at = now()"
        )
