"""The web client: a form, cookies, and no other site that uses them."""

from http.cookies import SimpleCookie
from typing import Any

import asyncpg
import httpx
import pytest

from rinnalla.ylitse import ids
from tests.api import Api, ok
from tests.factories import PASSWORD, TOTP_SECRET, Factory, Person, totp_code
from tests.ylitse.browser import Browser
from tests.ylitse.client import own, told

HERE, FRIEND, STRANGER = "http://{host}", "https://app.example.org", "https://evil.example.com"


def cookies(answer: httpx.Response) -> dict[str, Any]:
    found: SimpleCookie = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        found.load(line)
    return dict(found)


async def test_logging_in_with_a_form(browser: Browser, make: Factory) -> None:
    mentor = await make.mentor()
    answer = await browser.log_in(mentor.login_name)
    assert ok(answer) == {
        "account_id": str(mentor.id),
        "user_id": ids.user_id(mentor.id),
        "mentor_id": ids.mentor_id(mentor.id),
    }
    for cookie in cookies(answer).values():
        assert cookie["httponly"] is True
        assert cookie["samesite"].lower() == "strict"
        assert not cookie["secure"]  # these tests speak plain HTTP
    assert cookies(answer).keys() == {"ylitse_access", "ylitse_refresh"}
    assert ok(await browser.call("GET", "/myuser"))["account"]["login_name"] == mentor.login_name


async def test_cookies_are_for_tls_where_it_is_spoken(strict_api: Api, make: Factory) -> None:
    mentee, opened = await make.mentee(), Browser(strict_api)
    answer = await opened.log_in(mentee.login_name, headers={"X-Forwarded-Proto": "https"})
    assert [bool(cookie["secure"]) for cookie in cookies(answer).values()] == [True, True]
    await opened.http.aclose()


async def test_forms_that_are_refused(browser: Browser, make: Factory) -> None:
    mentee, staff = await make.mentee(), await make.staff()
    told(await browser.log_in(mentee.login_name, "jotain muuta"), 401)
    told(await browser.log_in(staff.login_name), 401)
    ok(await browser.log_in(staff.login_name, mfa_token=totp_code(secret=TOTP_SECRET)))
    told(await browser.log_in("", PASSWORD), 400)
    told(await browser.log_in(mentee.login_name, "\0"), 400)
    told(await browser.call("POST", "/weblogin", files={"username": (None, mentee.login_name)}), 400)
    told(await browser.call("POST", "/weblogin", files={"username": ("a.txt", b"x"), "password": ("b", b"y")}), 400)
    for content, kind in (
        (b"{}", "application/json"),
        (b"", ""),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"nothing", "multipart/form-data"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n\xff\r\n--x--\r\n", "multipart/form-data; boundary=x"),
    ):
        told(await browser.call("POST", "/weblogin", content=content, headers={"Content-Type": kind}), 400)


async def test_renewing_the_access_cookie(browser: Browser, make: Factory) -> None:
    told(await browser.call("GET", "/webrefresh"), 401)
    mentee = await make.mentee()
    ok(await browser.log_in(mentee.login_name))
    browser.http.cookies.delete("ylitse_access")
    told(await browser.call("GET", "/myuser"), 401)
    ok(await browser.call("GET", "/webrefresh"))
    ok(await browser.call("GET", "/myuser"))
    ok(await mentee.delete("/v1/sessions"), 204)
    told(await browser.call("GET", "/webrefresh"), 401)


async def test_a_browser_whose_session_has_ended_signs_up_and_logs_in(browser: Browser, make: Factory) -> None:
    mentee = await make.mentee()
    ok(await browser.log_in(mentee.login_name))
    ok(await mentee.delete("/v1/sessions"), 204)
    told(await browser.call("GET", "/myuser"), 401)
    new = {"password": PASSWORD, "account": {"role": "mentee", "login_name": "revontuli"}}
    ok(await browser.call("POST", "/accounts", json=new), 201)
    told(await browser.call("POST", "/accounts", json={**new, "account": {"role": "mentor", "login_name": "a b"}}), 401)
    ok(await browser.call("POST", "/login", json={"login_name": "revontuli", "password": PASSWORD}))
    ok(await browser.log_in("revontuli"))
    assert ok(await browser.call("GET", "/myuser"))["account"]["login_name"] == "revontuli"


