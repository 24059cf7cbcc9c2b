"""People who never answer don't hold up those who do: neither young people, run after run, nor mentors."""

from typing import Any

import asyncpg
import pytest

from tests.api import ok, refused
from tests.factories import Person
from tests.matching.running import solved
from tests.matching.test_suggestions import reasons
from tests.programme import YES, Programme, expects, say_yes


async def waits(raw_db: asyncpg.Connection, mentee: Person, days: int) -> None:
    await raw_db.execute(
        "UPDATE waiting SET since = now() - make_interval(days => $2) WHERE mentee_id = $1", mentee.id, days
    )


async def expire(programme: Programme, raw_db: asyncpg.Connection) -> None:
    """The time of every open proposal goes by."""
    await raw_db.execute("UPDATE pair SET expires_at = now() WHERE state = 'proposed'")
    await programme.job("proposals")


async def offered(programme: Programme, mentee: Person, mentor: Person) -> str:
    """What a run proposes to someone: with that mentor; its path."""
    run = await solved(programme)
    assert (await run.paired())[str(mentee.id)] == str(mentor.id)
    ok(await run.release())
    (pair,) = ok(await mentee.get("/v1/pairs", params={"state": "proposed"}))["items"]
    return f"/v1/pairs/{pair['id']}"


async def counted(programme: Programme, mentee: Person) -> dict[str, Any]:
    """How a run counts someone's wait."""
    return (await (await solved(programme)).found())[str(mentee.id)]


async def test_who_lets_an_offer_pass_has_had_a_turn(programme: Programme, raw_db: asyncpg.Connection) -> None:
    gone, there, mentor = await programme.mentee(), await programme.mentee(), await programme.mentor(capacity=1)
    await waits(raw_db, gone, 200)
    await waits(raw_db, there, 100)
    since = ok(await gone.get("/v1/waiting/own"))["since"]
    ok(await mentor.post(f"{await offered(programme, gone, mentor)}/acceptance", YES))
    await expire(programme, raw_db)
    again = await counted(programme, gone)
    assert (again["waited_days"], again["times_overdue"], again["mentor"]) == (0, 0, None)
    await offered(programme, there, mentor)
    assert ok(await gone.get("/v1/waiting/own"))["since"] == since


async def test_who_asks_anew_afterwards_waits_from_then_on(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    ok(await mentor.post(f"{await programme.proposed(mentee, mentor)}/acceptance", YES))
    await expire(programme, raw_db)
    await raw_db.execute("UPDATE pair SET closed_at = now() - interval '50 days'")
    for days in (40, 60):
        await waits(raw_db, mentee, days)
        assert (await counted(programme, mentee))["waited_days"] == min(days, 50)


async def test_a_mentor_who_does_not_answer_is_not_asked_for_the_same_person_soon(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee, silent = await programme.mentee(), await programme.mentor()
    await waits(raw_db, mentee, 100)
    ok(await mentee.post(f"{await offered(programme, mentee, silent)}/acceptance", YES))
    await expire(programme, raw_db)
    assert reasons(await programme.suggestions(mentee)) == {str(silent.id): ["asked_recently"]}
    assert (await counted(programme, mentee))["waited_days"] == 100
    other = await programme.mentor()
    assert await (await solved(programme)).paired() == {str(mentee.id): str(other.id)}
    await raw_db.execute("UPDATE pair SET closed_at = now() - interval '31 days'")
    assert reasons(await programme.suggestions(mentee)) == {}


async def test_a_mentor_who_has_answered_may_be_asked_again_at_once(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    ok(await mentor.post(f"{await programme.proposed(mentee, mentor)}/acceptance", YES))
    await expire(programme, raw_db)
    assert reasons(await programme.suggestions(mentee)) == {}


async def test_nobody_lets_pass_what_they_could_not_say_yes_to(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    """To a mentor who has never said what they expect."""
    mentee, silent = await programme.mentee(), await programme.make.mentor(programme.home)
    await waits(raw_db, mentee, 100)
    path = await programme.proposed(mentee, silent)
    refused(await mentee.post(f"{path}/acceptance", {}), 409, "expectations_missing")
    await expire(programme, raw_db)
    assert (await counted(programme, mentee))["waited_days"] == 100


@pytest.mark.parametrize("how", ["changed", "asked"])
async def test_nor_who_did_their_part(programme: Programme, raw_db: asyncpg.Connection, how: str) -> None:
    """The mentor changed what they expect after the yes; or the young person asked the mentor themself."""
    await programme.settle(mentees_may_propose=True)
    mentee, mentor = await programme.mentee(), await programme.mentor()
    if how == "changed":
        path = await programme.proposed(mentee, mentor)
        ok(await say_yes(path, mentee))
        await expects(mentor, months=3)
        ok(await say_yes(path, mentor))
        assert ok(await mentee.get(path))["mentee_accepted_at"] is None
    else:
        ok(await mentee.post("/v1/pairs", {"mentor_id": str(mentor.id)}), 201)
    await expire(programme, raw_db)
    await waits(raw_db, mentee, 100)
    assert (await counted(programme, mentee))["waited_days"] == 100
