"""Guessing is slow: failures are counted by name, by address, and by both, for every process together."""

import asyncio

import pytest
from asyncpg import Connection

from tests.api import Api, ok, refused
from tests.factories import PASSWORD, Factory

HERE = {"X-Forwarded-For": "198.51.100.7"}
ELSEWHERE = {"X-Forwarded-For": "203.0.113.9"}


async def guess(api: Api, name: str, headers: dict[str, str]) -> int:
    body = {"login_name": name, "password": "not the password"}
    return (await api.post("/v1/sessions", body, headers=headers)).status_code


async def test_ten_failures_and_then_a_wait(strict_api: Api, make: Factory, raw_db: Connection) -> None:
    mentee = await make.mentee()
    right = {"login_name": mentee.login_name, "password": PASSWORD}
    assert [await guess(strict_api, mentee.login_name, HERE) for _ in range(11)] == [401] * 10 + [429]
    shut = await strict_api.post("/v1/sessions", right, headers=HERE)
    refused(shut, 429, "too_many_requests")
    assert 1 <= int(shut.headers["retry-after"]) <= 90
    ok(await strict_api.post("/v1/sessions", right, headers=ELSEWHERE), 201)
    await raw_db.execute("UPDATE rate_limit SET full_at = full_at - interval '90 seconds'")
    ok(await strict_api.post("/v1/sessions", right, headers=HERE), 201)


async def test_success_costs_nothing(strict_api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    right = {"login_name": mentee.login_name, "password": PASSWORD}
    for _ in range(12):
        ok(await strict_api.post("/v1/sessions", right, headers=HERE), 201)


async def test_names_that_nobody_has_are_throttled_alike(strict_api: Api) -> None:
    assert [await guess(strict_api, "nobody", HERE) for _ in range(11)] == [401] * 10 + [429]


async def test_what_the_client_writes_into_its_address_does_not_help(strict_api: Api, make: Factory) -> None:
    """The proxy appends the address that it sees: the rightmost counts."""
    mentee = await make.mentee()
    forged = [{"X-Forwarded-For": f"10.0.0.{n}, 198.51.100.7"} for n in range(11)]
    assert [await guess(strict_api, mentee.login_name, headers) for headers in forged] == [401] * 10 + [429]


async def test_the_many_addresses_of_one_network_count_as_one(strict_api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    neighbours = [{"X-Forwarded-For": f"2001:db8:0:1::{n:x}"} for n in range(11)]
    assert [await guess(strict_api, mentee.login_name, headers) for headers in neighbours] == [401] * 10 + [429]


async def test_without_a_trusted_proxy_the_header_is_not_read(api: Api, make: Factory, raw_db: Connection) -> None:
    mentee = await make.mentee()
    await guess(api, mentee.login_name, HERE)
    await guess(api, mentee.login_name, ELSEWHERE)
    assert await raw_db.fetchval("SELECT count(*) FROM rate_limit") == 3


async def test_guesses_at_once_do_not_slip_through(strict_api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    answers = await asyncio.gather(*(guess(strict_api, mentee.login_name, HERE) for _ in range(14)))
    assert answers.count(401) == 10
    assert set(answers) <= {401, 429, 503}


@pytest.mark.parametrize("path", ["recoveries", "own password"])
async def test_other_doors_are_throttled_too(strict_api: Api, make: Factory, path: str, contract: object) -> None:
    mentee = await make.mentee()
    async with Api(strict_api.url, strict_api.contract, mentee.token) as own:
        statuses = []
        for _ in range(11):
            if path == "recoveries":
                body = {"login_name": mentee.login_name, "recovery_code": "AAAA", "new_password": "uusi kissa"}
                statuses.append((await own.post("/v1/recoveries", body, headers=HERE)).status_code)
            else:
                proof = {"password": "not the password"}
                statuses.append((await own.post("/v1/account/recovery-codes", proof)).status_code)
    assert statuses[:10] == [401 if path == "recoveries" else 403] * 10
    assert statuses[10] == 429


async def test_guessed_second_factors_are_counted(strict_api: Api, make: Factory) -> None:
    staff = await make.staff()
    body = {"login_name": staff.login_name, "password": PASSWORD, "totp_code": "000000"}
    statuses = [(await strict_api.post("/v1/sessions", body, headers=HERE)).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]


async def test_invitations_are_not_guessed_for_long(strict_api: Api) -> None:
    body = {"invitation": "x" * 43, "login_name": "aino", "password": PASSWORD}
    statuses = [(await strict_api.post("/v1/invitations/accept", body, headers=HERE)).status_code for _ in range(61)]
    assert statuses == [404] * 60 + [429]


async def test_neither_name_nor_address_is_kept(strict_api: Api, raw_db: Connection) -> None:
    await guess(strict_api, "nobody", HERE)
    keys = [row["key"] for row in await raw_db.fetch("SELECT key FROM rate_limit")]
    assert len(keys) == 3
    assert all(len(key) == 32 and b"nobody" not in key and b"198.51" not in key for key in keys)
