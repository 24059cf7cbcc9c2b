"""Devices: listed, ended, and dead at once when they are."""

import asyncio
from datetime import datetime
from uuid import UUID, uuid4

from asyncpg import Connection

from tests.api import Api, ok, refused
from tests.factories import PASSWORD, Factory, Person


async def another_device(person: Person, name: str = "tablet") -> Api:
    body = {"login_name": person.login_name, "password": PASSWORD, "device_name": name}
    async with Api(person.url, person.contract) as nobody:
        tokens = ok(await nobody.post("/v1/sessions", body), 201)["tokens"]
    return Api(person.url, person.contract, tokens["access_token"])


async def test_sessions_are_listed_newest_first(make: Factory) -> None:
    mentee = await make.mentee()
    async with await another_device(mentee) as tablet:
        items = ok(await tablet.get("/v1/sessions"))["items"]
    assert [(item["device_name"], item["current"]) for item in items] == [("tablet", True), ("test device", False)]
    lifetime = datetime.fromisoformat(items[0]["expires_at"]) - datetime.fromisoformat(items[0]["created_at"])
    assert lifetime.days in {89, 90}


async def test_ending_a_session_ends_it_at_once(make: Factory) -> None:
    mentee = await make.mentee()
    async with await another_device(mentee) as tablet:
        ok(await tablet.delete(f"/v1/sessions/{mentee.session_id}"), 204)
        refused(await mentee.get("/v1/account"), 401, "invalid_token")
        refused(
            await mentee.post("/v1/sessions/refresh", {"refresh_token": mentee.refresh_token}), 401, "refresh_refused"
        )
        refused(await tablet.delete(f"/v1/sessions/{mentee.session_id}"), 404, "session_not_found")
        assert len(ok(await tablet.get("/v1/sessions"))["items"]) == 1


async def test_the_present_session_can_end_itself(make: Factory) -> None:
    mentee = await make.mentee()
    ok(await mentee.delete(f"/v1/sessions/{mentee.session_id}"), 204)
    refused(await mentee.get("/v1/sessions"), 401, "invalid_token")


async def test_all_other_devices_can_be_logged_out(make: Factory) -> None:
    mentee, other = await make.mentee(), await make.mentee()
    async with await another_device(mentee) as tablet:
        ok(await mentee.delete("/v1/sessions"), 204)
        refused(await tablet.get("/v1/account"), 401, "invalid_token")
    ok(await mentee.get("/v1/account"))
    ok(await other.get("/v1/account"))


async def test_sessions_are_ended_in_the_order_in_which_senders_hold_them(make: Factory, raw_db: Connection) -> None:
    """Else who logs out everywhere, while two of their devices send, could wait for these as they wait for them."""
    mentee = await make.mentee()
    lower = UUID(int=1)
    copied = "INSERT INTO session (id, account_id, device_name, expires_at) SELECT $1, account_id, '', expires_at"
    await raw_db.execute(f"{copied} FROM session", lower)
    async with await another_device(mentee) as tablet:
        async with raw_db.transaction():
            await raw_db.execute("SELECT FROM session WHERE id = $1 FOR SHARE", lower)
            ending = asyncio.create_task(tablet.delete("/v1/sessions"))
            while not await raw_db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                pass
            await raw_db.execute("SELECT FROM session WHERE id = $1 FOR SHARE NOWAIT", mentee.session_id)
        ok(await ending, 204)
    assert await raw_db.fetchval("SELECT count(*) FROM session WHERE revoked_at IS NULL") == 1


async def test_someone_elses_session_is_as_absent_as_an_unknown_one(make: Factory) -> None:
    mentee, other = await make.mentee(), await make.mentee()
    refused(await mentee.delete(f"/v1/sessions/{other.session_id}"), 404, "session_not_found")
    refused(await mentee.delete(f"/v1/sessions/{uuid4()}"), 404, "session_not_found")
    ok(await other.get("/v1/account"))


async def test_a_session_has_an_end(make: Factory, raw_db: Connection) -> None:
    mentee = await make.mentee()
    await raw_db.execute("UPDATE session SET expires_at = now() WHERE id = $1", mentee.session_id)
    refused(await mentee.get("/v1/account"), 401, "invalid_token")
    refused(await mentee.post("/v1/sessions/refresh", {"refresh_token": mentee.refresh_token}), 401, "refresh_refused")


async def test_a_session_unused_for_a_month_is_over(make: Factory, raw_db: Connection) -> None:
    mentee = await make.mentee()
    await raw_db.execute(
        "UPDATE session SET last_used_at = now() - interval '30 days' WHERE id = $1", mentee.session_id
    )
    refused(await mentee.post("/v1/sessions/refresh", {"refresh_token": mentee.refresh_token}), 401, "refresh_refused")
    refused(await mentee.get("/v1/sessions"), 401, "invalid_token")


async def test_staff_sessions_end_after_half_a_day(make: Factory) -> None:
    staff = await make.staff()
    [session] = ok(await staff.get("/v1/sessions"))["items"]
    lifetime = datetime.fromisoformat(session["expires_at"]) - datetime.fromisoformat(session["created_at"])
    assert 11.99 < lifetime.total_seconds() / 3600 < 12.01


async def test_a_suspended_person_is_out_at_once(make: Factory, raw_db: Connection) -> None:
    mentee = await make.mentee()
    await raw_db.execute("UPDATE account SET state = 'suspended' WHERE id = $1", mentee.id)
    refused(await mentee.get("/v1/account"), 401, "invalid_token")
    refused(await mentee.post("/v1/sessions/refresh", {"refresh_token": mentee.refresh_token}), 401, "refresh_refused")


async def test_a_ticket_is_new_each_time_and_short_lived(make: Factory) -> None:
    mentee = await make.mentee()
    first, second = (
        ok(await mentee.post("/v1/realtime/tickets"), 201),
        ok(await mentee.post("/v1/realtime/tickets"), 201),
    )
    assert first["ticket"] != second["ticket"]
    assert first["expires_in"] == 30
