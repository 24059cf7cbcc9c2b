"""Postgres is killed and comes back: how long until the first message is stored again?"""

import asyncio
import time
from uuid import uuid4

import asyncpg

from tests.bench.scene import Scene
from tests.faults.wire import Http

ROUNDS = 5
PAUSE_SECONDS = 0.02
AWAY_SECONDS = 2


async def outages(scene: Scene) -> list[float]:
    """Milliseconds from the moment when Postgres accepts connections to the first stored message, each time."""
    async with scene.people() as people:
        mentee, _, thread = await people.talkers()
    http, took = Http(), []
    for number in range(ROUNDS):
        await asyncio.to_thread(scene.postgres.kill)
        trying = asyncio.create_task(_first_success(http, scene, mentee.token, f"/v1/threads/{thread}/messages"))
        await asyncio.sleep(AWAY_SECONDS)
        starting = asyncio.create_task(asyncio.to_thread(scene.postgres.start))
        accepted = await _accepts(scene.postgres.url)
        await starting
        took.append(max(0.0, await trying - accepted) * 1000)
        await asyncio.sleep(number % 2)
    http.close()
    return took


async def _accepts(url: str) -> float:
    """When Postgres first let someone in."""
    while True:
        try:
            connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        except (OSError, asyncpg.PostgresError):
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            present = time.monotonic()
            await connection.close()
            return present


async def _first_success(http: Http, scene: Scene, token: str, path: str) -> float:
    """When a message was first stored. Asks again without a pause, as a hurried app would."""
    body = {"client_id": str(uuid4()), "text": "kuuletko?"}
    while True:
        try:
            status, _ = await http.call(scene.address, "POST", path, token, body)
        except OSError:
            status = 0
        if status in {200, 201}:
            return time.monotonic()
        await asyncio.sleep(PAUSE_SECONDS)
