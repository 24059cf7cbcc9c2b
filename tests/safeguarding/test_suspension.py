"""Keeping someone out, at once and on all devices."""

import asyncio
from uuid import uuid4

import asyncpg

from tests.api import Api, ok, refused
from tests.factories import PASSWORD, Factory, Person


def suspension(person: Person) -> str:
    return f"/v1/people/{person.id}/suspension"


async def log_in(api: Api, person: Person) -> Api:
    body = ok(await api.post("/v1/sessions", {"login_name": person.login_name, "password": PASSWORD}), 201)
    return Api(api.url, api.contract, body["tokens"]["access_token"])


async def test_a_suspended_person_is_out_on_all_devices(api: Api, make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    staff, mentee = await make.staff(home), await make.mentee(home)
    heard: list[str] = []
    await raw_db.add_listener("rinnalla_wake", lambda _connection, _pid, _channel, payload: heard.append(payload))
    async with await log_in(api, mentee) as second_device:
        ok(await second_device.get("/v1/account"))
        ok(await staff.put(suspension(mentee)), 204)
        for device in (mentee, second_device):
            refused(await device.get("/v1/account"), 401, "invalid_token")
    refused(await api.post("/v1/sessions/refresh", {"refresh_token": mentee.refresh_token}), 401, "refresh_refused")
    credentials = {"login_name": mentee.login_name, "password": PASSWORD}
    refused(await api.post("/v1/sessions", credentials), 401, "wrong_credentials")
    await raw_db.execute("SELECT 1")
    assert f"session {mentee.session_id}" in heard
    assert len([payload for payload in heard if payload.startswith("session ")]) == 2


async def test_a_readmitted_person_logs_in_anew(api: Api, make: Factory) -> None:
    home = await make.organisation()
    staff, mentor = await make.staff(home), await make.mentor(home)
    ok(await staff.put(suspension(mentor)), 204)
    ok(await staff.delete(suspension(mentor)), 204)
    refused(await mentor.get("/v1/account"), 401, "invalid_token")
    async with await log_in(api, mentor) as back:
        ok(await back.get("/v1/account"))


async def test_each_change_is_recorded_once(make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    staff, mentee = await make.staff(home), await make.mentee(home)
    ok(await staff.delete(suspension(mentee)), 204)
    await asyncio.gather(*(staff.put(suspension(mentee)) for _ in range(4)))
    ok(await staff.delete(suspension(mentee)), 204)
    rows = await raw_db.fetch("SELECT action, actor_id, subject_id, organisation_id FROM audit_entry ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("account_suspended", staff.id, mentee.id, home),
        ("account_readmitted", staff.id, mentee.id, home),
    ]


async def test_whom_one_can_suspend(make: Factory) -> None:
    home = await make.organisation()
    staff, colleague, admin = await make.staff(home), await make.staff(home), await make.admin()
    own, foreign = await make.mentee(home), await make.mentee()
    for manager, other in (
        *((staff, one) for one in (staff, colleague, admin, foreign)),
        *((admin, one) for one in (admin, own, foreign)),
    ):
        refused(await manager.put(suspension(other)), 404, "account_not_found")
        refused(await manager.delete(suspension(other)), 404, "account_not_found")
    refused(await staff.put(f"/v1/people/{uuid4()}/suspension"), 404, "account_not_found")
    refused(await own.put(suspension(foreign)), 403, "forbidden")
    ok(await admin.put(suspension(colleague)), 204)
    refused(await colleague.get("/v1/account"), 401, "invalid_token")
    ok(await own.get("/v1/account"))


async def test_someone_who_has_not_come_in_can_not_be_suspended(make: Factory) -> None:
    staff = await make.staff()
    invited = ok(await staff.post("/v1/mentors", {"display_name": "Matti"}), 201)
    refused(await staff.put(f"/v1/people/{invited['mentor']['card']['id']}/suspension"), 404, "account_not_found")


async def test_a_suspension_in_the_middle_of_talking_never_blocks(make: Factory) -> None:
    """Suspending locks the account and ends sessions; sending holds thread and session: neither waits in a ring."""
    mentee, mentor, thread = await make.talkers()
    staff = await make.staff(mentee.organisation_id)

    async def talk(person: Person) -> set[int]:
        path = f"/v1/threads/{thread}/messages"
        sends = [person.post(path, {"client_id": str(uuid4()), "text": "hei"}) for _ in range(20)]
        return {response.status_code for response in await asyncio.gather(*sends)}

    codes = await asyncio.gather(talk(mentee), talk(mentor), staff.put(suspension(mentee)))
    assert codes[0] <= {201, 401}
    assert codes[1] == {201}
    assert codes[2].status_code == 204
