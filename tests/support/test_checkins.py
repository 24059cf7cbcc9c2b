"""Check-ins of staff with both sides of a pair, and who of the staff that is."""

from datetime import date
from typing import Any

import asyncpg
import pytest

from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.programme import Programme, at_once, settings
from tests.support.scenes import TALKED, days_pass, notices, turn

PATH = "/v1/staff/checkins"


async def listed(staff: Person, state: str, **params: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = ok(await staff.get(PATH, params={"state": state, **params}))["items"]
    return items


async def finish(staff: Person, checkin: dict[str, Any], **said: Any) -> dict[str, Any]:
    path = f"{PATH}/{checkin['id']}"
    body: dict[str, Any] = ok(await staff.edit("PUT", f"{path}/done", TALKED | said, read_from=path))
    return body


async def test_a_trial_brings_check_ins_with_each_side(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    pair = await programme.in_trial(mentee, mentor)
    due = await listed(programme.staff, "due")
    assert {(one["party"], one["with_person"]["id"], one["number"], one["depth"]) for one in due} == {
        ("mentee", str(mentee.id), 0, "quick"),
        ("mentor", str(mentor.id), 0, "quick"),
    }
    assert {one["staff"]["id"] for one in due} == {str(programme.staff.id)}
    assert await listed(programme.staff, "overdue") == await listed(programme.staff, "done") == []
    for member in (mentee, mentor):
        (following,) = ok(await member.get("/v1/checkins/next"))["items"]
        assert following["pair_id"] == pair.rpartition("/")[2]
        assert following["staff"] == due[0]["staff"]
        assert following["agreed_on"] is None


async def test_what_was_talked_about_is_kept_and_sealed(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee = await programme.mentee()
    await programme.in_trial(mentee, await programme.mentor())
    checkin = next(one for one in await listed(programme.staff, "due") if one["party"] == "mentee")
    done = await finish(programme.staff, checkin, concern=True, notes="Puhelin hajosi.", next_on="2027-01-05")
    assert (done["notes"], done["concern"], done["minutes"]) == ("Puhelin hajosi.", True, 25)
    assert (done["done_by"], done["topics"]) == (str(programme.staff.id), ["expectations", "growth"])
    (line,) = await listed(programme.staff, "done")
    assert "notes" not in line
    assert ok(await programme.staff.get(f"{PATH}/{checkin['id']}"))["notes"] == "Puhelin hajosi."
    assert b"Puhelin" not in await raw_db.fetchval("SELECT notes FROM checkin WHERE notes IS NOT NULL")
    (following,) = ok(await mentee.get("/v1/checkins/next"))["items"]
    assert following["agreed_on"] == "2027-01-05"
    actions = [
        row[0] for row in await raw_db.fetch("SELECT action FROM audit_entry WHERE subject_id = $1", checkin["id"])
    ]
    assert sorted(actions) == ["checkin_done", "checkin_read"]


async def test_two_who_take_down_the_same_talk(programme: Programme, make: Factory) -> None:
    await programme.in_trial(await programme.mentee(), await programme.mentor())
    checkin = (await listed(programme.staff, "due"))[0]
    path, colleague = f"{PATH}/{checkin['id']}", await make.staff(programme.home)
    etag = {"If-Match": '"1"'}
    ok(await programme.staff.call("PUT", f"{path}/done", json=TALKED, headers=etag))
    refused(await colleague.call("PUT", f"{path}/done", json=TALKED, headers=etag), 412, "edited_meanwhile")
    refused(await colleague.put(f"{path}/done", TALKED), 428, "precondition_required")
    put_right = await finish(colleague, checkin, minutes=40)
    assert (put_right["minutes"], put_right["done_by"]) == (40, str(programme.staff.id))


@pytest.mark.parametrize(
    ("field", "value"),
    [("minutes", -1), ("minutes", 601), ("mode", "letter"), ("topics", ["gossip"]), ("notes", "x" * 4001)],
)
async def test_what_makes_no_sense_is_refused(programme: Programme, field: str, value: Any) -> None:
    await programme.in_trial(await programme.mentee(), await programme.mentor())
    path = f"{PATH}/{(await listed(programme.staff, 'due'))[0]['id']}/done"
    answer = await programme.staff.call("PUT", path, json=TALKED | {field: value}, headers={"If-Match": '"1"'})
    refused(answer, 400, "invalid_body")


async def test_days_bring_what_is_due_and_then_overdue(programme: Programme, raw_db: asyncpg.Connection) -> None:
    await programme.active(await programme.mentee(), await programme.mentor())
    await days_pass(raw_db, 14)
    assert {one["number"] for one in await listed(programme.staff, "due")} == {0}
    await days_pass(raw_db, 1)
    assert {one["number"] for one in await listed(programme.staff, "overdue")} == {0}
    assert {one["number"] for one in await listed(programme.staff, "due")} == {1}
    await days_pass(raw_db, 200)
    assert await turn(programme, "checkins") == 1
    assert {one["number"] for one in await listed(programme.staff, "overdue", limit=100)} == set(range(8))
    assert await turn(programme, "checkins") == 0
    planned = await raw_db.fetchval("SELECT max(due_on) - current_date FROM checkin")
    assert planned >= 90


@pytest.mark.parametrize(
    ("every", "then"),
    [(60, [330, 420, 510, 600]), (15, [285, 300, 315, 330, 345, 360, 450, 540, 630])],
)
async def test_a_changed_plan_goes_on_from_the_last_one_planned(
    programme: Programme, raw_db: asyncpg.Connection, every: int, then: list[int]
) -> None:
    mentee = await programme.mentee()
    await programme.active(mentee, await programme.mentor())
    await days_pass(raw_db, 150)
    await turn(programme, "checkins")
    plan = settings()["checkin_plan"] | {"year_one_every_days": every}
    await programme.settle(checkin_plan=plan)
    for _ in range(10):
        await days_pass(raw_db, 50)
        await turn(programme, "checkins")
        (following,) = ok(await mentee.get("/v1/checkins/next"))["items"]
        assert following["opens_on"] < following["due_on"]
    overdue = await listed(programme.staff, "overdue", limit=100)
    for party in ("mentee", "mentor"):
        theirs = [one for one in overdue if one["party"] == party]
        began = date.fromisoformat(theirs[0]["due_on"]).toordinal() - 14
        days = [date.fromisoformat(one["due_on"]).toordinal() - began for one in theirs]
        assert days == [14, *range(30, 271, 30), *then]
        assert [one["number"] for one in theirs] == list(range(len(theirs)))
        opening = [date.fromisoformat(one["opens_on"]).toordinal() - began for one in theirs]
        assert opening == [0, *(day + 1 for day in days[:-1])]


async def test_a_list_goes_on(programme: Programme) -> None:
    for _ in range(3):
        await programme.in_trial(await programme.mentee(), await programme.mentor())
    seen, cursor = [], None
    while True:
        params = {"state": "due", "limit": 4} | ({"cursor": cursor} if cursor else {})
        page = ok(await programme.staff.get(PATH, params=params))
        seen += [one["id"] for one in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert len(seen) == len(set(seen)) == 6


async def test_the_end_of_a_pair_drops_what_was_to_come_and_keeps_what_was_missed(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee = await programme.mentee()
    pair = await programme.active(mentee, await programme.mentor())
    await days_pass(raw_db, 20)
    missed = (await listed(programme.staff, "overdue"))[0]
    ok(await programme.staff.post(f"{pair}/end", at_once()))
    assert await listed(programme.staff, "due") == await listed(programme.staff, "overdue") == []
    assert ok(await mentee.get("/v1/checkins/next"))["items"] == []
    version = ok(await programme.staff.get(f"{PATH}/{missed['id']}"))["version"]
    answer = await programme.staff.call(
        "PUT", f"{PATH}/{missed['id']}/done", json=TALKED, headers={"If-Match": f'"{version}"'}
    )
    refused(answer, 409, "checkin_dropped")
    (figures,) = ok(await programme.staff.get(f"{PATH}/figures"))["items"]
    assert (figures["due"], figures["done"], figures["percent"]) == (2, 0, 0)


async def test_figures_are_by_staff_and_never_by_mentor(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await programme.active(mentee, mentor)
    assert ok(await programme.staff.get(f"{PATH}/figures"))["items"] == []
    await finish(programme.staff, (await listed(programme.staff, "due"))[0])
    await days_pass(raw_db, 15)
    quarter = await raw_db.fetchrow(
        "SELECT date_part('year', due_on)::int, date_part('quarter', due_on)::int FROM checkin WHERE number = 0"
    )
    answer = await programme.staff.get(f"{PATH}/figures", params={"year": quarter[0], "quarter": quarter[1]})
    body = ok(answer)
    (figures,) = body["items"]
    assert figures["staff"]["id"] == str(programme.staff.id)
    assert (figures["due"], figures["done"], figures["percent"], body["target_percent"]) == (2, 1, 50, 90)
    assert str(mentor.id) not in answer.text
    assert ok(await programme.staff.get(f"{PATH}/figures", params={"year": 2001, "quarter": 1}))["items"] == []


async def test_another_contact_is_there_for_both_and_both_are_told(programme: Programme, make: Factory) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    pair = await programme.in_trial(mentee, mentor)
    path = f"/v1/staff/pairs/{pair.rpartition('/')[2]}/contact"
    colleague, stranger = await make.staff(programme.home), await make.staff()
    assert ok(await programme.staff.get(path))["staff"]["id"] == str(programme.staff.id)
    for nobody in (stranger, mentor):
        refused(await programme.staff.edit("PUT", path, {"staff_id": str(nobody.id)}), 404, "contact_not_found")
    changed = ok(await programme.staff.edit("PUT", path, {"staff_id": str(colleague.id)}))
    assert changed["staff"]["id"] == str(colleague.id)
    stale = await programme.staff.call(
        "PUT", path, json={"staff_id": str(programme.staff.id)}, headers={"If-Match": '"1"'}
    )
    refused(stale, 412, "edited_meanwhile")
    assert len(await listed(programme.staff, "due", staff_id=str(colleague.id))) == 2
    assert await listed(programme.staff, "due", staff_id=str(programme.staff.id)) == []
    for member in (mentee, mentor):
        (notice,) = await notices(member)
        assert (notice["code"], notice["contact"]["id"]) == ("contact_changed", str(colleague.id))
        events = ok(await member.get("/v1/sync"))["events"]
        assert events[-1] == {"type": "notice", "notice_id": notice["id"], "seq": events[-1]["seq"]}
    ok(await programme.staff.edit("PUT", path, {"staff_id": str(colleague.id)}))
    assert len(await notices(mentee)) == 1


async def test_a_notice_is_marked_as_seen_by_whom_it_is_for(programme: Programme, make: Factory) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    pair = await programme.in_trial(mentee, mentor)
    colleague = await make.staff(programme.home)
    path = f"/v1/staff/pairs/{pair.rpartition('/')[2]}/contact"
    ok(await programme.staff.edit("PUT", path, {"staff_id": str(colleague.id)}))
    (notice,) = await notices(mentee)
    assert notice["seen_at"] is None
    refused(await mentor.put(f"/v1/notices/{notice['id']}/seen"), 404, "notice_not_found")
    ok(await mentee.put(f"/v1/notices/{notice['id']}/seen"), 204)
    first = (await notices(mentee))[0]["seen_at"]
    ok(await mentee.put(f"/v1/notices/{notice['id']}/seen"), 204)
    assert first is not None
    assert (await notices(mentee))[0]["seen_at"] == first


async def test_who_leaves_the_staff_is_followed_by_a_colleague(programme: Programme, make: Factory) -> None:
    admin, colleague = await make.admin(), await make.staff(programme.home)
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await programme.in_trial(mentee, mentor)
    ok(await admin.delete(f"/v1/staff/{programme.staff.id}"), 204)
    (following,) = ok(await mentee.get("/v1/checkins/next"))["items"]
    assert following["staff"]["id"] == str(colleague.id)
    for member in (mentee, mentor):
        assert [notice["contact"]["id"] for notice in await notices(member, "contact_changed")] == [str(colleague.id)]


async def test_a_suspended_colleague_is_followed_too_and_nobody_by_whoever_comes(
    programme: Programme, make: Factory
) -> None:
    admin = await make.admin()
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await programme.in_trial(mentee, mentor)
    ok(await admin.put(f"/v1/people/{programme.staff.id}/suspension"), 204)
    assert await notices(mentee) == []
    assert await turn(programme, "contacts") == 0
    newcomer = await make.staff(programme.home)
    assert await turn(programme, "contacts") == 1
    (following,) = ok(await mentee.get("/v1/checkins/next"))["items"]
    assert following["staff"]["id"] == str(newcomer.id)
    assert len(await notices(mentor, "contact_changed")) == 1


async def test_who_was_blocked_sees_no_check_in(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    pair = ok(await mentee.get(await programme.in_trial(mentee, mentor)))
    ok(await mentee.put(f"/v1/threads/{pair['thread_id']}/filing", {"filing": "blocked"}))
    assert ok(await mentor.get("/v1/checkins/next"))["items"] == []
    assert len(ok(await mentee.get("/v1/checkins/next"))["items"]) == 1


async def test_another_programme_sees_nothing(programme: Programme, make: Factory) -> None:
    pair = await programme.in_trial(await programme.mentee(), await programme.mentor())
    stranger, checkin = await make.staff(), (await listed(programme.staff, "due"))[0]
    assert await listed(stranger, "due") == []
    refused(await stranger.get(f"{PATH}/{checkin['id']}"), 404, "checkin_not_found")
    refused(await stranger.get(f"/v1/staff/pairs/{pair.rpartition('/')[2]}/contact"), 404, "pair_not_talking")
