"""By socket or by HTTP, the same thing is the same: what is allowed, refused, counted and known."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from rinnalla.chat.policy import MAX_TEXT, SENDS
from rinnalla.realtime import frames
from rinnalla.realtime.news import ReadEvent
from tests.api import ok, refused
from tests.conftest import RunningService
from tests.factories import Factory, Person
from tests.phone import Phone
from tests.words import Words

Talk = tuple[Person, Person, UUID]
GOOD = "hei"


async def nothing_happens(_: Talk, __: asyncpg.Connection) -> None:
    return


async def mentor_blocks(talk: Talk, _: asyncpg.Connection) -> None:
    ok(await talk[1].put(f"/v1/threads/{talk[2]}/filing", {"filing": "blocked"}))


async def mentee_blocks(talk: Talk, _: asyncpg.Connection) -> None:
    ok(await talk[0].put(f"/v1/threads/{talk[2]}/filing", {"filing": "blocked"}))


async def pair_ends(talk: Talk, raw_db: asyncpg.Connection) -> None:
    await raw_db.execute("UPDATE thread SET state = 'closed' WHERE id = $1", talk[2])


async def mentor_is_gone(talk: Talk, raw_db: asyncpg.Connection) -> None:
    await raw_db.execute("DELETE FROM thread WHERE id = $1", talk[2])


Before = Callable[[Talk, asyncpg.Connection], Awaitable[None]]
SITUATIONS: list[tuple[Before, str | None]] = [
    (nothing_happens, None),
    (mentor_blocks, "thread_not_found"),
    (mentee_blocks, "thread_blocked"),
    (pair_ends, "thread_closed"),
    (mentor_is_gone, "thread_not_found"),
]
TEXTS: list[tuple[Any, str | None]] = [
    ("x" * MAX_TEXT, None),
    ("x" * (MAX_TEXT + 1), "invalid_body"),
    ("", "invalid_body"),
    (" \n ", "invalid_body"),
    ("a\0b", "invalid_body"),
    (None, "invalid_body"),
    (5, "invalid_body"),
    ("\u202eoikealta\u200b 🌙", None),
]


async def send_by_http(person: Person, thread: UUID | str, text: Any, client_id: UUID) -> tuple[str | None, Any]:
    answer: httpx.Response = await person.post(
        f"/v1/threads/{thread}/messages", {"client_id": str(client_id), "text": text}
    )
    body = answer.json()
    return (None, body["text"]) if answer.is_success else (body["code"], None)


async def send_by_socket(person: Person, thread: UUID | str, text: Any, client_id: UUID) -> tuple[str | None, Any]:
    async with await Phone.let_in(person) as phone:
        await phone.say({"type": "send", "thread_id": str(thread), "client_id": str(client_id), "text": text})
        answer = await phone.next()
    assert isinstance(answer, frames.Ack | frames.Refused)
    return (None, answer.message.text) if isinstance(answer, frames.Ack) else (answer.code, None)


WAYS = [send_by_http, send_by_socket]


@pytest.mark.parametrize(("before", "code"), SITUATIONS)
async def test_who_may_send_is_the_same_both_ways(
    make: Factory, raw_db: asyncpg.Connection, before: Before, code: str | None
) -> None:
    talk = await make.talkers()
    await before(talk, raw_db)
    for way in WAYS:
        assert (await way(talk[0], talk[2], GOOD, uuid4()))[0] == code


async def test_a_stranger_s_thread_and_one_that_does_not_exist_are_the_same_both_ways(make: Factory) -> None:
    stranger = await make.mentee()
    _, _, thread = await make.talkers()
    for way in WAYS:
        for place in (thread, uuid4()):
            assert await way(stranger, place, GOOD, uuid4()) == ("thread_not_found", None)


@pytest.mark.parametrize("kind", ["read", "delivered", "typing"])
async def test_a_stranger_marks_nothing_and_is_not_seen_writing_either_way(
    make: Factory, raw_db: asyncpg.Connection, kind: str
) -> None:
    stranger, _, _ = await make.talkers()
    _, mentor, thread = await make.talkers()
    assert (await send_by_http(mentor, thread, GOOD, uuid4()))[0] is None
    mark = {} if kind == "typing" else {"up_to_seq": 1}
    async with await Phone.let_in(stranger) as phone, Words(raw_db) as words:
        for place in (thread, uuid4()):
            await phone.say({"type": kind, "thread_id": str(place), **mark})
            refusal = await phone.expect(frames.Refused)
            assert (refusal.frame, refusal.code, refusal.retryable) == (kind, "thread_not_found", False)
            if mark:
                refused(await stranger.put(f"/v1/threads/{place}/{kind}", mark), 404, "thread_not_found")
        assert await words.so_far(kind if kind == "typing" else "sides") == []
    sides = await raw_db.fetch("SELECT read_seq, delivered_seq FROM thread_member WHERE thread_id = $1", thread)
    assert [tuple(side) for side in sides] == [(0, 0), (0, 0)]


@pytest.mark.parametrize(("text", "code"), TEXTS)
async def test_what_may_be_sent_is_the_same_both_ways(make: Factory, text: Any, code: str | None) -> None:
    mentee, _, thread = await make.talkers()
    for way in WAYS:
        assert await way(mentee, thread, text, uuid4()) == (code, text if code is None else None)


@pytest.mark.parametrize("ways", [WAYS, WAYS[::-1]])
async def test_a_client_id_used_one_way_is_used_the_other(make: Factory, ways: list[Any]) -> None:
    mentee, mentor, thread = await make.talkers()
    client_id = uuid4()
    for way in (*ways, *ways):
        assert await way(mentee, thread, GOOD, client_id) == (None, GOOD)
    for way in ways:
        assert (await way(mentee, thread, "muuta", client_id))[0] == "client_id_reused"
    assert ok(await mentor.get(f"/v1/threads/{thread}"))["last_seq"] == 1


@pytest.mark.parametrize("ways", [WAYS, WAYS[::-1]])
async def test_sends_are_counted_together(
    make: Factory, raw_db: asyncpg.Connection, strict_service: RunningService, ways: list[Any]
) -> None:
    """Who has used up what they may send one way has used it up the other way too."""
    mentee, _, thread = await make.talkers()
    mentee.url = strict_service.url
    mentee.http.base_url = httpx.URL(strict_service.url)
    for way in ways:
        assert (await way(mentee, thread, GOOD, uuid4()))[0] is None
    await raw_db.execute("UPDATE rate_limit SET full_at = full_at + make_interval(secs => $1)", SENDS.seconds)
    for way in ways:
        assert (await way(mentee, thread, GOOD, uuid4()))[0] == "too_many_requests"


@pytest.mark.parametrize(("up_to", "code"), [(0, None), (2, None), (3, "invalid_body"), (-1, "invalid_body")])
async def test_reading_is_the_same_both_ways(make: Factory, up_to: int, code: str | None) -> None:
    for by_socket in (False, True):
        mentee, mentor, thread = await make.talkers()
        for _ in range(2):
            assert (await send_by_http(mentor, thread, GOOD, uuid4()))[0] is None
        if by_socket:
            async with await Phone.let_in(mentee, after=3) as phone:
                await phone.expect(frames.CaughtUp)
                await phone.say({"type": "read", "thread_id": str(thread), "up_to_seq": up_to})
                if code is not None:
                    assert (await phone.expect(frames.Refused)).code == code
                elif up_to:
                    assert (await phone.event(ReadEvent)).up_to_seq == up_to
                await phone.resume(3)
                await phone.until(frames.CaughtUp)
        else:
            answer = await mentee.put(f"/v1/threads/{thread}/read", {"up_to_seq": up_to})
            assert (None if answer.is_success else answer.json()["code"]) == code
        seen = ok(await mentee.get(f"/v1/threads/{thread}"))
        assert seen["read_seq"] == (0 if code else up_to)
        assert seen["unread"] == 2 - seen["read_seq"]


async def test_own_sends_come_back_to_every_device_with_their_client_id_whichever_way_they_went(make: Factory) -> None:
    mentee, _, thread = await make.talkers()
    async with await Phone.let_in(mentee, after=1) as first, await Phone.let_in(mentee, after=1) as second:
        for phone in (first, second):
            await phone.expect(frames.CaughtUp)
        client_ids = [uuid4() for _ in range(4)]
        for client_id, way in zip(client_ids, [*WAYS, *WAYS], strict=True):
            await way(mentee, thread, GOOD, client_id)
        for phone in (first, second):
            events = [await phone.event(frames.MessageEvent) for _ in client_ids]
            assert [event.message.client_id for event in events] == client_ids
            assert [event.seq for event in events] == [2, 3, 4, 5]


async def test_neither_way_stands_in_the_trail(make: Factory, raw_db: asyncpg.Connection) -> None:
    """It says what staff did; that two people talk is theirs."""
    mentee, _, thread = await make.talkers()
    for way in WAYS:
        for text, code in ((GOOD, None), ("", "invalid_body")):
            assert (await way(mentee, thread, text, uuid4()))[0] == code
    assert await raw_db.fetchval("SELECT count(*) FROM audit_entry") == 0
