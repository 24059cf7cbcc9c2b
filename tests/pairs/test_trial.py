"""The trial: two private answers, of which only what comes of both can be seen."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import asyncpg
import pytest

from rinnalla.pairs.models_members import Fit
from rinnalla.pairs.policy import Joint, joint_result
from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.programme import Programme, events_of, open_pairs

FITS: list[Fit | None] = [None, *Fit]
GOOD, UNSURE, NOT = Fit.GOOD_FIT, Fit.STILL_DECIDING, Fit.NOT_A_GOOD_FIT
EXPECTED: dict[tuple[Fit | None, Fit | None], tuple[Joint, Joint]] = {
    # said by both                   before the end           at the end
    (None, None): (Joint.UNDECIDED, Joint.UNDECIDED),
    (None, GOOD): (Joint.UNDECIDED, Joint.UNDECIDED),
    (None, UNSURE): (Joint.UNDECIDED, Joint.UNDECIDED),
    (None, NOT): (Joint.UNDECIDED, Joint.NOT_THESE_TWO),
    (GOOD, GOOD): (Joint.BOTH_GOOD, Joint.BOTH_GOOD),
    (GOOD, UNSURE): (Joint.UNDECIDED, Joint.UNDECIDED),
    (GOOD, NOT): (Joint.NOT_THESE_TWO, Joint.NOT_THESE_TWO),
    (UNSURE, UNSURE): (Joint.UNDECIDED, Joint.UNDECIDED),
    (UNSURE, NOT): (Joint.NOT_THESE_TWO, Joint.NOT_THESE_TWO),
    (NOT, NOT): (Joint.NOT_THESE_TWO, Joint.NOT_THESE_TWO),
}


@pytest.mark.parametrize(("answers", "results"), EXPECTED.items())
def test_what_two_answers_come_to(answers: tuple[Fit | None, Fit | None], results: tuple[Joint, Joint]) -> None:
    for mentee, mentor in (answers, answers[::-1]):
        assert joint_result(mentee, mentor, is_over=False) == results[0]
        assert joint_result(mentee, mentor, is_over=True) == results[1]


def test_every_two_answers_are_in_the_table() -> None:
    assert {frozenset(pair) for pair in EXPECTED} == {frozenset(pair) for pair in product(FITS, FITS)}


async def over(programme: Programme, raw_db: asyncpg.Connection) -> None:
    """Time passes until the trial's end, and the job sees it."""
    await raw_db.execute("UPDATE pair SET trial_ends_at = now() WHERE state = 'trial'")
    await programme.job("trials")


def without_times(body: Any) -> Any:
    """What is shown, but for ids and moments, which differ from pair to pair."""
    match body:
        case dict():
            return {name: without_times(part) for name, part in body.items()}
        case list():
            return [without_times(part) for part in body]
        case str() if len(body) > 18:
            return "…"
        case _:
            return body


async def all_that_is_seen(person: Person, path: str, raw_db: asyncpg.Connection) -> Any:
    """Everything that someone can find out of a pair and of what they were told, but for their own answer."""
    thread = ok(await person.get(path))["thread_id"]
    events = await raw_db.fetch("SELECT seq, kind FROM member_event WHERE account_id = $1 ORDER BY seq", person.id)
    seen = [
        ok(await person.get(path)),
        ok(await person.get(f"{path}/steps")),
        ok(await person.get("/v1/pairs")),
        [tuple(event) for event in events],
    ]
    if thread:
        seen.append(ok(await person.get(f"/v1/threads/{thread}")))
        expected = await person.get(f"{path}/expectations")  # once the pair is over these are nobody's to read
        seen.append(ok(expected) if expected.is_success else expected.json()["code"])
    return without_times(seen)


