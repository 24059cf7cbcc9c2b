"""What a password must be, and changing it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.accounts.policy import fold_login_name, new_recovery_codes, password_fault, recovery_digest
from rinnalla.kit.caller import Role
from tests.api import Api, ok, refused
from tests.factories import PASSWORD, Factory

YOUNG, STAFF = (Role.MENTEE, Role.MENTOR), (Role.STAFF, Role.ADMIN)


@pytest.mark.parametrize(
    ("roles", "password", "fault"),
    [
        (YOUNG, "seitsem", "too_short"),
        (YOUNG, "kahdeksa", None),
        (STAFF, "neljätoista...", "too_short"),
        (STAFF, "viisitoista....", None),
        (YOUNG + STAFF, "correct horse battery staple", None),
        (YOUNG + STAFF, "ä" * 3 + "ö" * 3 + "å" * 3 + "🌙" * 8, None),
        (YOUNG, "password", "too_common"),
        (YOUNG, "PassWord", "too_common"),
        (YOUNG, "12345678", "too_common"),
        (YOUNG, "rinnalla", "too_common"),
        (YOUNG, "RINNALLA123", "too_common"),
        (YOUNG, "revontuli", "too_common"),
        (YOUNG, "REVONTULI", "too_common"),
        (YOUNG, "aaaaaaaaaaaa", "too_common"),
        (STAFF, "abcabcabcabcabcabc", "too_common"),
        (YOUNG, "no composition rules", None),
    ],
)
def test_length_over_composition(roles: tuple[Role, ...], password: str, fault: str | None) -> None:
    for role in roles:
        assert password_fault(role, password, "Revontuli") == fault


async def test_every_character_counts(api: Api, make: Factory) -> None:
    await make.organisation()
    password = "aikas pitkä salasana " * 12
    ok(await api.post("/v1/accounts", {"nickname": "aino", "password": password}), 201)
    short = {"login_name": "aino", "password": password[:-1]}
    refused(await api.post("/v1/sessions", short), 401, "wrong_credentials")
    ok(await api.post("/v1/sessions", {**short, "password": password}), 201)


async def test_a_password_has_an_upper_length(api: Api, make: Factory) -> None:
    await make.organisation()
    for length in (257, 10_000):
        body = {"nickname": "aino", "password": "abcdefgh" * (length // 8 + 1)}
        refused(await api.post("/v1/accounts", body), 400, "invalid_body", pointer="/password")


async def test_changing_the_password_logs_other_devices_out(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    log_in = {"login_name": mentee.login_name, "password": PASSWORD}
    other = ok(await api.post("/v1/sessions", log_in), 201)["tokens"]["access_token"]
    change = {"current_password": PASSWORD, "new_password": "uusi kissa katolla"}
    ok(await mentee.put("/v1/account/password", change), 204)
    ok(await mentee.get("/v1/account"))
    async with Api(api.url, api.contract, other) as tablet:
        refused(await tablet.get("/v1/account"), 401, "invalid_token")
    refused(await api.post("/v1/sessions", log_in), 401, "wrong_credentials")
    ok(await api.post("/v1/sessions", {**log_in, "password": "uusi kissa katolla"}), 201)


async def test_changing_the_password_needs_the_old_one_and_a_good_new_one(make: Factory) -> None:
    mentee, staff = await make.mentee(), await make.staff()
    wrong = {"current_password": "not the password", "new_password": "uusi kissa katolla"}
    refused(await mentee.put("/v1/account/password", wrong), 403, "wrong_password")
    for person, new in ((mentee, "lyhyt"), (mentee, mentee.login_name), (staff, "14 characters!")):
        weak = {"current_password": PASSWORD, "new_password": new}
        refused(await person.put("/v1/account/password", weak), 400, "weak_password", pointer="/new_password")


@given(st.text(min_size=1, max_size=40))
def test_folding_a_name_twice_changes_nothing(name: str) -> None:
    once = fold_login_name(name)
    assert fold_login_name(once) == once
    assert fold_login_name(name.upper()) == fold_login_name(name.upper().lower())


@pytest.mark.parametrize(
    "nickname", ["a", " aino", "aino ", "aino\n", "\u3000\u3000", "\u00a0\u00a0", "ai\u0000no", "ai\tno"]
)
async def test_a_nickname_can_be_seen(api: Api, make: Factory, nickname: str) -> None:
    await make.organisation()
    body = {"nickname": nickname, "password": PASSWORD}
    refused(await api.post("/v1/accounts", body), 400, "invalid_body", pointer="/nickname")


def test_recovery_codes_can_be_read_aloud() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    assert all(len(code) == 19 and not set(code) & set("01IOio") for code in codes)
    assert recovery_digest(codes[0]) != recovery_digest(codes[1])
