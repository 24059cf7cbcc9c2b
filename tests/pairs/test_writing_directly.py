"""Where the programme lets young people choose, they write to a mentor without staff in between."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.errors import TooManyRequests
from rinnalla.kit.limits import Limits
from rinnalla.pairs.errors import MentorFull
from rinnalla.pairs.service import NEW_MENTORS, Beginnings, Records
from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.programme import Programme, at_once, events_of, open_pairs


async def write_to(mentee: Person, mentor: Person) -> httpx.Response:
    return await mentee.post("/v1/pairs", {"mentor_id": str(mentor.id)})


async def test_a_pair_at_once(open_programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor()
    pair = ok(await write_to(mentee, mentor), 201)
    assert (pair["state"], pair["origin"], pair["mentor_accepted_at"]) == ("trial", "mentee", None)
    assert ok(await mentor.get(f"/v1/threads/{pair['thread_id']}"))["state"] == "open"
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is False
    assert await open_pairs(raw_db, mentor) == 1
    assert await events_of(raw_db, mentee) == await events_of(raw_db, mentor) == 1
    refused(await write_to(mentee, mentor), 409, "already_paired")
    for member in (mentee, mentor):
        refused(await member.post(f"/v1/pairs/{pair['id']}/acceptance", {}), 409, "pair_not_open")
    override = ok(await open_programme.staff.get(f"/v1/pairs/{pair['id']}/override"))["override"]
    assert (override["cause"], override["reason"], override["by_id"]) == ("programme", None, None)


async def test_not_where_staff_match(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    refused(await write_to(mentee, mentor), 403, "programme_matches")


TODAY = datetime.now(UTC).date()
NOT_NOW: list[tuple[dict[str, Any], str]] = [
    ({"capacity": 0}, "mentor_full"),
    ({"away_from": TODAY - timedelta(days=1), "away_until": TODAY + timedelta(days=2)}, "mentor_away"),
]


@pytest.mark.parametrize(("card", "code"), NOT_NOW)
async def test_not_to_who_is_full_or_away(open_programme: Programme, card: dict[str, Any], code: str) -> None:
    mentee = await open_programme.mentee()
    refused(await write_to(mentee, await open_programme.mentor(**card)), 409, code)
    assert ok(await mentee.get("/v1/pairs"))["items"] == []
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is True


async def test_an_absence_to_come_or_past_is_none(open_programme: Programme) -> None:
    later = {"away_from": TODAY + timedelta(days=2), "away_until": TODAY + timedelta(days=3)}
    before = {"away_from": TODAY - timedelta(days=3), "away_until": TODAY - timedelta(days=2)}
    for card in (later, before):
        ok(await write_to(await open_programme.mentee(), await open_programme.mentor(**card)), 201)


async def test_only_to_approved_active_mentors_of_the_programme(
    open_programme: Programme, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee = await open_programme.mentee()
    suspended = await open_programme.mentor()
    await raw_db.execute("UPDATE account SET state = 'suspended' WHERE id = $1", suspended.id)
    unapproved = await open_programme.mentor(approved=False)
    for nobody in (suspended, unapproved, await make.mentor(), open_programme.staff, mentee):
        refused(await write_to(mentee, nobody), 404, "mentor_not_found")


async def test_a_young_person_names_only_the_mentor(open_programme: Programme) -> None:
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor()
    body = {"mentor_id": str(mentor.id), "mentee_id": str(mentee.id)}
    refused(await mentee.post("/v1/pairs", body), 400, "invalid_body", pointer="/mentee_id")


async def test_a_proposal_is_accepted_rather_than_written_over(open_programme: Programme) -> None:
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor()
    await open_programme.proposed(mentee, mentor)
    refused(await write_to(mentee, mentor), 409, "already_paired")


@pytest.mark.parametrize("ended", [True, False])
async def test_a_mentor_who_has_blocked_someone_is_gone_for_them(open_programme: Programme, ended: bool) -> None:
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor()
    pair = ok(await write_to(mentee, mentor), 201)
    if ended:
        ok(await mentor.post(f"/v1/pairs/{pair['id']}/safeguarding"))
    ok(await mentor.put(f"/v1/threads/{pair['thread_id']}/filing", {"filing": "blocked"}))
    refused(await write_to(mentee, mentor), 409, "mentor_unavailable")


@pytest.mark.parametrize("answer", [{"answer": "no", "reason": "no_time"}, {"answer": "not_now"}])
async def test_a_mentor_who_did_not_want_to_is_left_in_peace_and_does_not_say_how_they_said_it(
    open_programme: Programme, raw_db: asyncpg.Connection, answer: dict[str, str]
) -> None:
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor()
    ok(await mentor.post(f"{await open_programme.proposed(mentee, mentor)}/decline", answer))
    refused(await write_to(mentee, mentor), 409, "mentor_unavailable")
    await raw_db.execute("UPDATE pair SET closed_at = now() - interval '31 days'")
    refused(await write_to(mentee, mentor), 409, "mentor_unavailable")
    await raw_db.execute("UPDATE turned_away SET since = now() - interval '31 days'")
    status = 201 if answer["answer"] == "not_now" else 409
    assert (await write_to(mentee, mentor)).status_code == status


@pytest.mark.parametrize("by", ["mentor", "staff"])
async def test_an_end_for_safety_that_another_said_looks_as_anything_that_is_said_to_nobody(
    open_programme: Programme, raw_db: asyncpg.Connection, by: str
) -> None:
    told = []
    for way in ("safeguarding", "list"):
        mentee, mentor = await open_programme.mentee(), await open_programme.mentor()
        path = f"/v1/pairs/{ok(await write_to(mentee, mentor), 201)['id']}"
        if way == "list":
            ok(await open_programme.staff.post(f"{path}/end", at_once()))
            ok(await mentor.put(f"/v1/account/never/{mentee.id}"), 204)
        else:
            ok(await (mentor if by == "mentor" else open_programme.staff).post(f"{path}/safeguarding"))
        await raw_db.execute("UPDATE mentor_card SET away_from = $1, away_until = $1", TODAY)
        refused(await write_to(mentee, mentor), 409, "mentor_away")
        await raw_db.execute("UPDATE mentor_card SET away_from = NULL, away_until = NULL")
        for _ in range(2):
            answer = await write_to(mentee, mentor)
            refused(answer, 409, "mentor_unavailable")
            told.append(answer.json() | {"instance": None})
    assert all(one == told[0] for one in told)


async def test_ones_own_end_for_safety_is_told_as_it_is(open_programme: Programme) -> None:
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor()
    ok(await mentee.post(f"/v1/pairs/{ok(await write_to(mentee, mentor), 201)['id']}/safeguarding"))
    refused(await write_to(mentee, mentor), 409, "parted_before")


@pytest.mark.parametrize("answer", ["no", "not_now"])
async def test_who_did_not_want_to_may_think_again(open_programme: Programme, answer: str) -> None:
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor()
    ok(await mentee.post(f"{await open_programme.proposed(mentee, mentor)}/decline", {"answer": answer}))
    ok(await write_to(mentee, mentor), 201)


async def test_a_few_new_mentors_a_day(open_programme: Programme, make: Factory) -> None:
    mentee = await open_programme.mentee()
    caller = Caller(mentee.id, Role.MENTEE, open_programme.home, mentee.session_id)
    all_of = make.services
    strict = Beginnings(
        Records(all_of.accounts, all_of.chat, all_of.vault),
        all_of.accounts,
        all_of.organisations,
        all_of.profiles,
        all_of.matching_settings,
        all_of.turning_away,
        all_of.proposing,
        Limits(all_of.database, factor=1.0),
    )
    full = await open_programme.mentor(capacity=0)
    for _ in range(NEW_MENTORS.burst + 1):
        with pytest.raises(MentorFull):
            async with all_of.database.unit_of_work() as db:
                await strict.write_to(db, caller, full.id)
    mentors = [await open_programme.mentor() for _ in range(NEW_MENTORS.burst + 1)]
    for mentor in mentors[:-1]:
        async with all_of.database.unit_of_work() as db:
            await strict.write_to(db, caller, mentor.id)
    with pytest.raises(TooManyRequests):
        async with all_of.database.unit_of_work() as db:
            await strict.write_to(db, caller, mentors[-1].id)
