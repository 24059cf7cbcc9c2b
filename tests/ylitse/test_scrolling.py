"""Scrolling up through a conversation of years costs what its pages have, and not what was said since."""

import json
import re
from typing import Any

import asyncpg
import pytest

from rinnalla.chat import repository_people
from tests.api import ok
from tests.factories import Factory
from tests.overload.test_long_sync import nodes_of
from tests.ylitse.client import user
from tests.ylitse.test_messages import read, say

MESSAGES, PAGE = 5000, 10
SAID_MUCH = """
    WITH counted AS (UPDATE thread SET last_seq = $1 RETURNING id)
    INSERT INTO message (id, thread_id, seq, author_id, client_id, body, created_at)
    SELECT gen_random_uuid(), thread_id, number, author_id, gen_random_uuid(), body,
        created_at + number * interval '1 s'
    FROM message, generate_series(2, $1) AS number
"""
TOLD_MUCH = """
    INSERT INTO member_event (account_id, seq, kind, refs)
    SELECT $1, row_number() OVER (ORDER BY seq) + 100, 'message', jsonb_build_object('message_id', id) FROM message
"""
BACK, ON, AFTER, LATER = (
    str(statement.element)  # the very queries of the service, not a copy of them
    for statement in (repository_people.BACK, repository_people.ON, repository_people.AFTER, repository_people.LATER)
)


def placed(query: str, **values: Any) -> tuple[str, list[Any]]:
    """A query with numbers for names, and the values in their order."""
    names = list(values)
    return re.sub(r"(?<!:):([a-z_]+)", lambda found: f"${names.index(found[1]) + 1}", query), list(values.values())


@pytest.mark.parametrize(("query", "condition"), [(BACK, "seq <"), (ON, "seq >")])
async def test_a_page_starts_at_its_place(
    make: Factory, raw_db: asyncpg.Connection, query: str, condition: str
) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentee, mentor, "kauan sitten"), 201)
    await raw_db.execute(SAID_MUCH, MESSAGES)
    await raw_db.execute("ANALYZE message")
    for seq in (PAGE + 1, MESSAGES // 2, MESSAGES - PAGE):
        at = await raw_db.fetchval("SELECT created_at FROM message WHERE seq = $1", seq)
        text, values = placed(
            query,
            account_id=mentor.id,
            others=[mentee.id],
            thread_id=thread,
            seq=seq,
            created_at=at,
            most=PAGE,
            most_in_all=PAGE,
        )
        plan = json.loads(await raw_db.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", *values))[0]["Plan"]
        (scan,) = [part for part in nodes_of(plan) if part.get("Alias") == "message"]
        assert scan["Index Name"] == "uq_message_thread_id_seq"
        assert condition in scan["Index Cond"]
        assert scan["Actual Rows"] == PAGE
        assert scan.get("Rows Removed by Filter", 0) == 0
        (others,) = [part for part in nodes_of(plan) if part.get("Alias") == "near"]
        assert others["Actual Loops"] == 0


async def test_a_place_in_another_conversation_is_one_in_time(make: Factory) -> None:
    home = await make.organisation()
    mentor, aino, veera = await make.mentor(home), await make.mentee(home), await make.mentee(home)
    for mentee in (aino, veera):
        await make.thread(mentee, mentor)
    for number in range(3):
        for mentee in (aino, veera):
            ok(await say(mentee, mentor, f"{mentee.login_name} {number}"), 201)
    place = (await read(mentor, contact_user_ids=user(aino), max=10, desc="true"))["resources"][1]["id"]
    before = await read(mentor, contact_user_ids=user(veera), from_message_id=place, max=10, desc="true")
    assert [one["content"] for one in before["resources"]] == [f"{veera.login_name} 0"]
    everywhere = await read(mentor, from_message_id=place, max=10, desc="true")
    assert [one["content"] for one in everywhere["resources"]] == [
        f"{veera.login_name} 0",
        f"{aino.login_name} 0",
    ]


async def test_a_poll_that_finds_nothing_reads_nothing_but_its_place(make: Factory, raw_db: asyncpg.Connection) -> None:
    """As nearly every poll, however much was told before."""
    mentee, mentor, _ = await make.talkers()
    ok(await say(mentee, mentor, "kauan sitten"), 201)
    await raw_db.execute(SAID_MUCH, MESSAGES)
    await raw_db.execute(TOLD_MUCH, mentor.id)
    await raw_db.execute("ANALYZE message, member_event")
    last = await raw_db.fetchval("SELECT id FROM message WHERE seq = $1", MESSAGES)
    text, values = placed(AFTER, accounts=[mentor.id], messages=[last], mosts=[PAGE])
    plan = json.loads(await raw_db.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", *values))[0]["Plan"]
    parts = [part for part in nodes_of(plan) if part["Actual Loops"]]
    assert "ix_member_event_message_id" in {part.get("Index Name") for part in parts}
    assert sum(part["Actual Rows"] for part in parts if part.get("Relation Name")) <= 1
