"""Who gets a socket, and for how long."""

from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest

from rinnalla.realtime import frames
from tests.api import ok
from tests.factories import Factory
from tests.phone import Phone

FIRST_FRAMES: list[dict[str, Any]] = [
    {"type": "auth"}, {"type": "auth", "access_token": "forged"}, {"type": "auth", "ticket": "forged"},
    {"type": "resume", "after": 0}, {"type": "?"},
]  # fmt: skip


@pytest.mark.parametrize("frame", FIRST_FRAMES)
async def test_nobody_gets_in_unknown(make: Factory, frame: dict[str, Any]) -> None:
    mentee, _, _ = await make.talkers()
    async with await Phone.open(mentee) as phone:
        await phone.say(frame)
        assert await phone.closed_with() == 4401


async def test_a_token_in_the_address_opens_nothing(make: Factory) -> None:
    mentee, _, _ = await make.talkers()
    async with await Phone.open(mentee, query=f"?access_token={mentee.token}&ticket={mentee.token}") as phone:
        assert await phone.closed_with() == 4401


async def test_a_ticket_opens_one_socket(make: Factory) -> None:
    mentee, _, _ = await make.talkers()
    ticket = ok(await mentee.post("/v1/realtime/tickets"), 201)["ticket"]
    async with await Phone.open(mentee) as phone, await Phone.open(mentee) as second:
        await phone.say({"type": "auth", "ticket": ticket})
        assert (await phone.expect(frames.Hello)).last_seq == 1
        await second.say({"type": "auth", "ticket": ticket})
        assert await second.closed_with() == 4401


async def test_compression_is_not_negotiated(make: Factory) -> None:
    mentee, _, _ = await make.talkers()
    phone = await Phone.open(mentee)
    async with phone:
        assert phone.socket.response is not None
        assert "Sec-WebSocket-Extensions" not in phone.socket.response.headers


async def test_a_session_that_ends_closes_its_socket_and_refuses_its_sends(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    async with await Phone.let_in(mentee) as phone:
        ok(await mentee.delete(f"/v1/sessions/{mentee.session_id}"), 204)
        assert await phone.closed_with() == 4401
    body = {"client_id": str(uuid4()), "text": "hei"}
    assert (await mentee.post(f"/v1/threads/{thread}/messages", body)).status_code == 401
    assert ok(await mentor.get(f"/v1/threads/{thread}"))["last_seq"] == 0


async def test_the_sixth_socket_closes_the_oldest(make: Factory) -> None:
    mentee, _, _ = await make.talkers()
    async with AsyncExitStack() as stack:
        phones = [await stack.enter_async_context(await Phone.let_in(mentee)) for _ in range(6)]
        assert await phones[0].closed_with() == 4409
        await phones[5].resume(0)
        await phones[5].until(frames.CaughtUp)


async def test_auth_again_must_be_of_the_same_session(make: Factory) -> None:
    mentee, mentor, _ = await make.talkers()
    async with await Phone.let_in(mentee) as phone:
        await phone.say({"type": "auth", "access_token": mentee.token})
        await phone.resume(0)
        await phone.until(frames.CaughtUp)
        await phone.say({"type": "auth", "access_token": mentor.token})
        assert await phone.closed_with() == 4401
