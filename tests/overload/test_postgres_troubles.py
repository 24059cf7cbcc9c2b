"""Postgres dies, stands still, takes no writes, is full, or has no connection left: whoever asks is told to come back,
in good time, and when it is over everything works again by itself."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, suppress
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from rinnalla.app import Services
from rinnalla.kit.clock import SystemClock
from rinnalla.kit.settings import Settings
from rinnalla.realtime import frames
from tests.api import Api, Contract, ok, refused
from tests.conftest import RunningService
from tests.factories import Factory, Person
from tests.faults.processes import Postgres
from tests.overload.clean import check_clean
from tests.overload.every_request import Ask, every_request
from tests.overload.shaky import connect, own_postgres, set_for_all, small_disk
from tests.patience import eventually
from tests.phone import Phone

# Two transactions, each with a wait for a connection (2 s), a new connection (3 s), a command (5.5 s), and some leisure
# for a busy machine. Without bounds of our own it would be minutes.
BOUND_SECONDS = 30


@pytest.fixture(scope="module")
def shaky() -> Iterator[tuple[Postgres, Settings]]:
    with own_postgres() as (postgres, settings):
        yield postgres, settings


@pytest.fixture
def postgres(shaky: tuple[Postgres, Settings]) -> Postgres:
    return shaky[0]


@pytest.fixture(scope="module")
def running(shaky: tuple[Postgres, Settings]) -> Iterator[RunningService]:
    with RunningService(shaky[1]) as service:
        yield service


@pytest.fixture
async def people(
    shaky: tuple[Postgres, Settings], running: RunningService, contract: Contract
) -> AsyncIterator[Factory]:
    services = Services(shaky[1], SystemClock())
    async with Api(running.url, contract) as nobody:
        made = Factory(services, nobody)
        yield made
        await made.close()
    await services.close()


async def say(person: Person, thread: UUID) -> httpx.Response:
    return await person.post(f"/v1/threads/{thread}/messages", {"client_id": str(uuid4()), "text": "hei"})


def put_off(answer: httpx.Response) -> bool:
    """Whether someone was told to come back. Any other failure fails the test."""
    if answer.status_code < 400:
        return False
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["content-type"] == "application/problem+json"
    return True


async def asked_at_once(asks: dict[str, Ask]) -> dict[str, int]:
    """The status of each answer; they must come in good time."""
    async with asyncio.timeout(BOUND_SECONDS):
        answers = await asyncio.gather(*(ask() for ask in asks.values()))
    for answer in answers:
        assert answer.status_code < 500 or put_off(answer)
    return {name: answer.status_code for name, answer in zip(asks, answers, strict=True)}


async def not_ready_for(nobody: Api) -> set[str]:
    """What the service says is missing."""
    answer = await nobody.get("/readyz")
    refused(answer, 503, "not_ready")
    assert answer.headers["retry-after"] == "1"
    return {error["parameter"] for error in answer.json()["errors"]}


async def check_recovery(running: RunningService, postgres: Postgres, sender: Person, thread: UUID) -> None:
    """Sends go well again, by themselves; every connection is back in its pool, and no transaction was left open."""

    async def sends() -> bool:
        return not put_off(await say(sender, thread))

    async def is_ready() -> bool:
        return (await sender.get("/readyz")).status_code == httpx.codes.OK

    took = await eventually(sends)
    print(f"The first send went well {took:.2f} s after Postgres did.")  # noqa: T201 - for whoever looks (pytest -rP)
    await eventually(is_ready)
    db = await connect(postgres)
    await check_clean(running, db)
    await db.close()


@pytest.mark.parametrize("trouble", [Postgres.killed, Postgres.frozen])
async def test_while_postgres_is_away_everyone_is_told_to_come_back(
    people: Factory,
    contract: Contract,
    postgres: Postgres,
    running: RunningService,
    trouble: Callable[[Postgres], AbstractContextManager[None]],
) -> None:
    mentee, mentor, thread = await people.talkers()
    everything = await every_request(people, contract)
    ok(await say(mentee, thread), 201)
    with trouble(postgres):
        answered = await asked_at_once(everything)
        assert [name for name, status in answered.items() if status < 400] == ["isAlive"]
        assert answered["isReady"] == answered["sendMessage"] == answered["logIn"] == 503
        assert await not_ready_for(people.nobody) >= {"database"}
    await check_recovery(running, postgres, mentee, thread)
    messages = ok(await mentor.get(f"/v1/threads/{thread}/messages"))["items"]
    assert [message["seq"] for message in messages] == [2, 1]


@pytest.mark.parametrize("trouble", [Postgres.killed, Postgres.frozen])
async def test_sockets_stay_and_are_told_when_postgres_goes_and_when_it_is_back(
    people: Factory,
    postgres: Postgres,
    running: RunningService,
    trouble: Callable[[Postgres], AbstractContextManager[None]],
) -> None:
    mentee, mentor, thread = await people.talkers()

    async def all_is_well() -> bool:
        """What was away for the test before may not be found to be back yet."""
        async with await Phone.let_in(mentor, after=1) as phone:
            return isinstance(await phone.next(), frames.CaughtUp)

    await eventually(all_is_well)
    async with await Phone.let_in(mentor, after=1) as stays:
        await stays.expect(frames.CaughtUp)
        with trouble(postgres):
            await stays.expect(frames.Degraded)
        # Meanwhile the listener may have been lost too, and then the other side is told anew.
        told, _ = await stays.until(frames.Restored)
        assert told == []
        await check_recovery(running, postgres, mentee, thread)
        news = await stays.event(frames.MessageEvent)
        assert (news.seq, news.message.text) == (2, "hei")


async def test_killed_in_the_middle_of_many_sends(people: Factory, postgres: Postgres, running: RunningService) -> None:
    """Whatever the sender was told: once for each, in order, and everything that was confirmed. `make faults` kills
    it again and again; `make bench ONLY=outage` says how soon the next send goes well."""
    mentee, mentor, thread = await people.talkers()
    bodies = [{"client_id": str(uuid4()), "text": f"{number}"} for number in range(60)]
    confirmed: dict[str, str] = {}

    async def send(body: dict[str, str]) -> None:
        while body["client_id"] not in confirmed:
            answer = await mentee.post(f"/v1/threads/{thread}/messages", body)
            if not put_off(answer):
                confirmed[body["client_id"]] = answer.json()["id"]

    async with asyncio.timeout(2 * BOUND_SECONDS), asyncio.TaskGroup() as tasks:
        for body in bodies[:30]:
            tasks.create_task(send(body))
        await asyncio.sleep(0.02)
        postgres.kill()
        for body in bodies[30:]:
            tasks.create_task(send(body))
        await asyncio.to_thread(postgres.start)
    items = ok(await mentor.get(f"/v1/threads/{thread}/messages", params={"limit": 100}))["items"]
    assert {item["client_id"]: item["id"] for item in items} == confirmed
    assert [item["seq"] for item in items] == list(range(60, 0, -1))
    await check_recovery(running, postgres, mentee, thread)


async def test_slow_everyone_is_told_in_good_time(
    people: Factory, contract: Contract, postgres: Postgres, running: RunningService
) -> None:
    """Nobody gets past the lock that a stranger holds."""
    mentee, _, thread = await people.talkers()
    everything = await every_request(people, contract)
    db = await connect(postgres)
    try:
        async with db.transaction():
            await db.execute("LOCK TABLE account, session, rate_limit, topic, organisation")
            answered = await asked_at_once(everything)
        assert {name for name, status in answered.items() if status < 400} <= {"isAlive", "isReady"}
    finally:
        await db.close()
    await check_recovery(running, postgres, mentee, thread)


async def test_read_only_after_a_failover(people: Factory, postgres: Postgres, running: RunningService) -> None:
    """What writes is put off, over connections of before and over new ones, until there is one that takes writes."""
    mentee, _, thread = await people.talkers()
    ok(await say(mentee, thread), 201)
    await set_for_all(postgres, "default_transaction_read_only", "on")
    try:
        for _ in range(8):
            assert put_off(await say(mentee, thread))
        assert await not_ready_for(people.nobody) == {"database"}
    finally:
        await set_for_all(postgres, "default_transaction_read_only", "off")
    await check_recovery(running, postgres, mentee, thread)


async def test_no_connection_is_left(people: Factory, postgres: Postgres, running: RunningService) -> None:
    mentee, _, thread = await people.talkers()
    others = [await connect(postgres)]
    try:
        while True:
            await others[0].execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'rinnalla%'"
            )
            try:
                others.append(await connect(postgres))
            except asyncpg.TooManyConnectionsError:
                break
        assert put_off(await say(mentee, thread))
    finally:
        for other in others:
            await other.close()
    await check_recovery(running, postgres, mentee, thread)


FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON message FOR EACH STATEMENT EXECUTE FUNCTION full_disk();
"""


