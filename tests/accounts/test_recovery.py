"""Recovery codes: the way back in for someone without an e-mail address."""

import asyncio

import pytest
from asyncpg import Connection

from tests.api import Api, ok, refused
from tests.factories import PASSWORD, TOTP_SECRET, Factory, Person, totp_code

NEW = "uusi kissa katolla"


async def codes_of(person: Person) -> list[str]:
    answer = await person.post("/v1/account/recovery-codes", {"password": PASSWORD})
    codes: list[str] = ok(answer, 201)["recovery_codes"]
    return codes


def recovery(person: Person, code: str, password: str = NEW, **extra: str) -> dict[str, str]:
    return {"login_name": person.login_name, "recovery_code": code, "new_password": password, **extra}


async def test_a_code_lets_in_and_ends_every_other_session(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    code = (await codes_of(mentee))[0]
    body = ok(await api.post("/v1/recoveries", recovery(mentee, code)), 201)
    assert body["recovery_codes_left"] == 9
    refused(await mentee.get("/v1/account"), 401, "invalid_token")
    async with Api(api.url, api.contract, body["tokens"]["access_token"]) as back:
        assert len(ok(await back.get("/v1/sessions"))["items"]) == 1
    old = {"login_name": mentee.login_name, "password": PASSWORD}
    refused(await api.post("/v1/sessions", old), 401, "wrong_credentials")
    ok(await api.post("/v1/sessions", {**old, "password": NEW}), 201)


async def test_a_code_works_once(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    codes = await codes_of(mentee)
    ok(await api.post("/v1/recoveries", recovery(mentee, codes[0])), 201)
    refused(await api.post("/v1/recoveries", recovery(mentee, codes[0])), 401, "recovery_refused")
    ok(await api.post("/v1/recoveries", recovery(mentee, codes[1])), 201)


async def test_a_code_used_twice_at_once_works_once(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    code = (await codes_of(mentee))[0]
    answers = await asyncio.gather(*(api.post("/v1/recoveries", recovery(mentee, code)) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401]


@pytest.mark.parametrize(
    "retyped", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} ".replace("-", " ")]
)
async def test_case_hyphens_and_spaces_do_not_count(api: Api, make: Factory, retyped: "type[str]") -> None:
    mentee = await make.mentee()
    code = (await codes_of(mentee))[0]
    ok(await api.post("/v1/recoveries", recovery(mentee, retyped(code))), 201)


async def test_refusals_are_alike(api: Api, make: Factory, raw_db: Connection) -> None:
    mentee, other, suspended, staff = await make.mentee(), await make.mentee(), await make.mentee(), await make.staff()
    codes, others = await codes_of(mentee), await codes_of(other)
    await raw_db.execute("UPDATE account SET state = 'suspended' WHERE id = $1", suspended.id)
    unknown = {"login_name": "nobody here", "recovery_code": codes[0], "new_password": NEW}
    for body in (
        unknown,
        recovery(mentee, others[0]),
        recovery(mentee, "AAAA-AAAA-AAAA-AAAA"),
        recovery(suspended, codes[0]),
        recovery(staff, codes[0], "8 letter"),
    ):
        refused(await api.post("/v1/recoveries", body), 401, "recovery_refused")
    ok(await mentee.get("/v1/account"))


async def test_a_weak_password_leaves_the_code_unused(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    code = (await codes_of(mentee))[0]
    weak = await api.post("/v1/recoveries", recovery(mentee, code, "salasana"))
    refused(weak, 400, "weak_password", pointer="/new_password")
    ok(await api.post("/v1/recoveries", recovery(mentee, code)), 201)


async def test_staff_show_their_second_factor_as_well(api: Api, make: Factory) -> None:
    staff = await make.staff()
    code = (await codes_of(staff))[0]
    long = "a password for a programme"
    refused(await api.post("/v1/recoveries", recovery(staff, code, long)), 401, "second_factor_required")
    wrong = f"{(int(totp_code(secret=TOTP_SECRET)) + 1) % 1_000_000:06}"
    refused(await api.post("/v1/recoveries", recovery(staff, code, long, totp_code=wrong)), 401, "recovery_refused")
    short = recovery(staff, code, "8 letter", totp_code=totp_code())
    refused(await api.post("/v1/recoveries", short), 400, "weak_password", pointer="/new_password")
    used = totp_code()
    ok(await api.post("/v1/recoveries", recovery(staff, code, long, totp_code=used)), 201)


async def test_a_second_factor_shown_at_log_in_can_not_be_shown_again(api: Api, make: Factory) -> None:
    staff = await make.staff()
    code, shown = (await codes_of(staff))[0], totp_code()
    log_in = {"login_name": staff.login_name, "password": PASSWORD, "totp_code": shown}
    ok(await api.post("/v1/sessions", log_in), 201)
    again = recovery(staff, code, "a password for a programme", totp_code=shown)
    refused(await api.post("/v1/recoveries", again), 401, "second_factor_used")


async def test_new_codes_replace_the_old_ones(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    old, new = await codes_of(mentee), await codes_of(mentee)
    assert len(set(old) | set(new)) == 20
    refused(await api.post("/v1/recoveries", recovery(mentee, old[0])), 401, "recovery_refused")
    ok(await api.post("/v1/recoveries", recovery(mentee, new[0])), 201)


async def test_new_codes_need_the_password(make: Factory) -> None:
    mentee = await make.mentee()
    wrong = await mentee.post("/v1/account/recovery-codes", {"password": "not the password"})
    refused(wrong, 403, "wrong_password")
