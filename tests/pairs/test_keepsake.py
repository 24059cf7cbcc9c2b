"""What a young person may keep."""

from uuid import uuid4

import asyncpg
import pytest

from rinnalla.pairs.keepsake import STRETCH
from tests.api import ok, refused
from tests.factories import Person
from tests.programme import Programme, at_once


async def say(person: Person, thread: str, text: str) -> None:
    ok(await person.post(f"/v1/threads/{thread}/messages", {"client_id": str(uuid4()), "text": text}), 201)


async def test_the_conversation_and_the_letters(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.active(mentee, mentor)
    thread = ok(await mentee.get(path))["thread_id"]
    refused(await mentee.get(f"{path}/keepsake"), 409, "pair_not_open")
    for number in range(3):
        await say(mentee, thread, f'viesti "{number}" 🌙')
        await say(mentor, thread, f"vastaus {number}")
    ok(await mentor.post(f"{path}/end", {"kind": "planned", "reason": "as_planned"}))
    ok(await mentor.call("PUT", f"{path}/letter", json={"text": "Pidä huolta."}, headers={"If-Match": '"0"'}))
    before = ok(await mentee.get(f"{path}/keepsake"))
    assert (before["letter_of_mentor"], before["closed_at"]) == (None, None)
    ok(await mentee.post(f"{path}/close"))

    kept = ok(await mentee.get(f"{path}/keepsake"))
    assert (kept["mentee"], kept["mentor"]) == (mentee.login_name, mentor.login_name)
    assert kept["letter_of_mentor"] == "Pidä huolta."
    said = [(one["by"], one["text"]) for one in kept["messages"]]
    assert said[:2] == [("mentee", 'viesti "0" 🌙'), ("mentor", "vastaus 0")]
    assert len(said) == 6
    plain = (await mentee.get(f"{path}/keepsake/text")).text
    assert plain.startswith(f"{mentee.login_name} · {mentor.login_name}\n")
    assert 'viesti "2" 🌙' in plain
    assert "Pidä huolta." in plain
    for other in (mentor, programme.staff):
        refused(await other.get(f"{path}/keepsake"), 403, "forbidden")
    refused(await (await programme.mentee()).get(f"{path}/keepsake"), 404, "pair_not_found")


@pytest.mark.parametrize("extra", [0, 1])
async def test_a_long_one_comes_whole(programme: Programme, raw_db: asyncpg.Connection, extra: int) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.active(mentee, mentor)
    thread = ok(await mentee.get(path))["thread_id"]
    await say(mentee, thread, "moi")
    count = STRETCH + extra
    await raw_db.execute(
        "INSERT INTO message (id, thread_id, seq, author_id, client_id, body) SELECT gen_random_uuid(), thread_id, "
        "number, author_id, gen_random_uuid(), body FROM message, generate_series(2, $1) AS number",
        count,
    )
    ok(await programme.staff.post(f"{path}/end", at_once()))
    kept = ok(await mentee.get(f"{path}/keepsake"))["messages"]
    assert len(kept) == count
    # Copies of sealed bytes don't open in another row: what can't be read is there as null, and nothing breaks.
    assert [one["text"] for one in kept[:2]] == ["moi", None]


async def test_an_empty_conversation(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.active(mentee, mentor)
    ok(await programme.staff.post(f"{path}/end", at_once()))
    assert ok(await mentee.get(f"{path}/keepsake"))["messages"] == []
