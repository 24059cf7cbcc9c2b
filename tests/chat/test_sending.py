"""Saying something: once, in order, sealed, and only where one may."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rinnalla.chat.errors import ThreadBlocked, ThreadClosed, ThreadNotFound
from rinnalla.chat.models import Filing, ThreadState
from rinnalla.chat.policy import refusal_to_write
from tests.api import is_uuid7, ok, refused
from tests.factories import Factory, Person


async def say(person: Person, thread: UUID, text: str, client_id: UUID | None = None) -> httpx.Response:
    return await person.post(f"/v1/threads/{thread}/messages", {"client_id": str(client_id or uuid4()), "text": text})


async def history(person: Person, thread: UUID) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = ok(await person.get(f"/v1/threads/{thread}/messages?order=oldest"))["items"]
    return items


async def test_both_read_what_was_said_in_order(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    for number, speaker in enumerate([mentee, mentor, mentee]):
        sent = ok(await say(speaker, thread, f"viesti {number} 🌙"), 201)
        assert sent["seq"] == number + 1
        assert is_uuid7(sent["id"])
    for reader in (mentee, mentor):
        assert [message["text"] for message in await history(reader, thread)] == [f"viesti {n} 🌙" for n in range(3)]


TEXTS = [
    "a",
    "ä" * 4000,
    "👩‍👩‍👧‍👦 e\u0301 é",
    "\u202eabc\u200b",
    "\ufeff x",
    "line\nbreak\ttab",
    "\\u0000 is only written",
]


@pytest.mark.parametrize("text", TEXTS)
async def test_text_comes_back_byte_for_byte(make: Factory, text: str) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentee, thread, text), 201)
    assert (await history(mentor, thread))[0]["text"] == text


@pytest.mark.parametrize("text", ["", "   \n", "x" * 4001, "a\0b", 7, None, ["hei"]])
async def test_text_that_is_none_is_refused(make: Factory, text: object) -> None:
    mentee, _, thread = await make.talkers()
    body = {"client_id": str(uuid4()), "text": text}
    answer = await mentee.post(f"/v1/threads/{thread}/messages", body)
    refused(answer, 400, "invalid_body", pointer="/text")
    assert await history(mentee, thread) == []


async def test_text_is_stored_sealed(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, _, thread = await make.talkers()
    ok(await say(mentee, thread, "salaisuus josta kukaan ei tiedä"), 201)
    stored = await raw_db.fetchval("SELECT body FROM message")
    assert b"salaisuus" not in stored
    assert await raw_db.fetchval("SELECT count(*) FROM member_event WHERE refs::text LIKE '%salaisuus%'") == 0


async def test_a_text_that_was_tampered_with_is_told_as_none(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, _, thread = await make.talkers()
    for text in ("yksi", "kaksi"):
        ok(await say(mentee, thread, text), 201)
    await raw_db.execute("UPDATE message SET body = (SELECT body FROM message WHERE seq = 2) WHERE seq = 1")
    assert [message["text"] for message in await history(mentee, thread)] == [None, "kaksi"]


async def test_a_repeated_send_answers_with_the_first_result(make: Factory) -> None:
    mentee, _, thread = await make.talkers()
    client_id = uuid4()
    first = ok(await say(mentee, thread, "hei", client_id), 201)
    assert ok(await say(mentee, thread, "hei", client_id), 200) == first
    refused(await say(mentee, thread, "jotain muuta", client_id), 422, "client_id_reused")
    assert len(await history(mentee, thread)) == 1


async def test_a_client_id_counts_within_its_thread(make: Factory) -> None:
    mentee, _, thread = await make.talkers()
    assert mentee.organisation_id is not None
    other = await make.thread(mentee, await make.mentor(mentee.organisation_id))
    client_id = uuid4()
    ok(await say(mentee, thread, "hei", client_id), 201)
    ok(await say(mentee, other, "hei", client_id), 201)
    ok(await say(mentee, other, "hei", client_id), 200)


async def insist(speaker: Person, thread: UUID, text: str, key: UUID) -> httpx.Response:
    """Say it, again for as long as the service is too busy to hear."""
    while (answer := await say(speaker, thread, text, key)).status_code == 503:
        pass
    return answer


async def test_many_repeated_sends_at_once_store_each_message_once(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await make.talkers()
    keys = [uuid4() for _ in range(20)]
    answers = await asyncio.gather(
        *(insist(speaker, thread, f"{key}", key) for key in keys for speaker in (mentee, mentor) for _ in range(5))
    )
    by_key: dict[tuple[str, str], set[str]] = {}
    for answer in answers:
        body = answer.json()
        by_key.setdefault((body["author_id"], body["client_id"]), set()).add(f"{body['id']} {body['seq']}")
    assert len(by_key) == 40
    assert all(len(results) == 1 for results in by_key.values())
    assert sum(answer.status_code == 201 for answer in answers) == 40
    assert [message["seq"] for message in await history(mentee, thread)] == list(range(1, 41))
    streams = await raw_db.fetch("SELECT account_id, array_agg(seq ORDER BY seq) AS seqs FROM member_event GROUP BY 1")
    assert [row["seqs"] for row in streams] == [list(range(1, 42))] * 2


async def test_strangers_find_no_thread(make: Factory) -> None:
    _, _, thread = await make.talkers()
    stranger, _, own = await make.talkers()
    refused(await say(stranger, thread, "hei"), 404, "thread_not_found")
    refused(await stranger.get(f"/v1/threads/{thread}"), 404, "thread_not_found")
    refused(await stranger.get(f"/v1/threads/{thread}/messages"), 404, "thread_not_found")
    refused(await stranger.put(f"/v1/threads/{thread}/read", {"up_to_seq": 0}), 404, "thread_not_found")
    refused(await stranger.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}), 404, "thread_not_found")
    assert (await say(stranger, thread, "hei")).json()["title"] == (await say(stranger, uuid4(), "hei")).json()["title"]
    ok(await say(stranger, own, "hei"), 201)


async def test_a_closed_thread_can_be_read_and_not_written_to(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    client_id = uuid4()
    ok(await say(mentee, thread, "hei", client_id), 201)
    await make.end(thread)
    refused(await say(mentor, thread, "hei"), 409, "thread_closed")
    ok(await say(mentee, thread, "hei", client_id), 200)
    assert ok(await mentor.get(f"/v1/threads/{thread}"))["state"] == "closed"
    assert ok(await mentor.get("/v1/threads/waiting"))["items"] == []
    assert await make.thread(mentee, mentor) == thread
    ok(await say(mentor, thread, "jatketaan"), 201)


async def test_pages_of_messages_join_without_gap_or_repetition(make: Factory) -> None:
    mentee, _, thread = await make.talkers()
    for number in range(7):
        ok(await say(mentee, thread, f"{number}"), 201)
    for order, expected in (("newest", list(range(7, 0, -1))), ("oldest", list(range(1, 8)))):
        seqs, cursor = [], None
        while True:
            query = {"order": order, "limit": "3", **({"cursor": cursor} if cursor else {})}
            page = ok(await mentee.get(f"/v1/threads/{thread}/messages", params=query))
            seqs += [message["seq"] for message in page["items"]]
            if (cursor := page["next_cursor"]) is None:
                break
        assert seqs == expected


@pytest.mark.parametrize("cursor", ["x", "!!!", "WzFd" * 50, "WyJhIl0", "bnVsbA", "W10"])
async def test_a_forged_cursor_is_refused(make: Factory, cursor: str) -> None:
    mentee, _, thread = await make.talkers()
    answer = await mentee.get(f"/v1/threads/{thread}/messages", params={"cursor": cursor})
    refused(answer, 400, "invalid_parameter")


@settings(max_examples=100)
@given(st.sampled_from(ThreadState), st.sampled_from(Filing), st.sampled_from(Filing))
def test_who_was_blocked_learns_nothing_else(state: ThreadState, own: Filing, other: Filing) -> None:
    refusal = refusal_to_write(state, own, other)
    if other in {Filing.BLOCKED, Filing.HANDED_OVER}:
        assert isinstance(refusal, ThreadNotFound)
    elif own == Filing.BLOCKED:
        assert isinstance(refusal, ThreadBlocked)
    elif state == ThreadState.CLOSED:
        assert isinstance(refusal, ThreadClosed)
    else:
        assert refusal is None
