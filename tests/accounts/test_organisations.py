"""Programmes and the people who work for them: an administrator's affair."""

import asyncio
from uuid import uuid4

import pytest

from rinnalla.kit.pages import PAGE_SIZE
from tests.api import ok, refused
from tests.factories import Factory

BODY = {"name": "Rinnalla Helsinki", "country": "FI", "mentees_may_choose": True}


async def test_a_programme_is_made_listed_and_edited(make: Factory) -> None:
    admin = await make.admin()
    made = await admin.post("/v1/organisations", BODY)
    one = ok(made, 201)
    assert made.headers["etag"] == '"1"'
    assert one == {"id": one["id"], "version": 1, **BODY}
    assert ok(await admin.get("/v1/organisations"))["items"] == [one]
    path = f"/v1/organisations/{one['id']}"
    edited = await admin.edit("PUT", path, {**BODY, "name": "Rinnalla Turku", "mentees_may_choose": False})
    assert ok(edited)["name"] == "Rinnalla Turku"
    assert ok(await admin.get(path)) == ok(edited)


async def test_names_are_unique_however_they_are_written(make: Factory) -> None:
    admin = await make.admin()
    first = ok(await admin.post("/v1/organisations", BODY), 201)
    shouted = {**BODY, "name": "RINNALLA HELSINKI"}
    refused(await admin.post("/v1/organisations", shouted), 409, "organisation_name_taken")
    other = ok(await admin.post("/v1/organisations", {**BODY, "name": "Andra"}), 201)
    taken = await admin.edit("PUT", f"/v1/organisations/{other['id']}", BODY)
    refused(taken, 409, "organisation_name_taken")
    ok(await admin.edit("PUT", f"/v1/organisations/{first['id']}", shouted))


async def test_edits_are_not_lost(make: Factory) -> None:
    admin = await make.admin()
    path = f"/v1/organisations/{ok(await admin.post('/v1/organisations', BODY), 201)['id']}"
    refused(await admin.put(path, BODY), 428, "precondition_required")
    edits = [admin.put(path, {**BODY, "name": f"Programme {n}"}, headers={"If-Match": '"1"'}) for n in range(3)]
    assert sorted(answer.status_code for answer in await asyncio.gather(*edits)) == [200, 412, 412]
    refused(await admin.put(path, BODY, headers={"If-Match": '"1"'}), 412, "edited_meanwhile")


async def test_what_is_not_there(make: Factory) -> None:
    admin = await make.admin()
    path = f"/v1/organisations/{uuid4()}"
    refused(await admin.get(path), 404, "organisation_not_found")
    refused(await admin.put(path, BODY, headers={"If-Match": '"1"'}), 404, "organisation_not_found")
    refused(await admin.get(f"{path}/staff"), 404, "organisation_not_found")
    refused(await admin.post(f"{path}/staff", {"display_name": "Tuula"}), 404, "organisation_not_found")
    refused(await admin.post(f"/v1/staff/{uuid4()}/invitation"), 404, "account_not_found")
    refused(await admin.delete(f"/v1/staff/{uuid4()}"), 404, "account_not_found")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**BODY, "country": "DK"}, "/country"),
        ({**BODY, "country": 1}, "/country"),
        ({**BODY, "mentees_may_choose": "yes"}, "/mentees_may_choose"),
        ({**BODY, "name": None}, "/name"),
        ({"name": "x"}, "/country"),
    ],
)
async def test_nonsense_is_pointed_at(make: Factory, body: dict[str, object], pointer: str) -> None:
    admin = await make.admin()
    refused(await admin.post("/v1/organisations", body), 400, "invalid_body", pointer=pointer)
    assert ok(await admin.get("/v1/organisations"))["items"] == []


async def test_staff_are_listed_page_by_page(make: Factory) -> None:
    admin, home = await make.admin(), await make.organisation()
    elsewhere = await make.staff()
    await make.mentee(home)
    people = {str((await make.staff(home)).id) for _ in range(3)}
    path = f"/v1/organisations/{home}/staff"
    for n in range(PAGE_SIZE - 1):
        people.add(ok(await admin.post(path, {"display_name": f"Staff {n}"}), 201)["staff"]["id"])
    first = ok(await admin.get(path))
    second = ok(await admin.get(path, params={"cursor": first["next_cursor"]}))
    listed = [one["id"] for page in (first, second) for one in page["items"]]
    assert second["next_cursor"] is None
    assert len(listed) == len(people)
    assert set(listed) == people
    assert str(elsewhere.id) not in listed


async def test_only_staff_are_managed_as_staff(make: Factory) -> None:
    admin, other_admin, mentee = await make.admin(), await make.admin(), await make.mentee()
    for person in (mentee, other_admin, admin):
        refused(await admin.delete(f"/v1/staff/{person.id}"), 404, "account_not_found")
        refused(await admin.post(f"/v1/staff/{person.id}/invitation"), 404, "account_not_found")
        ok(await person.get("/v1/account"))


async def test_it_is_for_administrators(make: Factory) -> None:
    home = await make.organisation()
    for person in (await make.staff(home), await make.mentor(home), await make.mentee(home)):
        refused(await person.get("/v1/organisations"), 403, "forbidden")
        refused(await person.post("/v1/organisations", BODY), 403, "forbidden")
        refused(await person.get(f"/v1/organisations/{home}/staff"), 403, "forbidden")
        refused(await person.post(f"/v1/organisations/{home}/staff", {"display_name": "Me"}), 403, "forbidden")
        refused(await person.delete(f"/v1/staff/{person.id}"), 403, "forbidden")
