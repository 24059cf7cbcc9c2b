"""Whoever runs the service gives another password for one time to someone who has not chosen theirs."""

import subprocess
from uuid import UUID

import pytest
from asyncpg import Connection

from rinnalla.kit.caller import Role
from rinnalla.kit.settings import Settings
from tests import command
from tests.api import Api, ok, refused
from tests.factories import PASSWORD, TOTP_SECRET, Factory, Person, totp_code
from tests.ylitse.client import Client, told

CHOSEN = "uusi kissa katolla"


class Operator:
    """Types the command beside the services of the test run."""

    def __init__(self, settings: Settings) -> None:
        self._environment = command.environment(RINNALLA_DATA=settings.data_folder, DATABASE_URL=settings.database_url)

    def reset(self, login_name: str) -> subprocess.CompletedProcess[str]:
        return command.run("reset-password", login_name, environment=self._environment)

    def told(self, login_name: str) -> str:
        """The password that was told."""
        done = self.reset(login_name)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[0].rpartition(" ")[2]


@pytest.fixture
def operator(settings: Settings) -> Operator:
    return Operator(settings)


def pair(person: Person, password: str = PASSWORD) -> dict[str, str]:
    return {"login_name": person.login_name, "password": password}


async def trail(raw_db: Connection) -> list[tuple[str, UUID | None, UUID | None, UUID]]:
    rows = await raw_db.fetch("SELECT action, actor_id, organisation_id, subject_id FROM audit_entry ORDER BY id")
    return [tuple(row) for row in rows]


async def test_who_lost_the_session_comes_in_by_another(
    api: Api, make: Factory, raw_db: Connection, operator: Operator
) -> None:
    mentee = await make.mentee(one_time=True)
    old = ok(await api.post("/ylitse/login", pair(mentee)))["tokens"]
    another = operator.told(mentee.login_name.upper() + " ")
    assert await trail(raw_db) == [("password_reset", None, None, mentee.id)]
    refused(await mentee.get("/v1/account"), 401, "invalid_token")
    told(await api.post("/ylitse/refresh", {"refresh_token": old["refresh_token"]}), 401)
    told(await api.post("/ylitse/login", pair(mentee)), 401)

    token = ok(await api.post("/ylitse/login", pair(mentee, another)))["tokens"]["access_token"]
    told(await api.post("/ylitse/login", pair(mentee, another)), 401)
    async with Client(api, token) as client:
        body = {"current_password": another, "new_password": CHOSEN}
        ok(await client.put(f"/accounts/{mentee.id}/password", body))
    ok(await api.post("/ylitse/login", pair(mentee, CHOSEN)))


async def test_staff_keep_their_second_factor(api: Api, make: Factory, operator: Operator) -> None:
    staff = await make.person(Role.ADMIN, None, totp_secret=TOTP_SECRET, one_time=True)
    another = operator.told(staff.login_name)
    body = {**pair(staff, another), "new_password": CHOSEN}
    refused(await api.post("/v1/sessions", body), 401, "second_factor_required")
    ok(await api.post("/v1/sessions", {**body, "totp_code": totp_code()}), 201)


async def test_nobody_else_gets_one(api: Api, make: Factory, raw_db: Connection, operator: Operator) -> None:
    chose = await make.mentee()
    admin, home = await make.admin(), await make.organisation()
    ok(await admin.post(f"/v1/organisations/{home}/staff", {"display_name": "Tuula"}), 201)
    for name in (chose.login_name, "Tuula", "nobody here"):
        done = operator.reset(name)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.splitlines()[-1] == "Nobody of this log-in name has yet to choose a password."
    ok(await chose.get("/v1/account"))
    ok(await api.post("/v1/sessions", pair(chose)), 201)
    assert await trail(raw_db) == []


async def test_administrators_read_of_it(make: Factory, operator: Operator) -> None:
    admin, mentee = await make.admin(), await make.mentee(one_time=True)
    another = operator.told(mentee.login_name)
    answer = await admin.get("/v1/audit")
    (entry,) = ok(answer)["items"]
    assert (entry["action"], entry["actor_id"], entry["subject_id"]) == ("password_reset", None, str(mentee.id))
    assert another not in answer.text
