"""What staff release is what they were shown: points included, and nothing that they can't read."""

from typing import Any

import pytest

from tests.api import ok, refused
from tests.matching.running import solved
from tests.matching.test_suggestions import CARD, WISHES
from tests.programme import Programme

OWN = "/v1/mentors/me/wishes"
NOTHING: dict[str, Any] = {"cannot_carry": [], "mentee_age_min": None, "mentee_age_max": None}


async def test_other_choices_are_other_points(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(**CARD, capacity=1)
    elsewhere = await programme.mentor(**CARD, capacity=0)
    ok(await mentee.edit("PUT", "/v1/wishes", WISHES | {"choices": [str(mentor.id)]}))
    run = await solved(programme)
    ok(await mentee.edit("PUT", "/v1/wishes", WISHES | {"choices": [str(elsewhere.id), str(mentor.id)]}))
    answer = await run.release()
    refused(answer, 412, "pool_changed")
    told = [(error["code"], error["pointer"]) for error in answer.json()["errors"]]
    assert told == [("points_changed", f"/proposals/{mentee.id}")]
    await run.solve_again()
    ok(await run.release())


@pytest.mark.parametrize("said", [{"cannot_carry": ["violence"]}, {"mentee_age_min": 15}, {"mentee_age_max": 30}])
async def test_what_a_mentor_says_in_private_is_no_change_where_it_rules_nobody_out(
    programme: Programme, said: dict[str, Any]
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(**CARD)
    ok(await mentee.edit("PUT", "/v1/wishes", WISHES | {"birth_year": 2006, "topics": ["housing"]}))
    run = await solved(programme)
    assert await run.paired() == {str(mentee.id): str(mentor.id)}
    ok(await mentor.edit("PUT", OWN, NOTHING | said))
    ok(await run.release())