@pytest.mark.parametrize("spent", [None, "expired"])
async def test_staff_whose_access_has_run_out_renew_it_before_they_make_someone(
    browser: Browser, make: Factory, raw_db: asyncpg.Connection, spent: str | None
) -> None:
    """Taken for a visitor, they would make a young person of another programme."""
    await make.organisation()
    home = await make.organisation()
    staff = await make.staff(home)
    ok(await browser.log_in(staff.login_name, mfa_token=totp_code(secret=TOTP_SECRET)))
    browser.http.cookies.delete("ylitse_access")
    if spent:
        browser.http.cookies.set("ylitse_access", spent, domain=browser.host.partition(":")[0], path="/")
    new = {"password": PASSWORD, "account": {"role": "mentee", "login_name": "revontuli"}}
    told(await browser.call("POST", "/accounts", json=new), 401)
    browser.http.cookies.delete("ylitse_access")
    ok(await browser.call("GET", "/webrefresh"))
    ok(await browser.call("POST", "/accounts", json=new), 201)
    assert await raw_db.fetchval("SELECT organisation_id FROM account WHERE login_name = 'revontuli'") == home


async def test_logging_out_takes_the_cookies_back(browser: Browser, make: Factory) -> None:
    mentee = await make.mentee()
    ok(await browser.log_in(mentee.login_name))
    answer = await browser.call("GET", "/logout")
    assert {cookie["max-age"] for cookie in cookies(answer).values()} == {"0"}
    assert not dict(browser.http.cookies)
    told(await browser.call("GET", "/webrefresh"), 401)


async def test_other_sites_use_nobodys_cookies(browser: Browser, make: Factory) -> None:
    mentee, mentor, _ = await make.talkers()
    ok(await browser.log_in(mentee.login_name))
    body = {"recipient_id": ids.user_id(mentor.id), "content": "hei"}
    path = own(mentee, "/messages").removeprefix("/ylitse")
    for origin in (STRANGER, "null", "http://{host}.example.com", "http://app.example.org", "http://[", "http://[::1"):
        told(await browser.call("POST", path, origin, json=body), 403)
        told(await browser.call("GET", "/logout", origin), 403)
        told(await browser.call("GET", "/webrefresh", origin), 403)
        told(await browser.log_in(mentee.login_name, origin=origin), 403)
    for site in ("cross-site", "same-site"):
        told(await browser.call("POST", path, headers={"Sec-Fetch-Site": site}, json=body), 403)
    assert ok(await mentee.get(own(mentee, "/messages")))["resources"] == []
    for allowed in (HERE, FRIEND, None):
        ok(await browser.call("POST", path, allowed, json=body), 201)
    ok(await browser.call("POST", path, headers={"Sec-Fetch-Site": "same-origin"}, json=body), 201)
    ok(await browser.log_in(mentee.login_name, origin=FRIEND))


async def test_a_token_in_the_header_needs_no_origin(make: Factory) -> None:
    mentee: Person = await make.mentee()
    ok(await mentee.get("/ylitse/myuser", headers={"Origin": STRANGER}))


async def test_v1_takes_no_cookies(browser: Browser, make: Factory) -> None:
    mentee = await make.mentee()
    ok(await browser.log_in(mentee.login_name))
    assert (await browser.http.get("/v1/account")).status_code == 401


async def test_a_page_elsewhere_may_send_cookies_where_its_origin_is_allowed(browser: Browser) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    answer = await browser.http.options("/ylitse/weblogin", headers={"Origin": FRIEND, **asked})
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert answer.headers["access-control-allow-credentials"] == "true"
    stranger = await browser.http.options("/ylitse/weblogin", headers={"Origin": STRANGER, **asked})
    assert "access-control-allow-origin" not in stranger.headers
