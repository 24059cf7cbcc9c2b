"""A mentor is suspended, leaves or is stood down: no young person is left without a word and a name."""

from datetime import UTC, datetime

import asyncpg
import pytest

from tests.api import Api, ok, refused
from tests.factories import PASSWORD, Factory
from tests.pairs.test_letters import write
from tests.programme import Programme, open_pairs
from tests.support.scenes import LEFT_ALONE, MONTHS, lost, months_pass, notices, say, thread_of, turn

WAYS = ("suspended", "left", "removed", "stood_down")


@pytest.mark.parametrize("way", WAYS)
async def test_every_young_person_gets_a_word_and_a_name(
    programme: Programme, raw_db: asyncpg.Connection, way: str
) -> None:
    mentor = await programme.mentor()
    trial, active = await programme.mentee(), await programme.mentee()
    await programme.in_trial(trial, mentor)
    pair = await programme.active(active, mentor)
    thread = await thread_of(active, pair)
    await lost(way, programme, mentor)
    for mentee in (trial, active):
        (notice,) = await notices(mentee)
        assert (notice["code"], notice["text"]) == ("mentor_unavailable", None)
        assert notice["contact"]["id"] == str(programme.staff.id)
        assert (notice["about"] is None) == (way in {"left", "removed"})
        contact = ok(await mentee.get("/v1/interim-contact"))
        assert contact["contact"]["id"] == str(programme.staff.id)
        kinds = [event["type"] for event in ok(await mentee.get("/v1/sync"))["events"]]
        assert "notice" in kinds
        assert ok(await mentee.get("/v1/checkins/next"))["items"] == []
    assert await raw_db.fetch(LEFT_ALONE) == []
    if way in {"suspended", "stood_down"}:
        assert ok(await active.get(pair))["state"] == "closed"
        assert ok(await active.get(f"/v1/threads/{thread}"))["state"] == "closed"
        assert await open_pairs(raw_db, mentor) == 0
        rows = await raw_db.fetch("SELECT DISTINCT ending_kind FROM pair")
        assert [row[0] for row in rows] == ["one_side_gone"]
        deeds = {row[0] for row in await raw_db.fetch("SELECT action FROM audit_entry")}
        assert {"account_suspended", "mentor_stood_down"} & deeds
        assert "pair_ended" in deeds


async def test_nothing_of_why_is_told(programme: Programme) -> None:
    answers = []
    for way in ("suspended", "stood_down"):
        mentee, mentor = await programme.mentee(), await programme.mentor()
        await programme.active(mentee, mentor)
        await lost(way, programme, mentor)
        (notice,) = await notices(mentee)
        answers.append({name: value for name, value in notice.items() if name not in {"id", "about", "created_at"}})
    assert answers[0] == answers[1]


@pytest.mark.parametrize("way", ["suspended", "stood_down"])
@pytest.mark.parametrize("announced", [True, False])
async def test_who_had_to_go_gets_no_last_word(programme: Programme, way: str, *, announced: bool) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    pair = await programme.active(mentee, mentor)
    if announced:
        ok(await mentor.post(f"{pair}/end", {"kind": "planned", "reason": "as_planned"}))
        ok(await write(mentor, pair, "Kirje"))
    await lost(way, programme, mentor)
    if way == "stood_down":  # and is answered as after any end
        answer = await write(mentor, pair, "Vielä yksi sana", int(announced))
        assert answer.status_code == (409 if announced else 200)
    assert ok(await mentee.get(f"{pair}/letter"))["other"] is None
    assert ok(await mentee.get(f"{pair}/keepsake"))["letter_of_mentor"] is None


