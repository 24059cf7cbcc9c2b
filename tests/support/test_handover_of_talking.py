"""A conversation that goes on is not handed over: the mentor before talks with the young person again, in a pair or as
someone who is there for them, and must not lose them by a choice about an earlier time."""

import asyncpg
import pytest

from tests.api import ok, refused
from tests.support.scenes import Change, days_pass, is_over_for_the_old_one, lost, say, thread_of, turn
from tests.support.test_never_together import Away, away, stands_by

__all__ = ["away"]


@pytest.fixture
async def both(change: Change) -> Change:
    """The young person talks with the mentor before again, and with the next one as well."""
    await change.chosen("history", 2)
    ok(await change.mentee.put("/v1/waiting"))
    again = await change.programme.in_trial(change.mentee, change.old)
    assert await thread_of(change.old, again) == change.thread
    return change


async def path_of(change: Change) -> str:
    (handover,) = ok(await change.mentee.get("/v1/handovers"))["items"]
    return f"/v1/handovers/{handover['id']}"


async def choosing(change: Change, path: str, choice: str, from_seq: int | None = None, status: int = 200) -> None:
    body = {"choice": choice, "from_seq": from_seq}
    answer = await change.mentee.edit("PUT", f"{path}/choice", body, read_from=path)
    if status == 200:
        ok(answer)
    else:
        refused(answer, 409, "nothing_to_hand_over")


async def go_on(change: Change) -> None:
    """Both write, and both read it."""
    for writer, reader in ((change.mentee, change.old), (change.old, change.mentee)):
        await say(writer, change.thread, f"taas, {writer.login_name}")
        thread = ok(await reader.get(f"/v1/threads/{change.thread}"))
        assert (thread["state"], thread["filing"]) == ("open", "inbox")
        items = ok(await reader.get(f"/v1/threads/{change.thread}/messages"))["items"]
        assert items[0]["text"] == f"taas, {writer.login_name}"
    kinds = [event["type"] for event in ok(await change.old.get("/v1/sync"))["events"]]
    assert "thread_gone" not in kinds[-2:]


async def test_less_of_it_may_be_given(both: Change) -> None:
    path = await path_of(both)
    await go_on(both)
    await choosing(both, path, "history", 5)
    assert await both.read_by_new(path) == ["sana 5", "sana 6"]
    answer = await both.mentee.edit("PUT", f"{path}/choice", {"choice": "history", "from_seq": 7}, read_from=path)
    refused(answer, 400, "invalid_body", pointer="/from_seq")
    assert await both.read_by_new(path) == ["sana 5", "sana 6"]
    await choosing(both, path, "nothing")
    refused(await both.new.get(f"{path}/messages"), 404, "handover_not_found")
    await go_on(both)


async def test_more_of_it_may_not(both: Change) -> None:
    path = await path_of(both)
    await choosing(both, path, "history", 1, status=409)
    assert await both.read_by_new(path) == ["sana 2", "sana 3", "sana 4", "sana 5", "sana 6"]
    ok(await both.mentee.delete(f"{path}/consent"), 204)
    for choice, from_seq in (("history", 2), ("nothing", None)):
        await choosing(both, path, choice, from_seq, status=409)
    await go_on(both)


async def test_a_summary_waits_until_the_conversation_is_over(both: Change) -> None:
    path = await path_of(both)
    await choosing(both, path, "summary")
    refused(await both.new.get(f"{path}/messages"), 404, "handover_not_found")
    ok(await both.mentee.edit("PUT", f"{path}/summary", {"text": "Talvi"}, read_from=path))
    agreed = await both.mentee.edit("POST", f"{path}/agreement", None, read_from=path)
    refused(agreed, 409, "nothing_to_hand_over")
    refused(await both.new.get(path), 404, "handover_not_found")
    await go_on(both)


async def test_the_mentor_before_stands_in_for_the_next_one(
    change: Change, away: Away, raw_db: asyncpg.Connection
) -> None:
    path = await change.opened()
    absence = await away.covered(change.new, change.old)
    ok(await change.mentee.put(f"{absence}/consent", {"consents": True}))
    await away.begins()
    for choice, from_seq in (("history", 1), ("nothing", None)):
        await choosing(change, path, choice, from_seq, status=409)
    await go_on(change)
    await days_pass(raw_db, 8)
    await turn(change.programme, "absences")
    await choosing(change, path, "nothing")
    await is_over_for_the_old_one(change)


async def test_the_mentor_before_is_the_contact_after_a_loss(change: Change) -> None:
    path = await change.opened()
    third = await change.programme.mentor()
    ok(await change.mentee.put("/v1/waiting"))
    await change.programme.in_trial(change.mentee, third)
    await stands_by(change.programme, change.old)
    await lost("suspended", change.programme, third)
    assert ok(await change.mentee.get("/v1/interim-contact"))["thread_id"] == str(change.thread)
    await choosing(change, path, "nothing", status=409)
    await go_on(change)
