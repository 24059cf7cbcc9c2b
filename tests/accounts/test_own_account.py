"""One's own account: read, and edited without losing what another device wrote."""

import asyncio

import pytest

from tests.api import ok, refused
from tests.factories import Factory

EDIT = {"display_name": "Aino", "email": "aino@example.org"}


async def test_an_edit_builds_on_what_was_read(make: Factory) -> None:
    mentee = await make.mentee()
    read = await mentee.get("/v1/account")
    edited = await mentee.patch("/v1/account", EDIT, headers={"If-Match": read.headers["etag"]})
    body = ok(edited)
    assert (body["display_name"], body["email"], body["version"]) == ("Aino", "aino@example.org", 2)
    again = await mentee.get("/v1/account")
    assert again.headers["etag"] == edited.headers["etag"] != read.headers["etag"]
    assert ok(again) == body
    cleared = await mentee.edit("PATCH", "/v1/account", {"display_name": "Aino", "email": None})
    assert ok(cleared)["email"] is None


async def test_an_edit_says_what_it_builds_on(make: Factory) -> None:
    mentee = await make.mentee()
    refused(await mentee.patch("/v1/account", EDIT), 428, "precondition_required")
    ok(await mentee.patch("/v1/account", EDIT, headers={"If-Match": '"1"'}))
    for tag in ('"1"', '"0"', '"3"', "*", '"x"', '"1", "2"', '"' + "9" * 30 + '"', "W/", '"²"'):
        answer = await mentee.patch("/v1/account", EDIT, headers={"If-Match": tag.encode()})
        refused(answer, 412, "edited_meanwhile")


async def test_of_two_edits_at_once_one_is_kept_and_the_other_told(make: Factory) -> None:
    mentee = await make.mentee()
    edits = [
        mentee.patch("/v1/account", {"display_name": name, "email": None}, headers={"If-Match": '"1"'})
        for name in ("Aino", "Eino", "Oiva")
    ]
    answers = await asyncio.gather(*edits)
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    kept = next(answer.json() for answer in answers if answer.status_code == 200)
    assert ok(await mentee.get("/v1/account")) == kept


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"display_name": ""}, "/display_name"),
        ({"display_name": "   "}, "/display_name"),
        ({"display_name": "a" * 61, "email": None}, "/display_name"),
        ({"display_name": "Aino", "email": "not an address"}, "/email"),
        ({"display_name": "Aino", "email": "a@b\n"}, "/email"),
        ({"display_name": "Aino", "email": None, "role": "admin"}, "/role"),
        ({"display_name": "Aino", "email": None, "organisation_id": None}, "/organisation_id"),
        ({"display_name": "Aino"}, "/email"),
    ],
)
async def test_nonsense_changes_nothing(make: Factory, body: dict[str, str], pointer: str) -> None:
    mentee = await make.mentee()
    before = ok(await mentee.get("/v1/account"))
    answer = await mentee.patch("/v1/account", body, headers={"If-Match": '"1"'})
    refused(answer, 400, "invalid_body", pointer=pointer)
    assert ok(await mentee.get("/v1/account")) == before
