"""Log-in: what lets someone in, and that a refusal tells nothing about who exists."""

import asyncio

import httpx
import pytest
from argon2 import PasswordHasher
from asyncpg import Connection

from rinnalla.kit.caller import Role
from tests.api import Api, ok, refused
from tests.factories import PASSWORD, TOTP_SECRET, Factory, totp_code


def unsaid(response: httpx.Response) -> tuple[object, ...]:
    """All of an answer that may not differ between two refusals."""
    body = {name: value for name, value in response.json().items() if name != "instance"}
    headers = sorted((name, value) for name, value in response.headers.items() if name != "date")
    return response.status_code, body, headers


async def test_name_and_password_let_in_however_the_name_is_written(api: Api, make: Factory) -> None:
    await make.mentee(login_name="Revontuli")
    for name in ("Revontuli", "REVONTULI", "ｒevontuli", " revontuli "):
        body = ok(await api.post("/v1/sessions", {"login_name": name, "password": PASSWORD}), 201)
        assert body["account"]["login_name"] == "Revontuli"
        assert body["tokens"]["token_type"] == "Bearer"


async def test_unknown_mistaken_suspended_and_deleted_are_answered_alike(
    api: Api, make: Factory, raw_db: Connection
) -> None:
    known, suspended, deleted = await make.mentee(), await make.mentee(), await make.mentee()
    await raw_db.execute("UPDATE account SET state = 'suspended' WHERE id = $1", suspended.id)
    await raw_db.execute("DELETE FROM account WHERE id = $1", deleted.id)
    tries = [
        {"login_name": "nobody here", "password": PASSWORD},
        {"login_name": known.login_name, "password": "not the password"},
        {"login_name": suspended.login_name, "password": PASSWORD},
        {"login_name": deleted.login_name, "password": PASSWORD},
    ]
    answers = [await api.post("/v1/sessions", body) for body in tries]
    refused(answers[0], 401, "wrong_credentials")
    assert all(unsaid(answer) == unsaid(answers[0]) for answer in answers)


async def test_someone_invited_can_not_log_in_yet(api: Api, make: Factory) -> None:
    admin, home = await make.admin(), await make.organisation()
    ok(await admin.post(f"/v1/organisations/{home}/staff", {"display_name": "Tuula"}), 201)
    refused(await api.post("/v1/sessions", {"login_name": "Tuula", "password": PASSWORD}), 401, "wrong_credentials")


async def test_staff_need_their_second_factor(api: Api, make: Factory) -> None:
    staff = await make.staff()
    body = {"login_name": staff.login_name, "password": PASSWORD}
    refused(await api.post("/v1/sessions", body), 401, "second_factor_required")
    wrong = {**body, "totp_code": f"{(int(totp_code()) + 1) % 1_000_000:06}"}
    refused(await api.post("/v1/sessions", wrong), 401, "wrong_credentials")
    unknown = {"login_name": staff.login_name, "password": "not the password", "totp_code": totp_code()}
    refused(await api.post("/v1/sessions", unknown), 401, "wrong_credentials")
    ok(await api.post("/v1/sessions", {**body, "totp_code": totp_code()}), 201)


async def test_a_code_works_once_and_none_before_it(api: Api, make: Factory) -> None:
    staff = await make.staff()
    body = {"login_name": staff.login_name, "password": PASSWORD}
    code, earlier = totp_code(), totp_code(-1)
    ok(await api.post("/v1/sessions", {**body, "totp_code": code}), 201)
    refused(await api.post("/v1/sessions", {**body, "totp_code": code}), 401, "second_factor_used")
    late = await api.post("/v1/sessions", {**body, "totp_code": earlier})
    assert late.json()["code"] in {"second_factor_used", "wrong_credentials"}
    ok(await api.post("/v1/sessions", {**body, "totp_code": totp_code(1)}), 201)


@pytest.mark.parametrize("steps", [-3, 3])
async def test_codes_of_another_time_are_wrong(api: Api, make: Factory, steps: int) -> None:
    staff = await make.staff()
    body = {"login_name": staff.login_name, "password": PASSWORD, "totp_code": totp_code(steps)}
    refused(await api.post("/v1/sessions", body), 401, "wrong_credentials")


async def test_a_one_time_password_asks_for_a_new_one(api: Api, make: Factory, raw_db: Connection) -> None:
    admin = await make.person(Role.ADMIN, None, totp_secret=TOTP_SECRET, one_time=True)
    code = totp_code()
    body = {"login_name": admin.login_name, "password": PASSWORD, "totp_code": code}
    refused(await api.post("/v1/sessions", body), 403, "password_change_required")
    weak = {**body, "new_password": "short one"}
    refused(await api.post("/v1/sessions", weak), 400, "weak_password", pointer="/new_password")
    same = {**body, "new_password": PASSWORD}
    refused(await api.post("/v1/sessions", same), 400, "weak_password", pointer="/new_password")
    ok(await api.post("/v1/sessions", {**body, "new_password": "a longer and better one"}), 201)
    later = {**body, "totp_code": totp_code(1)}
    refused(await api.post("/v1/sessions", later), 401, "wrong_credentials")
    ok(await api.post("/v1/sessions", {**later, "password": "a longer and better one"}), 201)
    refused(await admin.get("/v1/account"), 401, "invalid_token")


async def test_a_hash_of_older_parameters_is_renewed(api: Api, make: Factory, raw_db: Connection) -> None:
    mentee = await make.mentee()
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await raw_db.execute("UPDATE account SET password_hash = $2 WHERE id = $1", mentee.id, old)
    body = {"login_name": mentee.login_name, "password": PASSWORD}
    ok(await api.post("/v1/sessions", body), 201)
    stored = await raw_db.fetchval("SELECT password_hash FROM account WHERE id = $1", mentee.id)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    ok(await api.post("/v1/sessions", body), 201)


async def test_devices_that_come_at_once_all_come_in_while_it_is_renewed(
    api: Api, make: Factory, raw_db: Connection
) -> None:
    mentee = await make.mentee()
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await raw_db.execute("UPDATE account SET password_hash = $2 WHERE id = $1", mentee.id, old)
    body = {"login_name": mentee.login_name, "password": PASSWORD}
    answers = await asyncio.gather(*(api.post("/v1/sessions", body) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert await raw_db.fetchval("SELECT count(*) FROM rate_limit") == 0