async def test_a_full_disk_stops_sends_and_not_reading(
    people: Factory, postgres: Postgres, running: RunningService
) -> None:
    """As Postgres says it, on any machine."""
    mentee, mentor, thread = await people.talkers()
    ok(await say(mentee, thread), 201)
    db = await connect(postgres)
    try:
        await db.execute(FULL)
        assert put_off(await say(mentee, thread))
        assert len(ok(await mentor.get(f"/v1/threads/{thread}/messages"))["items"]) == 1
        await db.execute("DROP FUNCTION full_disk CASCADE")
    finally:
        await db.close()
    await check_recovery(running, postgres, mentee, thread)


@pytest.mark.skipif(not sys.platform.startswith("linux") or os.geteuid() != 0, reason="only root may mount a disk")
async def test_a_disk_that_is_really_full(people: Factory, postgres: Postgres, running: RunningService) -> None:
    """Messages lie on a disk of a few megabytes, and something else fills it."""
    mentee, mentor, thread = await people.talkers()
    with small_disk(postgres) as disk:
        db = await connect(postgres)
        try:
            await db.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
            await db.execute("ALTER TABLE message SET TABLESPACE small")
            ok(await say(mentee, thread), 201)
            ballast = disk / "ballast"
            with suppress(OSError), ballast.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))
            sent = 1
            while not put_off(await say_much(mentee, thread)):  # what is left in pages that are there already
                sent += 1
            assert put_off(await say_much(mentee, thread))
            assert len(ok(await mentor.get(f"/v1/threads/{thread}/messages", params={"limit": 100}))["items"]) == sent
            ballast.unlink()
            await check_recovery(running, postgres, mentee, thread)
            items = ok(await mentor.get(f"/v1/threads/{thread}/messages", params={"limit": 100}))["items"]
            assert [item["seq"] for item in items] == list(range(sent + 1, 0, -1))
        finally:
            await db.execute("ALTER TABLE message SET TABLESPACE pg_default")
            await db.execute("DROP TABLESPACE IF EXISTS small")
            await db.close()


async def say_much(person: Person, thread: UUID) -> httpx.Response:
    """A message that takes a page nearly to itself."""
    body = {"client_id": str(uuid4()), "text": secrets.token_hex(1900)}
    return await person.post(f"/v1/threads/{thread}/messages", body)
