"""Questions of the Ylitse contract."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.feedback.questions import question as own_question
from tests.ylitse.client import told
from tests.ylitse.test_messages import say

LABELS = {"fi": "huonosti", "en": "badly"}
RANGE = {"type": "range", "step": 1, "min": {"value": 1, "labels": LABELS}, "max": {"value": 5, "labels": LABELS}}
OWN_NUMBERS = {"type": "yes-no", "yes": {"value": 2, "labels": LABELS}, "no": {"value": 1, "labels": LABELS}}
YES_NO = {"type": "yes-no", "yes": {"value": 1, "labels": LABELS}, "no": {"value": 0, "labels": LABELS}}
FIRST = {"days_since_registration": 0, "sent_messages_threshold": 0, "max_old_account_in_days": 36500}
PREDEFINED = {
    "type": "predefined", "times": 2, "days_since_previous_answer": 30, "messages_since_previous_answer": 3,
    "min_days_since_previous_answer": 2,
}  # fmt: skip
UNTIL = {"type": "until_value", "comparison": "exact", "value": 1, "days_since_previous_answer": 10}


def rules(*, first: Any = None, repetitions: Any = None, **changes: Any) -> dict[str, Any]:
    schedule = {
        "first": FIRST | (first or {}),
        "remind_times_when_skipped": 1,
        "remind_interval_days": 7,
        "repetitions": repetitions or PREDEFINED,
    }
    usual = {
        "recipients": ["mentee"],
        "titles": {"fi": "Mitä kuuluu?", "en": "How are you?"},
        "answer": RANGE,
        "schedule": schedule,
    }
    return {"rules": usual | changes}


async def asked(person: Person) -> list[dict[str, Any]]:
    due: list[dict[str, Any]] = ok(await person.get("/ylitse/feedback/needs_answers"))["resources"]
    return due


async def answer(person: Person, answer_id: str, value: Any) -> Any:
    return await person.post("/ylitse/feedback/answer", {"answer_id": answer_id, "value": value})


async def let_days_pass(raw_db: asyncpg.Connection, days: int) -> None:
    """Everything that has happened is so much longer ago."""
    for column in ("account.created_at", "asking.last_at", "message.created_at"):
        table, name = column.split(".")
        await raw_db.execute(f"UPDATE {table} SET {name} = {name} - make_interval(days => $1)", days)


async def pair_and_staff(make: Factory) -> tuple[Person, Person, Person]:
    mentee, mentor, _ = await make.talkers()
    return mentee, mentor, await make.staff(mentee.organisation_id)


@pytest.mark.parametrize("scale", [RANGE, YES_NO, OWN_NUMBERS])
@pytest.mark.parametrize("repetitions", [PREDEFINED, UNTIL])
async def test_a_question_is_kept_as_it_was_written(make: Factory, scale: Any, repetitions: Any) -> None:
    staff = await make.staff()
    wanted = rules(answer=scale, repetitions=repetitions, recipients=["mentee", "mentor"])
    made = ok(await staff.post("/ylitse/feedback/questions", wanted), 201)
    assert made["rules"] == wanted["rules"]
    assert ok(await staff.get("/ylitse/feedback/questions"))["resources"] == [made]
    ok(await staff.delete(f"/ylitse/feedback/questions/{made['id']}"), 204)
    assert ok(await staff.get("/ylitse/feedback/questions"))["resources"] == []
    told(await staff.delete(f"/ylitse/feedback/questions/{uuid4()}"), 404)


async def test_yes_and_no_are_the_numbers_that_the_question_says(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, _, staff = await pair_and_staff(make)
    made = ok(await staff.post("/ylitse/feedback/questions", rules(answer=OWN_NUMBERS, repetitions=UNTIL)), 201)
    for value, kept in ((2, 1), (1, 0)):
        (due,) = await asked(mentee)
        assert due["answer"] == OWN_NUMBERS
        for neither in (0, 3):
            told(await answer(mentee, due["answer_id"], neither), 400)
        ok(await answer(mentee, due["answer_id"], value), 201)
        assert await raw_db.fetchval("SELECT value FROM answer ORDER BY round DESC LIMIT 1") == kept
        await let_days_pass(raw_db, 10)
    assert await asked(mentee) == []  # until no, whose number is 1
    there = ok(await staff.get(f"/v1/questions/{made['id']}"))
    assert there["schedule"]["until_value"] == 0


async def test_numbers_of_its_own_go_with_yes_and_no(make: Factory, raw_db: asyncpg.Connection) -> None:
    """Staff make it a question with a range, over the other face."""
    mentee, _, staff = await pair_and_staff(make)
    made = ok(await staff.post("/ylitse/feedback/questions", rules(answer=OWN_NUMBERS)), 201)
    path = f"/v1/questions/{made['id']}"
    there = ok(await staff.get(path))
    body = {name: there[name] for name in ("titles", "audience", "schedule")} | {"scale": own_question()["scale"]}
    ok(await staff.edit("PUT", path, body))
    (due,) = await asked(mentee)
    assert due["answer"]["type"] == "range"
    ok(await answer(mentee, due["answer_id"], 2), 201)
    assert await raw_db.fetchval("SELECT value FROM answer") == 2


async def test_days_and_recipients_that_are_none_here(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, _, staff = await pair_and_staff(make)
    wanted = rules(
        recipients=["admin", "mentee"],
        first={"days_since_registration": 0, "max_old_account_in_days": 99_999},
        repetitions=UNTIL | {"days_since_previous_answer": 0},
    )
    wanted["rules"]["schedule"] |= {"remind_interval_days": 0, "remind_times_when_skipped": 1}
    made = ok(await staff.post("/ylitse/feedback/questions", wanted), 201)["rules"]
    assert made["recipients"] == ["mentee"]
    assert made["schedule"]["first"]["max_old_account_in_days"] == 36_500
    assert made["schedule"]["remind_interval_days"] == 1
    assert made["schedule"]["repetitions"]["days_since_previous_answer"] == 1
    (first,) = await asked(mentee)
    assert await asked(mentee) == []
    await let_days_pass(raw_db, 1)
    (again,) = await asked(mentee)
    assert again["answer_id"] == first["answer_id"]


async def test_more_than_ten_years_are_ten(make: Factory) -> None:
    staff = await make.staff()
    again = PREDEFINED | {"days_since_previous_answer": 9999, "min_days_since_previous_answer": 9999}
    wanted = rules(first={"days_since_registration": 9999}, repetitions=again)
    wanted["rules"]["schedule"]["remind_interval_days"] = 9999
    ok(await staff.post("/ylitse/feedback/questions", wanted), 201)
    (there,) = ok(await staff.get("/v1/questions"))["items"]
    days = ("first_after_days", "repeat_after_days", "repeat_min_days", "remind_after_days")
    assert {there["schedule"][name] for name in days} == {3650}


async def test_a_question_of_v1_is_asked_here(make: Factory) -> None:
    mentee, _, staff = await pair_and_staff(make)
    titles = {"sv": "Hur mår du?"}
    ok(await staff.post("/v1/questions", own_question(titles=titles)), 201)
    (due,) = await asked(mentee)
    assert due["titles"] == {"fi": "Hur mår du?", "en": "Hur mår du?"}
    assert due["answer"]["min"] == {"value": 1, "labels": {"fi": "huonosti", "en": "badly"}}
    assert len(ok(await staff.get("/ylitse/feedback/questions"))["resources"]) == 1


async def test_answering_what_was_fetched(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, staff = await pair_and_staff(make)
    made = ok(await staff.post("/ylitse/feedback/questions", rules()), 201)
    assert await asked(mentor) == []
    (due,) = await asked(mentee)
    assert due == {"id": made["id"], "answer_id": due["answer_id"], "titles": made["rules"]["titles"], "answer": RANGE}
    assert await asked(mentee) == []
    told(await answer(mentee, due["answer_id"], 6), 400)
    assert ok(await answer(mentee, due["answer_id"], 4), 201)["message"]
    ok(await answer(mentee, due["answer_id"], 4), 201)
    told(await answer(mentee, due["answer_id"], 5), 409)
    assert await raw_db.fetchval("SELECT value FROM answer") == 4
    assert await raw_db.fetchrow("SELECT round, skipped FROM asking") == (2, 0)


async def test_what_was_fetched_and_not_answered_comes_back_by_its_rule(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, _, staff = await pair_and_staff(make)
    ok(await staff.post("/ylitse/feedback/questions", rules()), 201)
    (first,) = await asked(mentee)
    await let_days_pass(raw_db, 6)
    assert await asked(mentee) == []
    await let_days_pass(raw_db, 1)
    (second,) = await asked(mentee)
    assert second["answer_id"] == first["answer_id"]
    await let_days_pass(raw_db, 29)
    assert await asked(mentee) == []  # it came back once, as often as it may
    ok(await answer(mentee, second["answer_id"], 3), 201)  # and may still be answered
    await let_days_pass(raw_db, 30)
    (third,) = await asked(mentee)
    assert third["answer_id"] != first["answer_id"]
    told(await answer(mentee, f"{third['id']}.1", 4), 409)


async def test_a_question_waits_for_messages(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, staff = await pair_and_staff(make)
    first = {"sent_messages_threshold": 2, "days_since_registration": 1, "max_old_account_in_days": 10}
    ok(await staff.post("/ylitse/feedback/questions", rules(first=first)), 201)
    for _ in range(2):
        assert await asked(mentee) == []
        ok(await say(mentee, mentor, "hei"), 201)
        ok(await say(mentor, mentee, "hei"), 201)
    assert await asked(mentee) == []  # a day old first
    await let_days_pass(raw_db, 1)
    (due,) = await asked(mentee)
    ok(await answer(mentee, due["answer_id"], 1), 201)
    for _ in range(3):
        ok(await say(mentee, mentor, "taas"), 201)
    assert await asked(mentee) == []  # never sooner than the minimum
    await raw_db.execute("UPDATE asking SET last_at = last_at - interval '2 days'")
    (again,) = await asked(mentee)
    ok(await answer(mentee, again["answer_id"], 2), 201)
    await let_days_pass(raw_db, 29)
    assert await asked(mentee) == []
    await let_days_pass(raw_db, 1)
    (last,) = await asked(mentee)
    ok(await answer(mentee, last["answer_id"], 2), 201)
    await let_days_pass(raw_db, 300)
    assert await asked(mentee) == []  # three times in all


async def test_old_accounts_are_not_asked(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, _, staff = await pair_and_staff(make)
    ok(await staff.post("/ylitse/feedback/questions", rules(first={"max_old_account_in_days": 10})), 201)
    await let_days_pass(raw_db, 11)
    assert await asked(mentee) == []


async def test_asked_until_the_answer_that_is_waited_for(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, _, staff = await pair_and_staff(make)
    ok(await staff.post("/ylitse/feedback/questions", rules(answer=YES_NO, repetitions=UNTIL)), 201)
    for value in (0, 0, 1):
        (due,) = await asked(mentee)
        ok(await answer(mentee, due["answer_id"], value), 201)
        assert await asked(mentee) == []
        await let_days_pass(raw_db, 10)
    assert await asked(mentee) == []


SOME_ID = "0193f0c2-4b5a-7c3d-9e1f-2a3b4c5d6e7f"


@pytest.mark.parametrize("answer_id", ["", "nothing", SOME_ID, f"{SOME_ID}.1", f"{SOME_ID}.x", f"{SOME_ID}.-1"])
async def test_what_one_was_not_asked_can_not_be_answered(make: Factory, answer_id: str) -> None:
    mentee = await make.mentee()
    told(await answer(mentee, answer_id, 1), 404)


@pytest.mark.parametrize(
    "wrong",
    [
        rules(recipients=["admin"]),
        rules(recipients=[]),
        rules(titles={"fi": "Mitä kuuluu?"}),
        rules(answer=RANGE | {"step": 3}),
        rules(answer=RANGE | {"step": 1000, "max": {"value": 2001, "labels": LABELS}}),
        rules(answer=RANGE | {"max": {"value": 0, "labels": LABELS}}),
        rules(answer=YES_NO | {"yes": {"value": 0, "labels": LABELS}}),
        rules(answer=OWN_NUMBERS, repetitions=UNTIL | {"value": 0}),
        rules(repetitions=UNTIL | {"value": 6}),
        rules(answer=RANGE | {"step": 2}, repetitions=UNTIL | {"value": 2}),
        rules(answer={"type": "stars"}),
        rules(repetitions={"type": "forever"}),
        rules(first={"days_since_registration": -1}),
    ],
)
async def test_questions_that_make_no_sense(make: Factory, wrong: Any) -> None:
    staff = await make.staff()
    told(await staff.post("/ylitse/feedback/questions", wrong), 400)


async def test_everything_that_makes_no_sense_is_told_at_its_place(make: Factory) -> None:
    staff = await make.staff()
    wrong = rules(recipients=["admin"], repetitions=UNTIL | {"value": 6})
    faults = "/rules/recipients: invalid_value, /rules/schedule/repetitions/value: out_of_range"
    assert faults in told(await staff.post("/ylitse/feedback/questions", wrong), 400)
    on_no_step = rules(answer=RANGE | {"step": 3})
    assert "/rules/answer/step: out_of_range" in told(await staff.post("/ylitse/feedback/questions", on_no_step), 400)


async def test_staff_are_asked_nothing(make: Factory) -> None:
    staff = await make.staff()
    ok(await staff.post("/ylitse/feedback/questions", rules(recipients=["mentee", "mentor", "admin"])), 201)
    for person in (staff, await make.admin()):
        assert await asked(person) == []


async def test_a_round_that_was_skipped_may_be_answered_until_the_next(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    """The same in `/v1`, where a skip is said and not guessed."""
    mentee, _, staff = await pair_and_staff(make)
    path = f"/v1/questions/{ok(await staff.post('/v1/questions', own_question()), 201)['id']}"
    ok(await mentee.post(f"{path}/skip"), 204)
    refused(await mentee.put(f"{path}/answers/2", {"value": 3}), 404, "question_not_due")
    ok(await mentee.put(f"{path}/answers/1", {"value": 3}))
    await let_days_pass(raw_db, 30)
    ok(await mentee.post(f"{path}/skip"), 204)
