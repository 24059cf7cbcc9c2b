"""What happened to a pair is kept, step by step, and nobody can change it."""

import asyncpg
import pytest

from tests.api import ok
from tests.factories import Factory
from tests.programme import YES, Programme, at_once


async def test_staff_see_every_step_and_by_whom(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    for member in (mentor, mentee):
        ok(await member.post(f"{path}/acceptance", YES))
    for member in (mentor, mentee):
        ok(await member.put(f"{path}/fit", {"fit": "good_fit"}))
    ok(await mentor.post(f"{path}/end", {"kind": "planned", "reason": "goal_reached"}))
    ok(await programme.staff.post(f"{path}/close"))
    steps = ok(await programme.staff.get(f"{path}/steps"))["items"]
    assert [(one["step"], one["was"], one["now"], one["by_role"], one["by_id"], one["reason"]) for one in steps] == [
        ("propose", None, "proposed", "staff", str(programme.staff.id), None),
        ("accept", "proposed", "proposed", "mentor", str(mentor.id), None),
        ("accept", "proposed", "trial", "mentee", str(mentee.id), None),
        ("confirm", "trial", "active", None, None, None),
        ("end", "active", "closing", "mentor", str(mentor.id), "goal_reached"),
        ("close", "closing", "closed", "staff", str(programme.staff.id), None),
    ]
    seen = ok(await mentee.get(f"{path}/steps"))["items"]
    assert [(one["step"], one["was"], one["now"], one["by_role"], one["by_id"], one["reason"]) for one in seen] == [
        (None, None, "proposed", None, None, None),
        ("accept", "proposed", "trial", "mentee", None, None),
        (None, "trial", "active", None, None, None),
        (None, "active", "closing", None, None, None),
        (None, "closing", "closed", None, None, None),
    ]


async def test_what_staff_do_goes_to_the_trail(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    withdrawn = await programme.proposed(mentee, mentor)
    ok(await programme.staff.post(f"{withdrawn}/withdrawal"))
    ended = await programme.proposed(mentee, mentor)
    ok(await programme.staff.post(f"{ended}/override", {"reason": "They know each other from camp."}))
    for member in (mentee, mentor):
        ok(await member.post(f"{ended}/acceptance", {}))
    ok(await programme.staff.post(f"{ended}/end", {"kind": "programme", "reason": "other"}))
    ok(await programme.staff.post(f"{ended}/safeguarding"))
    rows = await raw_db.fetch("SELECT action, subject_id, actor_id FROM audit_entry ORDER BY id")
    ids = [path.rpartition("/")[2] for path in (withdrawn, ended)]
    assert [(row["action"], str(row["subject_id"])) for row in rows] == [
        ("pair_proposed", ids[0]),
        ("pair_withdrawn", ids[0]),
        ("pair_proposed", ids[1]),
        ("pair_overridden", ids[1]),
        ("pair_ended", ids[1]),
        ("pair_closed_for_safety", ids[1]),
    ]
    assert {row["actor_id"] for row in rows} == {programme.staff.id}


@pytest.mark.parametrize("change", ["UPDATE pair_step SET reason = 'other'", "DELETE FROM pair_step"])
async def test_steps_are_added_to_and_not_changed(
    programme: Programme, raw_db: asyncpg.Connection, change: str
) -> None:
    await programme.proposed(await programme.mentee(), await programme.mentor())
    with pytest.raises(asyncpg.CheckViolationError, match="added to and not changed"):
        await raw_db.execute(change)


async def test_steps_forget_staff_who_leave_and_go_with_their_pair(
    programme: Programme, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await programme.active(mentee, mentor)
    await raw_db.execute("DELETE FROM account WHERE id = $1", programme.staff.id)
    kept = await raw_db.fetch("SELECT by_role, by_id FROM pair_step WHERE by_role = 'staff'")
    assert [tuple(row) for row in kept] == [("staff", None)]
    async with make.services.database.unit_of_work() as db:
        await make.services.pairs.leave(db, mentee.id)
    assert await raw_db.fetchval("SELECT count(*) FROM pair_step") == 0


async def test_every_change_of_state_is_in_the_history(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.active(mentee, mentor)
    ok(await programme.staff.post(f"{path}/end", at_once()))
    states = [
        row[0] for row in await raw_db.fetch("SELECT now FROM pair_step WHERE was IS DISTINCT FROM now ORDER BY id")
    ]
    assert states == ["proposed", "trial", "active", "closed"]
