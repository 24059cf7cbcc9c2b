"""A programme settles how it matches; versions are added and never changed."""

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from rinnalla.app import Services
from rinnalla.pairs.settings import OUR_OWN, ProgrammeSettings, setting_faults
from tests.api import ok, refused
from tests.factories import Factory
from tests.programme import Programme, settings

PATH = "/v1/staff/matching-settings"


async def test_what_is_not_settled_is_ours_and_says_so(programme: Programme) -> None:
    answer = await programme.staff.get(PATH)
    found = ok(answer)
    assert (found["version"], found["name"], found["set_at"]) == (0, OUR_OWN, None)
    assert answer.headers["etag"] == '"0"'
    assert sum(found["weights"].values()) == 100
    ours = {name: value for name, value in settings().items() if name != "weights"}
    assert {name: found[name] for name in ours} == ours


async def test_a_programme_settles_and_settles_again(programme: Programme, raw_db: asyncpg.Connection) -> None:
    first = await programme.settle(weights={"needs": 60, "times": 40}, trial_days=60)
    assert (first["version"], first["name"], first["trial_days"]) == (1, "programme-1", 60)
    assert first["weights"]["needs"] == 60
    assert first["weights"]["experience"] == 0
    second = await programme.settle(nudge_days=[])
    assert (second["version"], second["name"], second["nudge_days"]) == (2, "programme-2", [])
    assert ok(await programme.staff.get(PATH)) == second
    kept = await raw_db.fetch("SELECT version, set_by FROM matching_settings ORDER BY version")
    assert [tuple(row) for row in kept] == [(1, programme.staff.id), (2, programme.staff.id)]
    deeds = await raw_db.fetch("SELECT action, subject_id FROM audit_entry")
    assert [tuple(row) for row in deeds] == [("matching_settings_changed", programme.home)] * 2
    for change in ("UPDATE matching_settings SET set_by = organisation_id", "DELETE FROM matching_settings"):
        with pytest.raises(asyncpg.CheckViolationError, match="added and not changed"):
            await raw_db.execute(change)


async def test_an_earlier_version_can_be_read(programme: Programme, make: Factory) -> None:
    ours = ok(await programme.staff.get(PATH))
    first = await programme.settle(weights={"needs": 60, "times": 40}, trial_days=60)
    await programme.settle()
    assert ok(await programme.staff.get(f"{PATH}/1")) == first
    assert ok(await programme.staff.get(f"{PATH}/0")) == ours
    for number in (3, 2**53 - 1):
        refused(await programme.staff.get(f"{PATH}/{number}"), 404, "settings_not_found")
    refused(await (await make.staff()).get(f"{PATH}/1"), 404, "settings_not_found")
    for number in (-1, 2**53, 10**30):
        refused(await programme.staff.get(f"{PATH}/{number}"), 400, "invalid_parameter")
    refused(await programme.staff.get(f"{PATH}/one"), 404, "not_found")


async def test_each_programme_has_its_own(programme: Programme, make: Factory) -> None:
    await programme.settle()
    assert ok(await (await make.staff()).get(PATH))["version"] == 0
    for person in (await programme.mentor(), await programme.mentee(), await make.admin()):
        refused(await person.get(PATH), 403, "forbidden")


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"weights": {"needs": 0, "times": 0}}, "/weights", "sums_to_nothing"),
        ({"weights": {}}, "/weights", "sums_to_nothing"),
        ({"weights": {"needs": 5, "looks": 5}}, "/weights/looks", "unknown_criterion"),
        ({"weights": {"needs": 5, "away": 5}}, "/weights/away", "unknown_criterion"),
        ({"weights": {"needs": 5, "times": -1}}, "/weights/times", "out_of_range"),
        ({"weights": {"needs": 1001}}, "/weights/needs", "out_of_range"),
        ({"weights": {"needs": 10**30}}, "/weights/needs", "out_of_range"),
        ({"weights": {"needs": 0.5}}, "/weights/needs", "wrong_type"),
        ({"weights": {"needs": 5, "times": None}}, "/weights/times", "wrong_type"),
        ({"weights": {"needs": 5, "Ti/mes": 5}}, "/weights/Ti~1mes", "invalid_format"),
        ({"weights": {"needs": 5, "": 5}}, "/weights/", "too_short"),
        ({"weights": [5]}, "/weights", "wrong_type"),
        ({"weights": {"needs": -1}, "quiet_from": 24}, "/weights/needs", "out_of_range"),
        ({"proposal_reminder_days": 14}, "/proposal_reminder_days", "after_end"),
        ({"nudge_days": [30, 14]}, "/nudge_days", "not_ascending"),
        ({"quiet_from": 24}, "/quiet_from", "out_of_range"),
        ({"checkin_plan": {}}, "/checkin_plan/first_within_days", "required"),
        ({"least_points": -1}, "/least_points", "out_of_range"),
        ({"colour": 1}, "/colour", "unknown_field"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    programme: Programme, change: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await programme.staff.edit("PUT", PATH, settings(**change))
    refused(answer, 400, "invalid_body", pointer=pointer)
    assert [error["code"] for error in answer.json()["errors"]] == [code]
    assert ok(await programme.staff.get(PATH))["version"] == 0


def test_a_negative_weight_is_refused_by_the_rule_itself() -> None:
    faults = setting_faults(ProgrammeSettings(weights={"needs": 3, "times": -1}), {"needs": 1, "times": 1})
    assert [(fault.code, fault.pointer) for fault in faults] == [("out_of_range", "/weights/times")]


async def test_of_several_staff_one_settles(programme: Programme) -> None:
    refused(await programme.staff.put(PATH, settings()), 428, "precondition_required")
    for etag in ('"0"', '"1"'):
        answers = await asyncio.gather(
            *(programme.staff.put(PATH, settings(), headers={"If-Match": etag}) for _ in range(4))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


async def test_a_version_from_before_a_setting_existed_is_read_with_ours(
    programme: Programme, services: Services, raw_db: asyncpg.Connection
) -> None:
    await raw_db.execute(
        "INSERT INTO matching_settings (organisation_id, version, stated, set_by)"
        """ VALUES ($1, 1, '{"weights": {"needs": 9, "gone_since": 3}, "trial_days": 45}', $1)""",
        programme.home,
    )
    async with services.database.unit_of_work() as db:
        in_force = await services.matching_settings.in_force(db, programme.home)
    weights = in_force.settings.weights
    assert (weights["needs"], "gone_since" in weights) == (9, False)
    assert replace(in_force.settings, weights={}) == ProgrammeSettings(trial_days=45)
