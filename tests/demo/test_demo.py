"""The demo against the real service."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from rinnalla import backstage
from rinnalla.demo.stage import StepFailed
from rinnalla.kit.settings import Settings
from rinnalla.screen import Screen
from tests.conftest import RunningService
from tests.demo.machine import play
from tests.factories import PASSWORD, TOTP_SECRET, Factory


@pytest.fixture
def local(service: RunningService, postgres_url: str, settings: Settings, clean: None) -> dict[str, object]:
    """An environment in which the demo finds the test run's service, database and keys."""
    return {"RINNALLA_URL": service.url, "DATABASE_URL": postgres_url, "RINNALLA_DATA": settings.data_folder}


async def test_every_step_holds_and_nobody_is_left_behind(local: dict[str, object], raw_db: asyncpg.Connection) -> None:
    played = play(**local)
    assert played.returncode == 0, played.stdout
    assert "Every step held" in played.stdout
    assert "Hyvää yötä Maija 🌙" in played.stdout
    assert "The same people and the same seed give the same proposals" in played.stdout
    assert "The worker releases the round" in played.stdout
    for table in ("account", "message", "thread", "pair", "session"):
        assert await raw_db.fetchval(f'SELECT count(*) FROM "{table}"') == 0, table


async def test_real_lines_are_counted_and_not_shown(local: dict[str, object], tmp_path: Path) -> None:
    text = tmp_path / "lines.txt"
    text.write_text("".join(f"salainen rivi {number}\n" for number in range(150)), "utf-8")
    played = play(**local, TEXT=text)
    assert played.returncode == 0, played.stdout
    assert "150 of 150 said" in played.stdout
    assert "salainen" not in played.stdout


def test_without_a_service_it_says_how_to_start_one() -> None:
    played = play(RINNALLA_URL="http://127.0.0.1:9")
    assert (played.returncode, played.stdout) == (2, "")
    assert "make run" in played.stderr
    assert played.stderr.count("\n") == 1


@pytest.fixture
async def elsewhere(raw_db: asyncpg.Connection, postgres_url: str) -> AsyncIterator[str]:
    """The URL of an empty database that no service works with."""
    await raw_db.execute("CREATE DATABASE elsewhere")
    yield postgres_url.replace("/postgres?", "/elsewhere?")
    await raw_db.execute("DROP DATABASE elsewhere")


async def test_nothing_is_left_in_a_database_that_is_not_the_services(local: dict[str, object], elsewhere: str) -> None:
    played = play(**{**local, "DATABASE_URL": elsewhere})
    assert (played.returncode, played.stdout) == (2, "")
    why = played.stderr.splitlines()[-1]
    assert "RINNALLA_DATA" in why
    assert "RINNALLA_DEMO_STAFF" in why
    there = await asyncpg.connect(elsewhere.replace("+asyncpg", ""))
    for table in ("account", "organisation"):
        assert await there.fetchval(f'SELECT count(*) FROM "{table}"') == 0, table
    await there.close()


def test_no_postgres_is_made_for_a_service_that_has_another(service: RunningService, own_data: Path) -> None:
    played = play(RINNALLA_URL=service.url, RINNALLA_DATA=own_data)
    assert (played.returncode, played.stdout) == (2, "")
    assert "RINNALLA_DATA" in played.stderr
    assert list(own_data.iterdir()) == []


async def test_whatever_happens_the_worker_is_taken_away(
    service: RunningService, settings: Settings, clean: None, raw_db: asyncpg.Connection
) -> None:
    def fail() -> None:
        with backstage.worker(settings, service.url, Screen()):
            raise StepFailed("an answer", "none")

    with pytest.raises(StepFailed):
        await asyncio.to_thread(fail)
    for table in ("account", "organisation"):
        assert await raw_db.fetchval(f'SELECT count(*) FROM "{table}"') == 0, table


def test_an_address_that_is_none_is_no_service() -> None:
    assert play(RINNALLA_URL="http://[").returncode == 2


async def test_a_step_that_does_not_hold_says_what_was_expected_and_what_came(
    service: RunningService, make: Factory
) -> None:
    admin = await make.admin()
    played = play(RINNALLA_URL=service.url, RINNALLA_DEMO_STAFF=f"{admin.login_name}:{PASSWORD}:{TOTP_SECRET}")
    assert played.returncode == 1
    assert "expected: a member of staff" in played.stdout
    assert "came:     an administrator" in played.stdout


def test_staff_are_named_whole(service: RunningService) -> None:
    played = play(RINNALLA_URL=service.url, RINNALLA_DEMO_STAFF="anna:secret")
    assert played.returncode == 2
    assert played.stderr.startswith("RINNALLA_DEMO_STAFF ")


@pytest.mark.parametrize(("content", "why"), [(None, "can't be read"), (b"", "lines.txt"), (b"\xe5\n", "UTF-8")])
def test_a_text_that_can_t_be_replayed_stops_the_demo_before_it_begins(
    service: RunningService, tmp_path: Path, content: bytes | None, why: str
) -> None:
    text = tmp_path / "lines.txt"
    if content is not None:
        text.write_bytes(content)
    played = play(RINNALLA_URL=service.url, TEXT=text)
    assert (played.returncode, played.stdout) == (2, "")
    assert why in played.stderr


async def test_tokens_that_last_a_minute_are_renewed_on_the_way(
    local: dict[str, object], settings: Settings, tmp_path: Path
) -> None:
    text = tmp_path / "lines.txt"
    text.write_text("Moi!\nNo moi.\n", "utf-8")
    with RunningService(replace(settings, port=0, access_seconds=62)) as hasty:
        played = play(**{**local, "RINNALLA_URL": hasty.url}, TEXT=text)
    assert played.returncode == 0, played.stdout
    assert "Every step held" in played.stdout
