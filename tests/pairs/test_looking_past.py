"""What staff may look past when they propose two by hand, as in a run: wishes that they can read, and an absence, if
they say why."""

from datetime import date
from typing import Any

import asyncpg
import httpx
import pytest

from tests.api import ok, refused
from tests.factories import PASSWORD, Person
from tests.programme import Programme, open_pairs

WHY = "They met with us, and both want it."
AWAY = {"away_from": date(2020, 1, 1), "away_until": date(2200, 1, 1)}
APART: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"gender_wish": "female"}, {"gender": "male"}, "gender_wish"),
    ({"gender_wish": "female"}, {}, "gender_wish"),
    ({"age_min": 30}, {"birth_year": 2000}, "age_wish"),
    ({"age_max": 30}, {}, "age_wish"),
    ({"languages": ["nb"]}, {"languages": ["fi"]}, "no_common_language"),
    ({}, AWAY, "away"),
]


async def wishing(raw_db: asyncpg.Connection, mentee: Person, **wishes: Any) -> None:
    await raw_db.execute("INSERT INTO wishes (account_id) VALUES ($1)", mentee.id)
    for name, value in wishes.items():
        await raw_db.execute(f"UPDATE wishes SET {name} = $1 WHERE account_id = $2", value, mentee.id)


async def propose(programme: Programme, mentee: Person, mentor: Person, reason: str | None = None) -> httpx.Response:
    body = {"mentee_id": str(mentee.id), "mentor_id": str(mentor.id)}
    return await programme.staff.post("/v1/pairs", body | ({"reason": reason} if reason is not None else {}))


@pytest.mark.parametrize(("wishes", "card", "code"), APART)
async def test_a_wish_is_named_and_looked_past_with_a_reason(
    programme: Programme, raw_db: asyncpg.Connection, wishes: dict[str, Any], card: dict[str, Any], code: str
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(**card)
    await wishing(raw_db, mentee, **wishes)
    answer = await propose(programme, mentee, mentor)
    refused(answer, 409, "reason_needed", pointer="/reason")
    assert [error["code"] for error in answer.json()["errors"]] == [code]
    assert await open_pairs(raw_db, mentor) == 0
    pair = ok(await propose(programme, mentee, mentor, f" {WHY}\n"), 201)
    assert (pair["past"], pair["why"]) == ([code], WHY)


async def test_all_that_keeps_two_apart_is_named(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(**AWAY)
    await wishing(raw_db, mentee, gender_wish="female", age_min=40)
    answer = await propose(programme, mentee, mentor)
    assert [error["code"] for error in answer.json()["errors"]] == ["age_wish", "away", "gender_wish"]


async def test_what_was_looked_past_is_told_to_staff_sealed_and_in_the_trail(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(gender="male")
    await wishing(raw_db, mentee, gender_wish="female")
    pair = ok(await propose(programme, mentee, mentor, WHY), 201)
    path = f"/v1/pairs/{pair['id']}"
    assert ok(await programme.staff.get(path)) == pair
    assert ok(await programme.staff.get("/v1/pairs"))["items"] == [pair]
    for member in (mentee, mentor):
        seen = ok(await member.get(path))
        assert (seen["past"], seen["why"]) == ([], None)
    assert WHY.encode() not in await raw_db.fetchval("SELECT past_reason FROM pair")
    trail = await raw_db.fetch("SELECT action, subject_id::text FROM audit_entry ORDER BY action")
    assert [tuple(entry) for entry in trail] == [
        ("pair_proposed", pair["id"]),
        ("pair_wishes_looked_past", pair["id"]),
    ]


async def test_a_reason_for_nothing_is_kept_nowhere(programme: Programme, raw_db: asyncpg.Connection) -> None:
    pair = ok(await propose(programme, await programme.mentee(), await programme.mentor(), WHY), 201)
    assert (pair["past"], pair["why"]) == ([], None)
    assert await raw_db.fetchval("SELECT past_reason FROM pair") is None


async def test_a_reason_is_one_and_no_way_past_what_nobody_may_look_past(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(gender="male")
    await wishing(raw_db, mentee, gender_wish="female")
    for reason in ("", " \n", "x" * 1001):
        refused(await propose(programme, mentee, mentor, reason), 400, "invalid_body", pointer="/reason")
    ok(await mentee.put(f"/v1/account/never/{mentor.id}"), 204)
    answer = await propose(programme, mentee, mentor, WHY)
    refused(answer, 409, "cannot_be_paired")
    assert not answer.json().get("errors")


async def test_a_reason_is_for_staff(open_programme: Programme) -> None:
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor()
    answer = await mentee.post("/v1/pairs", {"mentor_id": str(mentor.id), "reason": WHY})
    refused(answer, 400, "invalid_body", pointer="/reason")


async def test_the_database_keeps_nothing_looked_past_without_a_reason(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    await programme.proposed(await programme.mentee(), await programme.mentor())
    for change in ("past = '{away}'", "past_reason = '\\x00'"):
        with pytest.raises(asyncpg.CheckViolationError, match="ck_pair_past_with_a_reason"):
            await raw_db.execute(f"UPDATE pair SET {change}")


async def test_who_leaves_takes_it_along(programme: Programme, raw_db: asyncpg.Connection) -> None:
    """It is under their key, which is the only one: staff who leave take nothing."""
    mentee, mentor = await programme.mentee(), await programme.mentor(gender="male")
    await wishing(raw_db, mentee, gender_wish="female")
    colleague = await programme.make.staff(programme.home)
    path = await Programme(programme.make, programme.home, colleague).proposed(mentee, mentor, WHY)
    ok(await colleague.post("/v1/account/departure", {"password": PASSWORD}), 204)
    assert ok(await programme.staff.get(path))["why"] == WHY
    ok(await mentee.post("/v1/account/departure", {"password": PASSWORD}), 204)
    assert await raw_db.fetchval("SELECT count(*) FROM pair") == 0
