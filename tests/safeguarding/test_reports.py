"""Someone tells of someone, and staff follow it up."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from rinnalla.kit.settings import Settings
from tests.api import Api, Contract, is_uuid7, ok, refused
from tests.conftest import RunningService
from tests.factories import Factory, Person

TEXT = "Hän pyytää kuvia minusta. 🙁"


def about(person_id: object, **changes: Any) -> dict[str, Any]:
    return {"reported_id": str(person_id), "reason": "harassment", "text": TEXT} | changes


async def reported(make: Factory) -> tuple[Person, Person, Person, str]:
    """A mentee, the mentor whom they reported, the staff, and the report's path."""
    mentee, mentor, _ = await make.talkers()
    staff = await make.staff(mentee.organisation_id)
    made = ok(await mentee.post("/v1/reports", about(mentor.id)), 201)
    return mentee, mentor, staff, f"/v1/reports/{made['id']}"


async def trail(raw_db: asyncpg.Connection) -> list[tuple[str, UUID, UUID]]:
    rows = await raw_db.fetch("SELECT action, actor_id, subject_id FROM audit_entry ORDER BY id")
    return [tuple(row) for row in rows]


async def test_the_reporter_is_told_that_it_arrived_and_no_more(make: Factory) -> None:
    mentee, mentor, _ = await make.talkers()
    made = ok(await mentee.post("/v1/reports", about(mentor.id)), 201)
    assert is_uuid7(made["id"])
    assert made == {"id": made["id"], "state": "open"}
    assert ok(await mentee.get("/v1/reports/mine")) == {"items": [made], "next_cursor": None}
    assert ok(await mentor.get("/v1/reports/mine"))["items"] == []


async def test_the_text_is_sealed(make: Factory, raw_db: asyncpg.Connection) -> None:
    await reported(make)
    await reported(make)
    rows = await raw_db.fetch("SELECT body, wrapped_key, report::text AS whole FROM report")
    assert len({row["wrapped_key"] for row in rows}) == 2
    for row in rows:
        assert TEXT.encode() not in row["body"]
        assert "kuvia" not in row["whole"]


