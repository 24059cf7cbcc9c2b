"""A young person who asks for the mentor of before is heard, unless the two have parted."""

import pytest

from tests.api import ok, refused
from tests.factories import Person
from tests.matching.running import solved
from tests.matching.test_suggestions import reasons
from tests.programme import Programme, at_once
from tests.support.scenes import lost


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


async def test_who_did_not_ask_for_them_is_kept_apart(programme: Programme) -> None:
    mentee, mentor, _ = await asked_again(programme, same_mentor=False)
    assert reasons(await programme.suggestions(mentee)) == {str(mentor.id): ["paired_before"]}
    assert await (await solved(programme)).paired() == {}


@pytest.mark.parametrize("blocks", ["mentee", "mentor", None])
async def test_a_block_is_told_as_any_private_wish(programme: Programme, blocks: str | None) -> None:
    """What is said to nobody is not found out by comparing."""
    mentee, mentor, thread = await asked_again(programme, same_mentor=True)
    if blocks is None:
        ok(await mentee.put(f"/v1/account/never/{mentor.id}"), 204)
    else:
        blocker = {"mentee": mentee, "mentor": mentor}[blocks]
        ok(await blocker.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
    other = await programme.mentor()
    found = await programme.suggestions(mentee)
    assert reasons(found) == {str(mentor.id): ["a_wish"]}
    assert await (await solved(programme)).paired() == {str(mentee.id): str(other.id)}
    (choice,) = [one for one in found["items"][0]["contributions"] if one["criterion"] == "choice"]
    assert choice["points"] == 0


async def test_a_block_after_the_run_is_told_as_any_private_wish_too(programme: Programme) -> None:
    _, mentor, thread = await asked_again(programme, same_mentor=True)
    run = await solved(programme)
    ok(await mentor.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
    answer = await run.release()
    refused(answer, 412, "pool_changed")
    assert {one["code"] for one in answer.json()["errors"]} == {"a_wish"}


async def test_who_asks_for_someone_who_is_not_there_has_all_points_with_everyone(
    programme: Programme,
) -> None:
    mentee, mentor, _ = await asked_again(programme, same_mentor=True)
    await lost("suspended", programme, mentor)
    await programme.mentor()
    (only,) = (await programme.suggestions(mentee))["items"]
    (choice,) = [one for one in only["contributions"] if one["criterion"] == "choice"]
    assert choice["points"] == choice["most"]
