"""Transactions when Postgres is busy, says no at the last moment, or goes away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from rinnalla.kit.database import POOL_WAIT_SECONDS, Database, allow, broken_constraint, take_turns
from rinnalla.kit.errors import Unavailable
from rinnalla.kit.settings import Settings
from tests.api import Api, refused
from tests.conftest import RunningService
from tests.factories import PASSWORD, Factory

# Refuses one table's inserts only when the transaction commits.
NO_COMMIT = """
CREATE FUNCTION refuse_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'not today' USING ERRCODE = '{state}'; END $$;
CREATE CONSTRAINT TRIGGER refuse_commit AFTER INSERT ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_commit();
"""


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    made = Database(postgres_url, pool_size=2)
    yield made
    await made.close()


@asynccontextmanager
async def commits_refused(raw_db: asyncpg.Connection, table: str, state: str) -> AsyncIterator[None]:
    await raw_db.execute(NO_COMMIT.format(table=table, state=state))
    try:
        yield
    finally:
        await raw_db.execute("DROP FUNCTION refuse_commit CASCADE")


async def test_who_finds_no_free_connection_is_told_to_come_back(database: Database) -> None:
    async with database.unit_of_work() as one, database.unit_of_work() as two:
        await one.execute(text("SELECT 1"))
        await two.execute(text("SELECT 1"))
        assert database.connections_in_use() == 2
        with pytest.raises(Unavailable):
            async with asyncio.timeout(4 * POOL_WAIT_SECONDS), database.unit_of_work() as three:
                await three.execute(text("SELECT 1"))
    assert database.connections_in_use() == 0


async def test_one_transaction_may_take_longer_and_the_next_no_longer_than_ever(postgres_url: str) -> None:
    database = Database(postgres_url, pool_size=1)
    async with database.unit_of_work() as db:
        await db.execute(text("SET SESSION transaction_timeout = '500ms'"))
    async with database.unit_of_work() as db:
        await allow(db, 60)
        await db.execute(text("SELECT pg_sleep(1)"))
    with pytest.raises(Unavailable):
        async with database.unit_of_work() as db:
            await db.execute(text("SELECT pg_sleep(1)"))
    await database.close()


async def test_a_crowd_before_one_busy_connection_is_told_when_to_come_back(
    settings: Settings, api: Api, raw_db: asyncpg.Connection
) -> None:
    with RunningService(replace(settings, port=0, pool_size=1)) as small:
        async with Api(small.url, api.contract) as client:
            async with raw_db.transaction():
                await raw_db.execute("LOCK TABLE topic")
                answers = await asyncio.gather(*(client.get("/v1/topics") for _ in range(5)))
            for answer in answers:
                refused(answer, 503, "unavailable")
                assert answer.headers["retry-after"] == "1"
            assert (await client.get("/v1/topics")).status_code == 200


@pytest.mark.parametrize(("state", "status", "code"), [("40001", 503, "unavailable"), ("P0001", 500, "internal_error")])
async def test_what_was_not_committed_is_never_confirmed(
    api: Api, make: Factory, raw_db: asyncpg.Connection, state: str, status: int, code: str
) -> None:
    """A serialisation failure may be repeated; anything else that a commit says is a failure of ours."""
    await make.organisation()
    body = {"nickname": "revontuli", "password": PASSWORD}
    async with commits_refused(raw_db, "account", state):
        refused(await api.post("/v1/accounts", body), status, code)
    assert await raw_db.fetchval("SELECT count(*) FROM account") == 0
    assert await raw_db.fetchval("SELECT count(*) FROM member_stream") == 0
    assert (await api.post("/v1/accounts", body)).status_code == 201


async def test_messages_are_not_confirmed_either(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await make.talkers()
    body = {"client_id": "6f2f7c1e-4f0d-4c53-9d59-8c6c8a1f6f55", "text": "hei"}
    async with commits_refused(raw_db, "message", "40001"):
        refused(await mentee.post(f"/v1/threads/{thread}/messages", body), 503, "unavailable")
    assert await raw_db.fetchval("SELECT count(*) FROM message") == 0
    assert len((await mentor.get("/v1/sync")).json()["events"]) == 1
    assert (await mentee.post(f"/v1/threads/{thread}/messages", body)).status_code == 201
    assert [event["seq"] for event in (await mentor.get("/v1/sync")).json()["events"]] == [1, 2]


async def test_a_connection_that_dies_in_the_middle_is_unavailable_and_replaced(
    database: Database, raw_db: asyncpg.Connection
) -> None:
    async def lose_it() -> None:
        async with database.unit_of_work() as db:
            number = await db.scalar(text("SELECT pg_backend_pid()"))
            await raw_db.execute("SELECT pg_terminate_backend($1)", number)
            await db.execute(text("SELECT 1"))

    with pytest.raises(Unavailable):
        await lose_it()
    async with database.unit_of_work() as db:
        assert await db.scalar(text("SELECT 1")) == 1


async def test_what_takes_too_long_is_ended_by_postgres(database: Database) -> None:
    async def dawdle() -> None:
        async with database.unit_of_work() as db:
            await db.execute(text("SET LOCAL statement_timeout = 20"))
            await db.execute(text("SELECT pg_sleep(10)"))

    with pytest.raises(Unavailable):
        await dawdle()


async def test_what_was_asked_wrongly_is_not_called_passing(database: Database) -> None:
    with pytest.raises(DBAPIError, match="division by zero"):
        async with database.unit_of_work() as db:
            await db.execute(text("SELECT 1 / 0"))


async def test_the_constraint_that_refused_is_named(database: Database) -> None:
    with pytest.raises(IntegrityError) as refused_by:
        async with database.unit_of_work() as db:
            await db.execute(text("INSERT INTO rate_limit VALUES ('a', now()), ('a', now())"))
    assert broken_constraint(refused_by.value) == "pk_rate_limit"
    assert broken_constraint(IntegrityError("", {}, Exception())) is None


async def test_one_after_the_other(database: Database) -> None:
    inside = 0

    async def work() -> None:
        nonlocal inside
        async with database.unit_of_work() as db:
            await take_turns(db, "test")
            inside += 1
            assert inside == 1
            await db.execute(text("SELECT 1"))
            inside -= 1

    await asyncio.gather(*(work() for _ in range(6)))
