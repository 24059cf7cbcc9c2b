"""Whole answers, field by field as the contract has them: nothing is missing, null, or there besides."""

from collections.abc import Iterable
from typing import Any

import asyncpg
import pytest

from rinnalla.pairs.service import NEW_MENTORS
from rinnalla.ylitse import ids
from rinnalla.ylitse.times import stamp
from tests.api import Api, ok
from tests.factories import Factory, Person
from tests.programme import Programme, at_once
from tests.ylitse.browser import Browser
from tests.ylitse.client import own, told, user
from tests.ylitse.test_feedback import pair_and_staff
from tests.ylitse.test_mentors import profile
from tests.ylitse.test_reports import report_on
from tests.ylitse.test_web import cookies

REACHED = {"email": "aino@example.org", "phone": "+358 40 1234567"}


def in_order(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(records, key=lambda one: str(one["id"]))


async def made_at(raw_db: asyncpg.Connection, person: Person) -> str:
    return stamp(await raw_db.fetchval("SELECT created_at FROM account WHERE id = $1", person.id))


def account_of(person: Person, role: str, made: str) -> dict[str, Any]:
    return {
        "id": str(person.id),
        "role": role,
        "login_name": person.login_name,
        "active": True,
        "created": made,
        "updated": made,
    }


def user_of(person: Person, role: str, made: str) -> dict[str, Any]:
    return {
        "id": user(person),
        "account_id": str(person.id),
        "display_name": person.login_name,
        "role": role,
        "active": True,
        "created": made,
        "updated": made,
    }


@pytest.mark.parametrize("reached", [{}, {"email": REACHED["email"]}, {"phone": REACHED["phone"]}, REACHED])
async def test_ones_own_account(make: Factory, raw_db: asyncpg.Connection, reached: dict[str, str]) -> None:
    mentee = await make.mentee()
    whole = account_of(mentee, "mentee", await made_at(raw_db, mentee)) | reached
    path = f"/ylitse/accounts/{mentee.id}"
    ok(await mentee.put(path, {"id": str(mentee.id), "role": "mentee", "login_name": mentee.login_name, **reached}))
    assert ok(await mentee.get(path)) == whole


async def test_ones_own_user(make: Factory, raw_db: asyncpg.Connection) -> None:
    for person, role in (
        (await make.mentee(), "mentee"),
        (await make.mentor(), "mentor"),
        (await make.staff(), "admin"),
    ):
        assert ok(await person.get(own(person))) == user_of(person, role, await made_at(raw_db, person))


async def test_accounts_and_users_whom_staff_manage(make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    staff, mentee, mentor = await make.staff(home), await make.mentee(home), await make.mentor(home)
    ok(await mentee.put(f"/ylitse/accounts/{mentee.id}", {"login_name": mentee.login_name, **REACHED}))
    roles = ((staff, "admin"), (mentee, "mentee"), (mentor, "mentor"))
    everyone = [(one, role, await made_at(raw_db, one)) for one, role in roles]
    accounts, users = ok(await staff.get("/ylitse/accounts")), ok(await staff.get("/ylitse/users"))
    assert accounts.keys() == users.keys() == {"resources"}
    # how someone is reached is theirs to read
    assert in_order(accounts["resources"]) == in_order(account_of(*one) for one in everyone)
    assert in_order(users["resources"]) == in_order(user_of(*one) for one in everyone)
    for one in everyone[1:]:
        assert ok(await staff.get(f"/ylitse/accounts/{one[0].id}")) == account_of(*one)
        assert ok(await staff.get(own(one[0]))) == user_of(*one)


async def test_skills(api: Api, make: Factory, raw_db: asyncpg.Connection) -> None:
    staff = await make.staff()
    made = ok(await staff.post("/ylitse/skills", {"name": "Lemmikit"}), 201)
    at = stamp(await raw_db.fetchval("SELECT created_at FROM topic WHERE id = $1", made["id"]))
    assert made == {"id": made["id"], "name": "Lemmikit", "active": True, "created": at, "updated": at}
    assert ok(await staff.get(f"/ylitse/skills/{made['id']}")) == made
    listed = ok(await api.get("/ylitse/skills"))
    assert listed.keys() == {"resources"}
    assert made in listed["resources"]
    assert {frozenset(one) for one in listed["resources"]} == {frozenset(made)}


async def test_mentors(api: Api, make: Factory, raw_db: asyncpg.Connection) -> None:
    """`created` is when the card was approved, `updated` when it was changed last."""
    mentor = await make.mentor()
    path = f"/ylitse/mentors/{ids.mentor_id(mentor.id)}"
    changed = ok(await mentor.put(path, profile(status_message="Hei!")))
    times = await raw_db.fetchrow("SELECT approved_at, updated_at FROM mentor_card WHERE account_id = $1", mentor.id)
    assert times["approved_at"] < times["updated_at"]
    whole = {
        **profile(status_message="Hei!"),
        "id": str(ids.mentor_id(mentor.id)),
        "user_id": user(mentor),
        "account_id": str(mentor.id),
        "display_name": mentor.login_name,
        "created": stamp(times["approved_at"]),
        "updated": stamp(times["updated_at"]),
    }
    assert changed == whole == ok(await api.get(path))
    assert ok(await api.get("/ylitse/mentors")) == {"resources": [whole]}


async def test_reports(make: Factory, raw_db: asyncpg.Connection) -> None:
    """`updated` is when the report was moved last."""
    mentee, mentor, staff = await pair_and_staff(make)
    made = ok(await mentee.post("/ylitse/reports", report_on(mentor)), 201)
    whole = report_on(mentor) | {"id": made["id"], "reporter_user_id": user(mentee), "status": made["status"]}

    async def times() -> dict[str, str]:
        row = await raw_db.fetchrow("SELECT created_at, updated_at FROM report")
        return {"created": stamp(row["created_at"]), "updated": stamp(row["updated_at"])}

    first = await times()
    assert made == whole | first
    moved = ok(await staff.put(f"/ylitse/reports/{made['id']}", {"status": "handled"}))
    assert moved == whole | {"status": "handled"} | await times()
    assert (moved["created"], moved["updated"] > made["updated"]) == (made["created"], True)
    assert ok(await staff.get("/ylitse/reports")) == {"resources": [moved]}


async def test_what_renews_the_access_cookie_sets_that_one(browser: Browser, make: Factory) -> None:
    mentee = await make.mentee()
    first = cookies(await browser.log_in(mentee.login_name))["ylitse_access"]
    answer = await browser.call("GET", "/webrefresh")
    assert answer.status_code == 200
    assert cookies(answer).keys() == {"ylitse_access"}
    renewed = cookies(answer)["ylitse_access"]
    assert renewed["httponly"] is True
    assert renewed["samesite"].lower() == "strict"
    assert (renewed["path"], renewed["domain"], renewed["max-age"]) == ("/", "", first["max-age"])
    assert int(renewed["max-age"]) > 0
    assert not renewed["secure"]  # these tests speak plain HTTP
    assert ok(await browser.call("GET", "/myuser"))["user"]["id"] == ids.user_id(mentee.id)


async def test_the_renewed_cookie_is_for_tls_where_it_is_spoken(strict_api: Api, make: Factory) -> None:
    mentee, opened = await make.mentee(), Browser(strict_api)
    over_tls = {"X-Forwarded-Proto": "https"}
    kept = cookies(await opened.log_in(mentee.login_name, headers=over_tls))["ylitse_refresh"].value
    answer = await opened.call("GET", "/webrefresh", headers={**over_tls, "Cookie": f"ylitse_refresh={kept}"})
    assert [bool(cookie["secure"]) for cookie in cookies(answer).values()] == [True]
    await opened.http.aclose()


async def test_beginning_again_too_often(open_programme: Programme, strict_api: Api) -> None:
    """A conversation that has ended is begun anew as any other: within the limit of new ones a day."""
    mentee = await open_programme.make.mentee(open_programme.home)
    mentors = [await open_programme.mentor() for _ in range(NEW_MENTORS.burst)]
    path = f"{strict_api.url}{own(mentee, '/messages')}"

    async def say(mentor: Person) -> Any:
        return await mentee.post(path, {"recipient_id": user(mentor), "content": "hei"})

    ok(await say(mentors[0]), 201)
    (pair,) = ok(await mentee.get("/v1/pairs"))["items"]
    ok(await mentee.post(f"/v1/pairs/{pair['id']}/end", at_once()))
    for mentor in mentors[1:]:
        ok(await say(mentor), 201)
    answer = await say(mentors[0])
    assert "again" in told(answer, 429)
    assert int(answer.headers["retry-after"]) > 0
    assert len(ok(await mentors[0].get(own(mentors[0], "/messages")))["resources"]) == 1
