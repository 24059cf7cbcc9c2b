"""For whoever keeps the service running: is the process alive, and should it be given requests?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from msgspec import Meta
from sqlalchemy import text

from rinnalla.kit.access import PUBLIC
from rinnalla.kit.contract import refusals
from rinnalla.kit.database import Database
from rinnalla.kit.errors import DomainError, FieldProblem, Unavailable
from rinnalla.kit.schema import Out

# Whoever asks does not wait for long either.
CHECK_SECONDS = 2.5
Check = Callable[[], Awaitable[bool]]


class NotReady(DomainError):
    code, status, title = "not_ready", 503, "Give requests to another process for now"


class HealthBody(Out):
    status: Annotated[str, Meta(examples=["ok"])]


class Health:
    """Named checks of what this process needs to serve."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    async def check(self) -> None:
        """Raises: NotReady, naming what is missing."""
        failed = [name for name, check in self._checks.items() if not await _holds(check)]
        if failed:
            raise NotReady(*(FieldProblem(code="not_ready", parameter=name) for name in failed), retry_after=1)


async def _holds(check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return False


def database_answers(database: Database) -> Check:
    """Whether the database does."""

    async def check() -> bool:
        try:
            async with database.unit_of_work() as db:
                await db.execute(text("SELECT 1"))
        except Unavailable:
            return False
        return True

    return check


@get("/livez", operation_id="isAlive", summary="The process answers", tags=["Operation"], opt=PUBLIC)
async def livez() -> HealthBody:
    return HealthBody(status="ok")


@get(
    "/readyz",
    operation_id="isReady",
    summary="The process can serve: database, wake-ups, not about to stop",
    tags=["Operation"],
    opt=PUBLIC,
    responses=refusals(NotReady),
)
async def readyz(health: NamedDependency[Health]) -> HealthBody:
    await health.check()
    return HealthBody(status="ok")


ROUTES = [livez, readyz]
