"""A backup, put back on an empty machine by the very lines that the README gives to those who run the service."""

import asyncio
import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

import pytest

from rinnalla.app import Services
from rinnalla.kit import keyring
from rinnalla.kit.clock import SystemClock
from rinnalla.kit.settings import Settings
from tests import command
from tests.api import Api, Contract, ok, served
from tests.conftest import RunningService
from tests.factories import PASSWORD, Factory, Person
from tests.faults.processes import Postgres
from tests.overload.shaky import connect, own_postgres
from tests.tables import MADE, SAID_BY_PROCESSES

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
MESSAGES = 30
Machine = tuple[Postgres, Settings]


def line_with(program: str) -> str:
    """The one line of the README's recipe that runs this program."""
    (line,) = re.findall(rf"^ *((?:PGOPTIONS=.+ )?\S*/{program} .+)$", README, re.MULTILINE)
    return str(line)


@pytest.fixture
def shelf() -> Iterator[Path]:
    """Where the lines are typed: what they name by `.venv` is there, and the backup comes to lie there."""
    with TemporaryDirectory(prefix="rinnalla-") as name:
        Path(name, ".venv").symlink_to(sys.prefix)
        yield Path(name)


def type_in(line: str, shelf: Path, data: Path) -> None:
    environ = command.environment(RINNALLA_DATA=data)
    done = subprocess.run(line, shell=True, cwd=shelf, env=environ, capture_output=True, text=True, check=False)  # noqa: S602 - our own line
    assert (done.returncode, done.stderr) == (0, ""), done


@pytest.fixture
def machines() -> Iterator[tuple[Machine, Machine]]:
    """Two with nobody in their tables."""
    with own_postgres() as old, own_postgres() as new:
        yield old, new


async def counted(postgres: Postgres) -> dict[str, int]:
    """How many rows each table has; without those that processes fill and empty by themselves."""
    db = await connect(postgres)
    try:
        tables = [
            *sorted(MADE.keys() - {SAID_BY_PROCESSES, "rate_limit", "job_attempt"}),
            "alembic_version",
            "master_key_fingerprint",
        ]
        return {table: await db.fetchval(f'SELECT count(*) FROM "{table}"') for table in tables}
    finally:
        await db.close()


async def heard(person: Person, thread: UUID) -> str:
    """A hash of a conversation as this person reads it."""
    page = ok(await person.get(f"/v1/threads/{thread}/messages", params={"limit": 100}))
    texts = [(one["seq"], one["client_id"], one["created_at"], one["text"]) for one in page["items"]]
    assert len(texts) == MESSAGES
    return hashlib.sha256(repr(sorted(texts)).encode()).hexdigest()


async def place(person: Person) -> dict[str, Any]:
    """Where a device that has heard everything goes on."""
    told: dict[str, Any] = {"more": True, "next_after": 0}
    while told["more"]:
        known = {"after": told["next_after"], **({"epoch": told["epoch"]} if "epoch" in told else {})}
        told = ok(await person.get("/v1/sync", params=known))
    return {"after": told["next_after"], "epoch": told["epoch"]}


async def talk(talkers: tuple[Person, Person, UUID]) -> None:
    *people, thread = talkers
    for number in range(MESSAGES):
        body = {"client_id": str(uuid4()), "text": f"{number}: hei 🌙"}
        ok(await people[number % 2].post(f"/v1/threads/{thread}/messages", body), 201)


async def come_back(person: Person, url: str, contract: Contract) -> Person:
    """They log in with their password, as nothing else of theirs is still valid."""
    async with Api(url, contract) as nobody:
        known = {"login_name": person.login_name, "password": PASSWORD}
        tokens = ok(await served(lambda: nobody.post("/v1/sessions", known)), 201)["tokens"]
    return Person(url, contract, tokens["access_token"], **person.known)


def empty_machine(folder: Path, settings: Settings, old: Path) -> Settings:
    """Of a service there that was given nothing but the master key."""
    shutil.copy(old / keyring.MASTER_KEY_FILE, folder)
    return replace(
        settings,
        data_folder=folder,
        master_keys=keyring.from_folder(folder, keyring.MASTER_KEY_FILE),
        token_keys=keyring.from_folder(folder, keyring.TOKEN_KEY_FILE),
    )


async def test_what_was_backed_up_is_back(machines: tuple[Machine, Machine], contract: Contract, shelf: Path) -> None:
    (old, old_settings), (new, new_settings) = machines
    with RunningService(old_settings) as running:
        services = Services(old_settings, SystemClock())
        async with Api(running.url, contract) as nobody:
            make = Factory(services, nobody)
            conversations = [await make.talkers() for _ in range(3)]
            await asyncio.gather(*map(talk, conversations))
            hashes = [[await heard(one, thread) for one in people] for *people, thread in conversations]
            places = {one.id: await place(one) for *people, _ in conversations for one in people}
            before = await counted(old)
            await asyncio.to_thread(type_in, line_with("pg_dump"), shelf, old.folder)
            await make.close()
        await services.close()

    settings = empty_machine(new.folder, new_settings, old.folder)
    with RunningService(settings):
        await asyncio.to_thread(type_in, line_with("pg_restore"), shelf, new.folder)
        assert await counted(new) == before
        assert "  make cli ARGS=after-restore\n" in README
        environment = command.environment(RINNALLA_DATA=new.folder)
        told = await asyncio.to_thread(command.run, "after-restore", environment=environment)
        assert told.returncode == 0, told
    with RunningService(settings) as running:
        for (*people, thread), known in zip(conversations, hashes, strict=True):
            again = [await come_back(one, running.url, contract) for one in people]
            assert [await heard(one, thread) for one in again] == known
            for one in again:
                assert ok(await one.get("/v1/sync", params=places[one.id]))["reset_required"]
                await one.http.aclose()
