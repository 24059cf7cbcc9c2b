"""A password for one time opens one session, however many want it at once, and never becomes one for good."""

import asyncio

import asyncpg
import pytest
from argon2 import PasswordHasher
from asyncpg import Connection

from tests.api import Api, ok, refused
from tests.factories import PASSWORD, Factory, Person
from tests.ylitse.client import Client, told

CHOSEN = "uusi kissa katolla"
AT_ONCE = 5
HERE = {"X-Forwarded-For": "198.51.100.7"}


def pair(person: Person) -> dict[str, str]:
    return {"login_name": person.login_name, "password": PASSWORD}


async def flags(raw_db: Connection, person: Person) -> tuple[bool, bool]:
    row = await raw_db.fetchrow("SELECT password_is_one_time, password_is_spent FROM account WHERE id = $1", person.id)
    assert row is not None
    return row[0], row[1]


async def test_of_log_ins_at_once_one_wins(api: Api, make: Factory, raw_db: Connection) -> None:
    mentee = await make.mentee(one_time=True)
    answers = await asyncio.gather(*(api.post("/ylitse/login", pair(mentee)) for _ in range(AT_ONCE)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * (AT_ONCE - 1)
    assert len({answer.text for answer in answers if not answer.is_success}) == 1
    assert await raw_db.fetchval("SELECT count(*) FROM session WHERE keeps_token") == 1
    assert await flags(raw_db, mentee) == (True, True)


async def test_of_both_faces_at_once_one_wins(api: Api, make: Factory, raw_db: Connection) -> None:
    mentee = await make.mentee(one_time=True)
    answers = await asyncio.gather(
        *(api.post("/ylitse/login", pair(mentee)) for _ in range(2)),
        *(api.post("/v1/sessions", {**pair(mentee), "new_password": f"{CHOSEN} {n}"}) for n in range(2)),
    )
    won = [answer.is_success for answer in answers]
    assert won.count(True) == 1
    assert {answer.status_code for answer in answers if not answer.is_success} == {401}
    assert await flags(raw_db, mentee) == ((True, True) if any(won[:2]) else (False, False))


async def test_of_changes_at_once_one_wins(api: Api, make: Factory) -> None:
    mentee = await make.mentee(one_time=True)
    token = ok(await api.post("/ylitse/login", pair(mentee)))["tokens"]["access_token"]
    chosen = [f"{CHOSEN} {n}" for n in range(3)]
    async with Client(api, token) as client:
        answers = await asyncio.gather(
            *(
                client.put(f"/accounts/{mentee.id}/password", {"current_password": PASSWORD, "new_password": new})
                for new in chosen
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400]
    entered = [await api.post("/ylitse/login", {**pair(mentee), "password": new}) for new in chosen]
    assert [answer.is_success for answer in entered] == [answer.is_success for answer in answers]


async def test_what_is_spent_counts_as_a_wrong_password(strict_api: Api, make: Factory) -> None:
    mentee = await make.mentee(one_time=True)
    ok(await strict_api.post("/ylitse/login", pair(mentee), headers=HERE))
    tries = [
        ("/ylitse/login", pair(mentee)),
        ("/v1/sessions", pair(mentee)),
        ("/v1/sessions", {**pair(mentee), "new_password": CHOSEN}),
    ]
    for number in range(10):
        path, body = tries[number % 3]
        assert (await strict_api.post(path, body, headers=HERE)).status_code == 401
    told(await strict_api.post("/ylitse/login", pair(mentee), headers=HERE), 429)


async def test_who_comes_second_in_the_same_moment_counts_too(api: Api, make: Factory, raw_db: Connection) -> None:
    mentee = await make.mentee(one_time=True)
    await asyncio.gather(*(api.post("/ylitse/login", pair(mentee)) for _ in range(2)))
    assert await raw_db.fetchval("SELECT count(*) FROM rate_limit") == 3


async def test_hashing_it_anew_makes_it_no_password_for_good(api: Api, make: Factory, raw_db: Connection) -> None:
    mentee = await make.mentee(one_time=True)
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await raw_db.execute("UPDATE account SET password_hash = $2 WHERE id = $1", mentee.id, old)
    token = ok(await api.post("/ylitse/login", pair(mentee)))["tokens"]["access_token"]
    stored = await raw_db.fetchval("SELECT password_hash FROM account WHERE id = $1", mentee.id)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await flags(raw_db, mentee) == (True, True)
    told(await api.post("/ylitse/login", pair(mentee)), 401)
    async with Client(api, token) as client:
        body = {"current_password": PASSWORD, "new_password": CHOSEN}
        ok(await client.put(f"/accounts/{mentee.id}/password", body))
    assert await flags(raw_db, mentee) == (False, False)


async def test_a_recovery_code_brings_back_who_has_spent_it(api: Api, make: Factory) -> None:
    mentee = await make.mentee(one_time=True)
    codes = ok(await mentee.post("/v1/account/recovery-codes", {"password": PASSWORD}), 201)["recovery_codes"]
    ok(await api.post("/ylitse/login", pair(mentee)))
    body = {"login_name": mentee.login_name, "recovery_code": codes[0], "new_password": CHOSEN}
    ok(await api.post("/v1/recoveries", body), 201)
    refused(await api.post("/v1/sessions", pair(mentee)), 401, "wrong_credentials")
    for _ in range(2):
        ok(await api.post("/ylitse/login", {**pair(mentee), "password": CHOSEN}))


async def test_a_password_for_good_is_never_spent(make: Factory, raw_db: Connection) -> None:
    mentee = await make.mentee()
    with pytest.raises(asyncpg.CheckViolationError, match="spent_if_one_time"):
        await raw_db.execute("UPDATE account SET password_is_spent = true WHERE id = $1", mentee.id)
