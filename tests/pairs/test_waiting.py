"""Asking to be paired, and the list that staff see."""

import asyncio
import base64
from typing import Any

import asyncpg
import pytest

from tests.api import ok, refused
from tests.factories import Factory
from tests.programme import Programme

WISHES = {
    "languages": ["fi", "sv"],
    "region": "Pirkanmaa",
    "gender_wish": "female",
    "age_min": 20,
    "age_max": 30,
    "times": ["night"],
    "topics": ["housing"],
    "note": "Joku joka ei hätäile 🌙",
}


async def test_who_asks_again_keeps_their_place(make: Factory) -> None:
    mentee = await make.mentee()
    assert ok(await mentee.get("/v1/waiting/own")) == {"waiting": False, "since": None, "may_propose": False}
    first = ok(await mentee.put("/v1/waiting"))
    assert first["waiting"] is True
    again = await asyncio.gather(*(mentee.put("/v1/waiting") for _ in range(5)))
    assert [ok(answer) for answer in again] == [first] * 5
    assert ok(await mentee.get("/v1/waiting/own")) == first | {"may_propose": False}


async def test_a_request_can_be_taken_back_and_made_anew(make: Factory) -> None:
    mentee = await make.mentee()
    first = ok(await mentee.put("/v1/waiting"))
    ok(await mentee.delete("/v1/waiting"), 204)
    ok(await mentee.delete("/v1/waiting"), 204)
    assert ok(await mentee.get("/v1/waiting/own")) == {"waiting": False, "since": None, "may_propose": False}
    assert ok(await mentee.put("/v1/waiting"))["since"] > first["since"]


async def test_staff_see_who_waits_longest_first_with_what_they_wish_for(programme: Programme) -> None:
    first = await programme.mentee()
    second = await programme.mentee()
    ok(await first.edit("PUT", "/v1/wishes", WISHES))
    items = ok(await programme.staff.get("/v1/waiting"))["items"]
    assert [item["mentee"] for item in items] == [
        {"id": str(one.id), "display_name": one.login_name} for one in (first, second)
    ]
    assert {name: items[0]["wishes"][name] for name in WISHES} == WISHES
    assert items[1]["wishes"]["languages"] == []
    assert items[0]["since"] < items[1]["since"]


async def test_staff_see_how_many_proposals_someone_has(programme: Programme) -> None:
    mentee = await programme.mentee()
    for _ in range(2):
        await programme.proposed(mentee, await programme.mentor())
    (item,) = ok(await programme.staff.get("/v1/waiting"))["items"]
    assert item["open_proposals"] == 2


async def test_the_list_comes_in_pages(programme: Programme) -> None:
    waiting = [await programme.mentee() for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = ok(
            await programme.staff.get("/v1/waiting", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        )
        seen += [item["mentee"]["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [str(one.id) for one in waiting]


@pytest.mark.parametrize("text", ["x", '["x"]', '["2026-01-01T00:00:00", "01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f"]', "1"])
async def test_a_made_up_cursor_is_refused(programme: Programme, text: str) -> None:
    cursor = base64.urlsafe_b64encode(text.encode()).decode()
    refused(await programme.staff.get("/v1/waiting", params={"cursor": cursor}), 400, "invalid_parameter")


async def test_other_programmes_are_out_of_sight(programme: Programme, make: Factory) -> None:
    await programme.mentee()
    stranger = await make.staff()
    assert ok(await stranger.get("/v1/waiting"))["items"] == []


async def test_who_is_suspended_is_not_shown_and_keeps_their_place(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee = await programme.mentee()
    await raw_db.execute("UPDATE account SET state = 'suspended' WHERE id = $1", mentee.id)
    assert ok(await programme.staff.get("/v1/waiting"))["items"] == []
    path = f"/v1/staff/mentees/{mentee.id}/suggestions"
    refused(await programme.staff.get(path), 404, "mentee_not_found")
    await raw_db.execute("UPDATE account SET state = 'active' WHERE id = $1", mentee.id)
    assert len(ok(await programme.staff.get("/v1/waiting"))["items"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("PUT", "/v1/waiting", {"mentee"}),
        ("DELETE", "/v1/waiting", {"mentee"}),
        ("GET", "/v1/waiting/own", {"mentee"}),
        ("GET", "/v1/waiting", {"staff"}),
        ("GET", "/v1/staff/mentees/01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f/suggestions", {"staff"}),
    ],
)
async def test_each_route_is_for_its_roles(
    programme: Programme, make: Factory, method: str, path: str, roles: set[str]
) -> None:
    people: dict[str, Any] = {
        "mentee": await make.mentee(programme.home),
        "mentor": await programme.mentor(),
        "staff": programme.staff,
        "admin": await make.admin(),
    }
    for role, person in people.items():
        answer = await person.call(method, path)
        assert (answer.status_code == 403) == (role not in roles), (role, answer.text)
