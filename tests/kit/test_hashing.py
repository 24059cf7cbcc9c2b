"""Passwords: checked in constant work, and never more at once than the machine bears."""

import asyncio
from collections.abc import Iterator
from itertools import count

import bcrypt
import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from rinnalla.kit.errors import Unavailable
from rinnalla.kit.hashing import MAX_WAITING, MEMORY_KIB, Hasher, is_verifiable


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


OLD = PasswordHasher(time_cost=1, memory_cost=64, parallelism=2).hash("kissa")
OLDER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1, type=Type.I).hash("kissa")
BCRYPT = bcrypt.hashpw(b"kissa", bcrypt.gensalt(4)).decode()


@pytest.mark.parametrize(
    "stored", [OLD, OLDER, BCRYPT, BCRYPT.replace("$2b$", "$2a$"), BCRYPT.replace("$2b$", "$2y$")], ids=count()
)
async def test_hashes_of_other_services_are_verified_and_outdated(hasher: Hasher, stored: str) -> None:
    assert is_verifiable(stored)
    assert hasher.is_outdated(stored)
    assert await hasher.verify(stored, "kissa")
    assert not await hasher.verify(stored, "koira")


async def test_of_a_long_password_bcrypt_has_read_the_beginning(hasher: Hasher) -> None:
    """What it was given by the services that used it, some of which cut and some of which let it cut."""
    long = "ä" * 40
    stored = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()
    assert await hasher.verify(stored, long)
    assert not await hasher.verify(stored, "ä" * 35)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "kissa",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        BCRYPT[:-1],
        BCRYPT.replace("$04$", "$15$"),
        BCRYPT.replace("$04$", "$03$"),
        OLD.replace("m=64", "m=9999999"),
        OLD.replace("m=64", "m=15"),
        OLD.replace("t=1", "t=17"),
        OLD.replace("p=2", "p=0"),
        OLD + "\n",
        OLD[:-1],
        OLD.rpartition("$")[0],
        OLD.replace("argon2id", "argon2x"),
        "$pbkdf2-sha256$29000$abc$def",
    ],
    ids=count(),
)
def test_what_can_t_be_verified_or_costs_too_much_is_known_before(stored: str) -> None:
    assert not is_verifiable(stored)
