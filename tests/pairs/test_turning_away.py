"""What a young person can find out of what a mentor said to nobody: one no, whatever they try."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from rinnalla.pairs.service import NEW_MENTORS, STAYS
from rinnalla.profiles.service import BIRTH_YEARS
from tests.api import Api, ok, refused
from tests.factories import Person
from tests.matching.test_suggestions import WISHES, mentor_ids
from tests.pairs.test_ruled_out import PRIVATE, Private, mentors_list, never, write_to
from tests.programme import YES, Programme, open_pairs

MENTORS = PRIVATE[1:]
AWAY = {"away_from": datetime.now(UTC).date(), "away_until": datetime.now(UTC).date()}


@pytest.mark.parametrize("said", MENTORS)
async def test_a_mentor_who_is_out_of_reach_stays_so(
    open_programme: Programme, raw_db: asyncpg.Connection, said: Private
) -> None:
    """Whatever the young person changes, they can't tell by another answer whether it was that."""
    await open_programme.settle(mentees_see_suggestions=True)
    mentee, mentor, other = [await open_programme.mentee(), *[await open_programme.mentor() for _ in range(2)]]
    await said(raw_db, mentee, mentor)
    refused(await write_to(mentee, mentor), 409, "mentor_unavailable")
    await raw_db.execute("UPDATE wishes SET topics = '{}', birth_year = NULL")
    await raw_db.execute("DELETE FROM never")
    refused(await write_to(mentee, mentor), 409, "mentor_unavailable")
    assert mentor_ids(ok(await mentee.get("/v1/suggestions"))["items"]) == [str(other.id)]
    assert await open_pairs(raw_db, mentor) == 0
    ok(await write_to(await open_programme.mentee(), mentor), 201)


async def test_but_not_for_ever(open_programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor()
    await mentors_list(raw_db, mentee, mentor)
    for days_ago in (STAYS - timedelta(days=1), STAYS + timedelta(days=1)):
        refused(await write_to(mentee, mentor), 409, "mentor_unavailable")
        await raw_db.execute("UPDATE turned_away SET since = now() - $1::interval", days_ago)
    refused(await write_to(mentee, mentor), 409, "mentor_unavailable")
    await raw_db.execute("DELETE FROM never")
    refused(await write_to(mentee, mentor), 409, "mentor_unavailable")
    await raw_db.execute("UPDATE turned_away SET since = now() - $1::interval", STAYS)
    ok(await write_to(mentee, mentor), 201)
    await open_programme.job("tidy")
    assert await raw_db.fetchval("SELECT count(*) FROM turned_away") == 0


@pytest.mark.parametrize("said", MENTORS)
@pytest.mark.parametrize(("card", "code"), [({"capacity": 0}, "mentor_full"), (AWAY, "mentor_away")])
async def test_who_could_not_begin_anyway_gives_nothing_away(
    open_programme: Programme, raw_db: asyncpg.Connection, said: Private, card: dict[str, object], code: str
) -> None:
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor(**card)
    await said(raw_db, mentee, mentor)
    refused(await write_to(mentee, mentor), 409, code)


async def test_ones_own_list_is_no_secret(open_programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor()
    await never(raw_db, mentee, mentor)
    refused(await write_to(mentee, mentor), 409, "on_your_list")
    ok(await mentee.delete(f"/v1/account/never/{mentor.id}"), 204)
    ok(await write_to(mentee, mentor), 201)


@pytest.mark.parametrize("said", PRIVATE)
async def test_a_proposal_that_something_private_stands_against_is_over_at_the_first_yes(
    programme: Programme, raw_db: asyncpg.Connection, said: Private
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    ok(await mentor.post(f"{path}/acceptance", YES))
    await said(raw_db, mentee, mentor)
    for _ in range(2):
        answer = await mentee.post(f"{path}/acceptance", YES)
        refused(answer, 409, "pair_not_open")
        assert answer.json()["state"] == "withdrawn"
    for person in (mentee, mentor, programme.staff):
        pair = ok(await person.get(path))
        assert (pair["state"], pair["closed_by"]) == ("withdrawn", None)
    assert await open_pairs(raw_db, mentor) == 0
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is True


def in_earnest(person: Person, strict_api: Api) -> Person:
    """Someone, where limits are as narrow as they are."""
    return Person(strict_api.url, person.contract, person.token, **person.known)


async def test_each_try_is_one_of_the_few_of_a_day(
    open_programme: Programme, raw_db: asyncpg.Connection, strict_api: Api
) -> None:
    someone = await open_programme.mentee()
    mentors = [await open_programme.mentor() for _ in range(NEW_MENTORS.burst + 1)]
    for mentor in mentors:
        await mentors_list(raw_db, someone, mentor)
    async with in_earnest(someone, strict_api) as mentee:
        for mentor in mentors[:-1]:
            refused(await write_to(mentee, mentor), 409, "mentor_unavailable")
        refused(await write_to(mentee, mentors[-1]), 429, "too_many_requests")
        refused(await write_to(mentee, mentors[0]), 409, "mentor_unavailable")  # nothing is found out by that


async def test_a_birth_year_is_set_and_put_right_and_not_tried_out(open_programme: Programme, strict_api: Api) -> None:
    years = range(2000, 2000 + BIRTH_YEARS.burst)
    async with in_earnest(await open_programme.mentee(), strict_api) as mentee:
        for year in years:
            ok(await mentee.edit("PUT", "/v1/wishes", WISHES | {"birth_year": year}))
        refused(await mentee.edit("PUT", "/v1/wishes", WISHES | {"birth_year": 1999}), 429, "too_many_requests")
        kept = ok(await mentee.edit("PUT", "/v1/wishes", WISHES | {"birth_year": years[-1], "region": ""}))
    assert (kept["birth_year"], kept["region"]) == (years[-1], "")
