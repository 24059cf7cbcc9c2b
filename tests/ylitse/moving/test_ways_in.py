"""From the line that staff hand over to a password of one's own, with the client that one has."""

import stat
from pathlib import Path

import asyncpg
import pyotp
import pytest

from rinnalla import moving_in
from rinnalla.app import Services
from rinnalla.ylitse.export_file import opened
from rinnalla.ylitse.ways_in import NotKept
from tests.api import Api, ok, refused
from tests.ylitse.client import Client, told
from tests.ylitse.moving.mover import Mover
from tests.ylitse.moving.old_service import PASSWORD, OldService, bcrypt_hash
from tests.ylitse.moving.test_moving_in import log_in

CHOSEN = "neljä koiraa ja aurinko"


async def test_who_had_no_password_comes_in_and_chooses_one(mover: Mover, api: Api, raw_db: asyncpg.Connection) -> None:
    old = OldService()
    mentee = old.person("mentee", "aino")
    old.message(mentee, old.person("mentor", "outi", stored=bcrypt_hash()), "Moi.", 1)
    mover.moved(old)
    ways = mover.told_ways()
    paper = {"login_name": "aino", "password": ways["aino"]["password"], "mfa_token": ""}
    scopes, tokens = ok(await api.post("/ylitse/login", paper)).values()
    assert mover.moved(old)["accounts"] == (2, 0, 2, 0)  # a repetition gives no second way in
    assert mover.told_ways() == ways
    async with Client(api, tokens["access_token"]) as aino:
        (message,) = ok(await aino.get(f"/users/{scopes['user_id']}/messages", max=10, desc="true"))["resources"]
        assert message["content"] == "Moi."
        told(await api.post("/ylitse/login", paper), 401)
        body = {"current_password": paper["password"], "new_password": CHOSEN}
        ok(await aino.put(f"/accounts/{scopes['account_id']}/password", body))
        ok(await aino.get("/myuser"))
    told(await api.post("/ylitse/login", paper), 401)
    for _ in range(2):
        ok(await api.post("/ylitse/login", {**paper, "password": CHOSEN}))
    assert await raw_db.fetchval("SELECT count(*) FROM account WHERE password_is_one_time") == 0


async def test_staff_come_in_with_both_parts_of_their_line(mover: Mover, api: Api) -> None:
    old = OldService()
    old.person("admin", "mari")
    mover.moved(old)
    way = mover.told_ways()["mari"]
    paper = {"login_name": "mari", "password": way["password"]}
    told(await api.post("/ylitse/login", paper), 401)
    code = pyotp.TOTP(way["second_factor"]).now()
    scopes, tokens = ok(await api.post("/ylitse/login", {**paper, "mfa_token": code})).values()
    async with Client(api, tokens["access_token"]) as mari:
        body = {"current_password": way["password"], "new_password": CHOSEN}
        ok(await mari.put(f"/accounts/{scopes['account_id']}/password", body))


async def test_who_has_no_password_that_fits_gets_a_way_in_for_staff_to_give(mover: Mover, api: Api) -> None:
    old = OldService()
    old.person("mentee", "aino")
    old.person("admin", "johanna", stored=bcrypt_hash())
    old.person("admin", "mari")
    old.person("mentee", "tuuli", stored=bcrypt_hash())
    old.person("mentee", "ilona", stored="pbkdf2_sha256$600000$1Yc0ZkQvm4bM$r1tQ5kFQ2Wm0Yf9w3xU6Vw==")
    beside = mover.ways_in.with_name(f"{mover.ways_in.name}.new")
    beside.write_text("of somebody else")
    beside.chmod(0o644)
    done = mover.run(old)
    assert done.stdout.splitlines()[-1].startswith("4 people need a way in: ")
    assert stat.S_IMODE(mover.ways_in.stat().st_mode) == 0o600
    ways = mover.told_ways()
    assert {name: way.keys() - {"login_name"} for name, way in ways.items()} == {
        "aino": {"role", "password"},
        "ilona": {"role", "password"},
        "johanna": {"role", "second_factor"},
        "mari": {"role", "password", "second_factor"},
    }
    for way in ways.values():
        for secret in way.keys() & {"password", "second_factor"}:
            assert way[secret] not in done.stdout + done.stderr

    password = ways["aino"]["password"]
    refused(await log_in(api, "aino", password), 403, "password_change_required")
    ok(await log_in(api, "aino", password, new_password=PASSWORD), 201)
    refused(await log_in(api, "aino", password), 401, "wrong_credentials")
    ok(await log_in(api, "aino"), 201)
    refused(await log_in(api, "johanna"), 401, "second_factor_required")
    johanna = ok(await log_in(api, "johanna", totp_code=pyotp.TOTP(ways["johanna"]["second_factor"]).now()), 201)
    assert johanna["account"]["role"] == "staff"
    code = pyotp.TOTP(ways["mari"]["second_factor"]).now()
    refused(await log_in(api, "mari", ways["mari"]["password"], totp_code=code), 403, "password_change_required")


class Taker:
    """A watcher who takes the file away when people are about to be let in."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def step(self, text: str) -> None:
        if text.startswith("Letting people in: 0"):
            self._file.unlink()

    def warning(self, text: str) -> None:
        pass


async def test_a_file_that_is_taken_away_meanwhile_is_told_and_lets_nobody_in(
    mover: Mover, services: Services, raw_db: asyncpg.Connection
) -> None:
    old = OldService()
    old.person("mentee", "aino")
    with opened(old.write(mover.file)) as export, pytest.raises(NotKept) as told_why:
        await moving_in.move_export(services, Taker(mover.ways_in), export, None, mover.ways_in, look_only=False)
    assert str(told_why.value) == (
        f"{mover.ways_in} can't be written: No such file or directory. See to it and begin again with the same export: "
        "whoever is not let in yet gets a line then."
    )
    assert await raw_db.fetchval("SELECT state FROM account") == "invited"
    mover.moved(old)
    assert mover.told_ways().keys() == {"aino"}


async def test_a_place_where_it_cannot_be_written_is_told(mover: Mover) -> None:
    old = OldService()
    old.person("mentee", "aino")
    beside = mover.ways_in.with_name(f"{mover.ways_in.name}.new")
    beside.mkdir()
    done = mover.run(old)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith(f"{mover.ways_in} can't be written: ")
    beside.rmdir()
    mover.moved(old)
    assert mover.told_ways().keys() == {"aino"}
