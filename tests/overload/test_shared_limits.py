"""F8: whoever is served by two processes in turn is counted once, not by each."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from rinnalla.accounts.failures import FAILURES_HERE
from rinnalla.accounts.sessions import REFRESHES
from rinnalla.chat.policy import SENDS
from rinnalla.kit.limits import Limit
from rinnalla.kit.settings import Settings
from rinnalla.pairs.service import NEW_MENTORS
from rinnalla.safeguarding.service import REPORTS
from tests.factories import Factory, Person
from tests.node import Node, serving, settings_beside
from tests.overload.raw import Answer, Client

OVER = 6
"""So many more are tried than are allowed."""
Ask = Callable[[], Awaitable[Answer]]


@pytest.fixture
def two(postgres_url: str, data_folder: Path, settings: Settings, clean: None, tmp_path: Path) -> Iterator[Node]:
    """A node of two processes, with limits as they are in earnest."""
    own = settings_beside(postgres_url, data_folder, RINNALLA_WORKERS=2, RINNALLA_POOL_SIZE=6, RINNALLA_DRAIN_SECONDS=0)
    with serving(tmp_path, **own) as running:
        yield running


async def check(limit: Limit, ask: Ask) -> None:
    """Of more than the limit allows, over a connection each, as many as it allows get through, whatever is made of
    them; and those for which there was room again meanwhile."""
    started = time.monotonic()
    wanted = limit.burst + OVER
    answers: list[Answer] = []
    while len(answers) < wanted:
        answers += await asyncio.gather(*(ask() for _ in range(min(4, wanted - len(answers)))))
    again = (time.monotonic() - started) * limit.burst / limit.seconds + 1
    refusals = [answer for answer in answers if answer.status in {429, 503}]
    assert all(answer.status == 429 and int(answer.headers["retry-after"]) >= 1 for answer in refusals)
    assert limit.burst <= wanted - len(refusals) <= limit.burst + again, limit


async def test_sends_pair_requests_reports_and_recoveries(two: Node, make: Factory) -> None:
    home = await make.organisation(mentees_may_choose=True)
    mentee = await make.mentee(home)
    mentors = [await make.mentor(home) for _ in range(NEW_MENTORS.burst + OVER)]
    thread = await make.thread(mentee, mentors[0])
    reported = str(mentors[0].id)
    writes_to = iter(mentors[1:] + mentors[:1])

    async def post(path: str, body: Any, person: Person | None = mentee) -> Answer:
        async with Client(two.url, person.token if person else None) as client:
            return await client.ask("POST", path, body)

    asks: dict[Limit, Ask] = {
        SENDS: lambda: post(f"/v1/threads/{thread}/messages", {"client_id": str(uuid4()), "text": "hei"}),
        NEW_MENTORS: lambda: post("/v1/pairs", {"mentor_id": str(next(writes_to).id)}),
        REPORTS: lambda: post("/v1/reports", {"reported_id": reported, "reason": "harassment", "text": "hei"}),
        FAILURES_HERE: lambda: post(
            "/v1/recoveries",
            {"login_name": mentee.login_name, "recovery_code": "AAAA", "new_password": "uusi kissa"},
            person=None,
        ),
    }
    for limit, ask in asks.items():
        await check(limit, ask)
    assert {line["worker"] for line in two.logged("request")} == {1, 2}


async def test_refreshes(two: Node, make: Factory) -> None:
    """One after the other: each needs what the one before gave."""
    mentee = await make.mentee()
    token = mentee.refresh_token

    async def refresh() -> Answer:
        nonlocal token
        async with Client(two.url) as client:
            answer = await client.ask("POST", "/v1/sessions/refresh", {"refresh_token": token})
        if answer.status == 200:
            token = answer.json["refresh_token"]
        return answer

    statuses = [(await refresh()).status for _ in range(REFRESHES.burst + OVER)]
    assert 0 < statuses.count(429) <= OVER
    assert set(statuses) == {200, 429}
    assert {line["worker"] for line in two.logged("request")} == {1, 2}