async def test_a_proposal_is_taken_back(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    pair = await programme.proposed(mentee, mentor)
    await lost("suspended", programme, mentor)
    assert ok(await mentee.get(pair))["state"] == "withdrawn"
    assert await notices(mentee) == []
    refused(await mentee.get("/v1/interim-contact"), 404, "interim_contact_not_found")


async def test_the_days_that_they_waited_before_count_for_whoever_wants_another_mentor(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await raw_db.execute("UPDATE waiting SET since = since - interval '70 days' WHERE mentee_id = $1", mentee.id)
    await programme.active(mentee, mentor)
    await months_pass(raw_db)
    refused(await mentee.put("/v1/interim-contact/waiting"), 404, "interim_contact_not_found")
    await lost("suspended", programme, mentor)
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is False
    assert ok(await mentee.get("/v1/interim-contact"))["may_wait"] is True
    await raw_db.execute(
        "UPDATE interim_contact SET since = since - $1::interval, waited_since = waited_since - $1", MONTHS
    )
    since = ok(await mentee.put("/v1/interim-contact/waiting"))["since"]
    assert (datetime.now(UTC) - datetime.fromisoformat(since)).days == 70
    assert ok(await mentee.get("/v1/waiting/own"))["since"] == since
    assert ok(await mentee.put("/v1/interim-contact/waiting"))["since"] == since


async def test_with_a_mentor_who_stands_by_they_can_write_at_once(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    standing_by, mentor = await programme.mentor(), await programme.mentor()
    path = "/v1/staff/interim-mentor"
    foreign = await programme.make.mentor()
    refused(await programme.staff.put(path, {"mentor_id": str(foreign.id)}), 404, "mentor_not_found")
    ok(await programme.staff.put(path, {"mentor_id": str(standing_by.id)}))
    assert ok(await programme.staff.get(path))["mentor_id"] == str(standing_by.id)
    mentee = await programme.mentee()
    await programme.active(mentee, mentor)
    await lost("suspended", programme, mentor)
    contact = ok(await mentee.get("/v1/interim-contact"))
    assert contact["contact"]["id"] == str(standing_by.id)
    await say(mentee, contact["thread_id"])
    await say(standing_by, contact["thread_id"])
    # until a pair of their own begins
    ok(await mentee.put("/v1/interim-contact/waiting"))
    await programme.in_trial(mentee, await programme.mentor())
    refused(await mentee.get("/v1/interim-contact"), 404, "interim_contact_not_found")
    assert await turn(programme, "losses") == 1
    assert ok(await mentee.get(f"/v1/threads/{contact['thread_id']}"))["state"] == "closed"
    assert await turn(programme, "losses") == 0


async def test_the_one_who_stands_by_is_lost_as_well(programme: Programme, make: Factory) -> None:
    standing_by, mentor, mentee = await programme.mentor(), await programme.mentor(), await programme.mentee()
    ok(await programme.staff.put("/v1/staff/interim-mentor", {"mentor_id": str(standing_by.id)}))
    await programme.active(mentee, mentor)
    await lost("suspended", programme, mentor)
    thread = ok(await mentee.get("/v1/interim-contact"))["thread_id"]
    await lost("suspended", programme, standing_by)
    contact = ok(await mentee.get("/v1/interim-contact"))
    assert (contact["contact"]["id"], contact["thread_id"]) == (str(programme.staff.id), None)
    assert ok(await mentee.get(f"/v1/threads/{thread}"))["state"] == "closed"
    assert [notice["code"] for notice in await notices(mentee)] == ["contact_changed", "mentor_unavailable"]


async def test_staff_arrange_another_contact(programme: Programme, make: Factory) -> None:
    colleague, other_mentor = await make.staff(programme.home), await programme.mentor()
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await programme.active(mentee, mentor)
    await lost("suspended", programme, mentor)
    (row,) = ok(await programme.staff.get("/v1/staff/interim-contacts"))["items"]
    assert row["mentee"]["id"] == str(mentee.id)
    path = f"/v1/staff/interim-contacts/{row['id']}"
    stranger = await make.staff()
    assert ok(await stranger.get("/v1/staff/interim-contacts"))["items"] == []
    refused(await stranger.put(path, {"contact_id": str(stranger.id)}), 404, "interim_contact_not_found")
    for nobody in (stranger, mentee, mentor):
        refused(await programme.staff.put(path, {"contact_id": str(nobody.id)}), 404, "contact_not_found")
    ok(await programme.staff.put(path, {"contact_id": str(colleague.id)}))
    changed = ok(await programme.staff.put(path, {"contact_id": str(other_mentor.id)}))
    await say(mentee, changed["thread_id"])
    ok(await programme.staff.put(path, {"contact_id": str(other_mentor.id)}))
    told = [(notice["code"], notice["contact"]["id"]) for notice in await notices(mentee)]
    assert told[:2] == [("contact_changed", str(other_mentor.id)), ("contact_changed", str(colleague.id))]


async def test_a_programme_without_staff_suspends_all_the_same(
    programme: Programme, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await programme.active(mentee, mentor)
    await raw_db.execute("UPDATE account SET state = 'suspended' WHERE id = $1", programme.staff.id)
    ok(await mentor.post("/v1/account/departure", {"password": PASSWORD}), 204)
    (notice,) = await notices(mentee)
    assert (notice["code"], notice["contact"]) == ("mentor_unavailable", None)
    assert ok(await mentee.get("/v1/interim-contact"))["contact"] is None
    newcomer = await make.staff(programme.home)
    assert await turn(programme, "losses") == 1
    assert ok(await mentee.get("/v1/interim-contact"))["contact"]["id"] == str(newcomer.id)
    assert (await notices(mentee))[0]["code"] == "contact_changed"


async def test_staff_who_leave_are_followed_as_contacts(programme: Programme, make: Factory) -> None:
    admin, colleague = await make.admin(), await make.staff(programme.home)
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await programme.active(mentee, mentor)
    await lost("suspended", programme, mentor)
    ok(await admin.delete(f"/v1/staff/{programme.staff.id}"), 204)
    assert ok(await mentee.get("/v1/interim-contact"))["contact"]["id"] == str(colleague.id)


async def test_a_suspension_that_went_past_us_is_made_good(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    pair = await programme.active(mentee, mentor)
    await raw_db.execute("UPDATE account SET state = 'suspended' WHERE id = $1", mentor.id)
    assert await turn(programme, "losses") == 1
    assert ok(await mentee.get(pair))["state"] == "closed"
    assert [notice["code"] for notice in await notices(mentee)] == ["mentor_unavailable"]


async def test_only_ones_own_mentors_are_stood_down(programme: Programme, make: Factory) -> None:
    foreign, mentee = await programme.make.mentor(), await programme.mentee()
    path = "/v1/staff/mentors/{}/standing-down"
    refused(await programme.staff.post(path.format(foreign.id)), 404, "account_not_found")
    refused(await programme.staff.post(path.format(mentee.id)), 404, "mentor_not_found")
    mentor = await programme.mentor()
    ok(await programme.staff.post(path.format(mentor.id)), 204)
    ok(await programme.staff.post(path.format(mentor.id)), 204)
    refused(await make.nobody.get(f"/v1/mentors/{mentor.id}"), 404, "mentor_not_found")
    ok(await mentor.get("/v1/account"))


async def test_an_api_client_of_someone_lost_is_out(programme: Programme, api: Api) -> None:
    mentor = await programme.mentor()
    await programme.active(await programme.mentee(), mentor)
    await lost("suspended", programme, mentor)
    refused(await mentor.get("/v1/threads"), 401, "invalid_token")
