"""What staff are told of who would suit whom."""

from typing import Any

from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.pairs.test_waiting import WISHES
from tests.programme import Programme


async def suggestions(programme: Programme, mentee: Person) -> dict[str, Any]:
    body: dict[str, Any] = ok(await programme.staff.get(f"/v1/waiting/{mentee.id}/suggestions"))
    return body


async def test_the_one_who_fits_best_comes_first_and_the_terms_add_up(programme: Programme) -> None:
    mentee = await programme.mentee()
    ok(await mentee.edit("PUT", "/v1/wishes", WISHES))
    card: dict[str, Any] = {"languages": ["fi"], "gender": "female", "birth_year": 2000}
    without_topic = await programme.mentor(**card)
    best = await programme.mentor(**card, topics=["housing"], times=["night"], region="pirkanmaa ")
    found = await suggestions(programme, mentee)
    assert [item["mentor"]["id"] for item in found["items"]] == [str(best.id), str(without_topic.id)]
    for item in found["items"]:
        assert sum(term["points"] for term in item["contributions"]) == item["score"] <= 100
        assert all(0 <= term["points"] <= term["most"] for term in item["contributions"])
    topics = {term["criterion"]: term for term in found["items"][0]["contributions"]}["topics"]
    assert topics == {
        "criterion": "topics",
        "points": 40,
        "most": 40,
        "reason": "all_met",
        "met": ["housing"],
        "unmet": [],
        "evidence": "moderate",
    }
    assert found["weights_version"] == "rinnalla-1"


async def test_the_same_question_gets_the_same_answer(programme: Programme) -> None:
    mentee = await programme.mentee()
    mentors = [await programme.mentor() for _ in range(6)]
    first = await suggestions(programme, mentee)
    assert await suggestions(programme, mentee) == first
    assert [item["mentor"]["id"] for item in first["items"]] == [str(mentor.id) for mentor in mentors]


async def test_what_rules_someone_out_is_told(programme: Programme) -> None:
    mentee = await programme.mentee()
    ok(await mentee.edit("PUT", "/v1/wishes", WISHES))
    card: dict[str, Any] = {"languages": ["fi"], "gender": "female", "birth_year": 2000}
    await programme.mentor(**card)
    cases = {
        "no_common_language": card | {"languages": ["en"]},
        "gender_wish": card | {"gender": None},
        "age_wish": card | {"birth_year": 1960},
        "full": card | {"capacity": 0},
    }
    mentors = {code: await programme.mentor(**its_card) for code, its_card in cases.items()}
    found = await suggestions(programme, mentee)
    assert len(found["items"]) == 1
    assert {one["mentor"]["id"]: one["reasons"] for one in found["excluded"]} == {
        str(mentor.id): [code] for code, mentor in mentors.items()
    }


async def test_who_was_asked_before_is_not_suggested_again(programme: Programme) -> None:
    mentee = await programme.mentee()
    asked, declined, ended, withdrawn = [await programme.mentor() for _ in range(4)]
    ok(await mentee.post(f"{await programme.active(mentee, ended)}/end", {}))
    ok(await mentee.put("/v1/waiting"))
    ok(await mentee.post(f"{await programme.proposed(mentee, declined)}/decline", {}))
    ok(await programme.staff.post(f"{await programme.proposed(mentee, withdrawn)}/withdrawal"))
    await programme.proposed(mentee, asked)
    found = await suggestions(programme, mentee)
    assert [item["mentor"]["id"] for item in found["items"]] == [str(withdrawn.id)]
    assert {one["mentor"]["id"]: one["reasons"] for one in found["excluded"]} == {
        str(asked.id): ["paired_now"],
        str(declined.id): ["declined_before"],
        str(ended.id): ["paired_before"],
    }


async def test_only_approved_active_mentors_of_the_programme_are_judged(programme: Programme, make: Factory) -> None:
    mentee = await programme.mentee()
    await programme.mentor(approved=False)
    await make.mentor()
    found = await suggestions(programme, mentee)
    assert (found["items"], found["excluded"]) == ([], [])


async def test_only_for_who_waits_in_the_programme(programme: Programme, make: Factory) -> None:
    mentee = await programme.mentee()
    for staff, who in (
        (await make.staff(), mentee),
        (programme.staff, await make.mentee(programme.home)),
        (programme.staff, await programme.mentor()),
    ):
        refused(await staff.get(f"/v1/waiting/{who.id}/suggestions"), 404, "mentee_not_found")
