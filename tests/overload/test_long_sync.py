"""F7: whoever was away for a hundred thousand events reads them page by page, at no cost to the service's memory."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from rinnalla.kit import events
from rinnalla.kit.settings import Settings
from tests.factories import Factory, Person
from tests.node import Node, serving, settings_beside
from tests.overload.raw import Client

EVENTS = 100_000
PAGE = 100
PAGES, WARM_PAGES = 300, 50
READ_AFTER = str(events.READ_AFTER.element)
MOST_GROWTH = 16 * 1024 * 1024
"""Bytes. All the events at once would be more than that, also as bare JSON."""
LIVED_LONG = """
    WITH moved AS (UPDATE member_stream SET last_seq = $2 WHERE account_id = $1 RETURNING account_id)
    INSERT INTO member_event (account_id, seq, kind, refs)
    SELECT account_id, number, 'account_changed', '{}' FROM moved, generate_series(1, $2) AS number
"""


@pytest.fixture
def node(postgres_url: str, data_folder: Path, settings: Settings, clean: None, tmp_path: Path) -> Iterator[Node]:
    own = settings_beside(postgres_url, data_folder, RINNALLA_LOG_LEVEL="warning", RINNALLA_DRAIN_SECONDS=0)
    with serving(tmp_path, **own) as running:
        yield running


@pytest.fixture
async def mentee(make: Factory, raw_db: asyncpg.Connection) -> Person:
    """Someone with a long history, among others who have one."""
    found = await make.mentee()
    for person, lived in ((await make.mentee(), PAGE), (found, EVENTS)):
        await raw_db.execute(LIVED_LONG, person.id, lived)
    await raw_db.execute("ANALYZE member_event")
    return found


async def test_all_of_it_in_pages_at_no_cost_of_memory(node: Node, mentee: Person) -> None:
    process = psutil.Process(node.process.pid)
    at_first = after = 0
    async with Client(node.url, mentee.token) as client:
        epoch = (await client.ask("GET", "/v1/sync?after=0")).json["epoch"]

        async def next_page() -> None:
            nonlocal after
            page = (await client.ask("GET", f"/v1/sync?after={after}&epoch={epoch}")).json
            assert [event["seq"] for event in page["events"]] == list(range(after + 1, after + 1 + PAGE))
            assert (page["last_seq"], page["more"]) == (EVENTS, after + PAGE < EVENTS)
            after = page["next_after"]

        for number in range(PAGES):
            await next_page()
            if number == WARM_PAGES:
                at_first = process.memory_info().rss
        after = EVENTS - PAGE
        await next_page()
        assert (await client.ask("GET", f"/v1/sync?after={EVENTS}&epoch={epoch}")).json["events"] == []
    assert process.memory_info().rss - at_first < MOST_GROWTH


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes_of(part)


async def test_a_page_is_found_by_its_key(mentee: Person, raw_db: asyncpg.Connection) -> None:
    """The service's own query, wherever in the stream: the key's index, and no row more than the page has."""
    query = re.sub(r":(ids|seqs|limit)\b", lambda name: {"ids": "$1", "seqs": "$2", "limit": "$3"}[name[1]], READ_AFTER)
    for after in (0, EVENTS // 2, EVENTS - 1):
        plan = await raw_db.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", [mentee.id], [after], PAGE)
        parts = list(nodes_of(json.loads(plan)[0]["Plan"]))
        (scan,) = [part for part in parts if part.get("Relation Name") == "member_event"]
        assert (scan["Node Type"], scan["Index Name"]) == ("Index Scan", "pk_member_event")
        assert "seq >" in scan["Index Cond"]
        assert "account_id =" in scan["Index Cond"]
        assert scan["Actual Rows"] <= PAGE
        assert scan.get("Rows Removed by Filter", 0) == 0
