"""Staff write, change and retire questions."""

import asyncio
from typing import Any

import asyncpg
import pytest

from tests.api import Api, is_uuid7, ok, refused
from tests.factories import Factory
from tests.feedback.questions import YES_NO, question, schedule


async def test_a_question_comes_back_as_written(make: Factory) -> None:
    staff = await make.staff()
    body = question(audience=["mentor", "mentee"], scale=YES_NO)
    response = await staff.post("/v1/questions", body)
    made = ok(response, 201)
    assert is_uuid7(made["id"])
    assert response.headers["etag"] == '"1"'
    left_out = {"first_after_messages": 0, "oldest_account_days": None, "repeat_after_messages": None}
    left_out |= {"repeat_min_days": 0, "until_value": None}
    whole = body | {"audience": ["mentee", "mentor"], "schedule": schedule(**left_out)}
    assert {name: made[name] for name in body} == whole
    assert ok(await staff.get(f"/v1/questions/{made['id']}")) == made
    assert ok(await staff.get("/v1/questions")) == {"items": [made], "next_cursor": None}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"titles": {}}, "/titles"),
        ({"titles": {"fi": None}}, "/titles"),
        ({"titles": {"de": "Wie geht's?"}}, "/titles/de"),
        ({"titles": {"fi": "  "}}, "/titles/fi"),
        ({"titles": {"fi": "x" * 301}}, "/titles/fi"),
        ({"scale": {"type": "stars"}}, "/scale/type"),
        ({"scale": YES_NO | {"min": 1}}, "/scale/min"),
        ({"scale": YES_NO | {"no_label": {}}}, "/scale/no_label"),
        ({"scale": question()["scale"] | {"max": 1}}, "/scale/max"),
        ({"scale": question()["scale"] | {"step": 3}}, "/scale/step"),
        ({"scale": question()["scale"] | {"max": 10**30}}, "/scale/max"),
        ({"audience": []}, "/audience"),
        ({"audience": ["staff"]}, "/audience/0"),
        ({"schedule": schedule(times=0)}, "/schedule/times"),
        ({"schedule": schedule(repeat_after_days=0)}, "/schedule/repeat_after_days"),
        ({"schedule": schedule(repeat_after_days=None)}, "/schedule/repeat_after_days"),
        ({"schedule": schedule(reminders=-1)}, "/schedule/reminders"),
        ({"schedule": schedule(until_value=6)}, "/schedule/until_value"),
        ({"scale": YES_NO, "schedule": schedule(until_value=2)}, "/schedule/until_value"),
        ({"author": "me"}, "/author"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(make: Factory, changes: dict[str, Any], pointer: str) -> None:
    staff = await make.staff()
    refused(await staff.post("/v1/questions", question(**changes)), 400, "invalid_body", pointer=pointer)
    assert ok(await staff.get("/v1/questions"))["items"] == []


async def test_questions_are_listed_in_pages(make: Factory, raw_db: asyncpg.Connection) -> None:
    staff = await make.staff()
    made = [ok(await staff.post("/v1/questions", question()), 201)["id"] for _ in range(52)]
    first = ok(await staff.get("/v1/questions"))
    second = ok(await staff.get("/v1/questions", params={"cursor": first["next_cursor"]}))
    assert [one["id"] for one in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None
    refused(await staff.get("/v1/questions", params={"cursor": "forged"}), 400, "invalid_parameter")


async def test_each_edit_builds_on_what_was_read(make: Factory) -> None:
    staff = await make.staff()
    path = f"/v1/questions/{ok(await staff.post('/v1/questions', question()), 201)['id']}"
    refused(await staff.put(path, question()), 428, "precondition_required")
    edited = ok(await staff.edit("PUT", path, question(titles={"nb": "Hvordan går det?"})))
    assert (edited["titles"], edited["version"]) == ({"nb": "Hvordan går det?"}, 2)
    refused(await staff.put(path, question(), headers={"If-Match": '"1"'}), 412, "edited_meanwhile")
    both = await asyncio.gather(
        *(staff.put(path, question(titles={"sv": word}), headers={"If-Match": '"2"'}) for word in ("Hej", "Hallå"))
    )
    assert sorted(response.status_code for response in both) == [200, 412]


async def test_an_answered_question_keeps_its_scale(make: Factory) -> None:
    home = await make.organisation()
    staff, mentee = await make.staff(home), await make.mentee(home)
    path = f"/v1/questions/{ok(await staff.post('/v1/questions', question()), 201)['id']}"
    ok(await staff.edit("PUT", path, question(scale=YES_NO)))
    ok(await mentee.put(f"{path}/answers/1", {"value": 1}))
    refused(await staff.edit("PUT", path, question()), 409, "question_has_answers")
    relabelled = YES_NO | {"no_label": {"fi": "en"}}
    refused(await staff.edit("PUT", path, question(scale=relabelled)), 409, "question_has_answers")
    ok(await staff.edit("PUT", path, question(scale=YES_NO, schedule=schedule(times=9))))


async def test_a_retired_question_is_asked_no_more(make: Factory) -> None:
    home = await make.organisation()
    staff, mentee, answerer = await make.staff(home), await make.mentee(home), await make.mentee(home)
    path = f"/v1/questions/{ok(await staff.post('/v1/questions', question()), 201)['id']}"
    ok(await answerer.put(f"{path}/answers/1", {"value": 1}))
    ok(await staff.delete(path), 204)
    retired = ok(await staff.get(path))
    assert retired["retired_at"] is not None
    ok(await staff.delete(path), 204)
    assert ok(await staff.get(path)) == retired
    assert ok(await mentee.get("/v1/questions/due"))["items"] == []
    refused(await mentee.put(f"{path}/answers/1", {"value": 1}), 404, "question_not_due")
    refused(await mentee.post(f"{path}/skip"), 404, "question_not_due")
    ok(await answerer.put(f"{path}/answers/1", {"value": 1}))
    refused(await staff.edit("PUT", path, question()), 409, "question_retired")


async def test_questions_belong_to_one_organisation(make: Factory) -> None:
    staff, others = await make.staff(), await make.staff()
    made = ok(await staff.post("/v1/questions", question()), 201)
    assert ok(await others.get("/v1/questions"))["items"] == []
    for question_id in (made["id"], "01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f"):
        path = f"/v1/questions/{question_id}"
        refused(await others.get(path), 404, "question_not_found")
        refused(await others.get(f"{path}/results"), 404, "question_not_found")
        refused(await others.delete(path), 404, "question_not_found")
        refused(await others.put(path, question(), headers={"If-Match": '"1"'}), 404, "question_not_found")
    assert ok(await staff.get(f"/v1/questions/{made['id']}")) == made


async def test_questions_are_written_by_staff_and_answered_by_the_others(api: Api, make: Factory) -> None:
    home = await make.organisation()
    staff, mentee = await make.staff(home), await make.mentee(home)
    path = f"/v1/questions/{ok(await staff.post('/v1/questions', question()), 201)['id']}"
    for method, place in (("POST", "/v1/questions"), ("GET", "/v1/questions"), ("GET", path), ("DELETE", path)):
        refused(await mentee.call(method, place), 403, "forbidden")
        refused(await api.call(method, place), 401, "unauthenticated")
    refused(await staff.get("/v1/questions/due"), 403, "forbidden")
    refused(await staff.post(f"{path}/skip"), 403, "forbidden")
    refused(await staff.put(f"{path}/answers/1", {"value": 1}), 403, "forbidden")
