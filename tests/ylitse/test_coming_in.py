"""Logging in, staying in and going out, as the published clients do it."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from rinnalla.ylitse import ids
from tests.api import Api, ok
from tests.factories import PASSWORD, TOTP_SECRET, Factory, Person, totp_code
from tests.ylitse.client import Client, told


async def log_in(api: Api, login_name: str, **more: Any) -> httpx.Response:
    return await api.post("/ylitse/login", {"login_name": login_name, "password": PASSWORD, **more})


async def test_the_version_of_the_face(api: Api) -> None:
    assert ok(await api.get("/ylitse/version")) == {"api": "0.9.1"}


async def test_the_oldest_client_versions(make: Factory) -> None:
    mentee, staff = await make.mentee(), await make.staff()
    assert ok(await mentee.get("/ylitse/version/clients"))["resources"] == [
        {"client": "ylitse_android", "version": "0.0.0"},
        {"client": "ylitse_ios", "version": "0.0.0"},
    ]
    wanted = {"resources": [{"client": "ylitse_android", "version": "2.16.0"}]}
    ok(await staff.post("/ylitse/version/clients", wanted))
    told_now = ok(await mentee.get("/ylitse/version/clients"))["resources"]
    assert told_now[0] == {"client": "ylitse_android", "version": "2.16.0"}
    for version in ("02.16.0", "2.16", "2.16.00", "2.16.0\n", "new"):
        wanted = {"resources": [{"client": "ylitse_android", "version": version}]}
        told(await staff.post("/ylitse/version/clients", wanted), 400)
    wanted = {"resources": [{"client": "ylitse_fridge", "version": "2.16.0"}]}
    told(await staff.post("/ylitse/version/clients", wanted), 400)
    told(await mentee.post("/ylitse/version/clients", wanted), 403)


async def test_whoever_sets_the_oldest_client_versions_stands_in_the_trail(make: Factory) -> None:
    staff, admin = await make.staff(), await make.admin()
    wanted = [{"client": "ylitse_android", "version": "2.16.0"}, {"client": "ylitse_ios", "version": "2.15.1"}]
    for _ in range(2):
        ok(await staff.post("/ylitse/version/clients", {"resources": wanted}))
    entries = ok(await admin.get("/v1/audit"))["items"]
    assert [(one["action"], one["subject_name"], one["subject_id"]) for one in entries] == [
        ("client_version_set", "ylitse_ios 2.15.1", None),
        ("client_version_set", "ylitse_android 2.16.0", None),
    ]
    assert {one["actor_id"] for one in entries} == {str(staff.id)}


async def test_a_mentee_logs_in(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    body = ok(await log_in(api, mentee.login_name))
    assert body["scopes"] == {"account_id": str(mentee.id), "user_id": ids.user_id(mentee.id)}
    assert body["tokens"].keys() == {"access_token", "refresh_token"}


async def test_a_mentor_has_three_ids_that_differ(api: Api, make: Factory) -> None:
    mentor = await make.mentor()
    scopes = ok(await log_in(api, mentor.login_name))["scopes"]
    assert scopes == {
        "account_id": str(mentor.id),
        "user_id": ids.user_id(mentor.id),
        "mentor_id": ids.mentor_id(mentor.id),
    }
    assert len(set(scopes.values())) == 3


@pytest.mark.parametrize("mfa_token", ["", "000000", "undefined", None, 7, {"a": []}])
async def test_a_meaningless_second_factor_is_ignored(api: Api, make: Factory, mfa_token: object) -> None:
    mentee = await make.mentee()
    ok(await log_in(api, mentee.login_name, mfa_token=mfa_token))


async def test_staff_show_their_second_factor(api: Api, make: Factory) -> None:
    staff = await make.staff()
    for wrong in ("", None, "000000", "12345", 492039):
        told(await log_in(api, staff.login_name, mfa_token=wrong), 401)
    told(await log_in(api, staff.login_name), 401)
    code = totp_code(secret=TOTP_SECRET)
    ok(await log_in(api, staff.login_name, mfa_token=code))
    told(await log_in(api, staff.login_name, mfa_token=code), 401)


async def test_a_wrong_pair_is_refused_alike(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    wrong = await api.post("/ylitse/login", {"login_name": mentee.login_name, "password": "jotain muuta"})
    unknown = await api.post("/ylitse/login", {"login_name": "nobody here", "password": PASSWORD})
    told(wrong, 401)
    assert wrong.json() == unknown.json()


@pytest.mark.parametrize(
    "content_type",
    [
        *(None, "text/plain", "text/plain;charset=UTF-8", "application/json", "a/b", "no type"),
        *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/x-msgpack"),
    ],
)
async def test_a_body_is_json_whatever_its_header_says(api: Api, make: Factory, content_type: str | None) -> None:
    mentee = await make.mentee()
    content = f'{{"login_name": "{mentee.login_name}", "password": "{PASSWORD}", "active": true}}'
    headers = {} if content_type is None else {"Content-Type": content_type}
    ok(await api.call("POST", "/ylitse/login", content=content, headers=headers))
    for broken in ("{", "login_name=a&password=b", "", "\xff", "[" * 9999, "null"):
        answer = await api.call("POST", "/ylitse/login", content=broken.encode("latin-1"), headers=headers)
        told(answer, 400)


async def test_the_refresh_token_stays(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    tokens = ok(await log_in(api, mentee.login_name))["tokens"]
    for _ in range(3):
        fresh = ok(await api.post("/ylitse/refresh", {"refresh_token": tokens["refresh_token"]}))
        assert fresh.keys() == {"access_token"}
    many = await asyncio.gather(
        *(api.post("/ylitse/refresh", {"refresh_token": tokens["refresh_token"]}) for _ in range(8))
    )
    assert {answer.status_code for answer in many} == {200}
    async with Client(api, fresh["access_token"]) as client:
        ok(await client.get("/myuser"))


async def test_neither_kind_of_refresh_token_passes_for_the_other(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    tokens = ok(await log_in(api, mentee.login_name))["tokens"]
    told(await api.post("/ylitse/refresh", {"refresh_token": mentee.refresh_token}), 401)
    assert (await api.post("/v1/sessions/refresh", {"refresh_token": tokens["refresh_token"]})).status_code == 401
    ok(await api.post("/ylitse/refresh", {"refresh_token": tokens["refresh_token"]}))
    ok(await api.post("/v1/sessions/refresh", {"refresh_token": mentee.refresh_token}))


async def test_logging_out_ends_the_session_on_both_faces(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    tokens = ok(await log_in(api, mentee.login_name))["tokens"]
    async with Client(api, tokens["access_token"]) as client:
        ok(await client.get("/myuser"))
        assert ok(await client.get("/logout")) == {"message": "Related refresh token invalidated."}
        told(await client.get("/myuser"), 401)
        assert (await client.api.get("/v1/account")).status_code == 401
    told(await api.post("/ylitse/refresh", {"refresh_token": tokens["refresh_token"]}), 401)
    ok(await mentee.get("/v1/account"))


async def test_a_password_changed_elsewhere_ends_what_stays(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    tokens = ok(await log_in(api, mentee.login_name))["tokens"]
    change = {"current_password": PASSWORD, "new_password": "neljä koiraa ja aurinko"}
    ok(await mentee.put("/v1/account/password", change), 204)
    told(await api.post("/ylitse/refresh", {"refresh_token": tokens["refresh_token"]}), 401)


async def test_time_ends_what_stays(api: Api, make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee = await make.mentee()
    tokens = ok(await log_in(api, mentee.login_name))["tokens"]
    await raw_db.execute("UPDATE session SET last_used_at = last_used_at - interval '29 days'")
    ok(await api.post("/ylitse/refresh", {"refresh_token": tokens["refresh_token"]}))
    await raw_db.execute("UPDATE session SET last_used_at = last_used_at - interval '29 days'")
    ok(await api.post("/ylitse/refresh", {"refresh_token": tokens["refresh_token"]}))  # it was used meanwhile
    await raw_db.execute("UPDATE session SET expires_at = clock_timestamp()")
    told(await api.post("/ylitse/refresh", {"refresh_token": tokens["refresh_token"]}), 401)


@pytest.mark.parametrize("body", [{"refresh_token": token} for token in ("", "x", "a" * 600, None)] + [{}])
async def test_a_refresh_token_that_is_none_is_401(api: Api, body: object) -> None:
    told(await api.post("/ylitse/refresh", body), 401)


async def test_a_token_that_is_none_is_401(api: Api, make: Factory) -> None:
    told(await api.get("/ylitse/myuser"), 401)
    told(await api.get("/ylitse/myuser", headers={"Authorization": "Bearer x"}), 401)
    told(await api.get("/ylitse/myuser", headers={"Authorization": "Basic eDp5"}), 401)


async def test_whether_a_login_name_is_taken(api: Api, make: Factory) -> None:
    mentee: Person = await make.mentee()
    assert (await api.call("HEAD", "/ylitse/search", params={"login_name": mentee.login_name})).status_code == 200
    folded = mentee.login_name.upper() + " "
    assert (await api.call("HEAD", "/ylitse/search", params={"login_name": folded})).status_code == 200
    assert (await api.call("HEAD", "/ylitse/search", params={"login_name": "nobody has this"})).status_code == 204
    assert (await api.call("HEAD", "/ylitse/search")).status_code == 400


async def test_names_can_not_be_listed(strict_api: Api) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9"}
    statuses = [
        (await strict_api.call("HEAD", "/ylitse/search", params={"login_name": f"n{n}"}, headers=headers)).status_code
        for n in range(101)
    ]
    assert statuses == [204] * 100 + [429]
    elsewhere = {"X-Forwarded-For": "203.0.113.10"}
    assert (
        await strict_api.call("HEAD", "/ylitse/search", params={"login_name": "n"}, headers=elsewhere)
    ).status_code == 204


async def test_names_can_not_be_listed_from_the_many_addresses_of_one_network(strict_api: Api) -> None:
    statuses = [
        (
            await strict_api.call(
                "HEAD",
                "/ylitse/search",
                params={"login_name": f"n{n}"},
                headers={"X-Forwarded-For": f"2001:db8:0:1::{n:x}"},
            )
        ).status_code
        for n in range(101)
    ]
    assert statuses == [204] * 100 + [429]
