"""One after the other and many at once: how fast messages travel."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from uuid import uuid4

import asyncpg

from rinnalla.realtime import frames
from tests.bench.figures import timed
from tests.bench.scene import Scene, Talk
from tests.phone import Phone

PAIRS = 16
SENDS_EACH = 60
ROWS = 2000


async def rows_one_by_one(url: str) -> float:
    """Single-row inserts a second of one plain connection with a commit each: what this machine's Postgres gives."""
    db = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    await db.execute("CREATE TEMPORARY TABLE bench (id uuid PRIMARY KEY, body bytea)")
    started = time.perf_counter()
    for _ in range(ROWS):
        await db.execute("INSERT INTO bench VALUES ($1, $2)", uuid4(), b"x" * 80)
    took = time.perf_counter() - started
    await db.close()
    return ROWS / took


async def by_socket(talk: Talk) -> list[float]:
    mentee, _, thread = talk
    async with await Phone.let_in(mentee) as phone:

        async def send(number: int) -> None:
            await phone.send(thread, f"viesti {number}")
            await phone.until(frames.Ack)

        return await timed(SENDS_EACH, send)


async def by_http(talk: Talk) -> list[float]:
    mentee, _, thread = talk

    async def send(number: int) -> None:
        body = {"client_id": str(uuid4()), "text": f"viesti {number}"}
        answer = await mentee.http.post(f"/v1/threads/{thread}/messages", json=body)
        answer.raise_for_status()

    return await timed(SENDS_EACH, send)


async def to_the_other_phone(talk: Talk) -> list[float]:
    mentee, mentor, thread = talk
    async with await Phone.let_in(mentee) as young, await Phone.let_in(mentor) as other:
        await other.resume(other.hello.last_seq)

        async def send(number: int) -> None:
            await young.send(thread, f"viesti {number}")
            await other.event(frames.MessageEvent)
            await young.until(frames.Ack)

        return await timed(SENDS_EACH, send)


async def all_at_once(
    talks: Sequence[Talk], way: Callable[[Talk], Awaitable[list[float]]]
) -> tuple[float, list[float]]:
    """Calls a second, and how long each took in milliseconds."""
    started = time.perf_counter()
    took = [one for each in await asyncio.gather(*(way(talk) for talk in talks)) for one in each]
    return len(took) / (time.perf_counter() - started), took


async def journeys(scene: Scene) -> AsyncIterator[tuple[str, float, list[float]]]:
    """What was done, how often a second, and how many milliseconds each took."""
    yield "a plain INSERT and commit, one connection", await rows_one_by_one(scene.postgres.url), []
    async with scene.people() as people:
        talks = [await people.talkers() for _ in range(PAIRS)]
        for name, way, crowd in (
            ("send -> ack, one socket", by_socket, talks[:1]),
            ("send -> the other phone, one pair", to_the_other_phone, talks[:1]),
            ("send -> 201, one HTTP client", by_http, talks[:1]),
            (f"send -> ack, {PAIRS} sockets at once", by_socket, talks),
            (f"send -> the other phone, {PAIRS} pairs at once", to_the_other_phone, talks),
            (f"send -> 201, {PAIRS} HTTP clients at once", by_http, talks),
        ):
            yield name, *await all_at_once(crowd, way)
