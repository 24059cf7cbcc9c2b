"""Whose pairs one sees, and that a pair is gone for whom the other side has blocked."""

import base64

import asyncpg
import pytest

from tests.api import Api, ok, refused
from tests.factories import Factory, Person
from tests.programme import Programme, at_once, events_of

BODIES = {"/acceptance": {}, "/decline": {"reason": "other"}, "/end": {"kind": "unplanned", "reason": "other"}}
STEPS = [("GET", ""), ("POST", "/acceptance"), ("POST", "/decline"), ("POST", "/withdrawal"), ("POST", "/end")]


async def answers(person: Api, path: str) -> list[tuple[int, str]]:
    """What each step on a pair is answered with."""
    found = []
    for method, step in STEPS:
        answer = await person.call(method, path + step, json=BODIES.get(step))
        found.append((answer.status_code, answer.json()["code"]))
    return found


async def listed(person: Person, query: str = "") -> list[str]:
    return [f"/v1/pairs/{item['id']}" for item in ok(await person.get(f"/v1/pairs{query}"))["items"]]


async def test_someone_elses_pair_is_like_an_unknown_one(programme: Programme, make: Factory, api: Api) -> None:
    path = await programme.proposed(await programme.mentee(), await programme.mentor())
    unknown = "/v1/pairs/01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f"
    strangers = [await programme.mentee(), await programme.mentor(), await make.staff(), await make.admin(), api]
    for stranger in strangers:
        seen = await answers(stranger, path)
        assert seen == await answers(stranger, unknown)
        assert {status for status, _ in seen} <= {401, 403, 404}
    for stranger in strangers[:3]:
        assert await listed(stranger) == []  # type: ignore[arg-type]  # the people among them


async def test_each_sees_their_own_and_staff_see_the_programmes(programme: Programme, make: Factory) -> None:
    mentee, other = await programme.mentee(), await programme.mentee()
    mentor, second = await programme.mentor(), await programme.mentor()
    active = await programme.active(mentee, mentor)
    proposed = await programme.proposed(other, mentor)
    third = await programme.proposed(other, second)
    assert await listed(mentee) == [active]
    assert await listed(other) == [third, proposed]
    assert await listed(mentor) == [proposed, active]
    assert await listed(programme.staff) == [third, proposed, active]
    assert await listed(await make.staff(programme.home)) == [third, proposed, active]
    assert await listed(programme.staff, "?state=active") == [active]
    assert await listed(mentor, "?state=proposed") == [proposed]
    assert await listed(mentor, "?state=closed") == []
    refused(await mentor.get("/v1/pairs?state=happy"), 400, "invalid_parameter")


async def test_pairs_come_in_pages(programme: Programme) -> None:
    mentee = await programme.mentee()
    paths = [await programme.proposed(mentee, await programme.mentor()) for _ in range(5)]
    seen, query = [], "?limit=2"
    while query:
        page = ok(await mentee.get(f"/v1/pairs{query}"))
        seen += [f"/v1/pairs/{item['id']}" for item in page["items"]]
        query = f"?limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert seen == paths[::-1]
    for cursor in ("!", base64.urlsafe_b64encode(b'["x"]').decode()):
        refused(await mentee.get("/v1/pairs", params={"cursor": cursor}), 400, "invalid_parameter")


@pytest.mark.parametrize("who_blocks", ["mentee", "mentor"])
async def test_a_pair_is_gone_for_whom_the_other_side_has_blocked(
    programme: Programme, raw_db: asyncpg.Connection, who_blocks: str
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    blocker, blocked = (mentee, mentor) if who_blocks == "mentee" else (mentor, mentee)
    path = await programme.active(mentee, mentor)
    thread = ok(await blocker.get(path))["thread_id"]
    ok(await blocker.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
    told = [await events_of(raw_db, blocked, kind) for kind in ("pair_changed", "thread_changed")]
    assert await listed(blocked) == []
    gone = [(status, code) for status, code in await answers(blocked, path) if status != 403]
    assert gone == [(404, "pair_not_found")] * 4
    assert await listed(blocker) == [path]
    assert await listed(programme.staff) == [path]

    ok(await programme.staff.post(f"{path}/end", at_once()))
    assert [await events_of(raw_db, blocked, kind) for kind in ("pair_changed", "thread_changed")] == told
    ok(await mentee.put("/v1/waiting"))
    body = {"mentee_id": str(mentee.id), "mentor_id": str(mentor.id)}
    refused(await programme.staff.post("/v1/pairs", body), 409, "cannot_be_paired")

    ok(await blocker.put(f"/v1/threads/{thread}/filing", {"filing": "inbox"}))
    again = await programme.proposed(mentee, mentor)
    assert await listed(blocked) == [again, path]
    told = [await events_of(raw_db, blocked)]
    ok(await blocker.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
    refused(await blocked.get(again), 404, "pair_not_found")
    ok(await blocker.get(again))
    ok(await programme.staff.post(f"{again}/withdrawal"))
    assert await events_of(raw_db, blocked) == told[0]


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("POST", "/v1/pairs", {"mentee", "staff"}),
        ("GET", "/v1/pairs", {"mentee", "mentor", "staff"}),
        ("GET", "{pair}", {"mentee", "mentor", "staff"}),
        ("POST", "{pair}/acceptance", {"mentee", "mentor"}),
        ("POST", "{pair}/decline", {"mentee", "mentor"}),
        ("POST", "{pair}/withdrawal", {"staff"}),
        ("POST", "{pair}/end", {"mentee", "mentor", "staff"}),
    ],
)
async def test_each_route_is_for_its_roles(
    programme: Programme, make: Factory, method: str, path: str, roles: set[str]
) -> None:
    people: dict[str, Person] = {
        "mentee": await programme.mentee(),
        "mentor": await programme.mentor(),
        "staff": programme.staff,
        "admin": await make.admin(),
    }
    pair = await programme.proposed(people["mentee"], people["mentor"])
    for role, person in people.items():
        answer = await person.call(method, path.format(pair=pair))
        assert (answer.status_code == 403 and answer.json()["code"] == "forbidden") == (role not in roles), answer.text