@pytest.mark.parametrize("is_over", [False, True])
async def test_nothing_tells_two_answers_from_two_others_that_come_to_the_same(
    programme: Programme, raw_db: asyncpg.Connection, is_over: bool
) -> None:
    seen: dict[tuple[Joint, Joint], list[Any]] = {}
    for mentee_says, mentor_says in product(FITS, FITS):
        await raw_db.execute("DELETE FROM pair")
        staff = await programme.make.staff(programme.home)
        mentee, mentor = await programme.mentee(), await programme.mentor()
        for member, name in ((mentee, "Aino"), (mentor, "Ville")):
            await raw_db.execute("UPDATE account SET display_name = $1 WHERE id = $2", name, member.id)
        path = await programme.in_trial(mentee, mentor)
        for member, fit in ((mentee, mentee_says), (mentor, mentor_says)):
            if fit:
                ok(await member.put(f"{path}/fit", {"fit": fit}))
        if is_over and ok(await staff.get(path))["state"] == "trial":
            await over(programme, raw_db)
        looks = [await all_that_is_seen(person, path, raw_db) for person in (mentee, mentor, staff)]
        before = joint_result(mentee_says, mentor_says, is_over=False)
        seen.setdefault((before, joint_result(mentee_says, mentor_says, is_over=is_over)), []).append(looks)
    assert {joint for _, joint in seen} == set(Joint)
    for joint, looks in seen.items():
        assert all(look == looks[0] for look in looks), joint


async def test_who_is_not_answered_waits_for_the_end(programme: Programme, raw_db: asyncpg.Connection) -> None:
    """A lonely "not a good fit" looks like a lonely "good fit" until the end."""
    looks = []
    for fit in ("good_fit", "still_deciding", "not_a_good_fit"):
        mentee, mentor = await programme.mentee(), await programme.mentor()
        path = await programme.in_trial(mentee, mentor)
        told = [await events_of(raw_db, one) for one in (mentee, mentor)]
        answered = ok(await mentee.put(f"{path}/fit", {"fit": fit}))
        assert (answered["fit"], answered["pair"]["state"]) == (fit, "trial")
        assert ok(await mentee.get(f"{path}/fit"))["fit"] == fit
        assert ok(await mentor.get(f"{path}/fit"))["fit"] is None
        assert [await events_of(raw_db, one) for one in (mentee, mentor)] == told
        looks.append(without_times(ok(await programme.staff.get(f"{path}/steps"))))
    assert looks[0] == looks[1] == looks[2]


