"""What nobody may look past when two are brought together: a private list or wish of either, a screening that is
missing or over, and the programme's age rule."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from tests.api import ok, refused
from tests.factories import Person
from tests.programme import YES, Programme, at_once, open_pairs

TODAY = datetime.now(UTC).date()
YESTERDAY, THIS_YEAR = TODAY - timedelta(days=1), TODAY.year
UNSCREENED: list[dict[str, Any]] = [{"screened_on": None}, {"screened_until": YESTERDAY}]


async def propose(programme: Programme, mentee: Person, mentor: Person) -> httpx.Response:
    return await programme.staff.post("/v1/pairs", {"mentee_id": str(mentee.id), "mentor_id": str(mentor.id)})


async def write_to(mentee: Person, mentor: Person) -> httpx.Response:
    return await mentee.post("/v1/pairs", {"mentor_id": str(mentor.id)})


async def never(raw_db: asyncpg.Connection, owner: Person, other: Person) -> None:
    await raw_db.execute("INSERT INTO never (owner_id, other_id) VALUES ($1, $2)", owner.id, other.id)


async def mentors_list(raw_db: asyncpg.Connection, mentee: Person, mentor: Person) -> None:
    await never(raw_db, mentor, mentee)


async def too_heavy(raw_db: asyncpg.Connection, mentee: Person, mentor: Person) -> None:
    await raw_db.execute("INSERT INTO wishes (account_id, topics) VALUES ($1, '{money,violence}')", mentee.id)
    await raw_db.execute("INSERT INTO mentor_wishes (account_id, cannot_carry) VALUES ($1, '{violence}')", mentor.id)


async def too_young(raw_db: asyncpg.Connection, mentee: Person, mentor: Person) -> None:
    await raw_db.execute("INSERT INTO wishes (account_id, birth_year) VALUES ($1, $2)", mentee.id, THIS_YEAR - 17)
    await raw_db.execute("INSERT INTO mentor_wishes (account_id, mentee_age_min) VALUES ($1, 18)", mentor.id)


Private = Callable[[asyncpg.Connection, Person, Person], Awaitable[None]]
PRIVATE: list[Private] = [never, mentors_list, too_heavy, too_young]


@pytest.mark.parametrize("said", PRIVATE)
async def test_staff_learn_no_more_than_that_it_cannot_be(
    programme: Programme, raw_db: asyncpg.Connection, said: Private
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await said(raw_db, mentee, mentor)
    answer = await propose(programme, mentee, mentor)
    refused(answer, 409, "cannot_be_paired")
    assert not answer.json().get("errors")
    assert await open_pairs(raw_db, mentor) == 0
    await programme.proposed(await programme.mentee(), mentor)


@pytest.mark.parametrize("card", UNSCREENED)
async def test_staff_are_told_of_a_screening_which_they_keep(programme: Programme, card: dict[str, Any]) -> None:
    answer = await propose(programme, await programme.mentee(), await programme.mentor(**card))
    refused(answer, 409, "cannot_be_paired", pointer="/mentor_id")
    assert [error["code"] for error in answer.json()["errors"]] == ["not_screened"]


@pytest.mark.parametrize(
    ("rule", "born"), [({"mentor_age_min": 30}, THIS_YEAR - 29), ({"mentor_years_older_min": 5}, THIS_YEAR - 22)]
)
async def test_staff_are_told_of_their_age_rule(
    programme: Programme, raw_db: asyncpg.Connection, rule: dict[str, int], born: int
) -> None:
    mentee = await programme.mentee()
    await raw_db.execute("INSERT INTO wishes (account_id, birth_year) VALUES ($1, $2)", mentee.id, THIS_YEAR - 18)
    await programme.settle(**rule)
    answer = await propose(programme, mentee, await programme.mentor(birth_year=born))
    refused(answer, 409, "cannot_be_paired", pointer="/mentor_id")
    assert [error["code"] for error in answer.json()["errors"]] == ["age_rule"]
    await programme.proposed(mentee, await programme.mentor(birth_year=born - 1))
    await programme.proposed(mentee, await programme.mentor())


async def test_an_age_rule_holds_for_a_young_person_who_chooses(open_programme: Programme) -> None:
    await open_programme.settle(mentor_age_min=30)
    mentor = await open_programme.mentor(birth_year=THIS_YEAR - 29)
    refused(await write_to(await open_programme.mentee(), mentor), 409, "mentor_unavailable")


@pytest.mark.parametrize("card", UNSCREENED)
async def test_nor_a_mentor_who_is_not_screened(open_programme: Programme, card: dict[str, Any]) -> None:
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor(**card)
    refused(await write_to(mentee, mentor), 409, "mentor_unavailable")


async def test_a_pair_that_talks_does_not_tell_that_it_would_not_begin(
    open_programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor()
    pair = ok(await write_to(mentee, mentor), 201)
    await never(raw_db, mentor, mentee)
    refused(await write_to(mentee, mentor), 409, "already_paired")
    ok(await mentee.put("/v1/waiting"))
    refused(await propose(open_programme, mentee, mentor), 409, "already_paired")
    ok(await open_programme.staff.post(f"/v1/pairs/{pair['id']}/end", at_once()))
    refused(await write_to(mentee, mentor), 409, "mentor_unavailable")


async def no_screening(raw_db: asyncpg.Connection, mentee: Person, mentor: Person) -> None:
    await raw_db.execute("UPDATE mentor_card SET screened_until = $1", YESTERDAY)


async def no_such_age(raw_db: asyncpg.Connection, mentee: Person, mentor: Person) -> None:
    await raw_db.execute("UPDATE mentor_card SET birth_year = $1", THIS_YEAR - 17)


@pytest.mark.parametrize("changed", [no_screening, no_such_age])
async def test_a_proposal_waits_for_what_staff_may_set_right(
    programme: Programme, raw_db: asyncpg.Connection, changed: Private
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    ok(await mentor.post(f"{path}/acceptance", YES))
    await changed(raw_db, mentee, mentor)
    refused(await mentee.post(f"{path}/acceptance", YES), 409, "pair_not_open")
    assert ok(await programme.staff.get(path))["state"] == "proposed"
    ok(await mentee.post(f"{path}/decline", {"answer": "not_now"}))
    assert await open_pairs(raw_db, mentor) == 0
