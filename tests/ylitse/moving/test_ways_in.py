"""From the line that staff hand over to a password of one's own, with the client that one has."""

import asyncpg
import pyotp

from tests.api import Api, ok
from tests.ylitse.client import Client, told
from tests.ylitse.moving.mover import Mover
from tests.ylitse.moving.old_service import OldService, bcrypt_hash

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
