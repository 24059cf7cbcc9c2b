"""What people do with the Ylitse apps is counted, and not who did it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg

from rinnalla.ylitse import ids
from tests.api import ok
from tests.factories import Factory
from tests.ylitse.client import told

NOTE_STATEMENTS = """
CREATE TABLE counting (at timestamptz);
CREATE FUNCTION note_counting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO counting VALUES (clock_timestamp()); RETURN NULL; END $$;
CREATE TRIGGER note_counting AFTER INSERT ON ylitse_happening_count FOR EACH STATEMENT EXECUTE FUNCTION note_counting();
"""
AS_BEFORE = "DROP TRIGGER note_counting ON ylitse_happening_count; DROP FUNCTION note_counting; DROP TABLE counting"


@asynccontextmanager
async def statements_noted(db: asyncpg.Connection) -> AsyncIterator[None]:
    await db.execute(NOTE_STATEMENTS)
    try:
        yield
    finally:
        await db.execute(AS_BEFORE)


async def test_what_was_done_is_counted_and_not_by_whom(make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    mentor, people = await make.mentor(home), [await make.mentee(home) for _ in range(2)]
    done = [
        {"name": "filter_skills", "props": {"skills": ["Asuminen", "Raha-asiat", "raha-asiat", "tuntematon", 7]}},
        {"name": "open_mentor_profile", "props": {"mentor_id": ids.mentor_id(mentor.id)}},
        {"name": "open_mentor_profile", "props": {"mentor_id": str(uuid4())}},
        {"name": "open_mentor_profile", "props": {"mentor_id": "nothing"}},
        {"name": "filter_skills", "props": {"skills": "Asuminen"}},
        {"name": "something_else", "props": {}},
        {"name": "filter_skills"},
    ]
    for person in people:
        ok(await person.post("/ylitse/events", done), 201)
    rows = await raw_db.fetch("SELECT topic_id, mentor_id, times FROM ylitse_happening_count")
    assert {(row["topic_id"], row["mentor_id"]): row["times"] for row in rows} == {
        ("housing", None): 2,
        ("money", None): 2,
        (None, mentor.id): 2,
    }
    wrongs: list[Any] = [{"name": "filter_skills"}, [{"props": {}}], [{"name": "a"}] * 101, "x"]
    for wrong in wrongs:
        told(await people[0].post("/ylitse/events", wrong), 400)


async def test_many_events_are_one_statement(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentor = await make.mentor()
    both = [
        {"name": "filter_skills", "props": {"skills": ["Asuminen", "Raha-asiat"]}},
        {"name": "open_mentor_profile", "props": {"mentor_id": ids.mentor_id(mentor.id)}},
    ]
    async with statements_noted(raw_db):
        for _ in range(2):
            ok(await mentor.post("/ylitse/events", both * 50), 201)
        ok(await mentor.post("/ylitse/events", [{"name": "something_else"}]), 201)
        assert await raw_db.fetchval("SELECT count(*) FROM counting") == 2
    assert await raw_db.fetch("SELECT times FROM ylitse_happening_count") == [(100,)] * 3
