"""Blocking: at once, and without telling."""

import asyncio
import random
from typing import Any
from uuid import uuid4

import httpx

from rinnalla.kit import events
from tests.api import ok, refused
from tests.chat.test_sending import say
from tests.factories import Factory, Person

ROUNDS = 40


def answer_of(response: httpx.Response) -> tuple[int, dict[str, Any], set[str]]:
    """All that the other side could tell apart, but for the request's own name."""
    body = {name: value for name, value in response.json().items() if name != "instance"}
    return response.status_code, body, set(response.headers)


async def views(person: Person, thread: object, earlier: str) -> list[tuple[int, dict[str, Any], set[str]]]:
    """`earlier` is the client id of a message of theirs."""
    body = {"client_id": str(uuid4()), "text": "oletko siellä?"}
    return [
        answer_of(await person.get(f"/v1/threads/{thread}")),
        answer_of(await person.get(f"/v1/threads/{thread}/messages")),
        answer_of(await person.get("/v1/threads")),
        answer_of(await person.get("/v1/threads?filing=archived")),
        answer_of(await person.post(f"/v1/threads/{thread}/messages", body)),
        answer_of(await person.post(f"/v1/threads/{thread}/messages", {"client_id": earlier, "text": "moi"})),
        answer_of(await person.post(f"/v1/threads/{thread}/messages", {"client_id": earlier, "text": "hei"})),
        answer_of(await person.put(f"/v1/threads/{thread}/read", {"up_to_seq": 0})),
        answer_of(await person.put(f"/v1/threads/{thread}/filing", {"filing": "archived"})),
    ]


async def test_blocked_looks_like_left(make: Factory) -> None:
    blocker, blocked, thread = await make.talkers()
    leaver, left, gone = await make.talkers()
    for mentee, own in ((blocker, thread), (leaver, gone)):
        ok(await say(mentee, own, "hei"), 201)
    sent = [ok(await say(mentor, own, "moi"), 201)["client_id"] for mentor, own in ((blocked, thread), (left, gone))]
    ok(await blocker.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
    async with make.services.database.unit_of_work() as db:
        await events.append(db, await make.services.chat.leave_threads(db, leaver.id))
    assert await views(blocked, thread, sent[0]) == await views(left, gone, sent[1])
    told = [[event["type"] for event in ok(await one.get("/v1/sync"))["events"]] for one in (blocked, left)]
    assert told == [["thread_changed", "unavailable", "unavailable", "thread_gone"]] * 2


async def test_a_block_can_be_taken_back(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await mentor.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
    refused(await say(mentor, thread, "hei"), 409, "thread_blocked")
    refused(await say(mentee, thread, "hei"), 404, "thread_not_found")
    assert ok(await mentor.get("/v1/threads?filing=blocked"))["items"][0]["id"] == str(thread)
    ok(await mentor.put(f"/v1/threads/{thread}/filing", {"filing": "inbox"}))
    ok(await say(mentee, thread, "hei"), 201)
    assert ok(await mentee.get("/v1/sync"))["events"][-2]["type"] == "thread_changed"


async def test_nothing_arrives_after_a_block_however_close(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    chance = random.Random(7)

    async def later(call: Any) -> httpx.Response:
        await asyncio.sleep(chance.random() * 0.01)
        answer: httpx.Response = await call
        return answer

    for _ in range(ROUNDS):
        sends = [later(say(mentor, thread, "hei")) for _ in range(3)]
        block = later(mentee.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
        *answers, blocked = await asyncio.gather(*sends, block)
        ok(blocked)
        assert {answer.status_code for answer in answers} <= {201, 404}
        events = ok(await mentee.get("/v1/sync", params=await almost_at_the_end(mentee)))["events"]
        assert events[-1]["type"] == "thread_changed"
        ok(await mentee.put(f"/v1/threads/{thread}/filing", {"filing": "inbox"}))


async def almost_at_the_end(person: Person) -> dict[str, Any]:
    """The place in their stream after which the last four events come."""
    body = ok(await person.get("/v1/sync"))
    return {"after": max(0, body["last_seq"] - 4), "epoch": body["epoch"]}
