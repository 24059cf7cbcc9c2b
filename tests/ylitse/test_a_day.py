"""The day as it is when all is well. (`make faults` plays it while the service is broken.)"""

from typing import NoReturn

import asyncpg
import pytest

from tests.factories import Factory
from tests.faults.journal import Fault
from tests.ylitse.day import Course, Day


def fail(fault: Fault, words: str) -> NoReturn:
    raise AssertionError(f"{fault}: {words}")


@pytest.mark.timeout(600)
async def test_a_day(make: Factory, raw_db: asyncpg.Connection) -> None:
    day = await Day.dawn(make, [make.nobody.url], make.nobody.contract, Course(messages=40, pause=0))
    await day.live(fail)
    await day.end(make.services, raw_db, fail)
    assert day.app.refreshed == 1
    never_scrolled_up_to = 13  # with whom has left
    assert len(day.app.messages) == 8 * 23 + 52 + 8 * 40 + 2 - never_scrolled_up_to
    assert await raw_db.fetchval("SELECT value FROM answer") == 4
    await day.close()
