"""What a young person is told, where the programme shows suggestions; and what everyone may know of the criteria."""

from typing import Any

from rinnalla.matching.criteria import CRITERIA
from tests.api import ok, refused
from tests.matching.test_suggestions import CARD, WISHES, mentor_ids
from tests.programme import Programme

PATH = "/v1/suggestions"


async def test_a_programme_decides_whether_young_people_see_them(programme: Programme) -> None:
    mentee = await programme.mentee()
    refused(await mentee.get(PATH), 403, "suggestions_not_shown")
    await programme.settle(mentees_see_suggestions=True)
    assert ok(await mentee.get(PATH)) == {"items": [], "next_cursor": None}
    await programme.settle()
    refused(await mentee.get(PATH), 403, "suggestions_not_shown")


async def test_they_see_a_few_mentors_and_what_speaks_for_each(programme: Programme) -> None:
    mentee = await programme.mentee()
    await programme.settle(mentees_see_suggestions=True)
    wishes: dict[str, Any] = {**WISHES, "region": "", "gender_wish": None, "age_min": None, "age_max": None}
    ok(await mentee.edit("PUT", "/v1/wishes", wishes))
    mentors = [str((await programme.mentor(**CARD)).id) for _ in range(6)]
    best = str((await programme.mentor(**CARD, topics=["housing"])).id)
    body = ok(await mentee.get(PATH))
    assert mentor_ids(body["items"]) == [best, *mentors[:4]]
    (reason,) = body["items"][0]["reasons"]
    assert (reason["criterion"], reason["met"]) == ("needs", ["housing"])
    assert reason["words"]["nb"].startswith("Mentoren kan hjelpe")
    assert body["items"][1]["reasons"] == []


async def test_everyone_may_know_what_matching_goes_by(programme: Programme) -> None:
    found = ok(await (await programme.mentee()).get("/v1/matching/criteria"))
    by_name = {one["name"]: one for one in found["items"]}
    assert by_name.keys() == {*(one.name for one in CRITERIA.hard), *CRITERIA.standard_weights}
    assert {name for name, one in by_name.items() if one["may_matter"]} == CRITERIA.may_matter
    kinds = {name: one["kind"] for name, one in by_name.items()}
    assert (kinds["full"], kinds["needs"]) == ("rules_out", "gives_points")
    assert by_name["near_peer"]["evidence"]["source"].startswith("Poon, Christensen, Rhodes 2021")
