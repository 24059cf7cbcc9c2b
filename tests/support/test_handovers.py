"""What the next mentor may know of the conversation with the one before: what the young person says, and no more."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.programme import Programme
from tests.support.scenes import Change, is_over_for_the_old_one, notices


async def test_nothing_is_a_choice_and_ends_the_old_access_too(change: Change) -> None:
    path = await change.chosen("nothing")
    refused(await change.new.get(path), 404, "handover_not_found")
    refused(await change.new.get(f"{path}/messages"), 404, "handover_not_found")
    assert await notices(change.new) == []
    assert ok(await change.new.get("/v1/handovers"))["items"] == []
    await is_over_for_the_old_one(change)


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
