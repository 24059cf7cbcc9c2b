"""A proposal has its time: whoever has not answered is reminded once, and then it expires and gives its place back."""

from datetime import UTC, datetime, timedelta

import asyncpg

from tests.api import ok, refused
from tests.programme import YES, Programme, events_of, open_pairs


async def test_a_proposal_expires_once_and_gives_its_place_back(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentor = await programme.mentor(capacity=1)
    mentee, next_one = await programme.mentee(), await programme.mentee()
    since = ok(await mentee.get("/v1/waiting/own"))["since"]
    path = await programme.proposed(mentee, mentor)
    expires = datetime.fromisoformat(ok(await mentee.get(path))["expires_at"])
    assert timedelta(days=13) < expires - datetime.now(UTC) <= timedelta(days=14)
    ok(await mentor.post(f"{path}/acceptance", YES))
    await programme.job("proposals")
    assert ok(await mentee.get(path))["state"] == "proposed"

    await raw_db.execute("UPDATE pair SET expires_at = now()")
    for _ in range(2):
        await programme.job("proposals")
        assert await open_pairs(raw_db, mentor) == 0
    for person in (mentee, mentor, programme.staff):
        seen = ok(await person.get(path))
        assert (seen["state"], seen["closed_by"], seen["decline_reason"]) == ("expired", None, None)
    assert await events_of(raw_db, mentee) == 3  # proposed, half accepted, expired
    assert ok(await mentee.get("/v1/waiting/own"))["since"] == since
    refused(await mentee.post(f"{path}/acceptance", YES), 409, "pair_not_open")
    await programme.proposed(next_one, mentor)


async def test_from_its_moment_on_nobody_answers_or_changes_it(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    """Also where the job that ends it has not come by yet: it would be the same for everyone a moment later."""
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    ok(await mentor.post(f"{path}/acceptance", YES))
    await raw_db.execute("UPDATE pair SET expires_at = now()")
    late = [
        await mentee.post(f"{path}/acceptance", YES),
        await mentee.post(f"{path}/decline", {"answer": "no"}),
        await mentor.post(f"{path}/decline", {"answer": "not_now"}),
        await programme.staff.post(f"{path}/withdrawal"),
        await programme.staff.post(f"{path}/override", {"reason": "They have talked."}),
    ]
    for answer in late:
        refused(answer, 409, "pair_not_open")
        assert answer.json()["state"] == "expired"
    assert await raw_db.fetchval("SELECT count(*) FROM pair_step WHERE step <> 'expire'") == 2
    await programme.job("proposals")
    assert ok(await mentee.get(path))["state"] == "expired"
    assert await open_pairs(raw_db, mentor) == 0


async def test_many_expire(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentor = await programme.mentor(capacity=5)
    for _ in range(4):
        await programme.proposed(await programme.mentee(), mentor)
    await raw_db.execute("UPDATE pair SET expires_at = now()")
    await programme.job("proposals")
    assert await open_pairs(raw_db, mentor) == 0
    assert await raw_db.fetchval("SELECT count(*) FROM pair WHERE state = 'expired'") == 4


async def test_who_has_not_answered_is_reminded_once(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    ok(await mentor.post(f"{path}/acceptance", YES))
    await programme.job("proposals")
    assert await events_of(raw_db, mentee, "proposal_waits") == 0
    await raw_db.execute("UPDATE pair SET remind_at = now()")
    for _ in range(2):
        await programme.job("proposals")
    assert await events_of(raw_db, mentee, "proposal_waits") == 1
    assert await events_of(raw_db, mentor, "proposal_waits") == 0
    refs = await raw_db.fetchval("SELECT refs ->> 'pair_id' FROM member_event WHERE kind = 'proposal_waits'")
    assert path.endswith(refs)


async def test_suspended_people_keep_no_place_for_ever(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    await raw_db.execute("UPDATE account SET state = 'suspended' WHERE id IN ($1, $2)", mentee.id, mentor.id)
    await raw_db.execute("UPDATE pair SET expires_at = now()")
    await programme.job("proposals")
    assert ok(await programme.staff.get(path))["state"] == "expired"
    assert await open_pairs(raw_db, mentor) == 0
