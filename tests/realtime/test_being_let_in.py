"""Who gets a socket, and for how long."""

import json
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import asyncpg
import jwt
import pytest
from websockets.exceptions import ConnectionClosed

from rinnalla.kit.settings import Settings
from rinnalla.realtime import frames
from tests.api import ok
from tests.chat.test_sending import say
from tests.conftest import RunningService
from tests.factories import PASSWORD, Factory, Person
from tests.phone import Phone
from tests.realtime.test_dead_peers import until_open

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


@pytest.mark.parametrize("kind", ["no text", "no JSON", "too deep", "binary"])
async def test_a_first_frame_that_is_none_opens_nothing(make: Factory, kind: str) -> None:
    """Nor is a token read out of one that may not carry it."""
    mentee = await make.mentee()
    whole = json.dumps({"type": "auth", "access_token": mentee.token})
    sent: dict[str, str | bytes] = {
        "no text": "",
        "no JSON": whole[:-1],
        "too deep": "[" * 30_000,
        "binary": whole.encode(),
    }
    async with await Phone.open(mentee) as phone:
        await phone.socket.send(sent[kind])
        with pytest.raises(ConnectionClosed):
            await phone.next()
        assert await phone.closed_with() == 4401


def forged(settings: Settings, person: Person, *, header: dict[str, str] | None = None, **claims: Any) -> str:
    """An access token as ours, signed with our key, but for what is said otherwise."""
    assert settings.token_keys is not None
    key = settings.token_keys.by_name[settings.token_keys.active]
    genuine = jwt.decode(person.token, options={"verify_signature": False})
    headers = {"typ": "at+jwt", "kid": settings.token_keys.active, **(header or {})}
    return jwt.encode({**genuine, **claims}, key, "HS256", headers=headers)


FORGERIES: list[dict[str, Any]] = [
    {"header": {"typ": "JWT"}},
    {"header": {"typ": "rt+jwt"}},
    {"header": {"kid": "unknown"}},
    {"aud": "another-api"},
    {"aud": ["rinnalla-realtime"]},
    {"iss": "rinnalla-staging"},
    {"exp": 1},
    {"sid": "not an id"},
    {"sid": str(uuid4())},
    {"sub": str(uuid4())},
]


@pytest.mark.parametrize("otherwise", FORGERIES)
async def test_a_token_of_another_kind_opens_nothing(
    make: Factory, settings: Settings, otherwise: dict[str, Any]
) -> None:
    mentee = await make.mentee()
    async with await Phone.open(mentee) as phone, await Phone.open(mentee) as genuine:
        await phone.say({"type": "auth", "access_token": forged(settings, mentee, **otherwise)})
        assert await phone.closed_with() == 4401
        await genuine.say({"type": "auth", "access_token": forged(settings, mentee)})
        await genuine.expect(frames.Hello)


async def test_what_proves_something_else_opens_nothing(make: Factory) -> None:
    mentee = await make.mentee()
    ticket = ok(await mentee.post("/v1/realtime/tickets"), 201)["ticket"]
    for auth in (
        {"access_token": mentee.refresh_token},
        {"access_token": ticket},
        {"ticket": mentee.token},
        {"ticket": mentee.refresh_token},
        {"access_token": mentee.token, "ticket": ticket},
    ):
        async with await Phone.open(mentee) as phone:
            await phone.say({"type": "auth", **auth})
            assert await phone.closed_with() == 4401


async def test_a_token_in_the_address_opens_nothing(make: Factory, brisk_service: RunningService) -> None:
    mentee, _, _ = await make.talkers()
    mentee.url = brisk_service.url
    async with await Phone.open(mentee, query=f"?access_token={mentee.token}&ticket={mentee.token}") as phone:
        assert await phone.closed_with() == 4401


async def test_who_is_not_let_in_hears_nothing_and_is_in_no_list(
    make: Factory, brisk_service: RunningService, settings: Settings, raw_db: asyncpg.Connection
) -> None:
    """Neither what there is, whatever they ask for, nor what comes while they are open."""
    mentee, mentor, thread = await make.talkers()
    mentee.url = brisk_service.url
    forgeries = [forged(settings, mentee, **otherwise) for otherwise in ({"exp": 1}, {"aud": "another-api"})]
    await until_open(brisk_service, 0)
    async with AsyncExitStack() as stack:

        async def stranger() -> Phone:
            return await stack.enter_async_context(await Phone.open(mentee, query=f"?access_token={mentee.token}"))

        strangers = [await stranger()]
        for token in forgeries:
            strangers.append(await stranger())
            await strangers[-1].say({"type": "auth", "access_token": token, "resume": {"after": 0}})
        strangers.append(await stranger())
        await strangers[-1].say({"type": "resume", "after": 0})
        ok(await say(mentor, thread, "vain sinulle"), 201)
        assert brisk_service.services.hub.sockets == 0
        for phone in strangers:
            with pytest.raises(ConnectionClosed):
                await phone.next()
            assert await phone.closed_with() == 4401
    assert await raw_db.fetchval("SELECT count(*) FROM open_socket WHERE account_id = $1", mentee.id) == 0


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
    phone = await Phone.open(mentee, compression="deflate")
    async with phone:
        assert phone.socket.request is not None
        assert phone.socket.response is not None
        assert "permessage-deflate" in phone.socket.request.headers["Sec-WebSocket-Extensions"]
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
    log_in = {"login_name": mentee.login_name, "password": PASSWORD}
    other_device = ok(await mentee.post("/v1/sessions", log_in), 201)["tokens"]["access_token"]
    for other in (mentor.token, other_device):
        async with await Phone.let_in(mentee) as phone:
            await phone.say({"type": "auth", "access_token": mentee.token})
            await phone.resume(0)
            await phone.until(frames.CaughtUp)
            await phone.say({"type": "auth", "access_token": other})
            assert await phone.closed_with() == 4401
