"""What staff did stays on the record."""

import asyncpg
import pytest

from tests.api import Api, ok, refused
from tests.factories import Factory


async def test_the_trail_can_only_grow(make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    staff, mentee = await make.staff(home), await make.mentee(home)
    ok(await staff.put(f"/v1/people/{mentee.id}/suspension"), 204)
    before = await raw_db.fetch("SELECT * FROM audit_entry")
    for statement in (
        "UPDATE audit_entry SET actor_id = subject_id",
        "UPDATE audit_entry SET action = 'report_read' WHERE false",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "TRUNCATE audit_entry, report CASCADE",
    ):
        with pytest.raises(asyncpg.CheckViolationError, match="can be added to and not changed"):
            await raw_db.execute(statement)
    assert await raw_db.fetch("SELECT * FROM audit_entry") == before


async def test_administrators_read_the_trail(api: Api, make: Factory) -> None:
    admin, staff = await make.admin(), await make.staff()
    mentee = await make.mentee(staff.organisation_id)
    path = f"/v1/people/{mentee.id}/suspension"
    for _ in range(26):
        ok(await staff.put(path), 204)
        ok(await staff.delete(path), 204)
    first = ok(await admin.get("/v1/audit"))
    second = ok(await admin.get("/v1/audit", params={"cursor": first["next_cursor"]}))
    entries = first["items"] + second["items"]
    assert [one["action"] for one in entries] == ["account_readmitted", "account_suspended"] * 26
    assert {(one["actor_id"], one["subject_id"]) for one in entries} == {(str(staff.id), str(mentee.id))}
    assert {one["organisation_id"] for one in entries} == {str(staff.organisation_id)}
    assert second["next_cursor"] is None
    for person in (staff, mentee):
        assert (await person.get("/v1/audit")).status_code in {401, 403}
    refused(await api.get("/v1/audit"), 401, "unauthenticated")


async def test_what_administrators_do_is_recorded_too(make: Factory) -> None:
    admin, staff = await make.admin(), await make.staff()
    ok(await admin.put(f"/v1/people/{staff.id}/suspension"), 204)
    (entry,) = ok(await admin.get("/v1/audit"))["items"]
    assert entry["organisation_id"] is None
    assert (entry["actor_id"], entry["subject_id"]) == (str(admin.id), str(staff.id))
