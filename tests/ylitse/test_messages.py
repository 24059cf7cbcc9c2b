"""Messages of the Ylitse contract: sent, and marked as read, the same as in `/v1` and over the socket."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from rinnalla.realtime import frames
from tests.api import Api, ok, refused
from tests.factories import Factory, Person
from tests.pairs.test_turning_away import in_earnest
from tests.phone import Phone
from tests.programme import Programme, at_once
from tests.ylitse.client import own, told, user


async def say(sender: Person, recipient: Person, content: str) -> httpx.Response:
    """As the clients send it: with a sender and an `opened` that don't count."""
    body = {"sender_id": user(sender), "recipient_id": user(recipient), "content": content, "opened": False}
    return await sender.post(own(sender, "/messages"), body)


async def read(person: Person, **query: Any) -> dict[str, Any]:
    body: dict[str, Any] = ok(await person.get(own(person, "/messages"), params=query))
    return body


async def contents(person: Person, **query: Any) -> list[str]:
    return [message["content"] for message in (await read(person, **query))["resources"]]


async def test_a_message_is_answered_as_stored(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    sent = ok(await say(mentee, mentor, "moi 🌙"), 201)
    assert sent == {
        "id": sent["id"],
        "sender_id": user(mentee),
        "recipient_id": user(mentor),
        "content": "moi 🌙",
        "opened": False,
        "created": sent["created"],
        "active": True,
    }
    there = ok(await mentor.get(f"/v1/threads/{thread}/messages"))["items"]
    assert [(message["id"], message["text"]) for message in there] == [(sent["id"], "moi 🌙")]


async def test_the_sender_is_always_the_caller(make: Factory) -> None:
    mentee, mentor, _ = await make.talkers()
    body = {"sender_id": user(mentor), "recipient_id": user(mentor), "content": "hei", "opened": True}
    sent = ok(await mentee.post(own(mentee, "/messages"), body), 201)
    assert (sent["sender_id"], sent["opened"]) == (user(mentee), False)
    told(await mentee.post(own(mentor, "/messages"), body), 403)


async def test_what_is_said_there_arrives_here_and_over_the_socket(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    first = ok(await say(mentee, mentor, "täältä"), 201)
    async with await Phone.let_in(mentor, after=0) as phone:
        await phone.until(frames.CaughtUp)
        second = ok(await say(mentee, mentor, "ja toinen"), 201)
        event = await phone.event(frames.MessageEvent)
        assert (str(event.message.id), event.message.text) == (second["id"], "ja toinen")
        await phone.send(thread, "sieltä")
        await phone.expect(frames.Ack)
    assert await contents(mentee, from_message_id=first["id"], desc="false", max=10) == ["ja toinen", "sieltä"]


async def test_marking_as_opened_with_everything_else_wrong(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    first, second, third = [ok(await say(mentee, mentor, f"{n}"), 201) for n in range(3)]
    wrong = {"sender_id": user(mentor), "recipient_id": "x", "content": "", "opened": True, "active": False}
    opened = ok(await mentor.put(own(mentor, f"/messages/{second['id']}"), wrong))
    assert opened == {**second, "opened": True}
    state = {message["id"]: message["opened"] for message in (await read(mentor))["resources"]}
    assert state == {first["id"]: True, second["id"]: True, third["id"]: False}
    there = ok(await mentor.get(f"/v1/threads/{thread}"))
    assert (there["read_seq"], there["unread"]) == (2, 1)
    unopened = ok(await mentor.put(own(mentor, f"/messages/{first['id']}"), {"opened": False}))
    assert unopened["opened"] is True


async def test_read_there_is_opened_here(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentee, mentor, "hei"), 201)
    ok(await mentor.put(f"/v1/threads/{thread}/read", {"up_to_seq": 1}))
    assert [message["opened"] for message in (await read(mentor))["resources"]] == [True]
    assert [message["opened"] for message in (await read(mentee))["resources"]] == [False]  # nobody showed that
    for person in (mentee, mentor):
        ok(await person.edit("PUT", "/v1/account/visibility", {"presence": "hidden", "read_marks": True}))
    assert [message["opened"] for message in (await read(mentee))["resources"]] == [True]


async def test_only_what_was_received_can_be_opened(make: Factory) -> None:
    mentee, mentor, _ = await make.talkers()
    stranger, _, _ = await make.talkers()
    sent = ok(await say(mentee, mentor, "hei"), 201)
    told(await mentee.put(own(mentee, f"/messages/{sent['id']}"), {"opened": True}), 403)
    told(await stranger.put(own(stranger, f"/messages/{sent['id']}"), {"opened": True}), 404)
    told(await stranger.put(own(mentor, f"/messages/{sent['id']}"), {"opened": True}), 403)
    for message_id in (uuid4(), "nothing"):
        told(await mentor.put(own(mentor, f"/messages/{message_id}"), {"opened": True}), 404)
    told(await mentor.put(own(mentor, f"/messages/{sent['id']}"), {"opened": "yes"}), 400)


@pytest.mark.parametrize("content", ["", " \n", "x" * 4001, "a\0b", 7, None])
async def test_a_text_that_is_none_is_refused(make: Factory, content: object) -> None:
    mentee, mentor, _ = await make.talkers()
    body = {"recipient_id": user(mentor), "content": content}
    told(await mentee.post(own(mentee, "/messages"), body), 400)


async def test_the_first_message_begins_a_conversation(open_programme: Programme) -> None:
    mentor, mentee = await open_programme.mentor(), await open_programme.make.mentee(open_programme.home)
    assert ok(await mentee.get(own(mentee, "/contacts"))) == {"resources": []}
    sent = ok(await say(mentee, mentor, "hei, valitsin sinut"), 201)
    assert [m["id"] for m in (await read(mentor))["resources"]] == [sent["id"]]
    ok(await say(mentor, mentee, "hienoa"), 201)
    assert len(ok(await mentee.get("/v1/pairs"))["items"]) == 1


async def test_two_first_messages_at_once_begin_one_conversation(open_programme: Programme) -> None:
    mentor, mentee = await open_programme.mentor(), await open_programme.make.mentee(open_programme.home)
    answers = await asyncio.gather(*(say(mentee, mentor, f"{number}") for number in range(6)))
    assert {answer.status_code for answer in answers} <= {201, 503}
    sent = sum(answer.status_code == 201 for answer in answers)
    assert len(await contents(mentor, max=10)) == sent >= 1
    assert len(ok(await mentee.get("/v1/pairs"))["items"]) == 1


async def test_no_pair_begins_with_whom_one_was_banned_by(open_programme: Programme) -> None:
    """Also where there was none before: the conversation was moved in."""
    mentor, mentee = await open_programme.mentor(), await open_programme.make.mentee(open_programme.home)
    await open_programme.make.thread(mentee, mentor)
    ok(await mentor.put(own(mentor, f"/contacts/{user(mentee)}"), {"status": "banned"}))
    told(await say(mentee, mentor, "hei"), 403)
    refused(await mentee.post("/v1/pairs", {"mentor_id": str(mentor.id)}), 409, "mentor_unavailable")
    for person in (mentee, mentor):
        assert ok(await person.get("/v1/pairs"))["items"] == []


async def test_who_writes_again_to_whom_they_cannot_reach_uses_up_no_tries(
    open_programme: Programme, strict_api: Api
) -> None:
    """The conversation is still on their screen: what they type goes nowhere, and others can still be reached."""
    mentor, mentee = await open_programme.mentor(), await open_programme.make.mentee(open_programme.home)
    await open_programme.make.thread(mentee, mentor)
    ok(await mentor.put(own(mentor, f"/contacts/{user(mentee)}"), {"status": "banned"}))
    async with in_earnest(mentee, strict_api) as strict:
        for _ in range(8):
            told(await say(strict, mentor, "hei"), 403)
        ok(await say(strict, await open_programme.mentor(), "hei"), 201)


async def test_where_staff_match_nobody_writes_first(programme: Programme) -> None:
    mentor, mentee = await programme.mentor(), await programme.make.mentee(programme.home)
    message = told(await say(mentee, mentor, "hei"), 403)
    assert "staff" in message
    told(await say(mentor, mentee, "hei"), 404)


async def test_a_mentor_without_room_is_told_in_words(open_programme: Programme) -> None:
    mentee = await open_programme.make.mentee(open_programme.home)
    full = await open_programme.mentor(capacity=0)
    told(await say(mentee, full, "hei"), 403)
    assert ok(await mentee.get(own(mentee, "/contacts"))) == {"resources": []}


async def test_nobody_writes_to_whom_they_may_not_know(open_programme: Programme, make: Factory) -> None:
    mentee, other = await open_programme.make.mentee(open_programme.home), await make.mentee(open_programme.home)
    elsewhere = await make.mentor()
    hidden = await open_programme.mentor(approved=False)
    for recipient in (user(other), user(hidden), str(uuid4()), "nothing", str(other.id)):
        body = {"recipient_id": recipient, "content": "hei"}
        told(await mentee.post(own(mentee, "/messages"), body), 404)
    assert "another programme" in told(await say(mentee, elsewhere, "hei"), 403)  # whom everybody sees on the list


async def test_a_conversation_that_has_ended(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentee, mentor, "hei"), 201)
    await make.end(thread)
    told(await say(mentee, mentor, "vielä"), 403)
    told(await say(mentor, mentee, "vielä"), 403)
    assert await contents(mentee) == ["hei"]


async def test_a_conversation_that_has_ended_begins_again_where_young_people_choose(open_programme: Programme) -> None:
    mentor, mentee = await open_programme.mentor(), await open_programme.make.mentee(open_programme.home)
    ok(await say(mentee, mentor, "hei"), 201)
    pair = ok(await mentee.get("/v1/pairs"))["items"][0]
    ok(await mentee.post(f"/v1/pairs/{pair['id']}/end", at_once()))
    told(await say(mentor, mentee, "vielä"), 403)
    ok(await say(mentee, mentor, "taas"), 201)
    ok(await say(mentor, mentee, "hei taas"), 201)
    assert await contents(mentor, desc="false") == ["hei", "taas", "hei taas"]
    ended, begun = sorted(ok(await mentee.get("/v1/pairs"))["items"], key=lambda one: one["id"])
    assert (ended["state"], begun["state"], ended["thread_id"]) == ("closed", "trial", begun["thread_id"])


async def test_a_repeated_send_is_a_second_message(make: Factory) -> None:
    mentee, mentor, _ = await make.talkers()
    for _ in range(2):
        ok(await say(mentee, mentor, "sama"), 201)
    assert await contents(mentor) == ["sama", "sama"]


async def test_text_is_stored_sealed(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, _ = await make.talkers()
    ok(await say(mentee, mentor, "salaisuus josta kukaan ei tiedä"), 201)
    assert b"salaisuus" not in await raw_db.fetchval("SELECT body FROM message")


async def test_staff_have_nobody_to_write_to(make: Factory) -> None:
    home = await make.organisation()
    mentor = await make.mentor(home)
    for person in (await make.staff(home), await make.admin()):
        assert ok(await person.get(own(person, "/contacts"))) == {"resources": []}
        for query in ({"max": 10, "desc": "true"}, {"from_message_id": str(uuid4()), "desc": "false"}):
            assert await read(person, **query) == {"resources": [], "contacts": []}
        told(await say(person, mentor, "hei"), 403)
        told(await person.put(own(person, f"/contacts/{user(mentor)}"), {"status": "ok"}), 403)
