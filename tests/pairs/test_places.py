"""A trial takes the young person off the waiting list, and one that leads nowhere puts back whom it took, and nobody
else."""

import asyncio

import pytest

from tests.api import ok
from tests.factories import Person
from tests.programme import YES, Programme


async def not_these_two(mentee: Person, mentor: Person, path: str) -> None:
    for member in (mentee, mentor):
        ok(await member.put(f"{path}/fit", {"fit": "not_a_good_fit"}))


async def test_who_took_themself_off_the_list_meanwhile_is_not_put_back(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    ok(await mentee.delete("/v1/waiting"), 204)
    for member in (mentee, mentor):
        ok(await member.post(f"{path}/acceptance", YES))
    await not_these_two(mentee, mentor, path)
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is False


async def in_two_trials(programme: Programme, mentee: Person, mentors: list[Person]) -> list[str]:
    paths = [await programme.proposed(mentee, mentor) for mentor in mentors]
    for path, mentor in zip(paths, mentors, strict=True):
        for member in (mentee, mentor):
            ok(await member.post(f"{path}/acceptance", YES))
    return paths


@pytest.mark.parametrize("better", [0, 1])
async def test_of_two_trials_one_that_goes_well_ends_the_wait(programme: Programme, better: int) -> None:
    """Whoever has a mentor takes no turn of those who have nobody."""
    mentee, mentors = await programme.mentee(), [await programme.mentor() for _ in range(2)]
    paths = await in_two_trials(programme, mentee, mentors)
    for member in (mentee, mentors[better]):
        ok(await member.put(f"{paths[better]}/fit", {"fit": "good_fit"}))
    await not_these_two(mentee, mentors[1 - better], paths[1 - better])
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is False


@pytest.mark.parametrize("first", [0, 1])
async def test_of_two_trials_that_lead_nowhere_the_last_gives_back_the_place(programme: Programme, first: int) -> None:
    mentee, mentors = await programme.mentee(), [await programme.mentor() for _ in range(2)]
    since = ok(await mentee.get("/v1/waiting/own"))["since"]
    paths = await in_two_trials(programme, mentee, mentors)
    await not_these_two(mentee, mentors[first], paths[first])
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is False
    await not_these_two(mentee, mentors[1 - first], paths[1 - first])
    assert ok(await mentee.get("/v1/waiting/own"))["since"] == since


async def test_who_waits_for_a_second_mentor_goes_on_waiting(programme: Programme) -> None:
    mentee, first, second = [await programme.mentee(), *[await programme.mentor() for _ in range(2)]]
    await programme.active(mentee, first)
    since = ok(await mentee.put("/v1/waiting"))["since"]
    await not_these_two(mentee, second, await programme.in_trial(mentee, second))
    assert ok(await mentee.get("/v1/waiting/own"))["since"] == since


async def test_two_trials_that_lead_nowhere_at_once_give_back_the_place(programme: Programme) -> None:
    mentee, mentors = await programme.mentee(), [await programme.mentor() for _ in range(2)]
    paths = await in_two_trials(programme, mentee, mentors)
    for path in paths:
        ok(await mentee.put(f"{path}/fit", {"fit": "not_a_good_fit"}))
    answers = (
        mentor.put(f"{path}/fit", {"fit": "not_a_good_fit"}) for path, mentor in zip(paths, mentors, strict=True)
    )
    for answer in await asyncio.gather(*answers):
        ok(answer)
    assert [ok(await mentee.get(path))["state"] for path in paths] == ["returned", "returned"]
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is True
