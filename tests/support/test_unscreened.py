"""A mentor whom the programme would not bring together with anyone gets no conversation with a young person by another
way: neither as the one who is there after a loss nor as the one who stands in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from tests.api import ok, refused
from tests.factories import Person
from tests.programme import Programme
from tests.support.scenes import lost, notices
from tests.support.test_absences import COVER
from tests.support.test_never_together import Away, away, open_threads, stands_by

__all__ = ["away"]

TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)
CARDS: list[tuple[dict[str, Any], str]] = [
    ({"screened_on": None}, "not_screened"),
    ({"screened_until": YESTERDAY}, "not_screened"),
    ({"birth_year": TODAY.year - 17}, "age_rule"),
]
CHANGES = ("not_approved", "not_screened", "screening_over", "too_near_in_age")
INTERIM = "/v1/staff/interim-mentor"


async def changed(programme: Programme, raw_db: asyncpg.Connection, mentor: Person, how: str) -> None:
    """Something happens after a mentor was named or has said yes."""
    match how:
        case "not_approved":
            ok(await programme.staff.delete(f"/v1/mentors/{mentor.id}/approval"), 204)
        case "not_screened":
            await raw_db.execute("UPDATE mentor_card SET screened_on = NULL WHERE account_id = $1", mentor.id)
        case "screening_over":
            path = f"/v1/mentors/{mentor.id}/screening"
            ok(await programme.staff.put(path, {"on": str(TODAY - timedelta(days=9)), "until": str(YESTERDAY)}))
        case "too_near_in_age":
            await raw_db.execute(
                "UPDATE mentor_card SET birth_year = $2 WHERE account_id = $1", mentor.id, TODAY.year - 20
            )
            await raw_db.execute(
                "INSERT INTO wishes (account_id, birth_year) SELECT id, $1 FROM account WHERE role = 'mentee'",
                TODAY.year - 18,
            )
            await programme.settle(mentor_years_older_min=5)


@pytest.mark.parametrize(("card", "code"), CARDS)
async def test_staff_can_not_name_them_for_whoever_loses_a_mentor(
    programme: Programme, card: dict[str, Any], code: str
) -> None:
    mentor, mentee, ruled_out = await programme.mentor(), await programme.mentee(), await programme.mentor(**card)
    answer = await programme.staff.put(INTERIM, {"mentor_id": str(ruled_out.id)})
    refused(answer, 409, "cannot_be_paired", pointer="/mentor_id")
    assert [error["code"] for error in answer.json()["errors"]] == [code]
    assert ok(await programme.staff.get(INTERIM))["mentor_id"] is None
    await programme.active(mentee, mentor)
    await lost("suspended", programme, mentor)
    (row,) = ok(await programme.staff.get("/v1/staff/interim-contacts"))["items"]
    answer = await programme.staff.put(f"/v1/staff/interim-contacts/{row['id']}", {"contact_id": str(ruled_out.id)})
    refused(answer, 409, "cannot_be_paired", pointer="/contact_id")
    assert [error["code"] for error in answer.json()["errors"]] == [code]
    assert await open_threads(mentee) == []


@pytest.mark.parametrize("how", CHANGES)
async def test_who_was_named_is_looked_at_again_when_someone_is_lost(
    programme: Programme, raw_db: asyncpg.Connection, how: str
) -> None:
    mentor, standing_by, mentee = await programme.mentor(), await programme.mentor(), await programme.mentee()
    await programme.active(mentee, mentor)
    await stands_by(programme, standing_by)
    await changed(programme, raw_db, standing_by, how)
    await lost("suspended", programme, mentor)
    contact = ok(await mentee.get("/v1/interim-contact"))
    assert (contact["contact"]["id"], contact["thread_id"]) == (str(programme.staff.id), None)
    assert ok(await standing_by.get("/v1/threads"))["items"] == []


@pytest.mark.parametrize(("card", "code"), CARDS)
async def test_a_mentor_can_not_name_them_to_stand_in(
    programme: Programme, away: Away, card: dict[str, Any], code: str
) -> None:
    mentor, ruled_out = await programme.mentor(), await programme.mentor(**card)
    await programme.active(await programme.mentee(), mentor)
    await away.goes(mentor)
    refused(await mentor.put(COVER, {"cover_id": str(ruled_out.id)}), 404, "mentor_not_found")
    assert await notices(ruled_out) == []


@pytest.mark.parametrize("how", CHANGES)
async def test_nobody_is_asked_about_a_cover_who_may_no_more_when_they_say_yes(
    programme: Programme, raw_db: asyncpg.Connection, away: Away, how: str
) -> None:
    mentor, cover, mentee = await programme.mentor(), await programme.mentor(), await programme.mentee()
    await programme.active(mentee, mentor)
    await away.goes(mentor)
    absence = ok(await mentor.put(COVER, {"cover_id": str(cover.id)}))["id"]
    await changed(programme, raw_db, cover, how)
    ok(await cover.put(f"/v1/absences/{absence}/acceptance", {"accepts": True}))
    assert await notices(mentee) == []
    refused(await mentee.put(f"/v1/absences/{absence}/consent", {"consents": True}), 404, "absence_not_found")


@pytest.mark.parametrize("began", [True, False])
@pytest.mark.parametrize("how", CHANGES)
async def test_no_conversation_opens_with_a_cover_who_may_no_more(
    programme: Programme, raw_db: asyncpg.Connection, away: Away, how: str, *, began: bool
) -> None:
    mentor, cover, mentee = await programme.mentor(), await programme.mentor(), await programme.mentee()
    await programme.active(mentee, mentor)
    path = await away.covered(mentor, cover)
    if began:
        await away.begins()
        await changed(programme, raw_db, cover, how)
        assert ok(await mentee.put(f"{path}/consent", {"consents": True}))["thread_id"] is None
    else:
        ok(await mentee.put(f"{path}/consent", {"consents": True}))
        await changed(programme, raw_db, cover, how)
        await away.begins()
    assert ok(await cover.get("/v1/threads"))["items"] == []
    assert [notice["code"] for notice in await notices(mentee)] == ["mentor_away", "cover_offered"]
