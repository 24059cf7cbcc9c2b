"""A young person who asks for the mentor of before is heard, unless the two have parted."""

import pytest

from tests.api import ok
from tests.factories import Person
from tests.matching.running import solved
from tests.matching.test_suggestions import reasons
from tests.programme import Programme, at_once


async def asked_again(programme: Programme, *, same_mentor: bool) -> tuple[Person, Person, str]:
    """A young person whose pair has come to its end and who waits once more; their mentor; their thread."""
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.active(mentee, mentor)
    thread: str = ok(await mentee.get(path))["thread_id"]
    ok(await programme.staff.post(f"{path}/end", at_once()))
    ok(await mentee.post(f"{path}/again", {"same_mentor": same_mentor}))
    return mentee, mentor, thread


async def test_they_are_suggested_first_and_proposed_to_each_other_by_a_run(programme: Programme) -> None:
    mentee, mentor, thread = await asked_again(programme, same_mentor=True)
    await programme.mentor()
    first, _ = (await programme.suggestions(mentee))["items"]
    assert first["mentor"]["id"] == str(mentor.id)
    (choice,) = [one for one in first["contributions"] if one["criterion"] == "choice"]
    assert choice["points"] == choice["most"]
    run = await solved(programme)
    assert await run.paired() == {str(mentee.id): str(mentor.id)}
    ok(await run.release())
    (pair,) = [one for one in ok(await mentee.get("/v1/pairs"))["items"] if one["state"] == "proposed"]
    assert (pair["mentor"]["id"], pair["thread_id"]) == (str(mentor.id), thread)


@pytest.mark.parametrize("blocks", [None, "mentee", "mentor"])
async def test_who_did_not_ask_or_is_blocked_is_kept_apart_and_nobody_is_told_which(
    programme: Programme, blocks: str | None
) -> None:
    mentee, mentor, thread = await asked_again(programme, same_mentor=blocks is not None)
    if blocks is not None:
        blocker = {"mentee": mentee, "mentor": mentor}[blocks]
        ok(await blocker.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
    assert reasons(await programme.suggestions(mentee)) == {str(mentor.id): ["paired_before"]}
    assert await (await solved(programme)).paired() == {}
