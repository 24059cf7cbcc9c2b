"""Staff remove a mentor; an administrator removes staff."""

from uuid import uuid4

import asyncpg

from tests.api import Api, ok, refused
from tests.factories import Factory
from tests.privacy.traces import THE_TRAIL, tables_holding


async def test_a_removed_mentor_is_gone_and_the_removal_recorded(make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    staff, mentee, mentor = await make.staff(home), await make.mentee(home), await make.mentor(home)
    thread = await make.thread(mentee, mentor)
    ok(await staff.delete(f"/v1/people/{mentor.id}"), 204)
    refused(await mentor.get("/v1/account"), 401, "invalid_token")
    refused(await mentee.get(f"/v1/threads/{thread}"), 404, "thread_not_found")
    assert ok(await mentee.get("/v1/sync"))["events"][-1]["type"] == "thread_gone"
    assert await tables_holding(raw_db, str(mentor.id)) == {THE_TRAIL}
    (entry,) = await raw_db.fetch("SELECT action, actor_id, subject_id FROM audit_entry")
    assert tuple(entry) == ("account_removed", staff.id, mentor.id)
    refused(await staff.delete(f"/v1/people/{mentor.id}"), 404, "account_not_found")


async def test_someone_invited_can_be_removed(make: Factory, raw_db: asyncpg.Connection) -> None:
    staff = await make.staff()
    invited = ok(await staff.post("/v1/mentors", {"display_name": "Matti"}), 201)
    mentor_id = invited["mentor"]["card"]["id"]
    ok(await staff.delete(f"/v1/people/{mentor_id}"), 204)
    assert await tables_holding(raw_db, mentor_id) == {THE_TRAIL}


async def test_staff_remove_their_own_mentors_and_no_one_else(
    api: Api, make: Factory, raw_db: asyncpg.Connection
) -> None:
    home = await make.organisation()
    staff, colleague, admin = await make.staff(home), await make.staff(home), await make.admin()
    mentee, mentor, foreign = await make.mentee(home), await make.mentor(home), await make.mentor()
    for account_id in (mentee.id, foreign.id, colleague.id, staff.id, admin.id, uuid4()):
        refused(await staff.delete(f"/v1/people/{account_id}"), 404, "account_not_found")
    for person in (admin, mentee, mentor):
        refused(await person.delete(f"/v1/people/{mentor.id}"), 403, "forbidden")
    refused(await api.delete(f"/v1/people/{mentor.id}"), 401, "unauthenticated")
    assert await raw_db.fetchval("SELECT count(*) FROM account") == 6
    assert await raw_db.fetchval("SELECT count(*) FROM audit_entry") == 0


async def test_staff_are_removed_at_once_and_on_the_record(make: Factory, raw_db: asyncpg.Connection) -> None:
    admin, staff = await make.admin(), await make.staff()
    ok(await admin.delete(f"/v1/staff/{staff.id}"), 204)
    refused(await staff.get("/v1/account"), 401, "invalid_token")
    refused(await admin.delete(f"/v1/staff/{staff.id}"), 404, "account_not_found")
    assert await tables_holding(raw_db, str(staff.id)) == {THE_TRAIL}
    (entry,) = ok(await admin.get("/v1/audit"))["items"]
    assert (entry["action"], entry["actor_id"], entry["subject_id"]) == (
        "account_removed",
        str(admin.id),
        str(staff.id),
    )
