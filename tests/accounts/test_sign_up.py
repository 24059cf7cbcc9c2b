"""A young person comes in with a nickname and a password."""

from tests.api import Api, is_uuid7, ok, refused
from tests.factories import PASSWORD, Factory


async def test_nickname_and_password_are_enough(api: Api, make: Factory) -> None:
    home = await make.organisation()
    body = ok(await api.post("/v1/accounts", {"nickname": "revontuli", "password": PASSWORD}), 201)
    assert body["account"]["role"] == "mentee"
    assert body["account"]["organisation_id"] == str(home)
    assert is_uuid7(body["account"]["id"])
    assert len(set(body["recovery_codes"])) == 10


async def test_a_nickname_is_taken_however_it_is_written(api: Api, make: Factory) -> None:
    await make.organisation()
    ok(await api.post("/v1/accounts", {"nickname": "Revontuli", "password": PASSWORD}), 201)
    for nickname in ("revontuli", "REVONTULI", "ｒevontuli"):
        refused(await api.post("/v1/accounts", {"nickname": nickname, "password": PASSWORD}), 409, "login_name_taken")


async def test_fields_are_pointed_at(api: Api, make: Factory) -> None:
    await make.organisation()
    refused(await api.post("/v1/accounts", {"nickname": "a"}), 400, "invalid_body", pointer="/nickname")
    body = {"nickname": "aino", "password": PASSWORD, "role": "admin"}
    refused(await api.post("/v1/accounts", body), 400, "invalid_body", pointer="/role")
    refused(await api.post("/v1/accounts", {"nickname": "aino", "password": "salasana"}), 400, "weak_password")
