"""Someone with the published Ylitse app, who lives a day with it beside the swarm."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import asyncpg

from rinnalla.app import Services
from tests.api import Api
from tests.contract.documents import whole_contract
from tests.factories import Factory
from tests.faults.journal import Ledger
from tests.faults.wire import Address
from tests.ylitse.app import Unanswered
from tests.ylitse.day import Course, Day


class YlitseUser:
    """Notes in the same ledger as the swarm what does not hold. Without a `course` there is nobody. `repeats`: what is
    said may be said twice by the network, and messages of this contract have no ids to be known by."""

    def __init__(
        self,
        services: Services,
        addresses: Sequence[Address],
        course: Course | None,
        ledger: Ledger,
        *,
        repeats: bool,
    ) -> None:
        self._services = services
        self._urls = [f"http://{host}:{port}" for host, port in addresses]
        self._course = replace(course, at_most=2 if repeats else 1) if course else None
        self._ledger = ledger
        self._day: Day | None = None
        self._living: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Make everyone; best while it is quiet."""
        if self._course is None:
            return
        contract = whole_contract()
        async with Api(self._urls[0], contract) as nobody:
            factory = Factory(self._services, nobody)
            self._day = await Day.dawn(factory, self._urls, contract, self._course)
            await factory.close()

    def begin(self) -> None:
        """Let them live."""
        if self._day is not None:
            self._living = asyncio.create_task(self._day.live(self._ledger.breach))

    async def check(self, connection: asyncpg.Connection) -> None:
        """Let it be evening, and look at what the app has."""
        if self._day is None or self._living is None:
            return
        self._day.evening.set()
        try:
            await self._living
            await self._day.end(self._services, connection, self._ledger.breach)
        except (AssertionError, Unanswered) as error:
            self._ledger.breach("failed", f"a Ylitse app can't go on: {error!r}")

    async def leave(self) -> None:
        """Put everything away."""
        if self._living is not None:
            self._living.cancel()
            await asyncio.gather(self._living, return_exceptions=True)
        if self._day is not None:
            await self._day.close()
