"""What a mentor can't carry and whom they take: theirs to know."""

import asyncio
from typing import Any

import asyncpg
import pytest

from rinnalla.kit.caller import Role
from tests.api import Api, ok, refused
from tests.factories import Factory

PATH = "/v1/mentors/me/wishes"
WISHES: dict[str, Any] = {"cannot_carry": ["violence", "housing"], "mentee_age_min": 18, "mentee_age_max": 25}


async def test_they_are_kept_and_what_stands_against_the_card_is_told(make: Factory) -> None:
    mentor = await make.mentor(topics=["housing"])
    empty: dict[str, Any] = {"cannot_carry": [], "mentee_age_min": None, "mentee_age_max": None}
    assert ok(await mentor.get(PATH)) == {**empty, "contradictions": [], "version": 0, "updated_at": None}
    kept = ok(await mentor.edit("PUT", PATH, WISHES))
    assert {name: kept[name] for name in WISHES} == WISHES
    assert kept["contradictions"] == [{"code": "topic_on_card", "pointers": ["/cannot_carry/1"]}]
    assert ok(await mentor.get(PATH)) == kept
    assert ok(await mentor.edit("PUT", PATH, empty))["version"] == 2


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"mentee_age_min": 30}, "/mentee_age_max"),
        ({"cannot_carry": ["violence", "nothing"]}, "/cannot_carry/1"),
        ({"mentee_age_max": -1}, "/mentee_age_max"),
    ],
)
async def test_what_makes_no_sense_changes_nothing(make: Factory, change: dict[str, Any], pointer: str) -> None:
    mentor = await make.mentor()
    refused(await mentor.edit("PUT", PATH, {**WISHES, **change}), 400, "invalid_body", pointer=pointer)
    assert ok(await mentor.get(PATH))["version"] == 0


async def test_of_several_edits_one_is_kept(make: Factory) -> None:
    mentor = await make.mentor()
    refused(await mentor.put(PATH, WISHES), 428, "precondition_required")
    for etag in ('"0"', '"1"'):
        answers = await asyncio.gather(*(mentor.put(PATH, WISHES, headers={"If-Match": etag}) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


async def test_nobody_else_reads_them(api: Api, make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    mentor, staff = await make.mentor(home), await make.staff(home)
    ok(await mentor.edit("PUT", PATH, WISHES))
    for person in (staff, await make.mentee(home), await make.admin()):
        refused(await person.get(PATH), 403, "forbidden")
    shown = [await api.get(f"/v1/mentors/{mentor.id}"), await staff.get("/v1/organisation/mentors")]
    assert not any("violence" in answer.text or "cannot" in answer.text for answer in shown)
    without = await make.person(Role.MENTOR, home)
    refused(await without.get(PATH), 404, "mentor_not_found")
    refused(await without.put(PATH, WISHES, headers={"If-Match": '"0"'}), 404, "mentor_not_found")
    await raw_db.execute("DELETE FROM account WHERE id = $1", mentor.id)
    assert await raw_db.fetchval("SELECT count(*) FROM mentor_wishes") == 0
