"""Passwords: checked in constant work, and never more at once than the machine bears."""

import asyncio
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher, extract_parameters

from rinnalla.kit.errors import Unavailable
from rinnalla.kit.hashing import MAX_WAITING, MEMORY_KIB, Hasher


@pytest.fixture
def hasher() -> Iterator[Hasher]:
    made = Hasher(1)
    yield made
    made.close()


async def test_a_password_fits_its_own_hash(hasher: Hasher) -> None:
    stored = await hasher.hash("kolme kissaa ja kuu")
    assert stored != await hasher.hash("kolme kissaa ja kuu")
    assert await hasher.verify(stored, "kolme kissaa ja kuu")
    assert not await hasher.verify(stored, "kolme kissaa ja kuU")
    assert not await hasher.verify(None, "nobody has this password")


async def test_hashes_cost_what_they_should(hasher: Hasher) -> None:
    stored = await hasher.hash("kolme kissaa ja kuu")
    parameters = extract_parameters(stored)
    assert (parameters.type.name, parameters.time_cost, parameters.memory_cost) == ("ID", 2, MEMORY_KIB)
    assert not hasher.is_outdated(stored)
    assert hasher.is_outdated(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("kissa"))


async def test_a_flood_is_refused_and_then_over(hasher: Hasher) -> None:
    answers = await asyncio.gather(*(hasher.verify(None, "kissa") for _ in range(40)), return_exceptions=True)
    assert answers.count(False) == 1 + MAX_WAITING
    assert [type(answer) for answer in answers[1 + MAX_WAITING :]] == [Unavailable] * (39 - MAX_WAITING)
    assert await hasher.verify(None, "kissa") is False
