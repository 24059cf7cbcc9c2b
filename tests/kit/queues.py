"""A queue to test with: everyone on a list is greeted. `python -m tests.kit.queues URL ID` dies of the first one."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.models import Account
from rinnalla.kit.database import Database
from rinnalla.kit.jobs import Jobs, Queue, Task

GREETINGS = "greetings"
GREETED = "greeted"


def greetings(people: Sequence[UUID], greet: Callable[[AsyncSession, Account], Awaitable[None]]) -> Queue:
    """The queue; `greet` is called before someone counts as greeted."""

    async def take(db: AsyncSession, which: ColumnElement[bool]) -> Account | None:
        query = select(Account).where(Account.id.in_(people), Account.display_name != GREETED, which)
        return await db.scalar(query.order_by(Account.id).limit(1).with_for_update(skip_locked=True))

    async def do(db: AsyncSession, person: Account) -> None:
        await greet(db, person)
        person.display_name = GREETED

    return Queue(GREETINGS, 60, [Task(GREETINGS, Account.id, take, do)])


async def _die(_db: AsyncSession, _person: Account) -> None:
    os._exit(3)


async def _main(url: str, person: UUID) -> None:
    await Jobs(Database(url, pool_size=2), [greetings([person], _die)]).turn(GREETINGS)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], UUID(sys.argv[2])))
