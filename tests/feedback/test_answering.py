"""People are asked, answer, and skip."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg

from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.feedback.questions import YES_NO, question, schedule


async def asked(staff: Person, **changes: Any) -> str:
    """The path of a new question."""
    return f"/v1/questions/{ok(await staff.post('/v1/questions', question(**changes)), 201)['id']}"


async def due(person: Person) -> list[tuple[str, int]]:
    """Path and round of what someone is asked now."""
    return [(f"/v1/questions/{one['id']}", one["round"]) for one in ok(await person.get("/v1/questions/due"))["items"]]


async def let_days_pass(raw_db: asyncpg.Connection, days: int) -> None:
    """Move everything that questions are timed by into the past."""
    await raw_db.execute("UPDATE account SET created_at = created_at - $1::interval", timedelta(days=days))
    await raw_db.execute("UPDATE asking SET last_at = last_at - $1::interval", timedelta(days=days))


async def test_what_is_due_carries_what_an_app_shows(make: Factory) -> None:
    home = await make.organisation()
    staff, mentee = await make.staff(home), await make.mentee(home)
    made = ok(await staff.post("/v1/questions", question()), 201)
    assert ok(await mentee.get("/v1/questions/due")) == {
        "items": [{"id": made["id"], "round": 1, "titles": made["titles"], "scale": made["scale"]}],
        "next_cursor": None,
    }


async def test_each_is_asked_what_is_meant_for_them(make: Factory) -> None:
    home = await make.organisation()
    staff = await make.staff(home)
    mentee, mentor, stranger = await make.mentee(home), await make.mentor(home), await make.mentee()
    for_mentees, for_mentors = await asked(staff), await asked(staff, audience=["mentor"])
    for_both = await asked(staff, audience=["mentee", "mentor"], scale=YES_NO)
    assert await due(mentee) == [(for_mentees, 1), (for_both, 1)]
    assert await due(mentor) == [(for_mentors, 1), (for_both, 1)]
    assert await due(stranger) == []
    for person, path in ((mentor, for_mentees), (stranger, for_mentees), (mentee, for_mentors)):
        refused(await person.put(f"{path}/answers/1", {"value": 1}), 404, "question_not_due")
        refused(await person.post(f"{path}/skip"), 404, "question_not_due")


async def test_a_question_waits_for_its_day(make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    staff, mentee = await make.staff(home), await make.mentee(home)
    path = await asked(staff, schedule=schedule(first_after_days=14))
    assert await due(mentee) == []
    refused(await mentee.put(f"{path}/answers/1", {"value": 1}), 404, "question_not_due")
    ok(await mentee.post(f"{path}/skip"), 204)
    assert await raw_db.fetchval("SELECT count(*) FROM asking") == 0
    await let_days_pass(raw_db, 14)
    assert await due(mentee) == [(path, 1)]


async def test_an_answered_question_comes_again_in_its_time(make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    staff, mentee = await make.staff(home), await make.mentee(home)
    path = await asked(staff)
    for number in (1, 2, 3):
        assert await due(mentee) == [(path, number)]
        refused(await mentee.put(f"{path}/answers/{number + 1}", {"value": 3}), 404, "question_not_due")
        answer = ok(await mentee.put(f"{path}/answers/{number}", {"value": number}))
        assert (answer["round"], answer["value"]) == (number, number)
        assert await due(mentee) == []
        await let_days_pass(raw_db, 29)
        assert await due(mentee) == []
        await let_days_pass(raw_db, 1)
    assert await due(mentee) == []
    assert await raw_db.fetchval("SELECT count(*) FROM answer") == 3


async def test_the_same_answer_may_be_sent_again(make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    staff, mentee = await make.staff(home), await make.mentee(home)
    path = await asked(staff)
    first = ok(await mentee.put(f"{path}/answers/1", {"value": 4}))
    assert ok(await mentee.put(f"{path}/answers/1", {"value": 4})) == first
    refused(await mentee.put(f"{path}/answers/1", {"value": 5}), 409, "already_answered")
    assert await raw_db.fetchval("SELECT value FROM answer") == 4


async def test_answers_sent_at_once_are_one_answer(make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    staff, mentee = await make.staff(home), await make.mentee(home)
    path = await asked(staff)
    responses = await asyncio.gather(*(mentee.put(f"{path}/answers/1", {"value": 1 + n % 2}) for n in range(8)))
    kept = await raw_db.fetchval("SELECT value FROM answer")
    assert [response.status_code for response in responses] == [200 if 1 + n % 2 == kept else 409 for n in range(8)]
    assert await raw_db.fetchrow("SELECT round, skipped FROM asking") == (2, 0)


async def test_an_answer_must_be_on_the_scale(make: Factory) -> None:
    home = await make.organisation()
    staff, mentee = await make.staff(home), await make.mentee(home)
    even = await asked(staff, scale=question()["scale"] | {"min": 0, "max": 10, "step": 2})
    yes_no = await asked(staff, scale=YES_NO)
    for path, value in ((even, -2), (even, 3), (even, 12), (yes_no, 2), (yes_no, -1)):
        refused(await mentee.put(f"{path}/answers/1", {"value": value}), 400, "invalid_body", pointer="/value")
    for wrong in ("4", 4.5, None, 10**30, True):
        refused(await mentee.put(f"{even}/answers/1", {"value": wrong}), 400, "invalid_body", pointer="/value")
    for number in (0, -1, 10**30):
        refused(await mentee.put(f"{even}/answers/{number}", {"value": 4}), 400, "invalid_parameter")
    refused(await mentee.put(f"{even}/answers/1000", {"value": 4}), 404, "question_not_due")
    ok(await mentee.put(f"{even}/answers/1", {"value": 10}))
    ok(await mentee.put(f"{yes_no}/answers/1", {"value": 0}))


async def test_skipping_is_free_and_ends(make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    staff, mentee = await make.staff(home), await make.mentee(home)
    path = await asked(staff)
    ok(await mentee.post(f"{path}/skip"), 204)
    ok(await mentee.post(f"{path}/skip"), 204)  # the answer to the first was lost: one skip all the same
    assert await due(mentee) == []
    await let_days_pass(raw_db, 7)
    assert await due(mentee) == [(path, 1)]
    ok(await mentee.post(f"{path}/skip"), 204)
    await let_days_pass(raw_db, 29)
    assert await due(mentee) == []
    await let_days_pass(raw_db, 1)
    assert await due(mentee) == [(path, 2)]
    refused(await mentee.put(f"{path}/answers/1", {"value": 1}), 404, "question_not_due")
    ok(await mentee.put(f"{path}/answers/2", {"value": 1}))


async def test_nobody_gets_a_wall_of_questions(make: Factory) -> None:
    home = await make.organisation()
    staff, mentee = await make.staff(home), await make.mentee(home)
    paths = [await asked(staff) for _ in range(22)]
    assert await due(mentee) == [(path, 1) for path in paths[:20]]
    ok(await mentee.put(f"{paths[0]}/answers/1", {"value": 1}))
    assert await due(mentee) == [(path, 1) for path in paths[1:21]]


async def test_nobody_answers_for_another(make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    staff, mentee, other = await make.staff(home), await make.mentee(home), await make.mentee(home)
    path = await asked(staff)
    ok(await mentee.put(f"{path}/answers/1", {"value": 2}))
    ok(await other.put(f"{path}/answers/1", {"value": 5}))
    stored = {row["account_id"]: row["value"] for row in await raw_db.fetch("SELECT account_id, value FROM answer")}
    assert stored == {mentee.id: 2, other.id: 5}
