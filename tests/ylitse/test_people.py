"""Accounts and users of the Ylitse contract: two of the three records of one person."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.api import Api, ok
from tests.factories import PASSWORD, Factory, Person
from tests.ylitse.client import Client, own, told, user


def sign_up(login_name: str, **account: Any) -> dict[str, Any]:
    return {"password": PASSWORD, "account": {"role": "mentee", "login_name": login_name, **account}}


async def test_a_young_person_signs_up(api: Api, make: Factory) -> None:
    await make.organisation()
    made = ok(await api.post("/ylitse/accounts", sign_up("revontuli", email="", phone=None)), 201)
    account, person = made["account"], made["user"]
    assert made.keys() == {"account", "user"}
    assert account == {
        "id": account["id"],
        "role": "mentee",
        "login_name": "revontuli",
        "active": True,
        "created": account["created"],
        "updated": account["updated"],
    }
    assert person == {
        "id": person["id"],
        "account_id": account["id"],
        "display_name": "revontuli",
        "role": "mentee",
        "active": True,
        "created": account["created"],
        "updated": account["updated"],
    }
    assert person["id"] != account["id"]
    ok(await api.post("/ylitse/login", {"login_name": "revontuli", "password": PASSWORD}))


async def test_what_one_is_reached_by_is_kept_sealed_and_told_to_oneself(
    api: Api, make: Factory, raw_db: asyncpg.Connection
) -> None:
    home = await make.organisation()
    wanted = sign_up("revontuli", email="aino@example.org", phone="+358 40 1234567")
    made = ok(await api.post("/ylitse/accounts", wanted), 201)["account"]
    assert (made["email"], made["phone"]) == ("aino@example.org", "+358 40 1234567")
    staff = await make.staff(home)
    seen = ok(await staff.get(f"/ylitse/accounts/{made['id']}"))
    assert not {"email", "phone"} & seen.keys()
    assert b"1234567" not in await raw_db.fetchval("SELECT phone FROM ylitse_belongings")


async def test_signing_up_logs_nobody_in(api: Api, make: Factory, raw_db: asyncpg.Connection) -> None:
    await make.organisation()
    ok(await api.post("/ylitse/accounts", sign_up("revontuli")), 201)
    assert await raw_db.fetchval("SELECT count(*) FROM session WHERE revoked_at IS NULL") == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (sign_up("r"), 400),
        (sign_up("revontuli") | {"password": "lyhyt"}, 400),
        (sign_up("revontuli") | {"password": "salasana123"}, 400),
        (sign_up("revontuli", email="no address"), 400),
        ({"password": PASSWORD}, 400),
        (sign_up("revontuli") | {"account": {"role": "mentor", "login_name": "revontuli"}}, 401),
        (sign_up("revontuli") | {"account": {"role": "admin", "login_name": "revontuli"}}, 401),
        (sign_up("revontuli") | {"account": {"role": "king", "login_name": "revontuli"}}, 400),
    ],
)
async def test_sign_ups_that_are_refused(api: Api, make: Factory, body: dict[str, Any], status: int) -> None:
    await make.organisation()
    told(await api.post("/ylitse/accounts", body), status)


async def test_a_taken_name_is_409(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    told(await api.post("/ylitse/accounts", sign_up(mentee.login_name.upper())), 409)


async def test_staff_make_mentors_who_are_shown_and_log_in(api: Api, make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    staff = await make.staff(home)
    wanted = {"password": PASSWORD, "account": {"role": "mentor", "login_name": "aino"}}
    made = ok(await staff.post("/ylitse/accounts", wanted), 201)
    assert made["mentor"]["account_id"] == made["account"]["id"]
    assert made["mentor"]["active"] is True
    assert len({made["mentor"]["id"], made["user"]["id"], made["account"]["id"]}) == 3
    shown = ok(await api.get("/ylitse/mentors"))["resources"]
    assert [mentor["id"] for mentor in shown] == [made["mentor"]["id"]]
    ok(await api.post("/ylitse/login", {"login_name": "aino", "password": PASSWORD}))
    trail = await raw_db.fetch("SELECT action FROM audit_entry ORDER BY id")
    assert [entry["action"] for entry in trail] == ["mentor_approved", "mentor_screened"]
    screened = await raw_db.fetchrow(
        "SELECT screened_on = approved_at::date AS from_then, screened_until FROM mentor_card"
    )
    assert screened is not None
    assert tuple(screened) == (True, None)
    told(await staff.post("/ylitse/accounts", wanted), 409)
    wanted["account"] = {"role": "admin", "login_name": "tuula"}
    assert "invitation" in told(await staff.post("/ylitse/accounts", wanted), 403)
    assert await raw_db.fetchval("SELECT count(*) FROM account WHERE role = 'mentor'") == 1


@pytest.mark.parametrize(("chosen_by_mentees", "places"), [(True, 30), (False, 3)])
async def test_mentors_whom_staff_make_have_places(
    make: Factory, raw_db: asyncpg.Connection, chosen_by_mentees: bool, places: int
) -> None:
    staff = await make.staff(await make.organisation(mentees_may_choose=chosen_by_mentees))
    ok(
        await staff.post(
            "/ylitse/accounts", {"password": PASSWORD, "account": {"role": "mentor", "login_name": "aino"}}
        ),
        201,
    )
    assert await raw_db.fetchval("SELECT capacity FROM mentor_card") == places


async def test_how_a_mentor_whom_staff_make_is_reached_is_kept_for_the_mentor(api: Api, make: Factory) -> None:
    staff = await make.staff()
    reached = {"email": "aino@example.org", "phone": "+358 40 1234567"}
    wanted = {"password": PASSWORD, "account": {"role": "mentor", "login_name": "aino", **reached}}
    made = ok(await staff.post("/ylitse/accounts", wanted), 201)["account"]
    token = ok(await api.post("/ylitse/login", {"login_name": "aino", "password": PASSWORD}))["tokens"]["access_token"]
    async with Client(api, token) as aino:
        own_account = ok(await aino.get("/myuser"))["account"]
    assert own_account == made
    assert {name: own_account[name] for name in reached} == reached
    assert not reached.keys() & ok(await staff.get(f"/ylitse/accounts/{made['id']}")).keys()


async def test_a_mentee_whom_staff_make_is_of_their_programme(make: Factory, raw_db: asyncpg.Connection) -> None:
    await make.organisation()
    home = await make.organisation()
    staff = await make.staff(home)
    ok(await staff.post("/ylitse/accounts", sign_up("revontuli")), 201)
    made = await raw_db.fetchrow("SELECT id, organisation_id FROM account WHERE login_name = 'revontuli'")
    assert made["organisation_id"] == home
    (entry,) = await raw_db.fetch("SELECT action, actor_id, subject_id FROM audit_entry")
    assert tuple(entry) == ("account_created", staff.id, made["id"])
    together = "SELECT (SELECT xmin FROM audit_entry) = (SELECT xmin FROM member_stream WHERE account_id = $1)"
    assert await raw_db.fetchval(together, made["id"])


async def test_administrators_make_nobody(make: Factory, raw_db: asyncpg.Connection) -> None:
    await make.organisation()
    told(await (await make.admin()).post("/ylitse/accounts", sign_up("revontuli")), 403)
    assert await raw_db.fetchval("SELECT count(*) FROM account WHERE login_name = 'revontuli'") == 0


async def test_a_bad_token_at_sign_up_is_401(api: Api, make: Factory) -> None:
    await make.organisation()
    headers = {"Authorization": "Bearer stale"}
    told(await api.post("/ylitse/accounts", sign_up("revontuli"), headers=headers), 401)


async def test_myself(make: Factory) -> None:
    mentee, mentor, staff, admin = await make.mentee(), await make.mentor(), await make.staff(), await make.admin()
    for person, role in ((mentee, "mentee"), (mentor, "mentor"), (staff, "admin"), (admin, "admin")):
        body = ok(await person.get("/ylitse/myuser"))
        assert (body["account"]["role"], body["user"]["role"]) == (role, role)
        assert body["account"]["id"] == str(person.id)
        assert body["user"]["id"] == user(person)
        assert ("mentor" in body) == (person is mentor)


async def test_staff_list_whom_they_manage(make: Factory) -> None:
    home = await make.organisation()
    staff, mentee, mentor = await make.staff(home), await make.mentee(home), await make.mentor(home)
    elsewhere, admin = await make.mentee(), await make.admin()
    accounts = ok(await staff.get("/ylitse/accounts"))["resources"]
    assert {one["id"] for one in accounts} == {str(one.id) for one in (staff, mentee, mentor)}
    users = ok(await staff.get("/ylitse/users"))["resources"]
    assert {one["id"] for one in users} == {user(one) for one in (staff, mentee, mentor)}
    assert {one["id"] for one in ok(await admin.get("/ylitse/accounts"))["resources"]} == {
        str(one.id) for one in (admin, staff)
    }
    told(await mentee.get("/ylitse/accounts"), 403)
    told(await staff.get(f"/ylitse/accounts/{elsewhere.id}"), 404)
    told(await staff.get(f"/ylitse/users/{user(elsewhere)}"), 404)
    told(await mentee.get(f"/ylitse/users/{user(mentor)}"), 403)
    told(await mentee.get(f"/ylitse/users/{uuid4()}"), 403)
    told(await mentee.get(f"/ylitse/users/{mentee.id}"), 403)  # an account's id is no user's
    told(await mentee.get("/ylitse/users/nothing"), 404)


async def edit(person: Person, **changes: Any) -> Any:
    body = {"id": str(person.id), "role": "mentee", "login_name": person.login_name, "active": True, **changes}
    return await person.put(f"/ylitse/accounts/{person.id}", body)


async def test_changing_how_one_logs_in_and_is_reached(api: Api, make: Factory) -> None:
    mentee, other = await make.mentee(), await make.mentee()
    changed = ok(await edit(mentee, login_name="uusi nimi", email="aino@example.org"))
    assert (changed["login_name"], changed["email"]) == ("uusi nimi", "aino@example.org")
    ok(await api.post("/ylitse/login", {"login_name": "Uusi Nimi", "password": PASSWORD}))
    told(await api.post("/ylitse/login", {"login_name": mentee.login_name, "password": PASSWORD}), 401)
    assert ok(await mentee.get("/v1/account"))["email"] == "aino@example.org"
    assert "email" not in ok(await edit(mentee, login_name="uusi nimi", email=""))
    told(await edit(mentee, login_name=other.login_name.upper()), 409)
    told(await edit(mentee, role="admin"), 403)
    told(await edit(mentee, id=str(other.id)), 403)
    assert ok(await mentee.get("/ylitse/myuser"))["account"]["login_name"] == "uusi nimi"
    assert ok(await mentee.get("/ylitse/myuser"))["account"]["role"] == "mentee"


@pytest.mark.parametrize("name", ["ö", "x" * 60])
async def test_a_name_that_was_moved_in_may_be_sent_back(make: Factory, raw_db: asyncpg.Connection, name: str) -> None:
    mentee = await make.mentee()
    await raw_db.execute("UPDATE account SET login_name = $1, login_key = $1 WHERE id = $2", name, mentee.id)
    assert ok(await edit(mentee, login_name=name, email="aino@example.org"))["email"] == "aino@example.org"
    for unfit in ("y", "y" * 41):
        assert "/login_name" in told(await edit(mentee, login_name=unfit), 400)
    assert ok(await edit(mentee, login_name="kaiku"))["login_name"] == "kaiku"


async def test_nobody_changes_anothers_log_in(make: Factory) -> None:
    home = await make.organisation()
    staff, mentee, other = await make.staff(home), await make.mentee(home), await make.mentee(home)
    as_it_is = {"id": str(mentee.id), "role": "mentee", "login_name": mentee.login_name}
    assert ok(await staff.put(f"/ylitse/accounts/{mentee.id}", as_it_is))["login_name"] == mentee.login_name
    told(await staff.put(f"/ylitse/accounts/{mentee.id}", as_it_is | {"login_name": "kaapattu"}), 403)
    told(await staff.put(f"/ylitse/accounts/{mentee.id}", as_it_is | {"email": "a@example.org"}), 403)
    told(await other.put(f"/ylitse/accounts/{mentee.id}", as_it_is), 403)


async def test_changing_ones_display_name(make: Factory) -> None:
    mentee, mentor, _ = await make.talkers()
    body = {"id": user(mentee), "account_id": str(mentee.id), "display_name": "Kaiku", "role": "mentee", "active": True}
    assert ok(await mentee.put(own(mentee), body))["display_name"] == "Kaiku"
    assert ok(await mentee.get("/v1/account"))["display_name"] == "Kaiku"
    assert ok(await mentor.get(own(mentor, "/contacts")))["resources"][0]["display_name"] == "Kaiku"
    told(await mentee.put(own(mentee), body | {"role": "mentor"}), 403)
    told(await mentee.put(own(mentee), body | {"account_id": str(mentor.id)}), 403)
    told(await mentor.put(own(mentee), body), 403)
    told(await mentee.put(own(mentee), body | {"display_name": " "}), 400)


async def test_staff_call_someone_by_another_name_and_it_is_recorded(make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    staff, mentee = await make.staff(home), await make.mentee(home)
    body = {"display_name": "Kaiku", "role": "mentee"}
    for _ in range(2):
        assert ok(await staff.put(own(mentee), body))["display_name"] == "Kaiku"
    assert ok(await mentee.get("/v1/account"))["display_name"] == "Kaiku"
    assert await raw_db.fetch("SELECT action, subject_id FROM audit_entry") == [("person_renamed", mentee.id)]


async def test_changing_the_password(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    path = f"/ylitse/accounts/{mentee.id}/password"
    new = "neljä koiraa ja aurinko"
    told(await mentee.put(path, {"current_password": "jotain muuta", "new_password": new}), 400)
    told(await mentee.put(path, {"current_password": PASSWORD, "new_password": "lyhyt"}), 400)
    assert ok(await mentee.put(path, {"current_password": PASSWORD, "new_password": new}))["message"]
    ok(await mentee.get("/ylitse/myuser"))
    ok(await api.post("/ylitse/login", {"login_name": mentee.login_name, "password": new}))
    other = await make.mentee()
    told(await other.put(path, {"current_password": new, "new_password": PASSWORD}), 403)


async def test_leaving_takes_everything_for_both_sides(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, _ = await make.talkers()
    ok(await mentee.put(own(mentee, "/device"), {"token": "tunniste", "platform": "android"}))
    ok(await mentee.put(own(mentee, f"/contacts/{user(mentor)}"), {"status": "deleted"}))
    ok(await mentee.delete(f"/ylitse/accounts/{mentee.id}"), 204)
    told(await mentee.get("/ylitse/myuser"), 401)
    assert ok(await mentor.get(own(mentor, "/contacts"))) == {"resources": []}
    for table in ("ylitse_belongings", "ylitse_deleted_contact", "thread"):
        assert await raw_db.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_whom_staff_may_remove(make: Factory) -> None:
    home = await make.organisation()
    staff, admin = await make.staff(home), await make.admin()
    mentee, mentor, elsewhere = await make.mentee(home), await make.mentor(home), await make.mentor()
    told(await staff.delete(f"/ylitse/accounts/{mentee.id}"), 403)
    told(await staff.delete(f"/ylitse/accounts/{elsewhere.id}"), 404)
    told(await mentee.delete(f"/ylitse/accounts/{mentor.id}"), 403)
    ok(await staff.delete(f"/ylitse/accounts/{mentor.id}"), 204)
    ok(await admin.delete(f"/ylitse/accounts/{staff.id}"), 204)
    told(await admin.delete(f"/ylitse/accounts/{mentee.id}"), 404)
