"""Twice as many requests as the service can work on: how much of its best does it still do, and when is it well again?

Nobody here heeds Retry-After, as a good app would.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from tests.bench.scene import Scene, Talk
from tests.overload.raw import Client

PAIRS = 16
AT_ITS_BEST = 32
"""Clients, each of which asks again as soon as it is answered: about as many as the service likes best."""
CROWD = 512
SECONDS = 10.0
WARM_UP_SECONDS = 2.0
STORED = 201


@dataclass(frozen=True)
class Overload:
    """Stored messages a second at its best and under twice that; all answers by status; seconds until well again."""

    best: float
    under_load: float
    answers: Counter[int]
    recovery: float


async def overload(scene: Scene) -> Overload:
    async with scene.people() as people:
        talks = [await people.talkers() for _ in range(PAIRS)]
    await _asked(scene, talks, AT_ITS_BEST, WARM_UP_SECONDS, None)
    best = (await _asked(scene, talks, AT_ITS_BEST, SECONDS, None))[STORED] / SECONDS
    answers = await _asked(scene, talks, CROWD, SECONDS, 2 * best)
    started = time.monotonic()
    while set(await _asked(scene, talks, 1, 0.2, None)) != {STORED}:
        continue
    return Overload(best, answers[STORED] / SECONDS, answers, time.monotonic() - started)


async def _asked(scene: Scene, talks: Sequence[Talk], clients: int, seconds: float, rate: float | None) -> Counter[int]:
    """What so many clients are answered, who ask at `rate` together, or as soon as each is answered."""
    until = time.monotonic() + seconds
    answers: Counter[int] = Counter()

    async def ask_on(number: int) -> None:
        mentee, _, thread = talks[number % len(talks)]
        due = time.monotonic() + (number / rate if rate else 0.0)
        async with Client(scene.node.url, mentee.token) as client:
            while (present := time.monotonic()) < until:
                if rate:
                    await asyncio.sleep(max(0.0, due - present))
                    due += clients / rate
                body = {"client_id": str(uuid4()), "text": "kuuluuko?"}
                answers[(await client.ask("POST", f"/v1/threads/{thread}/messages", body)).status] += 1

    await asyncio.gather(*(ask_on(number) for number in range(clients)))
    return answers
