"""Shared limits against a model that counts in half steps. The clock is the database's, so time passes by moving what
it holds: a step is a day there, and the seconds that a test takes change nothing."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rinnalla.kit.database import Database
from rinnalla.kit.errors import TooManyRequests
from rinnalla.kit.limits import Limit, Limits

DAY = 86_400
UNHURRIED = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # every example has subjects of its own
)


class Model:
    """The algorithm as one reads it: time and allowance in half steps."""

    def __init__(self, burst: int) -> None:
        self._burst = burst
        self._now = 0
        self._full_at = 0

    def rest(self, half_steps: int) -> None:
        self._now += half_steps

    def room(self) -> int:
        return self._burst - (max(0, self._full_at - self._now) + 1) // 2

    def take(self, wanted: int) -> int:
        """How many of so many are granted."""
        granted = min(wanted, self.room())
        self._full_at = max(self._full_at, self._now) + 2 * granted
        return granted

    def days_to_wait(self) -> float:
        """Until there is room for one."""
        return (self._full_at - self._now) / 2 + 1 - self._burst


@pytest.fixture
async def database(postgres_url: str, clean: None) -> AsyncIterator[Database]:
    made = Database(postgres_url, pool_size=5)
    yield made
    await made.close()


def daily(burst: int) -> Limit:
    return Limit(f"test {uuid4()}", burst, burst * DAY)


async def rest(db: asyncpg.Connection, half_steps: int) -> None:
    await db.execute("UPDATE rate_limit SET full_at = full_at - $1 * interval '12 hours'", half_steps)


rests = st.integers(0, 9)


@UNHURRIED
@given(burst=st.integers(1, 4), script=st.lists(rests, max_size=12))
async def test_one_at_a_time_as_the_model(
    database: Database, raw_db: asyncpg.Connection, burst: int, script: list[int]
) -> None:
    limits, limit, model = Limits(database), daily(burst), Model(burst)
    for half_steps in script:
        await rest(raw_db, half_steps)
        model.rest(half_steps)
        if model.room():
            await limits.check(limit, "aino")
            await limits.take(limit, "aino")
            assert model.take(1) == 1
        else:
            for refuse in (limits.check, limits.take):
                with pytest.raises(TooManyRequests) as refused:
                    await refuse(limit, "aino")
                assert refused.value.retry_after == pytest.approx(model.days_to_wait() * DAY, abs=120)


@UNHURRIED
@given(
    burst=st.integers(1, 6),
    script=st.lists(st.tuples(rests, st.dictionaries(st.sampled_from("abc"), st.integers(0, 8))), max_size=8),
)
async def test_several_at_a_time_as_the_model(
    database: Database, raw_db: asyncpg.Connection, burst: int, script: list[tuple[int, dict[str, int]]]
) -> None:
    limits, limit, models = Limits(database), daily(burst), {name: Model(burst) for name in "abc"}
    for half_steps, wanted in script:
        await rest(raw_db, half_steps)
        for model in models.values():
            model.rest(half_steps)
        async with database.unit_of_work() as db:
            granted = await limits.taken(db, limit, wanted)
        assert granted == {name: models[name].take(count) for name, count in wanted.items()}


@pytest.mark.parametrize("burst", [1, 3, 10])
async def test_of_many_at_once_in_two_processes_exactly_the_burst_is_granted(
    database: Database, postgres_url: str, burst: int
) -> None:
    elsewhere = Database(postgres_url, pool_size=5)
    limit, everywhere = daily(burst), [Limits(database), Limits(elsewhere)]
    try:
        taken = await asyncio.gather(
            *(everywhere[n % 2].take(limit, "aino") for n in range(24)), return_exceptions=True
        )
    finally:
        await elsewhere.close()
    assert taken.count(None) == burst
    assert {type(answer) for answer in taken} == {type(None), TooManyRequests}


async def test_batches_at_once_share_one_allowance(database: Database) -> None:
    limits, limit = Limits(database), daily(10)

    async def batch() -> int:
        async with database.unit_of_work() as db:
            return (await limits.taken(db, limit, {"aino": 4, "veikko": 1}))["aino"]

    assert sorted(await asyncio.gather(*(batch() for _ in range(4)))) == [0, 2, 4, 4]


async def test_each_subject_has_its_own_allowance_and_all_must_have_room(database: Database) -> None:
    limits, limit = Limits(database), daily(1)
    await limits.take(limit, "aino")
    await limits.take(limit, "veikko")
    with pytest.raises(TooManyRequests):
        async with database.unit_of_work() as db:
            await limits.take_within(db, limit, ["aino", "oona"])
    await limits.take(limit, "oona")  # what was refused was taken back


async def test_a_factor_widens_every_limit(database: Database) -> None:
    limits, limit = Limits(database, 3.0), daily(1)
    for _ in range(3):
        await limits.take(limit, "aino")
    with pytest.raises(TooManyRequests) as refused:
        await limits.take(limit, "aino")
    assert refused.value.retry_after == pytest.approx(DAY / 3, abs=120)


async def test_what_is_whole_again_is_forgotten(database: Database, raw_db: asyncpg.Connection) -> None:
    limits, limit = Limits(database), daily(4)
    await limits.take(limit, "aino")
    await rest(raw_db, 1)
    await limits.take(limit, "veikko")
    await rest(raw_db, 1)
    async with database.unit_of_work() as db:
        await limits.sweep(db)
    assert await raw_db.fetchval("SELECT count(*) FROM rate_limit") == 1
