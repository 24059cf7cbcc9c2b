"""Results: enough people or nothing, and never who."""

import asyncio
from typing import Any

import asyncpg

from tests.api import ok
from tests.factories import Factory, Person
from tests.feedback.questions import YES_NO, question
from tests.feedback.test_answering import asked, let_days_pass

NOTHING: dict[str, Any] = {"withheld": True, "overall": None, "rounds": []}


async def answer(path: str, people: list[Person], values: list[int], round_number: int = 1) -> None:
    for person, value in zip(people, values, strict=True):
        ok(await person.put(f"{path}/answers/{round_number}", {"value": value}))


async def results(staff: Person, path: str) -> dict[str, Any]:
    body: dict[str, Any] = ok(await staff.get(f"{path}/results"))
    assert path.endswith(str(body.pop("question_id")))
    return body


async def crowd(make: Factory, size: int) -> tuple[Person, list[Person]]:
    home = await make.organisation()
    return await make.staff(home), [await make.mentee(home) for _ in range(size)]


async def test_four_people_are_not_told_of_and_five_are(make: Factory) -> None:
    staff, people = await crowd(make, 5)
    path = await asked(staff)
    assert await results(staff, path) == NOTHING
    await answer(path, people[:4], [4, 4, 2, 2])
    assert await results(staff, path) == NOTHING
    await answer(path, people[4:], [4])
    distribution = [{"value": value, "count": {2: 2, 4: 3}.get(value, 0)} for value in range(1, 6)]
    summary = {"count": 5, "mean": 3.2, "distribution": distribution}
    told = {"withheld": False, "overall": summary, "rounds": [{"round": 1, "summary": summary}]}
    assert await results(staff, path) == told


async def test_an_answer_that_stands_alone_waits_for_company(make: Factory, raw_db: asyncpg.Connection) -> None:
    staff, people = await crowd(make, 12)
    path = await asked(staff, scale=YES_NO)
    await answer(path, people[:6], [0, 1, 1, 1, 1, 1])
    assert [one["count"] for one in (await results(staff, path))["overall"]["distribution"]] == [0, 5]
    before = await results(staff, path)
    await answer(path, people[6:9], [1, 1, 1])
    assert await results(staff, path) == before
    await answer(path, people[9:10], [0])
    assert [one["count"] for one in (await results(staff, path))["overall"]["distribution"]] == [2, 8]


async def test_rounds_are_told_apart_and_can_not_be_subtracted(make: Factory, raw_db: asyncpg.Connection) -> None:
    staff, people = await crowd(make, 6)
    path = await asked(staff)
    await answer(path, people, [3, 3, 5, 3, 5, 5])
    first = await results(staff, path)
    await let_days_pass(raw_db, 30)
    await answer(path, people[:4], [1, 1, 1, 1], 2)
    assert await results(staff, path) == first
    await answer(path, people[4:5], [1], 2)
    both = await results(staff, path)
    assert [(one["round"], one["summary"]["count"]) for one in both["rounds"]] == [(1, 5), (2, 5)]
    assert both["overall"]["count"] == 10


async def test_nobody_shows_by_leaving(make: Factory, raw_db: asyncpg.Connection) -> None:
    staff, people = await crowd(make, 7)
    path = await asked(staff)
    await answer(path, people[:6], [2, 2, 2, 4, 4, 4])
    before = await results(staff, path)
    await raw_db.execute("DELETE FROM account WHERE id = $1", people[0].id)
    assert await results(staff, path) == before
    await answer(path, people[6:], [4])
    assert await results(staff, path) == before
    await raw_db.execute("DELETE FROM account WHERE id = ANY($1)", [person.id for person in people])
    assert await results(staff, path) == before
    changed = question(scale=YES_NO)
    assert (await staff.edit("PUT", path, changed)).json()["code"] == "question_has_answers"


async def test_everyone_answering_at_once_is_counted_once(make: Factory, raw_db: asyncpg.Connection) -> None:
    staff, people = await crowd(make, 10)
    path = await asked(staff, scale=YES_NO)
    await asyncio.gather(*(person.put(f"{path}/answers/1", {"value": n % 2}) for n, person in enumerate(people)))
    told = (await results(staff, path))["overall"]
    waiting = await raw_db.fetchval("SELECT count(*) FROM answer WHERE NOT counted")
    assert told is not None
    assert told["count"] + waiting == 10


async def test_results_and_tallies_name_no_one(make: Factory, raw_db: asyncpg.Connection) -> None:
    staff, people = await crowd(make, 5)
    path = await asked(staff)
    await answer(path, people, [1, 1, 1, 1, 1])
    told = (await staff.get(f"{path}/results")).text
    stored = await raw_db.fetchval("SELECT string_agg(tally::text, ' ') FROM tally")
    for person in people:
        assert str(person.id) not in told + stored
        assert person.login_name not in told + stored
