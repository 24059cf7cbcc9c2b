"""Invitations: the one-time way in for those whom someone else has made an account for."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from asyncpg import Connection

from rinnalla.kit.caller import Role
from tests.api import Api, ok, refused
from tests.factories import Factory, Person, totp_code

PASSWORD = "viisitoista merkkiä tai yli"


async def invite(admin: Person, home: UUID, name: str = "Tuula") -> Any:
    return ok(await admin.post(f"/v1/organisations/{home}/staff", {"display_name": name}), 201)


def acceptance(invitation: str, name: str = "tuula", password: str = PASSWORD) -> dict[str, str]:
    return {"invitation": invitation, "login_name": name, "password": password}


async def test_staff_come_in_and_get_their_second_factor(api: Api, make: Factory) -> None:
    admin, home = await make.admin(), await make.organisation()
    invited = await invite(admin, home)
    assert invited["staff"]["state"] == "invited"
    assert invited["staff"]["login_name"] is None
    body = ok(await api.post("/v1/invitations/accept", acceptance(invited["invitation"])), 201)
    assert body["tokens"] is None
    assert body["account"]["role"] == "staff"
    assert body["account"]["display_name"] == "Tuula"
    assert len(body["recovery_codes"]) == 10
    assert body["totp_secret"] in body["totp_uri"]
    log_in = {"login_name": "tuula", "password": PASSWORD}
    refused(await api.post("/v1/sessions", log_in), 401, "second_factor_required")
    ok(await api.post("/v1/sessions", {**log_in, "totp_code": totp_code(secret=body["totp_secret"])}), 201)


async def test_mentors_come_in_with_tokens(api: Api, make: Factory) -> None:
    home = await make.organisation()
    async with make.services.database.unit_of_work() as db:
        invited = await make.services.accounts.invite(db, Role.MENTOR, home, "Ville")
    body = ok(
        await api.post("/v1/invitations/accept", acceptance(invited.invitation, "ville", "kahdeksan kissaa")), 201
    )
    assert body["totp_secret"] is None
    async with Api(api.url, api.contract, body["tokens"]["access_token"]) as ville:
        assert ok(await ville.get("/v1/account"))["role"] == "mentor"


async def test_an_invitation_works_once(api: Api, make: Factory) -> None:
    invitation = (await invite(await make.admin(), await make.organisation()))["invitation"]
    answers = await asyncio.gather(
        *(api.post("/v1/invitations/accept", acceptance(invitation, f"tuula {n}")) for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 404, 404, 404]
    refused(await api.post("/v1/invitations/accept", acceptance(invitation)), 404, "invitation_not_found")


async def test_an_invitation_expires(api: Api, make: Factory, raw_db: Connection) -> None:
    invitation = (await invite(await make.admin(), await make.organisation()))["invitation"]
    left = await raw_db.fetchval("SELECT expires_at - now() FROM invitation")
    assert left.days == 13
    await raw_db.execute("UPDATE invitation SET expires_at = now()")
    refused(await api.post("/v1/invitations/accept", acceptance(invitation)), 404, "invitation_not_found")


async def test_a_new_invitation_replaces_the_old_one(api: Api, make: Factory) -> None:
    admin = await make.admin()
    first = await invite(admin, await make.organisation())
    second = ok(await admin.post(f"/v1/staff/{first['staff']['id']}/invitation"), 201)
    refused(await api.post("/v1/invitations/accept", acceptance(first["invitation"])), 404, "invitation_not_found")
    ok(await api.post("/v1/invitations/accept", acceptance(second["invitation"])), 201)
    refused(await admin.post(f"/v1/staff/{first['staff']['id']}/invitation"), 409, "already_come_in")


async def test_a_refused_try_leaves_the_invitation_good(api: Api, make: Factory) -> None:
    await make.mentee(login_name="tuula")
    invitation = (await invite(await make.admin(), await make.organisation()))["invitation"]
    refused(await api.post("/v1/invitations/accept", acceptance(invitation)), 409, "login_name_taken")
    short = acceptance(invitation, "tuula 2", "14 characters!")
    refused(await api.post("/v1/invitations/accept", short), 400, "weak_password", pointer="/password")
    ok(await api.post("/v1/invitations/accept", acceptance(invitation, "tuula 2")), 201)


@pytest.mark.parametrize("invitation", ["x", "ä" * 43, "A" * 128])
async def test_nonsense_is_refused(api: Api, invitation: str) -> None:
    refused(await api.post("/v1/invitations/accept", acceptance(invitation)), 404, "invitation_not_found")
