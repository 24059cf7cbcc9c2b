"""Goodbye letters are their author's until the last day, and then the other's too."""

import asyncio

import asyncpg
import httpx
import pytest

from tests.api import ok, refused
from tests.factories import Person
from tests.programme import Programme, events_of


async def write(person: Person, path: str, text: str, version: int = 0) -> httpx.Response:
    return await person.call("PUT", f"{path}/letter", json={"text": text}, headers={"If-Match": f'"{version}"'})


async def ending(programme: Programme) -> tuple[Person, Person, str]:
    """A pair whose end is announced."""
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.active(mentee, mentor)
    ok(await mentor.post(f"{path}/end", {"kind": "planned", "reason": "as_planned"}))
    return mentee, mentor, path


async def test_a_letter_is_read_on_the_last_day(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, path = await ending(programme)
    told = await events_of(raw_db, mentee)
    first = ok(await write(mentor, path, "Kiitos näistä kuukausista."))
    assert (first["own"]["text"], first["version"], first["other"]) == ("Kiitos näistä kuukausista.", 1, None)
    ok(await write(mentor, path, "Kiitos kaikesta.", 1))
    refused(await write(mentor, path, "Vanha.", 1), 412, "edited_meanwhile")
    refused(await mentor.put(f"{path}/letter", {"text": "Ilman."}), 428, "precondition_required")
    assert ok(await mentee.get(f"{path}/letter")) == {"own": None, "other": None, "version": 0}
    assert await events_of(raw_db, mentee) == told
    assert b"Kiitos" not in await raw_db.fetchval("SELECT body FROM pair_letter")

    ok(await mentee.post(f"{path}/close"))
    assert ok(await mentee.get(f"{path}/letter"))["other"]["text"] == "Kiitos kaikesta."
    refused(await write(mentor, path, "Muutan vielä.", 2), 409, "letters_over")
    told = await events_of(raw_db, mentor)
    ok(await write(mentee, path, "Kiitos itsellesi."))
    assert ok(await mentor.get(f"{path}/letter"))["other"]["text"] == "Kiitos itsellesi."
    assert await events_of(raw_db, mentor) == told + 1
    refused(await programme.staff.get(f"{path}/letter"), 403, "forbidden")


async def test_letters_end_a_month_after(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, _, path = await ending(programme)
    ok(await mentee.post(f"{path}/close"))
    await raw_db.execute("UPDATE pair SET closed_at = now() - interval '31 days'")
    refused(await write(mentee, path, "Myöhässä."), 409, "letters_over")


@pytest.mark.parametrize("state", ["active", "safeguarding"])
async def test_when_there_are_no_letters(programme: Programme, state: str) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.active(mentee, mentor)
    if state == "safeguarding":
        ok(await mentor.post(f"{path}/end", {"kind": "planned", "reason": "as_planned"}))
        ok(await write(mentor, path, "Viimeinen sana."))
        ok(await mentee.post(f"{path}/safeguarding"))
    refused(await write(mentor, path, "Kuule.", 1), 409, "letters_over")
    refused(await write(mentee, path, "Kuule."), 409, "letters_over")  # it is over, or they have said so themselves
    assert ok(await mentee.get(f"{path}/letter"))["other"] is None


async def test_two_first_letters_at_once(programme: Programme) -> None:
    _, mentor, path = await ending(programme)
    answers = await asyncio.gather(*(write(mentor, path, f"Kirje {n}") for n in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


async def test_who_is_blocked_reads_nothing(programme: Programme) -> None:
    mentee, mentor, path = await ending(programme)
    ok(await write(mentor, path, "Kiitos."))
    thread = ok(await mentee.get(path))["thread_id"]
    ok(await mentor.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
    refused(await mentee.get(f"{path}/letter"), 404, "pair_not_found")
    refused(await write(mentee, path, "Kuuletko?"), 404, "pair_not_found")
    ok(await programme.staff.post(f"{path}/close"))
    refused(await mentee.get(f"{path}/letter"), 404, "pair_not_found")
    assert (await mentor.get(f"{path}/letter")).status_code == 200
