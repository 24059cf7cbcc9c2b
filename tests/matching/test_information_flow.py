"""What someone said to themselves alone is in no answer to anyone else, wherever matching looks at it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
import pytest

from tests.api import ok
from tests.factories import Factory, Person
from tests.matching.running import RUNS, solved
from tests.matching.test_suggestions import CARD, WISHES, mentor_ids, path_of, reasons
from tests.programme import Programme

NEVER = "/v1/account/never"
OWN = "/v1/mentors/me/wishes"


async def answers(person: Person, *others: Person) -> AsyncIterator[httpx.Response]:
    """Everything that someone can read which has to do with matching."""
    paths = ["/v1/mentors", "/v1/pairs", "/v1/waiting", "/v1/suggestions", "/v1/matching/criteria", "/v1/mentors/me"]
    paths += ["/v1/organisation/mentors", "/v1/wishes", "/v1/waiting/own", "/v1/staff/matching-settings", OWN, NEVER]
    paths += [path_of(other) for other in others] + [f"/v1/mentors/{other.id}" for other in others]
    paths += ["/v1/notices", "/v1/staff/matching-follow-ups", statistics_now()]
    for path in paths:
        yield await person.get(path)
    for list_path, parts in ((RUNS, ("", "/proposals")), ("/v1/pairs", ("", "/steps"))):
        found = await person.get(list_path)
        yield found
        for one in found.json().get("items", ()):
            for part in parts:
                yield await person.get(f"{list_path}/{one['id']}{part}")


def statistics_now() -> str:
    """Where the figures of this quarter are."""
    today = datetime.now(UTC)
    return f"/v1/staff/pair-statistics?year={today.year}&quarter={(today.month + 2) // 3}"


def comparable(answer: httpx.Response) -> tuple[int, str]:
    """Without the id that each problem has of its own."""
    body = answer.json()
    if answer.status_code >= 400:
        body.pop("instance")
    return answer.status_code, str(body)


@pytest.mark.parametrize("seed", range(3))
async def test_secrets_are_in_no_answer_to_others(programme: Programme, make: Factory, seed: int) -> None:
    secret = f"salaisuus-{Random(seed).getrandbits(64):x}"
    await programme.settle(mentees_see_suggestions=True)
    mentee, friend = await programme.mentee(), await programme.mentee()
    mentor, other = await programme.mentor(**CARD), await programme.mentor(**CARD)
    said = {**WISHES, "note": secret, "interests": [f"{secret[:25]}-1"], "dislikes": [f"{secret[:25]}-2"]}
    ok(await mentee.edit("PUT", "/v1/wishes", said))
    ok(await mentee.put(f"{NEVER}/{mentor.id}"), 204)
    await solved(programme)
    people = [friend, mentor, other, await make.staff(), await make.mentor(), await make.mentee(), await make.admin()]
    for person in people:
        async for answer in answers(person, mentee, mentor, other):
            assert secret[:25] not in answer.text, (person.login_name, answer.url)
    async for answer in answers(programme.staff, mentee, mentor, other):
        if answer.url.path != "/v1/waiting":
            assert secret not in answer.text, answer.url


async def test_a_private_list_and_private_wishes_look_the_same_from_outside(programme: Programme) -> None:
    """Four ways not to want each other, one answer to staff: a wish, of one of the two."""
    mentee = await programme.mentee()
    ok(await mentee.edit("PUT", "/v1/wishes", {**WISHES, "birth_year": 2006, "topics": ["housing"]}))
    mentors = [await programme.mentor(**CARD) for _ in range(4)]
    await programme.proposed(mentee, mentors[1])
    ok(await programme.staff.post(f"{(await proposal_of(mentors[1]))}/withdrawal"))
    assert len((await programme.suggestions(mentee))["items"]) == 4
    ok(await mentee.put(f"{NEVER}/{mentors[0].id}"), 204)
    ok(await mentors[1].put(f"{NEVER}/{mentee.id}"), 204)
    wishes: dict[str, Any] = {"cannot_carry": [], "mentee_age_min": None, "mentee_age_max": None}
    ok(await mentors[2].edit("PUT", OWN, wishes | {"cannot_carry": ["housing"]}))
    ok(await mentors[3].edit("PUT", OWN, wishes | {"mentee_age_min": 60}))
    found = await programme.suggestions(mentee)
    assert (found["items"], reasons(found)) == ([], {str(mentor.id): ["a_wish"] for mentor in mentors})
    assert found["contradictions"] == []


async def proposal_of(mentor: Person) -> str:
    (pair,) = ok(await mentor.get("/v1/pairs"))["items"]
    return f"/v1/pairs/{pair['id']}"


async def test_a_wish_is_not_told_where_something_else_rules_out_already(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(**CARD, capacity=0)
    before = await programme.suggestions(mentee)
    ok(await mentee.put(f"{NEVER}/{mentor.id}"), 204)
    assert await programme.suggestions(mentee) == before
    assert reasons(before) == {str(mentor.id): ["full"]}


async def test_a_private_list_changes_no_answer_but_where_the_pair_would_stand(programme: Programme) -> None:
    await programme.settle(mentees_see_suggestions=True)
    mentee, friend = await programme.mentee(), await programme.mentee()
    mentor, other = await programme.mentor(**CARD), await programme.mentor(**CARD)
    readers = (friend, mentor, other)
    before = [comparable(answer) for person in readers async for answer in answers(person, mentee, mentor)]
    ok(await mentee.put(f"{NEVER}/{mentor.id}"), 204)
    await solved(programme)
    assert [comparable(answer) for person in readers async for answer in answers(person, mentee, mentor)] == before
    assert mentor_ids(ok(await mentee.get("/v1/suggestions"))["items"]) == [str(other.id)]
    async for answer in answers(mentee, friend):
        assert "a_wish" not in answer.text


@pytest.mark.parametrize("said", [{"cannot_carry": ["housing"]}, {"mentee_age_min": 60}, {"mentee_age_max": 12}])
async def test_what_a_mentor_says_in_private_changes_no_answer_to_others(
    programme: Programme, said: dict[str, Any]
) -> None:
    await programme.settle(mentees_see_suggestions=True)
    mentee, friend = await programme.mentee(), await programme.mentee()
    mentor, other = await programme.mentor(**CARD), await programme.mentor(**CARD)
    ok(await mentee.edit("PUT", "/v1/wishes", WISHES | {"birth_year": 2006}))
    readers = (friend, other)
    before = [comparable(answer) for person in readers async for answer in answers(person, mentee, mentor)]
    nothing: dict[str, Any] = {"cannot_carry": [], "mentee_age_min": None, "mentee_age_max": None}
    ok(await mentor.edit("PUT", OWN, nothing | said))
    await solved(programme)
    assert [comparable(answer) for person in readers async for answer in answers(person, mentee, mentor)] == before


async def test_no_young_person_can_tell_what_a_mentor_cannot_carry_by_naming_topics(programme: Programme) -> None:
    """Two mentors who differ in nothing but that: whoever names one first, and topic after topic, sees the same."""
    await programme.settle(mentees_see_suggestions=True)
    mentee = await programme.mentee()
    mentor, other = await programme.mentor(**CARD), await programme.mentor(**CARD)
    cannot = {"cannot_carry": ["housing", "violence"], "mentee_age_min": None, "mentee_age_max": None}
    ok(await mentor.edit("PUT", OWN, cannot))
    for topics in ([], ["housing"], ["money"], ["violence", "money"]):
        for chosen in (mentor, other):
            ok(await mentee.edit("PUT", "/v1/wishes", WISHES | {"topics": topics, "choices": [str(chosen.id)]}))
            async for answer in answers(mentee, mentor, other):
                assert "a_wish" not in answer.text
            found = ok(await mentee.get("/v1/suggestions"))["items"]
            assert mentor_ids(found) == [str(chosen.id), *{str(mentor.id), str(other.id)} - {str(chosen.id)}]


async def test_staff_hear_of_contradictions_that_are_not_private(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(**CARD | {"gender": "male"})
    ok(await mentee.put(f"{NEVER}/{mentor.id}"), 204)
    own = ok(await mentee.edit("PUT", "/v1/wishes", {**WISHES, "choices": [str(mentor.id)]}))
    assert [one["code"] for one in own["contradictions"]] == ["choice_never", "choice_gender"]
    assert (await programme.suggestions(mentee))["contradictions"] == [
        {"code": "choice_gender", "pointers": ["/choices/0", "/gender_wish"]}
    ]
