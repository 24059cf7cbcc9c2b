"""What staff are told of who would suit whom."""

from datetime import date
from typing import Any

import asyncpg

from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.programme import Programme, at_once

WISHES: dict[str, Any] = {
    "languages": ["fi"],
    "region": "Pirkanmaa",
    "gender_wish": "female",
    "age_min": 20,
    "age_max": 40,
    "times": ["night"],
    "topics": ["housing"],
    "note": None,
}
CARD: dict[str, Any] = {"languages": ["fi"], "gender": "female", "birth_year": 2000}


def path_of(mentee: Person) -> str:
    return f"/v1/staff/mentees/{mentee.id}/suggestions"


def mentor_ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["mentor"]["id"] for item in items]


def reasons(found: dict[str, Any]) -> dict[str, list[str]]:
    return {one["mentor"]["id"]: one["reasons"] for one in found["excluded"]}


async def test_the_one_who_fits_best_comes_first_and_the_terms_add_up(programme: Programme) -> None:
    mentee = await programme.mentee()
    ok(await mentee.edit("PUT", "/v1/wishes", {**WISHES, "matters_most": ["needs"], "interests": ["MANGA", "chess"]}))
    without_topic = await programme.mentor(**CARD, interests=["manga"])
    best = await programme.mentor(**CARD, topics=["housing"], times=["night"], region="pirkanmaa ")
    found = await programme.suggestions(mentee)
    assert mentor_ids(found["items"]) == [str(best.id), str(without_topic.id)]
    for item in found["items"]:
        assert sum(term["points"] for term in item["contributions"]) == item["score"]
    first, second = ({term["criterion"]: term for term in item["contributions"]} for item in found["items"])
    words = first["needs"].pop("words")
    assert words["en"] == "The mentor can help with what the young person wants to talk about."
    assert first["needs"] == {
        "criterion": "needs",
        "points": 25,
        "most": 25,
        "matters_most": True,
        "reason": "all_met",
        "met": ["housing"],
        "unmet": [],
        "speaks": "for",
        "evidence": "moderate",
    }
    assert (second["needs"]["points"], second["needs"]["speaks"]) == (-1, "against")
    assert (second["interests"]["points"], second["interests"]["met"]) == (2, ["manga"])
    assert (first["experience"]["speaks"], first["experience"]["points"]) == ("neither", 25)
    assert (found["settings"], found["failed_criteria"], found["next_cursor"]) == ("rinnalla-3", [], None)


async def test_the_programmes_own_weights_count(programme: Programme) -> None:
    mentee = await programme.mentee()
    ok(await mentee.edit("PUT", "/v1/wishes", {**WISHES, "times": ["night", "weekend_day"]}))
    helps = await programme.mentor(**CARD, topics=["housing"])
    has_time = await programme.mentor(**CARD, times=["night", "weekend_day"])
    assert mentor_ids((await programme.suggestions(mentee))["items"]) == [str(helps.id), str(has_time.id)]
    await programme.settle(weights={"times": 90, "needs": 10}, mentor_age_min=20)
    found = await programme.suggestions(mentee)
    assert found["settings"] == "programme-1"
    assert mentor_ids(found["items"]) == [str(has_time.id), str(helps.id)]
    assert [item["score"] for item in found["items"]] == [95, 10]
    assert [term["criterion"] for term in found["items"][0]["contributions"]] == ["needs", "times"]
    await programme.settle(mentor_age_min=30)
    assert set(map(tuple, reasons(await programme.suggestions(mentee)).values())) == {("age_rule",)}