async def test_staff_see_that_there_is_a_report_and_open_it_on_the_record(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor, staff, path = await reported(make)
    line = ok(await staff.get("/v1/reports"))["items"][0]
    assert line["reporter"] == {"id": str(mentee.id), "display_name": mentee.login_name}
    assert line["reported"] == {"id": str(mentor.id), "display_name": mentor.login_name}
    assert (line["reason"], line["state"], line["version"]) == ("harassment", "open", 1)
    assert "text" not in line
    assert await trail(raw_db) == []
    response = await staff.get(path)
    assert ok(response) == line | {"text": TEXT}
    assert response.headers["etag"] == '"1"'
    assert await trail(raw_db) == [("report_read", staff.id, UUID(line["id"]))]


async def test_following_up_is_recorded_and_loses_nothing(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, _, staff, path = await reported(make)
    other = await make.staff(staff.organisation_id)
    refused(await staff.patch(path, {"state": "closed"}), 428, "precondition_required")
    moved = ok(await staff.patch(path, {"state": "in_progress"}, headers={"If-Match": '"1"'}))
    assert (moved["state"], moved["version"]) == ("in_progress", 2)
    assert moved["updated_at"] > moved["created_at"]
    refused(await other.patch(path, {"state": "closed"}, headers={"If-Match": '"1"'}), 412, "edited_meanwhile")
    both = await asyncio.gather(
        *(one.patch(path, {"state": "closed"}, headers={"If-Match": '"2"'}) for one in (staff, other))
    )
    assert sorted(response.status_code for response in both) == [200, 412]
    ok(await staff.patch(path, {"state": "open"}, headers={"If-Match": '"3"'}))
    actions = [action for action, _, _ in await trail(raw_db)]
    assert actions == ["report_taken_up", "report_closed", "report_reopened"]
    assert ok(await mentee.get("/v1/reports/mine"))["items"][0]["state"] == "open"


async def test_reports_are_filtered_and_come_in_pages(make: Factory) -> None:
    mentee, mentor, staff, path = await reported(make)
    ok(await staff.patch(path, {"state": "closed"}, headers={"If-Match": '"1"'}))
    made = [ok(await mentor.post("/v1/reports", about(mentee.id)), 201)["id"] for _ in range(51)]
    assert [one["id"] for one in ok(await staff.get("/v1/reports?state=closed"))["items"]] == [path.split("/")[-1]]
    assert ok(await staff.get("/v1/reports?state=in_progress"))["items"] == []
    for person, place in ((staff, "/v1/reports?state=open&cursor="), (mentor, "/v1/reports/mine?cursor=")):
        first = ok(await person.get(place.replace("cursor=", "")))
        second = ok(await person.get(place + first["next_cursor"]))
        assert [one["id"] for one in first["items"] + second["items"]] == made[::-1]
        assert second["next_cursor"] is None
    refused(await staff.get("/v1/reports?state=lost"), 400, "invalid_parameter")


async def test_who_can_be_reported(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await mentor.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
    home = mentee.organisation_id
    public, hidden = await make.mentor(home), await make.mentor(home, approved=False)
    staff, peer = await make.staff(home), await make.mentee(home)
    for reporter, known in ((mentee, mentor), (mentor, mentee), (mentee, public)):
        ok(await reporter.post("/v1/reports", about(known.id)), 201)
    nobody = uuid4()
    for reporter, unknown in (
        *((mentee, one.id) for one in (mentee, hidden, staff, peer)),
        *((mentor, one.id) for one in (mentor, public, hidden, staff, peer)),
        (mentee, nobody),
        (mentor, nobody),
    ):
        refused(await reporter.post("/v1/reports", about(unknown)), 404, "account_not_found")


async def test_staff_write_down_what_they_heard_of_whom_they_look_after(make: Factory) -> None:
    mentee, mentor, _ = await make.talkers()
    staff, colleague = await make.staff(mentee.organisation_id), await make.staff(mentee.organisation_id)
    for person in (mentee, mentor):
        made = ok(await staff.post("/v1/reports", about(person.id)), 201)
        there = ok(await colleague.get(f"/v1/reports/{made['id']}"))
        assert (there["reported"]["id"], there["reporter"]["id"]) == (str(person.id), str(staff.id))
        assert ok(await staff.get("/v1/reports/mine"))["items"][0] == made
    for unknown in (staff.id, colleague.id, (await make.mentee()).id, uuid4()):
        refused(await staff.post("/v1/reports", about(unknown)), 404, "account_not_found")


async def test_a_report_that_comes_again_is_stored_once(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, _ = await make.talkers()
    body = about(mentor.id, client_id=str(uuid4()))
    answers = await asyncio.gather(*(mentee.post("/v1/reports", body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert len({answer.text for answer in answers}) == 1
    ok(await mentor.post("/v1/reports", body | {"reported_id": str(mentee.id)}), 201)  # an id counts for its maker
    for changes in ({"text": "Hei"}, {"reason": "spam"}, {"reported_id": str(mentee.id)}):
        refused(await mentee.post("/v1/reports", body | changes), 422, "client_id_reused")
    await raw_db.execute("DELETE FROM account WHERE id = $1", mentor.id)
    assert ok(await mentee.post("/v1/reports", body)) == answers[0].json()
    assert len(ok(await mentee.get("/v1/reports/mine"))["items"]) == 1


async def test_reports_without_an_id_are_all_different(make: Factory) -> None:
    mentee, mentor, _ = await make.talkers()
    for body in (about(mentor.id), about(mentor.id, client_id=None)):
        ok(await mentee.post("/v1/reports", body), 201)
    assert len(ok(await mentee.get("/v1/reports/mine"))["items"]) == 2


async def test_a_report_goes_to_the_programme_of_the_reported(make: Factory) -> None:
    mentor, mentee = await make.mentor(), await make.mentee()
    mentors_staff, mentees_staff = await make.staff(mentor.organisation_id), await make.staff(mentee.organisation_id)
    path = f"/v1/reports/{ok(await mentee.post('/v1/reports', about(mentor.id)), 201)['id']}"
    assert ok(await mentees_staff.get("/v1/reports"))["items"] == []
    for missing in (path, f"/v1/reports/{uuid4()}"):
        refused(await mentees_staff.get(missing), 404, "report_not_found")
        move = mentees_staff.patch(missing, {"state": "closed"}, headers={"If-Match": '"1"'})
        refused(await move, 404, "report_not_found")
    body = ok(await mentors_staff.get(path))
    assert body["text"] == TEXT
    assert body["reporter"] is None  # a young person of another programme stays unnamed
    assert body["reported"]["id"] == str(mentor.id)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"reported_id": "me"}, "/reported_id"),
        ({"reason": "boredom"}, "/reason"),
        ({"text": ""}, "/text"),
        ({"text": " \n"}, "/text"),
        ({"text": "x" * 4001}, "/text"),
        ({"text": "a\0b"}, "/text"),
        ({"state": "closed"}, "/state"),
        ({"client_id": "1"}, "/client_id"),
    ],
)
async def test_a_report_that_makes_no_sense_is_refused(make: Factory, changes: dict[str, Any], pointer: str) -> None:
    mentee, mentor, _ = await make.talkers()
    response = await mentee.post("/v1/reports", about(mentor.id, **changes))
    refused(response, 400, "invalid_body", pointer=pointer)
    assert ok(await mentee.get("/v1/reports/mine"))["items"] == []


async def test_the_ways_of_reports_are_for_whom_they_are_for(api: Api, make: Factory) -> None:
    mentee, mentor, _, path = await reported(make)
    admin = await make.admin()
    refused(await admin.post("/v1/reports", about(mentor.id)), 403, "forbidden")
    refused(await admin.get("/v1/reports/mine"), 403, "forbidden")
    for person in (mentee, mentor, admin):
        refused(await person.get("/v1/reports"), 403, "forbidden")
        refused(await person.get(path), 403, "forbidden")
        refused(await person.patch(path, {"state": "closed"}), 403, "forbidden")
    refused(await api.post("/v1/reports", about(mentor.id)), 401, "unauthenticated")


async def test_reports_are_limited(settings: Settings, make: Factory, contract: Contract) -> None:
    mentee, mentor, _ = await make.talkers()
    with RunningService(replace(settings, port=0, limit_factor=0.1)) as strict:
        async with Api(strict.url, contract, mentee.token) as hurried:
            for _ in range(2):
                ok(await hurried.post("/v1/reports", about(mentor.id)), 201)
            response = await hurried.post("/v1/reports", about(mentor.id))
    refused(response, 429, "too_many_requests")
    assert int(response.headers["retry-after"]) > 60


async def test_repetitions_of_a_report_are_not_limited(settings: Settings, make: Factory, contract: Contract) -> None:
    mentee, mentor, _ = await make.talkers()
    body = about(mentor.id, client_id=str(uuid4()))
    with RunningService(replace(settings, port=0, limit_factor=0.1)) as strict:
        async with Api(strict.url, contract, mentee.token) as hurried:
            assert [(await hurried.post("/v1/reports", body)).status_code for _ in range(4)] == [201, 200, 200, 200]


async def test_a_report_outlives_the_two(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, staff, path = await reported(make)
    await raw_db.execute("DELETE FROM account WHERE id = ANY($1)", [mentee.id, mentor.id])
    body = ok(await staff.get(path))
    assert (body["text"], body["reporter"], body["reported"]) == (TEXT, None, None)
