"""Mentors whom a young person hopes for by name, and what of their own wishes stands against them."""

from typing import Any

import asyncpg

from tests.api import ok, refused
from tests.factories import Factory
from tests.profiles.test_wishes import EMPTY


def chosen(*mentors: Any, **wishes: Any) -> dict[str, Any]:
    return {**EMPTY, **wishes, "choices": [str(mentor.id) for mentor in mentors]}


async def test_choices_keep_their_order_and_can_change(make: Factory) -> None:
    home = await make.organisation()
    mentee, mentors = await make.mentee(home), [await make.mentor(home) for _ in range(5)]
    for order in (mentors, mentors[::-1], mentors[2:4], []):
        ok(await mentee.edit("PUT", "/v1/wishes", chosen(*order)))
        assert ok(await mentee.get("/v1/wishes"))["choices"] == [str(mentor.id) for mentor in order]


async def test_only_mentors_who_could_be_proposed_are_chosen(make: Factory) -> None:
    home = await make.organisation()
    mentee, mentor = await make.mentee(home), await make.mentor(home)
    for other in (await make.mentor(), await make.mentor(home, approved=False), await make.mentee(home)):
        answer = await mentee.edit("PUT", "/v1/wishes", chosen(mentor, other))
        refused(answer, 400, "invalid_body", pointer="/choices/1")
    refused(await mentee.edit("PUT", "/v1/wishes", chosen(mentor, mentor)), 400, "invalid_body", pointer="/choices/1")


async def test_who_was_chosen_may_stay_chosen_and_goes_with_the_account(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    home = await make.organisation()
    mentee, first, second = await make.mentee(home), await make.mentor(home), await make.mentor(home)
    ok(await mentee.edit("PUT", "/v1/wishes", chosen(first, second)))
    await raw_db.execute("UPDATE mentor_card SET approved_at = NULL WHERE account_id = $1", first.id)
    ok(await mentee.edit("PUT", "/v1/wishes", chosen(first, second)))
    await raw_db.execute("DELETE FROM account WHERE id = $1", first.id)
    assert ok(await mentee.get("/v1/wishes"))["choices"] == [str(second.id)]
    await raw_db.execute("DELETE FROM account WHERE id = $1", mentee.id)
    assert await raw_db.fetchval("SELECT count(*) FROM choice") == 0


async def test_times_that_matter_most_and_are_not_named_are_told(make: Factory) -> None:
    mentee = await make.mentee(await make.organisation())
    wishes = chosen(matters_most=["needs", "times"])
    told = [{"code": "times_not_named", "pointers": ["/matters_most/1", "/times"]}]
    assert ok(await mentee.edit("PUT", "/v1/wishes", {**wishes, "times": []}))["contradictions"] == told
    assert ok(await mentee.edit("PUT", "/v1/wishes", {**wishes, "times": ["night"]}))["contradictions"] == []


async def test_what_cannot_all_come_true_is_told_with_its_names(make: Factory) -> None:
    home = await make.organisation()
    mentee = await make.mentee(home)
    fits = await make.mentor(home, gender="female", birth_year=2000, languages=["fi"])
    other = await make.mentor(home, gender="male", birth_year=1950, languages=["en"])
    ok(await mentee.put(f"/v1/account/never/{other.id}"), 204)
    wishes = chosen(fits, other, gender_wish="female", age_max=40, languages=["fi"])
    kept = ok(await mentee.edit("PUT", "/v1/wishes", wishes))
    assert kept["contradictions"] == [
        {"code": "choice_never", "pointers": ["/choices/1"]},
        {"code": "choice_gender", "pointers": ["/choices/1", "/gender_wish"]},
        {"code": "choice_age", "pointers": ["/choices/1", "/age_max"]},
        {"code": "choice_language", "pointers": ["/choices/1", "/languages"]},
    ]
    assert ok(await mentee.get("/v1/wishes")) == kept