async def test_what_would_change_the_order_comes_true(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee = await programme.mentee()
    wishes = {**WISHES, "times": ["night", "weekend_day"], "choices": []}
    ok(await mentee.edit("PUT", "/v1/wishes", wishes))
    first = await programme.mentor(**CARD, topics=["housing"], times=["night"])
    second = await programme.mentor(**CARD, topics=["housing"])
    third = await programme.mentor(**CARD, times=["night", "weekend_day"])
    found = await programme.suggestions(mentee)
    assert mentor_ids(found["items"]) == [str(first.id), str(second.id), str(third.id)]
    changes = [(one["kind"], one["criterion"], one["value"], one["mentor"]["id"]) for one in found["what_would_change"]]
    assert changes == [
        ("without_criterion", "needs", None, str(third.id)),
        ("one_more_met", "region", "pirkanmaa", str(second.id)),
        ("one_more_met", "needs", "housing", str(third.id)),
    ]
    await raw_db.execute("UPDATE mentor_card SET region = 'Pirkanmaa' WHERE account_id = $1", second.id)
    assert mentor_ids((await programme.suggestions(mentee))["items"])[0] == str(second.id)
    await programme.settle(weights={"times": 6})
    assert mentor_ids((await programme.suggestions(mentee))["items"])[0] == str(third.id)


async def test_the_same_question_gets_the_same_answer_page_by_page(programme: Programme) -> None:
    mentee = await programme.mentee()
    mentors = [str((await programme.mentor()).id) for _ in range(5)]
    first = await programme.suggestions(mentee)
    assert await programme.suggestions(mentee) == first
    assert mentor_ids(first["items"]) == mentors
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for expected in (2, 2, 1):
        page = ok(await programme.staff.get(path_of(mentee), params={"limit": 2, **cursor}))
        assert len(page["items"]) == expected
        seen += mentor_ids(page["items"])
        cursor = {"cursor": page["next_cursor"]}
    assert (seen, page["next_cursor"]) == (mentors, None)
    beyond = await programme.staff.get(path_of(mentee), params={"cursor": "WzEwMDAwMF0"})
    assert ok(beyond)["items"] == []
    refused(await programme.staff.get(path_of(mentee), params={"cursor": "WyJhIl0"}), 400, "invalid_parameter")


async def test_what_rules_someone_out_is_told(programme: Programme) -> None:
    mentee = await programme.mentee()
    ok(await mentee.edit("PUT", "/v1/wishes", WISHES))
    await programme.mentor(**CARD)
    cases = {
        "no_common_language": CARD | {"languages": ["en"]},
        "gender_wish": CARD | {"gender": None},
        "age_wish": CARD | {"birth_year": 1960},
        "full": CARD | {"capacity": 0},
        "not_approved": CARD | {"approved": False},
        "not_screened": CARD | {"screened_until": date(2026, 1, 2)},
    }
    mentors = {code: await programme.mentor(**its_card) for code, its_card in cases.items()}
    found = await programme.suggestions(mentee)
    assert len(found["items"]) == 1
    assert reasons(found) == {str(mentor.id): [code] for code, mentor in mentors.items()}


async def test_an_expired_screening_leaves_living_pairs_alone(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.active(mentee, mentor)
    await raw_db.execute("UPDATE mentor_card SET screened_until = '2026-01-02' WHERE account_id = $1", mentor.id)
    assert ok(await mentee.get(path))["state"] in {"active", "trial"}
    other = await programme.mentee()
    assert reasons(await programme.suggestions(other)) == {str(mentor.id): ["not_screened"]}


async def test_who_was_asked_before_is_not_suggested_again(programme: Programme) -> None:
    mentee = await programme.mentee()
    asked, declined, ended, withdrawn = [await programme.mentor() for _ in range(4)]
    ok(await mentee.post(f"{await programme.active(mentee, ended)}/end", at_once()))
    ok(await mentee.put("/v1/waiting"))
    ok(await mentee.post(f"{await programme.proposed(mentee, declined)}/decline", {}))
    ok(await programme.staff.post(f"{await programme.proposed(mentee, withdrawn)}/withdrawal"))
    await programme.proposed(mentee, asked)
    found = await programme.suggestions(mentee)
    assert mentor_ids(found["items"]) == [str(withdrawn.id)]
    assert reasons(found) == {
        str(asked.id): ["paired_now"],
        str(declined.id): ["declined_before"],
        str(ended.id): ["paired_before"],
    }


async def test_a_programme_without_mentors_has_no_suggestions(programme: Programme, make: Factory) -> None:
    mentee = await programme.mentee()
    await make.mentor()
    found = await programme.suggestions(mentee)
    assert [found[name] for name in ("items", "excluded", "what_would_change", "contradictions")] == [[]] * 4


async def test_only_for_who_waits_in_the_programme(programme: Programme, make: Factory) -> None:
    mentee = await programme.mentee()
    for staff, who in (
        (await make.staff(), mentee),
        (programme.staff, await make.mentee(programme.home)),
        (programme.staff, await programme.mentor()),
    ):
        refused(await staff.get(path_of(who)), 404, "mentee_not_found")
