"""A summary of the conversation with the mentor before, written together and given by the young person."""

import asyncio

import asyncpg
import pytest

from tests.api import ok, refused
from tests.programme import Programme
from tests.support.scenes import (
    Change,
    is_over_for_the_old_one,
)


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


@pytest.mark.parametrize("ended", ["as planned", "for safety", "stood_down"])
async def test_a_summary_is_no_way_to_write_to_someone_who_is_to_be_left_in_peace(
    programme: Programme, ended: str
) -> None:
    change = await Change(programme).made(ended=ended)
    path = await change.chosen("summary")
    if ended == "as planned":
        ok(await change.mentee.put(f"/v1/threads/{change.thread}/filing", {"filing": "blocked"}))
    refused(await change.old.get(path), 404, "handover_not_found")
    assert ok(await change.old.get("/v1/handovers"))["items"] == []
    written = await change.old.call("PUT", f"{path}/summary", json={"text": "Hei."}, headers={"If-Match": '"2"'})
    refused(written, 404, "handover_not_found")
    ok(await change.mentee.edit("PUT", f"{path}/summary", {"text": "Hei."}, read_from=path))


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
