"""Someone leaves while a request is between two looks at the database: it is answered as one that came later."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from rinnalla.realtime.frames import CloseCode
from tests.api import refused
from tests.factories import Factory
from tests.phone import Phone


@asynccontextmanager
async def erased_before(raw_db: asyncpg.Connection, table: str, person: UUID) -> AsyncIterator[None]:
    """Whatever the block starts is stopped at its first look into `table`, and goes on when the person is gone."""
    async with raw_db.transaction():
        await raw_db.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
        while not await raw_db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            pass
        await raw_db.execute("DELETE FROM account WHERE id = $1", person)


async def test_who_leaves_is_told_that_their_token_is_dead(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee = await make.mentee()
    async with erased_before(raw_db, "member_stream", mentee.id):
        asking = asyncio.create_task(mentee.get("/v1/sync"))
    refused(await asking, 401, "invalid_token")


async def test_a_socket_is_closed_on_who_leaves(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee = await make.mentee()
    async with await Phone.open(mentee) as phone:
        async with erased_before(raw_db, "member_stream", mentee.id):
            await phone.say({"type": "auth", "access_token": mentee.token})
        assert await phone.closed_with() == CloseCode.UNAUTHENTICATED


async def test_messages_of_a_thread_that_goes(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await make.talkers()
    async with erased_before(raw_db, "message", mentee.id):
        asking = asyncio.create_task(mentor.get(f"/v1/threads/{thread}/messages"))
    refused(await asking, 404, "thread_not_found")
