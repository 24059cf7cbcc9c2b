"""A pool that is too small, and clients that are gone in the middle: nobody waits for long, nothing leaks, and whoever
sent a message finds it once."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from uuid import UUID, uuid4

import asyncpg
import httpx
import msgspec
import pytest

from rinnalla.kit.settings import Settings
from tests.api import ok
from tests.conftest import RunningService
from tests.factories import PASSWORD, Factory, Person
from tests.overload.clean import check_clean
from tests.overload.raw import Client
from tests.patience import eventually
from tests.phone import Phone

CROWD = 200
ABORTS = 60
# A wait for one of the two connections (2 s) twice, the query, and leisure for a busy machine.
BOUND_SECONDS = 30
SLOW_TOPICS = """
ALTER TABLE topic RENAME TO topic_kept;
CREATE VIEW topic AS
WITH slow AS MATERIALIZED (SELECT pg_sleep(0.3)) SELECT topic_kept.* FROM topic_kept, slow;
"""
TOPICS_AS_BEFORE = "DROP VIEW topic; ALTER TABLE topic_kept RENAME TO topic"


@pytest.fixture
def small(settings: Settings, clean: None) -> Iterator[RunningService]:
    with RunningService(replace(settings, port=0, pool_size=2)) as running:
        yield running


@asynccontextmanager
async def slow_queries(db: asyncpg.Connection) -> AsyncIterator[None]:
    """Each look at the topics takes 300 ms."""
    await db.execute(SLOW_TOPICS)
    try:
        yield
    finally:
        await db.execute(TOPICS_AS_BEFORE)


async def test_two_connections_for_two_hundred(small: RunningService, raw_db: asyncpg.Connection) -> None:
    async def ask() -> int:
        async with Client(small.url) as client:
            answer = await client.ask("GET", "/v1/topics")
            assert answer.is_orderly
            return answer.status

    async with slow_queries(raw_db), asyncio.timeout(BOUND_SECONDS):
        statuses = await asyncio.gather(*(ask() for _ in range(CROWD)))
    assert set(statuses) == {200, 503}

    async def is_as_before() -> bool:
        return set(await asyncio.gather(*(ask() for _ in range(10)))) == {200}

    await eventually(is_as_before)
    await check_clean(small, raw_db)


async def test_no_connection_is_held_while_a_password_is_hashed(small: RunningService, make: Factory) -> None:
    """Not even by who signs up where an old refresh cookie is still in the browser."""
    home = await make.organisation()

    async def sign_up(number: int) -> int:
        body = {"password": PASSWORD, "account": {"role": "mentee", "login_name": f"uusi-{home.hex[:8]}-{number}"}}
        async with httpx.AsyncClient(base_url=small.url, timeout=BOUND_SECONDS) as browser:
            answer = await browser.post("/ylitse/accounts", json=body, headers={"Cookie": "ylitse_refresh=old"})
            return answer.status_code

    assert await asyncio.gather(*(sign_up(number) for number in range(6))) == [201] * 6


async def abort_request(url: str, token: str, thread: UUID, client_id: UUID, chance: random.Random) -> None:
    """Send a part of a message's request, or all of it, and be gone in this or a later moment."""
    host, _, port = url.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    body = msgspec.json.encode({"client_id": str(client_id), "text": f"viesti {client_id}"})
    head = (
        f"POST /v1/threads/{thread}/messages HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    whole = head.encode() + body
    writer.write(whole if chance.random() < 0.6 else whole[: chance.randrange(len(whole))])
    with suppress(OSError):
        await writer.drain()
    await asyncio.sleep(chance.uniform(0, 0.03))
    writer.transport.abort()


async def abort_socket(person: Person, thread: UUID, client_id: UUID, chance: random.Random) -> None:
    """Send by a socket, mark something as read, and be gone at any moment."""
    phone = await Phone.let_in(person)
    with suppress(Exception):
        await phone.send(thread, f"viesti {client_id}", client_id)
        if chance.random() < 0.5:
            await phone.say({"type": "read", "thread_id": str(thread), "up_to_seq": 1})
        await asyncio.sleep(chance.uniform(0, 0.03))
    phone.socket.transport.abort()
    await phone.socket.wait_closed()


async def test_clients_that_are_gone_in_the_middle(
    small: RunningService, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor, thread = await make.talkers()
    mentee.url, stays = small.url, mentee.url
    chance = random.Random(16)
    client_ids = [uuid4() for _ in range(ABORTS)]
    for start in range(0, ABORTS, 6):
        await asyncio.gather(
            *(
                abort_socket(mentee, thread, client_id, chance)
                if number % 2
                else abort_request(small.url, mentee.token, thread, client_id, chance)
                for number, client_id in enumerate(client_ids[start : start + 6])
            )
        )
    await check_clean(small, raw_db)
    kept = {row["client_id"]: row["id"] for row in await raw_db.fetch("SELECT client_id, id FROM message")}
    assert 0 < len(kept) <= ABORTS
    mentee.url = stays
    for client_id in client_ids:
        body = {"client_id": str(client_id), "text": f"viesti {client_id}"}
        answer = await mentee.post(f"/v1/threads/{thread}/messages", body)
        again = ok(answer, 200 if client_id in kept else 201)
        assert str(kept.get(client_id, again["id"])) == again["id"]
    items = ok(await mentor.get(f"/v1/threads/{thread}/messages", params={"limit": 100}))["items"]
    assert [item["seq"] for item in items] == list(range(ABORTS, 0, -1))
