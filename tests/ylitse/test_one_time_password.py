"""A password for one time opens one session under `/ylitse`, and in that session its owner chooses another."""

from typing import Any

import httpx
import pytest

from rinnalla.kit.caller import Role
from tests.api import Api, ok, refused
from tests.factories import PASSWORD, TOTP_SECRET, Factory, Person, totp_code
from tests.ylitse.browser import Browser
from tests.ylitse.client import told

CHOSEN = "neljä koiraa ja aurinko"
DOORS = pytest.mark.parametrize("door", ["/login", "/weblogin"])


class Visit:
    """Someone at one of the two doors, and in the session behind it."""

    def __init__(self, browser: Browser, door: str, person: Person) -> None:
        self.browser, self.door, self.person = browser, door, person
        self.headers: dict[str, str] = {}

    async def log_in(self, password: str = PASSWORD, code: str = "") -> httpx.Response:
        if self.door == "/weblogin":
            return await self.browser.log_in(self.person.login_name, password, code)
        body = {"login_name": self.person.login_name, "password": password, "mfa_token": code}
        answer = await self.browser.call("POST", self.door, json=body)
        if answer.is_success:
            self.headers = {"Authorization": f"Bearer {answer.json()['tokens']['access_token']}"}
        return answer

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self.browser.call(method, path, headers=self.headers, json=body)

    async def choose(self, new: str, current: str = PASSWORD) -> httpx.Response:
        body = {"current_password": current, "new_password": new}
        return await self.call("PUT", f"/accounts/{self.person.id}/password", body)


async def newcomer(make: Factory) -> Person:
    return await make.mentee(one_time=True)


@DOORS
async def test_it_lets_in_once(api: Api, browser: Browser, make: Factory, door: str) -> None:
    visit = Visit(browser, door, await newcomer(make))
    ok(await visit.log_in())
    ok(await visit.call("GET", "/myuser"))

    wrong = await visit.log_in("jotain muuta")
    for other_door in ("/login", "/weblogin"):
        again = await Visit(browser, other_door, visit.person).log_in()
        told(again, 401)
        assert again.json() == wrong.json()
    body = {"login_name": visit.person.login_name, "password": PASSWORD}
    refused(await api.post("/v1/sessions", body), 401, "wrong_credentials")
    refused(await api.post("/v1/sessions", {**body, "new_password": CHOSEN}), 401, "wrong_credentials")
    ok(await visit.call("GET", "/myuser"))


@DOORS
async def test_in_that_session_its_owner_chooses_another(api: Api, browser: Browser, make: Factory, door: str) -> None:
    visit = Visit(browser, door, await newcomer(make))
    ok(await visit.log_in())
    told(await visit.choose(CHOSEN, current="jotain muuta"), 400)
    told(await visit.choose("lyhyt"), 400)
    assert "unchanged" in told(await visit.choose(PASSWORD), 400)
    ok(await visit.choose(CHOSEN))
    told(await visit.choose("viisi lammasta", current=PASSWORD), 400)
    ok(await visit.call("GET", "/myuser"))

    told(await visit.log_in(PASSWORD), 401)
    for _ in range(2):
        ok(await visit.log_in(CHOSEN))
        ok(await api.post("/v1/sessions", {"login_name": visit.person.login_name, "password": CHOSEN}), 201)


async def test_or_chooses_it_under_v1(api: Api, browser: Browser, make: Factory) -> None:
    visit = Visit(browser, "/login", await newcomer(make))
    token = ok(await visit.log_in())["tokens"]["access_token"]
    async with Api(api.url, api.contract, token) as person:
        change = {"current_password": PASSWORD, "new_password": PASSWORD}
        refused(await person.put("/v1/account/password", change), 400, "weak_password", pointer="/new_password")
        ok(await person.put("/v1/account/password", {**change, "new_password": CHOSEN}), 204)
    ok(await visit.log_in(CHOSEN))


async def test_the_session_goes_on_as_any_other(browser: Browser, make: Factory) -> None:
    visit = Visit(browser, "/login", await newcomer(make))
    tokens = ok(await visit.log_in())["tokens"]
    for _ in range(2):
        ok(await browser.call("POST", "/refresh", json={"refresh_token": tokens["refresh_token"]}))
    ok(await visit.call("GET", "/logout"))
    told(await browser.call("POST", "/refresh", json={"refresh_token": tokens["refresh_token"]}), 401)
    told(await visit.log_in(), 401)


@DOORS
async def test_staff_show_their_second_factor_as_well(browser: Browser, make: Factory, door: str) -> None:
    home = await make.organisation()
    people = [
        await make.person(role, of, totp_secret=TOTP_SECRET, one_time=True)
        for role, of in ((Role.STAFF, home), (Role.ADMIN, None))
    ]
    for person in people:
        visit = Visit(browser, door, person)
        for code in ("", "000000"):
            told(await visit.log_in(code=code), 401)
        ok(await visit.log_in(code=totp_code()))
        told(await visit.log_in(code=totp_code(1)), 401)
        told(await visit.choose("lyhyehkö sana"), 400)
        ok(await visit.choose(CHOSEN))
        ok(await visit.log_in(CHOSEN, totp_code(1)))


async def test_asking_under_v1_first_spends_nothing(api: Api, browser: Browser, make: Factory) -> None:
    visit = Visit(browser, "/login", await newcomer(make))
    body = {"login_name": visit.person.login_name, "password": PASSWORD}
    for _ in range(2):
        refused(await api.post("/v1/sessions", body), 403, "password_change_required")
    refused(await api.post("/v1/sessions", {**body, "new_password": PASSWORD}), 400, "weak_password")
    ok(await visit.log_in())
