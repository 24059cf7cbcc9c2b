"""Reports of the Ylitse contract: the same as in `/v1`, with two texts and a state in the client's own words."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from rinnalla.app import Services
from rinnalla.kit.caller import Caller, Role
from rinnalla.ylitse.keeping import Keeping
from rinnalla.ylitse.reports import Reports
from tests.api import ok
from tests.factories import Factory, Person
from tests.statements import statements
from tests.ylitse.client import told, user
from tests.ylitse.test_feedback import pair_and_staff


def report_on(person: Person, **more: Any) -> dict[str, Any]:
    return {
        "reported_user_id": user(person),
        "reporter_user_id": user(person),
        "contact_field": "aino@example.org",
        "report_reason": "Hän pyytää kuvia.",
        **more,
    }


async def test_one_that_cannot_be_opened_holds_up_no_other(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, staff = await pair_and_staff(make)
    broken, other = [ok(await mentee.post("/ylitse/reports", report_on(mentor)), 201) for _ in range(2)]
    await raw_db.execute("UPDATE report SET body = 'x'::bytea WHERE id = $1", UUID(broken["id"]))
    found = ok(await staff.get("/ylitse/reports"))["resources"]
    assert {one["id"]: one["report_reason"] for one in found} == {broken["id"]: "", other["id"]: "Hän pyytää kuvia."}
    assert ok(await staff.get(f"/v1/reports/{broken['id']}"))["text"] == ""
    assert ok(await staff.put(f"/ylitse/reports/{broken['id']}", {"status": "closed"}))["status"] == "closed"


async def test_many_are_read_with_as_few_statements_as_some(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor, staff = await pair_and_staff(make)
    caller = Caller(staff.id, Role.STAFF, mentee.organisation_id, staff.session_id)
    reports = Reports(services.safeguarding, Keeping(services.vault, services.limits))
    counts = []
    for reporter, more in ((mentee, 3), (mentee, 17), (staff, 10)):
        for _ in range(more):
            ok(await reporter.post("/ylitse/reports", report_on(mentor)), 201)
        with statements() as asked:
            async with services.database.unit_of_work() as db:
                found = await reports.all(db, caller)
        counts.append((len(found), len(asked)))
    assert counts[0][1] > 0
    assert counts == [(number, counts[0][1]) for number in (3, 20, 30)]
    read = await raw_db.fetch("SELECT count(*) FROM audit_entry WHERE action = 'report_read' GROUP BY subject_id")
    assert sorted(row[0] for row in read) == [1] * 10 + [2] * 17 + [3] * 3


async def test_what_is_open_comes_first_and_of_all_no_more_than_can_be_read(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor, staff = await pair_and_staff(make)
    first, second = [ok(await mentee.post("/ylitse/reports", report_on(mentor)), 201)["id"] for _ in range(2)]
    await raw_db.execute(
        "INSERT INTO report (id, organisation_id, reported_id, reason, body, wrapped_key, state) "
        "SELECT gen_random_uuid(), organisation_id, reported_id, reason, body, wrapped_key, 'closed' "
        "FROM report, generate_series(1, 300)"
    )
    found = ok(await staff.get("/ylitse/reports"))["resources"]
    assert [one["id"] for one in found[:2]] == [second, first]
    assert (len(found), {one["status"] for one in found[2:]}) == (500, {"closed"})


async def test_a_report_reaches_the_programme_sealed(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, staff = await pair_and_staff(make)
    made = ok(await mentee.post("/ylitse/reports", report_on(mentor)), 201)
    assert made["reporter_user_id"] == user(mentee)
    assert (made["contact_field"], made["report_reason"]) == ("aino@example.org", "Hän pyytää kuvia.")
    assert b"kuvia" not in await raw_db.fetchval("SELECT body FROM report")
    assert ok(await staff.get("/ylitse/reports"))["resources"] == [made]
    assert await raw_db.fetchval("SELECT count(*) FROM audit_entry WHERE action = 'report_read'") == 1
    there = ok(await staff.get(f"/v1/reports/{made['id']}"))
    assert there["text"] == "Hän pyytää kuvia.\n\n— aino@example.org"
    moved = ok(await staff.put(f"/ylitse/reports/{made['id']}", {"status": "closed"}))
    assert moved["status"] == "closed"
    assert ok(await mentee.get("/v1/reports/mine"))["items"][0]["state"] == "closed"


@pytest.mark.parametrize(
    ("status", "state"), [("handled", "closed"), ("Received", "open"), ("odottaa vastausta", "in_progress")]
)
async def test_staff_call_the_state_of_a_report_as_their_client_does(make: Factory, status: str, state: str) -> None:
    mentee, mentor, staff = await pair_and_staff(make)
    made = ok(await mentee.post("/ylitse/reports", report_on(mentor)), 201)
    assert ok(await staff.put(f"/ylitse/reports/{made['id']}", {**made, "status": status}))["status"] == status
    assert ok(await staff.get("/ylitse/reports"))["resources"][0]["status"] == status
    there = await staff.get(f"/v1/reports/{made['id']}")
    assert ok(there)["state"] == state
    elsewhere = {"closed": "open"}.get(state, "closed")
    ok(await staff.edit("PATCH", f"/v1/reports/{made['id']}", {"state": elsewhere}))
    assert ok(await staff.get("/ylitse/reports"))["resources"][0]["status"] == elsewhere


async def test_a_report_of_v1_is_read_here(make: Factory) -> None:
    mentee, mentor, staff = await pair_and_staff(make)
    body = {"reported_id": str(mentor.id), "reason": "threat", "text": "Hän uhkaili."}
    ok(await mentee.post("/v1/reports", body), 201)
    (there,) = ok(await staff.get("/ylitse/reports"))["resources"]
    assert (there["report_reason"], there["contact_field"], there["status"]) == ("Hän uhkaili.", "", "open")
    ok(await mentee.delete(f"/ylitse/accounts/{mentee.id}"), 204)
    assert "reporter_user_id" not in ok(await staff.get("/ylitse/reports"))["resources"][0]


async def test_two_who_move_a_report_at_once_both_may(make: Factory) -> None:
    mentee, mentor, staff = await pair_and_staff(make)
    path = f"/ylitse/reports/{ok(await mentee.post('/ylitse/reports', report_on(mentor)), 201)['id']}"
    statuses = ["open", "closed", "handled", "tutkitaan"] * 2
    for answer in await asyncio.gather(*(staff.put(path, {"status": status}) for status in statuses)):
        ok(answer)
    assert ok(await staff.get("/ylitse/reports"))["resources"][0]["status"] in statuses


async def test_two_long_texts_are_one_that_is_longer(make: Factory) -> None:
    mentee, mentor, staff = await pair_and_staff(make)
    body = report_on(mentor, report_reason="x" * 4000, contact_field="y" * 300)
    made = ok(await mentee.post("/ylitse/reports", body), 201)
    assert len(ok(await staff.get(f"/v1/reports/{made['id']}"))["text"]) > 4300
    theirs = {"reported_id": str(mentor.id), "reason": "threat", "text": "a\n\n— " + "b" * 3900}
    ok(await mentee.post("/v1/reports", theirs), 201)
    assert {len(one["contact_field"]) for one in ok(await staff.get("/ylitse/reports"))["resources"]} == {300, 3900}


@pytest.mark.parametrize(("reason", "contact"), [("a", ""), ("a\n\n— b", ""), ("a\n\n— b", "c"), ("a", "b — c")])
async def test_both_texts_of_a_report_come_back(make: Factory, reason: str, contact: str) -> None:
    mentee, mentor, _ = await pair_and_staff(make)
    made = ok(await mentee.post("/ylitse/reports", report_on(mentor, report_reason=reason, contact_field=contact)), 201)
    assert (made["report_reason"], made["contact_field"]) == (reason, contact)


async def test_staff_report_what_they_heard(make: Factory) -> None:
    _, mentor, staff = await pair_and_staff(make)
    made = ok(await staff.post("/ylitse/reports", report_on(mentor)), 201)
    assert (made["reporter_user_id"], made["reported_user_id"]) == (user(staff), user(mentor))
    assert ok(await staff.get("/ylitse/reports"))["resources"] == [made]


async def test_reports_that_are_refused(make: Factory) -> None:
    mentee, mentor, staff = await pair_and_staff(make)
    stranger = await make.mentee()
    elsewhere = await make.staff()
    for reported in (user(stranger), str(uuid4()), str(mentor.id), user(mentee)):
        told(await mentee.post("/ylitse/reports", report_on(mentor, reported_user_id=reported)), 404)
    for none in ("", " "):
        told(await mentee.post("/ylitse/reports", report_on(mentor, report_reason=none)), 400)
    told(await elsewhere.post("/ylitse/reports", report_on(mentor)), 404)
    made = ok(await mentee.post("/ylitse/reports", report_on(mentor)), 201)
    told(await mentee.get("/ylitse/reports"), 403)
    told(await elsewhere.put(f"/ylitse/reports/{made['id']}", {"status": "closed"}), 404)
    for wrong in ("", " ", "x" * 41, "a\nb", 1, None):
        told(await staff.put(f"/ylitse/reports/{made['id']}", {"status": wrong}), 400)
    assert ok(await elsewhere.get("/ylitse/reports"))["resources"] == []