async def test_both_good_is_active_at_once_and_the_answers_are_gone(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.in_trial(mentee, mentor)
    ok(await mentee.put(f"{path}/fit", {"fit": "not_a_good_fit"}))
    ok(await mentee.put(f"{path}/fit", {"fit": "good_fit"}))
    answered = ok(await mentor.put(f"{path}/fit", {"fit": "good_fit"}))
    assert (answered["fit"], answered["pair"]["state"]) == (None, "active")
    assert await raw_db.fetchval("SELECT count(*) FROM pair_fit") == 0
    assert await open_pairs(raw_db, mentor) == 1
    refused(await mentee.put(f"{path}/fit", {"fit": "good_fit"}), 409, "pair_not_open")
    assert ok(await mentee.get(f"{path}/fit"))["fit"] is None


@pytest.mark.parametrize("waits_for_the_end", [True, False])
async def test_a_trial_that_leads_nowhere_returns_both_without_fault(
    programme: Programme, raw_db: asyncpg.Connection, waits_for_the_end: bool
) -> None:
    mentor = await programme.mentor(capacity=1)
    mentee = await programme.mentee()
    since = ok(await mentee.get("/v1/waiting/own"))["since"]
    await programme.mentee()
    path = await programme.in_trial(mentee, mentor)
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is False
    thread = ok(await mentee.get(path))["thread_id"]
    ok(await mentor.put(f"{path}/fit", {"fit": "not_a_good_fit"}))
    if waits_for_the_end:
        await over(programme, raw_db)
    else:
        ok(await mentee.put(f"{path}/fit", {"fit": "good_fit"}))
    for person in (mentee, mentor, programme.staff):
        seen = ok(await person.get(path))
        assert (seen["state"], seen["closed_by"], seen["end_reason"]) == ("returned", None, None)
    assert ok(await mentee.get("/v1/waiting/own"))["since"] == since
    assert ok(await programme.staff.get("/v1/waiting"))["items"][0]["mentee"]["id"] == str(mentee.id)
    assert ok(await mentee.get(f"/v1/threads/{thread}"))["state"] == "closed"
    assert await open_pairs(raw_db, mentor) == 0
    assert await raw_db.fetchval("SELECT count(*) FROM pair_fit") == 0
    body = {"mentee_id": str(mentee.id), "mentor_id": str(mentor.id)}
    refused(await programme.staff.post("/v1/pairs", body), 409, "parted_before")


async def test_who_did_not_wait_is_not_put_on_the_list(open_programme: Programme) -> None:
    mentee = await open_programme.make.mentee(open_programme.home)
    mentor = await open_programme.mentor()
    path = f"/v1/pairs/{ok(await mentee.post('/v1/pairs', {'mentor_id': str(mentor.id)}), 201)['id']}"
    for member in (mentee, mentor):
        ok(await member.put(f"{path}/fit", {"fit": "not_a_good_fit"}))
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is False
    refused(await mentee.post("/v1/pairs", {"mentor_id": str(mentor.id)}), 409, "parted_before")


async def test_who_came_back_earlier_keeps_the_earlier_place(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    since = ok(await mentee.get("/v1/waiting/own"))["since"]
    path = await programme.in_trial(mentee, mentor)
    ok(await mentee.put("/v1/waiting"))
    for member in (mentee, mentor):
        ok(await member.put(f"{path}/fit", {"fit": "not_a_good_fit"}))
    assert ok(await mentee.get("/v1/waiting/own"))["since"] == since


async def test_a_trial_is_extended_twice_and_then_staff_look(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.in_trial(mentee, mentor)
    first = datetime.fromisoformat(ok(await mentee.get(path))["trial_ends_at"])
    assert timedelta(days=29) < first - datetime.now(UTC) <= timedelta(days=30)
    for _ in range(2):
        told = await events_of(raw_db, mentee)
        await over(programme, raw_db)
        ends = datetime.fromisoformat(ok(await mentee.get(path))["trial_ends_at"])
        assert timedelta(days=13) < ends - datetime.now(UTC) <= timedelta(days=14)
        assert await events_of(raw_db, mentee) == told + 1
    assert ok(await programme.staff.get(path))["needs_attention"] is False
    told = await events_of(raw_db, mentee)
    await over(programme, raw_db)
    assert ok(await programme.staff.get(path))["needs_attention"] is True
    assert ok(await mentee.get(path))["needs_attention"] is False
    assert await events_of(raw_db, mentee) == told
    for member in (mentee, mentor):
        ok(await member.put(f"{path}/fit", {"fit": "good_fit"}))
    seen = ok(await programme.staff.get(path))
    assert (seen["state"], seen["needs_attention"]) == ("active", False)


async def test_what_was_learnt_is_said_after_a_trial_that_led_nowhere(
    programme: Programme, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.in_trial(mentee, mentor)
    refused(await mentee.put(f"{path}/learnt", {"codes": ["times"]}), 409, "pair_not_open")
    for member in (mentee, mentor):
        ok(await member.put(f"{path}/fit", {"fit": "not_a_good_fit"}))
    ok(await mentee.put(f"{path}/learnt", {"codes": ["times", "needs"]}), 204)
    ok(await mentee.put(f"{path}/learnt", {"codes": ["reply_rhythm", "interests"]}), 204)
    ok(await mentor.put(f"{path}/learnt", {"codes": ["region"]}), 204)
    rows = await raw_db.fetch("SELECT role, codes FROM pair_learnt ORDER BY role")
    assert [tuple(row) for row in rows] == [("mentee", ["reply_rhythm", "interests"]), ("mentor", ["region"])]
    wishes = ok(await mentee.get("/v1/wishes"))
    assert (wishes["matters_most"], wishes["version"]) == (["reply_rhythm", "interests", "times"], 2)
    refused(await mentee.put(f"{path}/learnt", {"codes": ["times", "mood"]}), 400, "invalid_body", pointer="/codes/1")


@pytest.mark.parametrize("way", ["end", "safeguarding"])
async def test_what_someone_said_of_a_trial_is_gone_however_it_ends(
    programme: Programme, raw_db: asyncpg.Connection, way: str
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.in_trial(mentee, mentor)
    ok(await mentee.put(f"{path}/fit", {"fit": "not_a_good_fit"}))
    ok(await mentor.post(f"{path}/{way}", {"kind": "planned", "reason": "as_planned"} if way == "end" else None))
    assert await raw_db.fetchval("SELECT count(*) FROM pair_fit") == 0
    assert ok(await mentee.get(f"{path}/fit"))["fit"] is None
