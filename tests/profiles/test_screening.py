"""A background check is noted, not kept; it may run out."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from rinnalla.profiles.policy import age_fits, is_screened
from tests.api import Api, ok, refused
from tests.factories import Factory

TODAY = datetime.now(UTC).date()


def day(days: int) -> str:
    return str(TODAY + timedelta(days=days))


async def test_staff_note_what_they_were_shown(api: Api, make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    staff, mentor = await make.staff(home), await make.mentor(home, screened_on=None)
    assert ok(await mentor.get("/v1/mentors/me"))["screening"] is None
    path = f"/v1/mentors/{mentor.id}/screening"
    shown = ok(await staff.put(path, {"on": day(-3), "until": day(700)}))
    assert shown["card"]["screening"] == {"on": day(-3), "until": day(700)}
    assert ok(await staff.put(path, {"on": day(0)}))["card"]["screening"] == {"on": day(0), "until": None}
    assert ok(await mentor.get("/v1/mentors/me"))["screening"] == {"on": day(0), "until": None}
    assert "screening" not in ok(await api.get(f"/v1/mentors/{mentor.id}"))
    trail = await raw_db.fetch("SELECT action, actor_id, subject_id FROM audit_entry")
    assert [tuple(row) for row in trail] == [("mentor_screened", staff.id, mentor.id)] * 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"on": day(2)}, "/on"), ({"on": day(-2), "until": day(-3)}, "/until"), ({"on": "yesterday"}, "/on")],
)
async def test_a_screening_that_makes_no_sense_is_refused(make: Factory, body: dict[str, Any], pointer: str) -> None:
    home = await make.organisation()
    staff, mentor = await make.staff(home), await make.mentor(home)
    refused(await staff.put(f"/v1/mentors/{mentor.id}/screening", body), 400, "invalid_body", pointer=pointer)


async def test_other_programmes_mentors_are_as_if_absent(make: Factory) -> None:
    staff, mentor = await make.staff(), await make.mentor()
    for mentor_id in (mentor.id, uuid4()):
        refused(await staff.put(f"/v1/mentors/{mentor_id}/screening", {"on": day(0)}), 404, "mentor_not_found")


@pytest.mark.parametrize(
    ("on", "until", "holds"),
    [(None, None, False), (0, None, True), (1, None, False), (-9, 0, True), (-9, -1, False), (-9, 9, True)],
)
def test_when_a_screening_holds(on: int | None, until: int | None, holds: bool) -> None:
    first, last = (None if days is None else TODAY + timedelta(days=days) for days in (on, until))
    assert is_screened(first, last, TODAY) is holds


@pytest.mark.parametrize(
    ("birth_year", "low", "high", "fits"),
    [
        (None, None, None, True),
        (None, 18, None, False),
        (TODAY.year - 26, 26, None, True),
        (TODAY.year - 26, 27, None, False),
        (TODAY.year - 26, None, 25, True),
        (TODAY.year - 26, None, 24, False),
    ],
)
def test_which_age_fits(birth_year: int | None, low: int | None, high: int | None, fits: bool) -> None:
    assert age_fits(birth_year, low, high, TODAY) is fits
