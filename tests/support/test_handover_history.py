"""A stretch of the conversation with the mentor before: the next one reads exactly that, for as long as they may."""

import asyncio

from rinnalla.ylitse import ids
from tests.api import ok, refused
from tests.programme import at_once
from tests.support.scenes import (
    Change,
    is_over_for_the_old_one,
    notices,
    say,
    thread_of,
)


async def test_history_is_exactly_the_range_that_was_given(change: Change) -> None:
    path = await change.chosen("history", 3)
    assert await change.read_by_new(path) == ["sana 3", "sana 4", "sana 5", "sana 6"]
    page = ok(await change.new.get(f"{path}/messages", params={"limit": 3}))
    assert [item["seq"] for item in page["items"]] == [3, 4, 5]
    assert [item["author"] for item in page["items"]] == ["mentee", "mentor", "mentee"]
    rest = ok(await change.new.get(f"{path}/messages", params={"cursor": page["next_cursor"]}))
    assert [item["seq"] for item in rest["items"]] == [6]
    body = ok(await change.new.get(path))
    assert (body["from_mentor"], body["from_seq"]) == (None, 3)
    await is_over_for_the_old_one(change)


async def test_the_new_mentor_gets_no_door_to_the_old_thread(change: Change) -> None:
    path = await change.chosen("history", 1)
    thread = f"/v1/threads/{change.thread}"
    refused(await change.new.get(thread), 404, "thread_not_found")
    refused(await change.new.get(f"{thread}/messages"), 404, "thread_not_found")
    sent = {"client_id": "01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f", "text": "hei"}
    refused(await change.new.post(f"{thread}/messages", sent), 404, "thread_not_found")
    refused(await change.new.put(f"{thread}/read", {"up_to_seq": 1}), 404, "thread_not_found")
    news = ok(await change.new.get("/v1/sync"))["events"]
    assert str(change.thread) not in str(news)
    assert "sana" not in str(news)
    assert [notice["code"] for notice in await notices(change.new)] == ["handover_given"]
    for other in (change.old, await change.programme.mentor()):
        refused(await other.get(f"{path}/messages"), 404, "handover_not_found")
    refused(await change.staff.get(f"{path}/messages"), 403, "forbidden")


async def test_the_young_person_keeps_their_conversation(change: Change) -> None:
    await change.chosen("history", 1)
    thread = ok(await change.mentee.get(f"/v1/threads/{change.thread}"))
    assert (thread["filing"], thread["state"]) == ("handed_over", "closed")
    assert len(ok(await change.mentee.get(f"/v1/threads/{change.thread}/messages"))["items"]) == 6
    filed = await change.mentee.put(f"/v1/threads/{change.thread}/filing", {"filing": "inbox"})
    refused(filed, 409, "thread_handed_over")
    filed = await change.mentee.put(f"/v1/threads/{change.thread}/filing", {"filing": "handed_over"})
    refused(filed, 400, "invalid_body")


async def test_young_people_see_their_contacts_after_a_hand_over(change: Change) -> None:
    await change.chosen("history", 1)
    own = f"/ylitse/users/{ids.user_id(change.mentee.id)}"
    contacts = ok(await change.mentee.get(f"{own}/contacts"))["resources"]
    statuses = {ids.user_id(change.old.id): "archived", ids.user_id(change.new.id): "ok"}
    assert {one["id"]: one["status"] for one in contacts} == statuses
    ok(await change.mentee.get(f"{own}/messages"))
    first = {"from_message_id": change.first_message, "desc": "false", "max": 10}
    ok(await change.mentee.get(f"{own}/messages", params=first))
    for status in ("ok", "banned"):
        filed = await change.mentee.put(f"{own}/contacts/{ids.user_id(change.old.id)}", {"status": status})
        assert filed.status_code == 403, filed.text


async def test_nothing_is_read_after_it_was_taken_back_however_fast_one_reads(change: Change) -> None:
    path = await change.chosen("history", 1)
    order: list[str] = []

    async def read() -> None:
        for _ in range(10):
            asked_after = "withdrawn" in order
            answer = await change.new.get(f"{path}/messages")
            if asked_after:
                refused(answer, 404, "handover_not_found")
            else:
                assert answer.status_code in {200, 404}

    async def withdraw() -> None:
        await asyncio.sleep(0)
        ok(await change.mentee.delete(f"{path}/consent"), 204)
        order.append("withdrawn")

    await asyncio.gather(read(), read(), withdraw(), read())


async def test_what_was_given_ends_with_the_pair(change: Change) -> None:
    path = await change.chosen("history", 1)
    ok(await change.staff.post(f"{change.after}/end", at_once()))
    refused(await change.new.get(f"{path}/messages"), 404, "handover_not_found")
    refused(await change.new.get(path), 404, "handover_not_found")


async def test_two_who_begin_again_have_their_conversation_back(change: Change) -> None:
    path = await change.chosen("history", 1)
    ok(await change.staff.post(f"{change.after}/end", at_once()))
    ok(await change.mentee.put("/v1/waiting"))
    again = await change.programme.in_trial(change.mentee, change.old)
    assert await thread_of(change.old, again) == change.thread
    await say(change.old, change.thread, "taas")
    assert ok(await change.mentee.get(f"/v1/threads/{change.thread}"))["filing"] == "inbox"
    refused(await change.new.get(f"{path}/messages"), 404, "handover_not_found")
