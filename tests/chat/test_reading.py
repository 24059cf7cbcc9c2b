"""Lists, unread counts, who waits longest."""

from uuid import uuid4

from tests.api import ok, refused
from tests.chat.test_sending import say
from tests.factories import Factory


async def test_a_new_message_is_unread_until_it_is_read(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    for number in range(3):
        ok(await say(mentee, thread, f"{number}"), 201)
    seen = ok(await mentor.get("/v1/threads"))["items"]
    assert [(one["id"], one["unread"], one["other_name"]) for one in seen] == [(str(thread), 3, mentee.login_name)]
    assert ok(await mentee.get("/v1/threads"))["items"][0]["unread"] == 0
    assert ok(await mentor.put(f"/v1/threads/{thread}/read", {"up_to_seq": 2}))["unread"] == 1
    assert ok(await mentor.put(f"/v1/threads/{thread}/read", {"up_to_seq": 1}))["read_seq"] == 2
    assert ok(await mentor.put(f"/v1/threads/{thread}/read", {"up_to_seq": 3}))["unread"] == 0
    refused(await mentor.put(f"/v1/threads/{thread}/read", {"up_to_seq": 4}), 400, "invalid_body", pointer="/up_to_seq")


async def test_reading_is_told_to_own_devices_only(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentee, thread, "hei"), 201)
    ok(await mentor.put(f"/v1/threads/{thread}/read", {"up_to_seq": 1}))
    ok(await mentor.put(f"/v1/threads/{thread}/read", {"up_to_seq": 1}))
    assert [event["type"] for event in ok(await mentor.get("/v1/sync"))["events"]].count("read") == 1
    assert "read" not in [event["type"] for event in ok(await mentee.get("/v1/sync"))["events"]]


async def test_who_has_waited_longest_comes_first(make: Factory) -> None:
    home = await make.organisation()
    mentor = await make.mentor(home)
    mentees = [await make.mentee(home) for _ in range(3)]
    threads = [await make.thread(mentee, mentor) for mentee in mentees]
    for index in (2, 0, 1, 2):
        ok(await say(mentees[index], threads[index], "oletko siellä?"), 201)
    waiting = ok(await mentor.get("/v1/threads/waiting"))["items"]
    assert [one["id"] for one in waiting] == [str(threads[index]) for index in (2, 0, 1)]
    ok(await say(mentor, threads[2], "olen"), 201)
    first = ok(await mentor.get("/v1/threads/waiting", params={"limit": 1}))
    second = ok(await mentor.get("/v1/threads/waiting", params={"limit": 1, "cursor": first["next_cursor"]}))
    assert [one["id"] for one in first["items"] + second["items"]] == [str(threads[0]), str(threads[1])]
    assert second["next_cursor"] is None
    assert ok(await mentees[2].get("/v1/threads/waiting"))["items"][0]["id"] == str(threads[2])


async def test_the_most_recently_active_comes_first_over_pages(make: Factory) -> None:
    home = await make.organisation()
    mentor = await make.mentor(home)
    mentees = [await make.mentee(home) for _ in range(4)]
    threads = [await make.thread(mentee, mentor) for mentee in mentees]
    for index in (3, 1, 0, 2):
        ok(await say(mentees[index], threads[index], "hei"), 201)
    found: list[str] = []
    cursor = None
    while True:
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = ok(await mentor.get("/v1/threads", params=query))
        found += [one["id"] for one in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert found == [str(threads[index]) for index in (2, 0, 1, 3)]


async def test_threads_are_filed_for_oneself(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    assert ok(await mentee.put(f"/v1/threads/{thread}/filing", {"filing": "archived"}))["filing"] == "archived"
    assert ok(await mentee.get("/v1/threads"))["items"] == []
    assert len(ok(await mentee.get("/v1/threads?filing=archived"))["items"]) == 1
    assert len(ok(await mentor.get("/v1/threads"))["items"]) == 1
    ok(await say(mentor, thread, "olen yhä täällä"), 201)
    refused(await mentee.get("/v1/threads?filing=elsewhere"), 400, "invalid_parameter")
    refused(await mentee.put(f"/v1/threads/{thread}/filing", {"filing": "x"}), 400, "invalid_body", pointer="/filing")


async def test_limits_of_pages(make: Factory) -> None:
    mentee, _, thread = await make.talkers()
    for limit in ("0", "101", "9" * 30, "-1", "x"):
        answer = await mentee.get(f"/v1/threads/{thread}/messages", params={"limit": limit})
        refused(answer, 400, "invalid_parameter")


async def test_staff_find_no_conversations(make: Factory) -> None:
    mentee, _, thread = await make.talkers()
    for person in (await make.staff(mentee.organisation_id), await make.admin()):
        for path in ("/v1/threads", f"/v1/threads/{thread}", f"/v1/threads/{thread}/messages", "/v1/sync"):
            refused(await person.get(path), 403, "forbidden")
        refused(await person.post(f"/v1/threads/{thread}/messages", {"client_id": str(uuid4())}), 403, "forbidden")
