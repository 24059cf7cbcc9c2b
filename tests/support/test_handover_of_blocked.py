"""A conversation that one of the two had blocked before it is handed over: whoever was blocked stays so."""

import pytest

from rinnalla.ylitse import ids
from tests.api import ok, refused
from tests.factories import Person
from tests.programme import at_once
from tests.support.scenes import Change, notices


async def file(change: Change, person: Person, filing: str) -> str:
    """Where the thread is, after someone has filed it."""
    return str(ok(await person.put(f"/v1/threads/{change.thread}/filing", {"filing": filing}))["filing"])


async def events_of(person: Person) -> list[str]:
    return [event["type"] for event in ok(await person.get("/v1/sync"))["events"]]


async def knows_nothing(change: Change) -> None:
    """The mentor before finds no trace of someone who has blocked them, as if they had left."""
    assert ok(await change.old.get("/v1/pairs"))["items"] == []
    for path in ("", "/steps", "/letter"):
        refused(await change.old.get(change.before + path), 404, "pair_not_found")
    refused(await change.old.get(f"/v1/threads/{change.thread}"), 404, "thread_not_found")
    assert ok(await change.old.get("/v1/handovers"))["items"] == []


@pytest.mark.parametrize("choice", ["nothing", "history"])
async def test_whom_a_young_person_has_blocked_learns_nothing_from_a_hand_over(change: Change, choice: str) -> None:
    assert await file(change, change.mentee, "blocked") == "blocked"
    before = await events_of(change.old)
    path = await change.chosen(choice, 3 if choice == "history" else None)
    await knows_nothing(change)
    assert ok(await change.mentee.get(f"/v1/threads/{change.thread}"))["filing"] == "blocked"
    if choice == "history":
        assert await change.read_by_new(path) == ["sana 3", "sana 4", "sana 5", "sana 6"]
    ok(await change.mentee.edit("PUT", f"{path}/choice", {"choice": "summary"}, read_from=path))
    await knows_nothing(change)
    written = await change.old.call("PUT", f"{path}/summary", json={"text": "Hei."}, headers={"If-Match": '"3"'})
    refused(written, 404, "handover_not_found")
    assert await events_of(change.old) == before


async def test_who_is_blocked_is_not_brought_together_with_them_again_and_stays_so(change: Change) -> None:
    await file(change, change.mentee, "blocked")
    await change.chosen("nothing")
    ok(await change.staff.post(f"{change.after}/end", at_once()))
    ok(await change.mentee.put("/v1/waiting"))
    body = {"mentee_id": str(change.mentee.id), "mentor_id": str(change.old.id)}
    refused(await change.staff.post("/v1/pairs", body), 409, "cannot_be_paired")
    await knows_nothing(change)
    assert ok(await change.mentee.get(f"/v1/threads/{change.thread}"))["filing"] == "blocked"


async def test_who_is_unblocked_stands_where_every_mentor_before_stands(change: Change) -> None:
    await file(change, change.mentee, "blocked")
    await change.chosen("history", 1)
    before = await events_of(change.old)
    assert await file(change, change.mentee, "inbox") == "handed_over"
    thread = f"/v1/threads/{change.thread}"
    refused(await change.mentee.put(f"{thread}/filing", {"filing": "inbox"}), 409, "thread_handed_over")
    for path in (thread, f"{thread}/messages"):
        refused(await change.old.get(path), 404, "thread_not_found")
    assert await events_of(change.old) == before
    assert ok(await change.old.get(change.before))["state"] == "closed"


async def test_young_people_unblock_in_the_ylitse_face_to_no_other_effect(change: Change) -> None:
    await file(change, change.mentee, "blocked")
    await change.chosen("history", 1)
    contact = f"/ylitse/users/{ids.user_id(change.mentee.id)}/contacts/{ids.user_id(change.old.id)}"
    ok(await change.mentee.put(contact, {"status": "ok"}))
    assert ok(await change.mentee.get(f"/v1/threads/{change.thread}"))["filing"] == "handed_over"
    assert ok(await change.old.get(f"/ylitse/users/{ids.user_id(change.old.id)}/contacts"))["resources"] == []


async def test_whom_a_mentor_has_blocked_has_nothing_to_hand_over(change: Change) -> None:
    """The conversation is gone for the young person, and so is all that hangs on it. Their next mentor is there."""
    path = await change.chosen("summary")
    await file(change, change.old, "blocked")
    before = await events_of(change.mentee)
    refused(await change.mentee.get(path), 404, "handover_not_found")
    assert ok(await change.mentee.get("/v1/handovers"))["items"] == []
    for what, body in (("summary", {"text": "Hei."}), ("choice", {"choice": "nothing"})):
        late = await change.mentee.call("PUT", f"{path}/{what}", json=body, headers={"If-Match": '"2"'})
        refused(late, 404, "handover_not_found")
    refused(await change.staff.post("/v1/handovers", change.body()), 409, "nothing_to_hand_over")
    refused(await change.mentee.post("/v1/handovers", change.body()), 404, "pair_not_found")
    assert await events_of(change.mentee) == before
    assert [notice["code"] for notice in await notices(change.mentee)] == ["handover_offered"]
