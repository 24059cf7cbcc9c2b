"""How a pair ends: announced, at once, or for safety; and that the door stays open."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from rinnalla.kit.caller import Role
from rinnalla.pairs.models import EndKind
from rinnalla.pairs.policy import ends_on
from tests.api import ok, refused
from tests.matching.test_suggestions import reasons
from tests.pairs.test_letters import write
from tests.programme import Programme, at_once, events_of, open_pairs

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("role", "kind", "wished", "days"),
    [
        (Role.MENTEE, EndKind.PLANNED, None, 14),
        (Role.MENTEE, EndKind.UNPLANNED, None, 7),
        (Role.MENTEE, EndKind.UNPLANNED, 0, 0),
        (Role.MENTEE, EndKind.PLANNED, -1, None),
        (Role.MENTEE, EndKind.PLANNED, 90, 90),
        (Role.MENTEE, EndKind.PLANNED, 91, None),
        (Role.MENTOR, EndKind.ONE_SIDE_GONE, None, 7),
        (Role.MENTOR, EndKind.UNPLANNED, 0, None),
        (Role.MENTOR, EndKind.UNPLANNED, 1, 1),
        (Role.STAFF, EndKind.PROGRAMME, None, 14),
        (Role.STAFF, EndKind.PROGRAMME, 0, 0),
    ],
)
def test_how_soon_a_pair_may_end(role: Role, kind: EndKind, wished: int | None, days: int | None) -> None:
    day = None if wished is None else TODAY + timedelta(days=wished)
    assert ends_on(role, kind, day, TODAY) == (None if days is None else TODAY + timedelta(days=days))


@pytest.mark.parametrize("role", ["mentee", "mentor", "staff"])
async def test_an_end_is_announced_and_comes_on_its_day(
    programme: Programme, raw_db: asyncpg.Connection, role: str
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    people = {"mentee": mentee, "mentor": mentor, "staff": programme.staff}
    path = await programme.active(mentee, mentor)
    thread = ok(await mentee.get(path))["thread_id"]
    body = {"kind": "planned", "reason": "goal_reached"}
    ending = ok(await people[role].post(f"{path}/end", body))
    assert (ending["state"], ending["closed_by"], ending["end_reason"]) == ("closing", role, "goal_reached")
    assert ending["ends_on"] == (datetime.now(UTC).date() + timedelta(days=14)).isoformat()
    assert await open_pairs(raw_db, mentor) == 1
    for member_role, member in people.items():
        seen = ok(await member.get(path))
        known = (role, "planned", "goal_reached") if member_role in {role, "staff"} else (None, None, None)
        assert (seen["closed_by"], seen["ending_kind"], seen["end_reason"]) == known
        assert seen["ends_on"] == ending["ends_on"]
    sent = {"client_id": str(uuid4()), "text": "vielä ehditään"}
    ok(await mentee.post(f"/v1/threads/{thread}/messages", sent), 201)
    await programme.job("closings")
    assert ok(await mentee.get(path))["state"] == "closing"

    told = await events_of(raw_db, mentee)
    await raw_db.execute("UPDATE pair SET ends_on = current_date")
    await programme.job("closings")
    assert ok(await mentee.get(path))["state"] == "closing"
    await raw_db.execute("UPDATE pair SET ends_on = current_date - 1")
    for _ in range(2):
        await programme.job("closings")
        assert await open_pairs(raw_db, mentor) == 0
    assert ok(await mentor.get(path))["state"] == "closed"
    assert await events_of(raw_db, mentee) == told + 1
    sent = {"client_id": str(uuid4()), "text": "vielä yksi"}
    refused(await mentee.post(f"/v1/threads/{thread}/messages", sent), 409, "thread_closed")


async def test_a_young_person_may_go_at_once_and_owes_no_reason(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.in_trial(mentee, mentor)
    today = datetime.now(UTC).date().isoformat()
    body = {"kind": "unplanned", "ends_on": today}
    refused(await mentor.post(f"{path}/end", body), 400, "invalid_body", pointer="/reason")
    refused(await mentor.post(f"{path}/end", body | {"reason": "no_time"}), 400, "invalid_body", pointer="/ends_on")
    closed = ok(await mentee.post(f"{path}/end", body))
    assert (closed["state"], closed["ending_kind"], closed["end_reason"]) == ("closed", "unplanned", None)
    assert closed["closed_at"] is not None
    assert await open_pairs(raw_db, mentor) == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "programme", "reason": "other"}, "/kind"),
        ({"kind": "safeguarding", "reason": "safety"}, "/kind"),
        ({"kind": "planned", "reason": "because"}, "/reason"),
        ({"kind": "planned", "reason": "other", "ends_on": "2000-01-01"}, "/ends_on"),
        ({"kind": "planned", "reason": "other", "ends_on": "9999-12-31"}, "/ends_on"),
        ({"reason": "other"}, "/kind"),
    ],
)
async def test_what_is_no_end(programme: Programme, body: dict[str, Any], pointer: str) -> None:
    mentor = await programme.mentor()
    path = await programme.active(await programme.mentee(), mentor)
    refused(await mentor.post(f"{path}/end", body), 400, "invalid_body", pointer=pointer)


async def test_safety_ends_a_pair_at_once_and_is_not_told(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.active(mentee, mentor)
    thread = ok(await mentee.get(path))["thread_id"]
    closed = ok(await mentee.post(f"{path}/safeguarding"))
    assert (closed["state"], closed["ending_kind"], closed["end_reason"]) == ("closed", "safeguarding", "safety")
    seen = ok(await mentor.get(path))
    assert (seen["state"], seen["closed_by"], seen["ending_kind"], seen["end_reason"]) == ("closed", None, None, None)
    sent = {"client_id": str(uuid4()), "text": "mitä nyt"}
    refused(await mentor.post(f"/v1/threads/{thread}/messages", sent), 409, "thread_closed")
    ok(await mentee.put("/v1/waiting"))
    body = {"mentee_id": str(mentee.id), "mentor_id": str(mentor.id)}
    refused(await programme.staff.post("/v1/pairs", body), 409, "parted_before")
    refused(await mentee.post(f"{path}/again", {"same_mentor": True}), 409, "parted_before")
    ok(await mentee.post(f"{path}/again", {}))


async def test_the_last_talk_is_marked_once(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.active(mentee, mentor)
    refused(await mentor.put(f"{path}/last-talk"), 409, "pair_not_open")
    ok(await mentor.post(f"{path}/end", {"kind": "planned", "reason": "as_planned"}))
    marked = ok(await mentor.put(f"{path}/last-talk"))["last_talk_at"]
    told = await events_of(raw_db, mentee)
    assert ok(await mentee.put(f"{path}/last-talk"))["last_talk_at"] == marked
    assert await events_of(raw_db, mentee) == told


async def test_the_door_is_open(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.active(mentee, mentor)
    refused(await mentee.post(f"{path}/again", {}), 409, "pair_not_open")
    ok(await programme.staff.post(f"{path}/end", at_once()))
    assert ok(await mentee.post(f"{path}/again", {"same_mentor": True}))["waiting"] is True
    (entry,) = ok(await programme.staff.get("/v1/waiting"))["items"]
    assert entry["again_with"] == str(mentor.id)
    ok(await mentee.post(f"{path}/again", {}))
    (entry,) = ok(await programme.staff.get("/v1/waiting"))["items"]
    assert entry["again_with"] is None
    await programme.in_trial(mentee, mentor)


@pytest.mark.parametrize("state", ["trial", "closing"])
async def test_someone_leaves_whatever_the_state(programme: Programme, raw_db: asyncpg.Connection, state: str) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.in_trial(mentee, mentor)
    if state == "closing":
        ok(await mentee.post(f"{path}/end", {"kind": "planned"}))
        ok(await mentor.call("PUT", f"{path}/letter", json={"text": "Kiitos!"}, headers={"If-Match": '"0"'}))
    else:
        ok(await mentor.put(f"{path}/fit", {"fit": "good_fit"}))
    async with programme.make.services.database.unit_of_work() as db:
        await programme.make.services.pairs.leave(db, mentee.id)
    for table in ("pair", "pair_step", "pair_fit", "pair_letter"):
        assert await raw_db.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert await open_pairs(raw_db, mentor) == 0


async def test_the_other_can_t_tell_an_end_for_safety_from_another(programme: Programme) -> None:
    seen = []
    for way, body in (("safeguarding", None), ("end", at_once())):
        mentee, mentor = await programme.mentee(), await programme.mentor()
        path = await programme.active(mentee, mentor)
        ok(await mentee.post(f"{path}/{way}", body))
        told = ok(await mentor.get(path))
        last = ok(await mentor.get(f"{path}/steps"))["items"][-1]
        assert told["ends_on"] == told["closed_at"][:10]
        letter = ok(await write(mentor, path, "Anna anteeksi."))
        events = [event["type"] for event in ok(await mentor.get("/v1/sync"))["events"]]
        assert (letter["own"]["text"], ok(await mentor.get(f"{path}/letter"))) == ("Anna anteeksi.", letter)
        refused(await write(mentor, path, "Vielä tämä.", 1), 409, "letters_over")
        seen.append([{name for name, value in one.items() if value is None} for one in (told, last, letter)] + [events])
        arrived = ok(await mentee.get(f"{path}/letter"))["other"]
        assert (arrived is None) is (way == "safeguarding")
    assert seen[0] == seen[1]


@pytest.mark.parametrize("by", ["mentor", "staff"])
async def test_nor_can_a_young_person_whoever_said_it(programme: Programme, by: str) -> None:
    """Neither by what they see nor by asking for the same mentor again."""
    seen = []
    for way in ("safeguarding", "end"):
        mentee, mentor = await programme.mentee(), await programme.mentor()
        path = await programme.active(mentee, mentor)
        person = mentor if by == "mentor" and way == "safeguarding" else programme.staff
        ok(await person.post(f"{path}/{way}", at_once() if way == "end" else None))
        pair = ok(await mentee.get(path))
        asked = [
            pair | {"mentor": None, "mentee": None},
            *ok(await mentee.get(f"{path}/steps"))["items"],
            ok(await write(mentee, path, "Kiitos.")),
            ok(await mentee.get(f"{path}/letter")),
            ok(await mentee.get(f"/v1/threads/{pair['thread_id']}")),
            ok(await mentee.get("/v1/waiting/own")),
            *[ok(await mentee.post(f"{path}/again", {"same_mentor": same})) for same in (False, True)],
            ok(await mentee.get("/v1/waiting/own")),
        ]
        events = [event["type"] for event in ok(await mentee.get("/v1/sync"))["events"]]
        seen.append([_told(one) for one in asked] + [events])
    assert seen[0] == seen[1]


def _told(answer: dict[str, Any]) -> dict[str, Any]:
    """What an answer says, but for names and times: of these, whether there are any."""
    return {
        name: value if isinstance(value, bool) or name in {"state", "was", "now"} else value is None
        for name, value in answer.items()
    }


@pytest.mark.parametrize("answer", [{"answer": "no", "reason": "no_time"}, {"answer": "not_now"}])
async def test_how_a_mentor_said_no_is_not_found_out_by_asking_again(
    programme: Programme, answer: dict[str, str]
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.active(mentee, mentor)
    ok(await programme.staff.post(f"{path}/end", at_once()))
    ok(await mentee.put("/v1/waiting"))
    ok(await mentor.post(f"{await programme.proposed(mentee, mentor)}/decline", answer))
    assert ok(await mentee.post(f"{path}/again", {"same_mentor": True}))["waiting"] is True


async def test_what_was_asked_for_after_an_end_for_safety_leads_nowhere(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.active(mentee, mentor)
    ok(await mentor.post(f"{path}/safeguarding"))
    ok(await mentee.post(f"{path}/again", {"same_mentor": True}))
    assert reasons(await programme.suggestions(mentee)) == {str(mentor.id): ["paired_before"]}
    body = {"mentee_id": str(mentee.id), "mentor_id": str(mentor.id)}
    refused(await programme.staff.post("/v1/pairs", body), 409, "parted_before")
