"""What the next mentor may know of the conversation with the one before: what the young person says, and no more."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from rinnalla.ylitse import ids
from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.programme import Programme, at_once
from tests.support.scenes import notices, say, thread_of


class Change:
    """A young person who had a mentor and has another one now."""

    def __init__(self, programme: Programme) -> None:
        self.programme, self.staff = programme, programme.staff

    async def made(self, words: int = 6, *, safeguarding: bool = False) -> "Change":
        self.mentee, self.old, self.new = (
            await self.programme.mentee(),
            await self.programme.mentor(),
            await self.programme.mentor(),
        )
        self.before = await self.programme.active(self.mentee, self.old)
        self.thread = await thread_of(self.mentee, self.before)
        for number in range(1, words + 1):
            await say(self.mentee if number % 2 else self.old, self.thread, f"sana {number}")
        first = ok(await self.old.get(f"/v1/threads/{self.thread}/messages"))["items"][0]["id"] if words else None
        self.first_message: str | None = first
        if safeguarding:
            ok(await self.mentee.post(f"{self.before}/safeguarding"))
        else:
            ok(await self.staff.post(f"{self.before}/end", at_once()))
        ok(await self.mentee.put("/v1/waiting"))
        self.after = await self.programme.in_trial(self.mentee, self.new)
        return self

    def body(self) -> dict[str, str]:
        return {"from_pair_id": self.before.rpartition("/")[2], "to_pair_id": self.after.rpartition("/")[2]}

    async def opened(self) -> str:
        return f"/v1/handovers/{ok(await self.staff.post('/v1/handovers', self.body()), 201)['id']}"

    async def chosen(self, choice: str, from_seq: int | None = None) -> str:
        path = await self.opened()
        body = {"choice": choice, "from_seq": from_seq}
        ok(await self.mentee.edit("PUT", f"{path}/choice", body, read_from=path))
        return path

    async def read_by_new(self, path: str) -> list[str]:
        items = ok(await self.new.get(f"{path}/messages"))["items"]
        return [item["text"] for item in items]


@pytest.fixture
async def change(programme: Programme) -> Change:
    return await Change(programme).made()


async def is_over_for_the_old_one(change: Change) -> None:
    thread = f"/v1/threads/{change.thread}"
    refused(await change.old.get(thread), 404, "thread_not_found")
    refused(await change.old.get(f"{thread}/messages"), 404, "thread_not_found")
    refused(await change.old.put(f"{thread}/filing", {"filing": "inbox"}), 404, "thread_not_found")
    assert ok(await change.old.get(change.before))["state"] == "closed"
    for filing in ("inbox", "archived", "blocked"):
        threads = ok(await change.old.get("/v1/threads", params={"filing": filing}))["items"]
        assert str(change.thread) not in {one["id"] for one in threads}
    own = f"/ylitse/users/{ids.user_id(change.old.id)}"
    assert ok(await change.old.get(f"{own}/messages"))["resources"] == []
    assert ok(await change.old.get(f"{own}/contacts"))["resources"] == []
    from_before = {"from_message_id": change.first_message, "desc": "false", "max": 10}
    polled = await change.old.get(f"{own}/messages", params=from_before)
    assert polled.status_code == 404 or ok(polled)["resources"] == []
    events = ok(await change.old.get("/v1/sync"))["events"]
    assert [event["type"] for event in events if event.get("thread_id") == str(change.thread)][-1] == "thread_gone"
    assert "sana" not in str(events)


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


async def test_nothing_is_a_choice_and_ends_the_old_access_too(change: Change) -> None:
    path = await change.chosen("nothing")
    refused(await change.new.get(path), 404, "handover_not_found")
    refused(await change.new.get(f"{path}/messages"), 404, "handover_not_found")
    assert await notices(change.new) == []
    assert ok(await change.new.get("/v1/handovers"))["items"] == []
    await is_over_for_the_old_one(change)


async def test_a_summary_is_written_together_and_given_by_the_young_person(
    change: Change, raw_db: asyncpg.Connection
) -> None:
    path = await change.chosen("summary")
    ok(await change.old.get(f"/v1/threads/{change.thread}"))
    writers = {"old": change.old, "staff": change.staff, "mentee": change.mentee}
    for name, writer in writers.items():
        ok(await writer.edit("PUT", f"{path}/summary", {"text": f"Talvipuutarha, sanoo {name}"}, read_from=path))
        refused(await change.new.get(path), 404, "handover_not_found")
    assert ok(await change.old.get(path))["summary"] == "Talvipuutarha, sanoo mentee"
    stale = await change.mentee.call("POST", f"{path}/agreement", headers={"If-Match": '"3"'})
    refused(stale, 412, "edited_meanwhile")
    refused(await change.mentee.post(f"{path}/agreement"), 428, "precondition_required")
    refused(await change.old.post(f"{path}/agreement"), 403, "forbidden")
    agreed = ok(await change.mentee.edit("POST", f"{path}/agreement", None, read_from=path))
    assert agreed["state"] == "given"
    assert ok(await change.new.get(path))["summary"] == "Talvipuutarha, sanoo mentee"
    assert ok(await change.staff.get(path))["summary"] is None
    refused(await change.new.get(f"{path}/messages"), 404, "handover_not_found")
    refused(await change.old.get(path), 404, "handover_not_found")
    late = await change.staff.edit("PUT", f"{path}/summary", {"text": "ja vielä"}, read_from=path)
    refused(late, 409, "handover_not_open")
    await is_over_for_the_old_one(change)
    assert await raw_db.fetchval("SELECT count(*) FROM handover WHERE summary::text ILIKE '%talvipuutarha%'") == 0
    await raw_db.fetchval("SELECT 1")


@pytest.mark.parametrize("safeguarding", [True, False])
async def test_a_summary_is_no_way_to_write_to_someone_who_is_to_be_left_in_peace(
    programme: Programme, *, safeguarding: bool
) -> None:
    change = await Change(programme).made(safeguarding=safeguarding)
    path = await change.chosen("summary")
    if not safeguarding:
        ok(await change.mentee.put(f"/v1/threads/{change.thread}/filing", {"filing": "blocked"}))
    refused(await change.old.get(path), 404, "handover_not_found")
    assert ok(await change.old.get("/v1/handovers"))["items"] == []
    written = await change.old.call("PUT", f"{path}/summary", json={"text": "Hei."}, headers={"If-Match": '"2"'})
    refused(written, 404, "handover_not_found")
    ok(await change.mentee.edit("PUT", f"{path}/summary", {"text": "Hei."}, read_from=path))


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


async def test_an_edit_between_reading_and_agreeing_is_not_agreed_to(change: Change) -> None:
    path = await change.chosen("summary")
    ok(await change.mentee.edit("PUT", f"{path}/summary", {"text": "Minun sanani"}, read_from=path))
    read = (await change.mentee.get(path)).headers["etag"]
    answers = await asyncio.gather(
        change.mentee.call("POST", f"{path}/agreement", headers={"If-Match": read}),
        change.staff.call("PUT", f"{path}/summary", json={"text": "Toisen sanat"}, headers={"If-Match": read}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    if answers[0].status_code == 200:
        assert ok(await change.new.get(path))["summary"] == "Minun sanani"
    else:
        refused(await change.new.get(path), 404, "handover_not_found")


async def test_there_is_nothing_to_agree_to_before_it_is_written(change: Change) -> None:
    path = await change.chosen("summary")
    refused(await change.mentee.edit("POST", f"{path}/agreement", None, read_from=path), 409, "handover_not_open")
    ok(await change.mentee.delete(f"{path}/consent"), 204)
    written = await change.mentee.edit("PUT", f"{path}/summary", {"text": "x"}, read_from=path)
    refused(written, 409, "handover_not_open")


@pytest.mark.parametrize("choice", ["history", "summary"])
async def test_what_was_given_is_taken_back_at_once(change: Change, raw_db: asyncpg.Connection, choice: str) -> None:
    path = await change.chosen(choice, 1 if choice == "history" else None)
    if choice == "summary":
        ok(await change.mentee.edit("PUT", f"{path}/summary", {"text": "Talvi"}, read_from=path))
        ok(await change.mentee.edit("POST", f"{path}/agreement", None, read_from=path))
    ok(await change.new.get(path))
    ok(await change.mentee.delete(f"{path}/consent"), 204)
    refused(await change.new.get(path), 404, "handover_not_found")
    refused(await change.new.get(f"{path}/messages"), 404, "handover_not_found")
    assert await raw_db.fetchval("SELECT count(*) FROM reading_grant") == 0
    assert await raw_db.fetchval("SELECT count(*) FROM handover WHERE summary IS NOT NULL") == 0
    assert [notice["code"] for notice in await notices(change.new)] == ["handover_withdrawn", "handover_given"]
    ok(await change.mentee.delete(f"{path}/consent"), 204)
    assert len(await notices(change.new)) == 2
    await is_over_for_the_old_one(change)
    body = {"choice": "history", "from_seq": 5}
    ok(await change.mentee.edit("PUT", f"{path}/choice", body, read_from=path))
    assert await change.read_by_new(path) == ["sana 5", "sana 6"]


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


async def test_a_choice_must_make_sense(change: Change) -> None:
    path = await change.opened()
    assert [notice["code"] for notice in await notices(change.mentee)] == ["handover_offered"]
    for body, pointer in (
        ({"choice": "history"}, "/from_seq"),
        ({"choice": "nothing", "from_seq": 2}, "/from_seq"),
        ({"choice": "history", "from_seq": 7}, "/from_seq"),
        ({"choice": "history", "from_seq": 0}, "/from_seq"),
        ({"choice": "everything"}, "/choice"),
    ):
        answer = await change.mentee.edit("PUT", f"{path}/choice", body, read_from=path)
        refused(answer, 400, "invalid_body", pointer=pointer)
    ok(await change.old.get(f"/v1/threads/{change.thread}"))
    refused(await change.mentee.put(f"{path}/choice", {"choice": "nothing"}), 428, "precondition_required")
    refused(await change.staff.put(f"{path}/choice", {"choice": "nothing"}), 403, "forbidden")


async def test_it_takes_a_pair_that_is_over_and_one_that_talks(change: Change, make: Factory) -> None:
    path = await change.opened()
    again = ok(await change.mentee.post("/v1/handovers", change.body()))
    assert path.endswith(again["id"])
    before, after = change.body().values()
    for two in ((after, before), (after, after), (before, before)):
        body = {"from_pair_id": two[0], "to_pair_id": two[1]}
        refused(await change.staff.post("/v1/handovers", body), 409, "nothing_to_hand_over")
    stranger = await make.staff()
    refused(await stranger.post("/v1/handovers", change.body()), 404, "pair_not_found")
    refused(await stranger.get(path), 404, "handover_not_found")
    other = await Change(change.programme).made(words=1)
    body = {"from_pair_id": before, "to_pair_id": other.after.rpartition("/")[2]}
    refused(await change.staff.post("/v1/handovers", body), 409, "nothing_to_hand_over")
    refused(await other.mentee.post("/v1/handovers", body), 404, "pair_not_found")


async def test_whoever_leaves_takes_their_part_along(
    change: Change, programme: Programme, raw_db: asyncpg.Connection
) -> None:
    path = await change.chosen("history", 1)
    ok(await programme.staff.delete(f"/v1/people/{change.old.id}"), 204)
    refused(await change.new.get(path), 404, "handover_not_found")
    assert await raw_db.fetchval("SELECT count(*) FROM handover") == 0
    assert await raw_db.fetchval("SELECT count(*) FROM reading_grant") == 0


async def listed(person: Person) -> list[UUID]:
    items: list[dict[str, Any]] = ok(await person.get("/v1/handovers"))["items"]
    return [UUID(item["id"]) for item in items]


async def test_who_is_told_of_a_hand_over(change: Change) -> None:
    path = await change.opened()
    handover = UUID(path.rpartition("/")[2])
    assert await listed(change.mentee) == await listed(change.staff) == [handover]
    assert await listed(change.old) == await listed(change.new) == []
    ok(await change.mentee.edit("PUT", f"{path}/choice", {"choice": "summary"}, read_from=path))
    assert await listed(change.old) == [handover]
    assert await listed(change.new) == []
