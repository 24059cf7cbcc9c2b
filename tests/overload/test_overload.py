"""More comes in than can be worked on: some is done, the rest is told when to come back, and afterwards all is well."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from uuid import UUID, uuid4

import psutil
import pytest

from rinnalla.kit.settings import Settings
from rinnalla.realtime import frames
from tests.factories import PASSWORD, Factory, Person
from tests.node import Node, serving, settings_beside
from tests.overload.raw import Answer, Client
from tests.overload.test_slow_clients import told_in_words
from tests.patience import eventually
from tests.phone import Phone

CROWD = 400
"""More than a process works on at once (256)."""
SENDERS = 10
REQUESTS_EACH = 4
SENDS_EACH = 20
LOG_INS = 200
HASH_WORKERS = 1
MIB = 1024 * 1024
MOST_MEMORY = 100 * MIB
"""Of a flood. A hash takes 19 MiB: as many at once as there are log-ins would be 3.7 GiB."""


@pytest.fixture
def node(postgres_url: str, data_folder: Path, settings: Settings, clean: None, tmp_path: Path) -> Iterator[Node]:
    own = settings_beside(
        postgres_url,
        data_folder,
        RINNALLA_POOL_SIZE=10,
        RINNALLA_LIMIT_FACTOR=1000,
        RINNALLA_HASH_WORKERS=HASH_WORKERS,
        RINNALLA_DRAIN_SECONDS=0,
    )
    with serving(tmp_path, **own) as running:
        yield running


def all_of(each: Iterable[list[float]]) -> list[float]:
    return list(chain.from_iterable(each))


async def by_request(node: Node, person: Person, thread: UUID) -> list[Answer]:
    async with Client(node.url, person.token) as client:
        body = {"text": "hei"}
        path = f"/v1/threads/{thread}/messages"
        return [await client.ask("POST", path, body | {"client_id": str(uuid4())}) for _ in range(REQUESTS_EACH)]


async def by_socket(person: Person, thread: UUID) -> list[float]:
    """The milliseconds that each message took to be stored; who was told to send it again has done so."""
    took = []
    async with await Phone.let_in(person) as phone:
        for _ in range(SENDS_EACH):
            client_id, started = uuid4(), time.monotonic()
            while True:
                await phone.send(thread, "hei", client_id)
                frame = await phone.next()
                while not isinstance(frame, frames.Ack | frames.Refused):
                    frame = await phone.next()
                if isinstance(frame, frames.Ack):
                    break
                assert frame.retryable
            took.append((time.monotonic() - started) * 1000)
    return took


async def test_a_crowd_twice_as_large_as_there_is_room_for(node: Node, make: Factory) -> None:
    """F2: only 2xx, 429 and 503 with Retry-After; sockets go on; then it is as before, in the same process.

    All come at once: `make bench ONLY=overload` asks for twice its best for a minute, and says how much is done of it
    and how soon all is well again.
    """
    talks = [await make.talkers() for _ in range(SENDERS)]
    for mentee, _, _ in talks:
        mentee.url = node.url
    before = psutil.Process(node.process.pid).create_time()
    talking = [asyncio.create_task(by_socket(mentee, thread)) for mentee, _, thread in talks]
    crowd = [by_request(node, talks[n % SENDERS][0], talks[n % SENDERS][2]) for n in range(CROWD)]
    answers = [answer for each in await asyncio.gather(*crowd) for answer in each]
    sent_by_socket = len(all_of(await asyncio.gather(*talking)))
    statuses = Counter(answer.status for answer in answers)
    print(f"Answers: {dict(statuses)}")  # noqa: T201 - for whoever looks (pytest -rP)
    assert all(answer.is_orderly for answer in answers)
    assert statuses[201] > 0
    assert statuses[503] > 0
    assert sent_by_socket == SENDERS * SENDS_EACH

    async def is_as_before() -> bool:
        return {answer.status for answer in await by_request(node, talks[0][0], talks[0][2])} == {201}

    print(f"Well again after {await eventually(is_as_before):.2f} s")  # noqa: T201 - the same
    assert psutil.Process(node.process.pid).create_time() == before


async def log_in(node: Node, name: str, password: str) -> Answer:
    async with Client(node.url) as client:
        return await client.ask("POST", "/v1/sessions", {"login_name": name, "password": password})


async def test_a_flood_of_log_ins(node: Node, make: Factory) -> None:
    """F3: a few passwords are hashed at a time, a few wait, the rest is told to come back; people go on talking. How
    fast they do is told, not asserted."""
    talks = [await make.talkers() for _ in range(SENDERS)]
    names = [mentee.login_name for mentee, _, _ in talks] + ["nobody"]
    for mentee, _, _ in talks:
        mentee.url = node.url

    async def all_talk() -> list[float]:
        return all_of(await asyncio.gather(*(by_socket(mentee, thread) for mentee, _, thread in talks)))

    before = await all_talk()
    process = psutil.Process(node.process.pid)
    threads_before, memory_before = process.num_threads(), process.memory_info().rss
    over, most = asyncio.Event(), 0

    async def watch_memory() -> None:
        nonlocal most
        while not over.is_set():
            most = max(most, process.memory_info().rss)
            await asyncio.sleep(0.02)

    watching, talking = asyncio.create_task(watch_memory()), asyncio.create_task(all_talk())
    answers = await asyncio.gather(
        *(log_in(node, names[n % 11], PASSWORD if n % 2 else "not the password") for n in range(LOG_INS))
    )
    threads = process.num_threads()
    meanwhile = await talking
    over.set()
    await watching
    assert len(meanwhile) == SENDERS * SENDS_EACH
    statuses = Counter(answer.status for answer in answers)
    for line in (
        f"Answers: {dict(statuses)}; {(most - memory_before) / MIB:.0f} MiB more",
        f"A message took {told_in_words(before)} before, {told_in_words(meanwhile)} meanwhile",
    ):
        print(line)  # noqa: T201 - for whoever looks (pytest -rP)
    assert all(answer.is_orderly for answer in answers if answer.status != 401)
    assert min(statuses[201], statuses[401], statuses[503]) > 0
    assert threads <= threads_before + HASH_WORKERS
    assert most - memory_before < MOST_MEMORY

    async def lets_in() -> bool:
        return (await log_in(node, names[0], PASSWORD)).status == 201

    await eventually(lets_in)


async def test_a_name_that_nobody_has_costs_as_much_as_one_that_somebody_has(node: Node, make: Factory) -> None:
    """F3, without a clock: their passwords, too, wait for their turn to be hashed, and fill the waiting room."""
    mentee = await make.mentee()
    for name in (mentee.login_name, "nobody"):
        tries = await asyncio.gather(*(log_in(node, name, "not the password") for _ in range(LOG_INS // 2)))
        assert {answer.status for answer in tries} == {401, 503}, name
