"""Handshakes that are none: each is refused, and the process lives."""

import asyncio

import httpx
import pytest

from tests.factories import Factory
from tests.phone import Phone
from tests.wire import UPGRADE, Wire, handshake


def without(*names: str, **instead: str) -> dict[str, str]:
    return {name: value for name, value in UPGRADE.items() if name not in names} | {
        name.replace("_", "-"): value for name, value in instead.items()
    }


HANDSHAKES: dict[str, tuple[bytes, set[int]]] = {
    "a plain request": (handshake(without("Connection", "Upgrade")), {404, 405, 426}),
    "HTTP/1.0": (handshake(UPGRADE, line="GET /v1/realtime HTTP/1.0"), {404, 405, 426, 505}),
    "HTTP/0.9": (b"GET /v1/realtime\r\n\r\n", {400, 404, 405, 505}),
    "HTTP/2.0": (handshake(UPGRADE, line="GET /v1/realtime HTTP/2.0"), {400, 404, 405, 505}),
    "another method": (handshake(UPGRADE, line="POST /v1/realtime HTTP/1.1"), {400, 405}),
    "no version": (handshake(without("Sec-WebSocket-Version")), {400, 426}),
    "an old version": (handshake(without(Sec_WebSocket_Version="8")), {400, 426}),
    "two versions": (handshake(without(Sec_WebSocket_Version="13, 8")), {400, 426}),
    "no key": (handshake(without("Sec-WebSocket-Key")), {400}),
    "a short key": (handshake(without(Sec_WebSocket_Key="c2hvcnQ=")), {400}),
    "a key that is no base64": (handshake(without(Sec_WebSocket_Key="ääääääääääääääääääääää==")), {400}),
    "a subprotocol that is no ASCII": (handshake(without(Sec_WebSocket_Protocol="rinnäkkäin")), {400}),
    "a subprotocol that is no token": (handshake(without(Sec_WebSocket_Protocol="a b, (c)")), {400}),
    "an extension that is no ASCII": (handshake(without(Sec_WebSocket_Extensions="säästö")), {101, 400}),
    "an origin that is no ASCII": (handshake(without(Origin="https://äpp.example.org")), {400, 403}),
    "an address that is no ASCII": (handshake(UPGRADE, line="GET /v1/realtime\xe4 HTTP/1.1"), {400, 404}),
    "another address": (handshake(UPGRADE, line="GET /v1/nothing HTTP/1.1"), {403, 404}),
    "an address with a NUL": (handshake(UPGRADE, line="GET /v1/realtime%00 HTTP/1.1"), {400, 403, 404}),
    "a long address": (handshake(UPGRADE, line=f"GET /v1/realtime?{'a' * 9000} HTTP/1.1"), {400, 414}),
    "a long header": (handshake(without(Cookie="a" * 9000)), {400, 431}),
    "many headers": (handshake(UPGRADE | {f"X-{number}": "a" for number in range(200)}), {400, 431}),
    "an upgrade to something else": (handshake(without(Upgrade="h2c")), {404, 405, 426}),
    "a body": (handshake(without(Content_Length="5")) + b"hello", {400, 404, 405, 426}),
}


@pytest.mark.parametrize("kind", HANDSHAKES)
async def test_a_handshake_that_is_none_is_refused_and_the_process_lives(make: Factory, kind: str) -> None:
    mentee, _, _ = await make.talkers()
    sent, statuses = HANDSHAKES[kind]
    async with await Wire.to(mentee.url) as wire:
        await wire.send(sent)
        assert await wire.status() in statuses
    async with await Phone.let_in(mentee):
        return


@pytest.mark.parametrize("cut", [1, 20, 60, 120])
async def test_a_handshake_that_breaks_off_leaves_nothing_behind(make: Factory, cut: int) -> None:
    mentee, _, _ = await make.talkers()
    for _ in range(5):
        async with await Wire.to(mentee.url) as wire:
            await wire.send(handshake(UPGRADE)[:cut])
    async with await Phone.let_in(mentee):
        return


async def test_frames_that_come_with_the_handshake_do_no_harm(make: Factory) -> None:
    """A client that does not wait for the answer breaks the rules; only its own socket may suffer."""
    mentee, _, _ = await make.talkers()
    async with await Wire.to(mentee.url) as wire:
        await wire.send(handshake(UPGRADE) + b"\x89\x80mask" * 10)
        assert await wire.status() == 101
        await wire.say({"type": "auth", "access_token": mentee.token})
    async with await Phone.let_in(mentee):
        return


async def test_many_handshakes_that_break_off_at_once_leave_the_service_answering(make: Factory) -> None:
    mentee, _, _ = await make.talkers()

    async def leave_at_once() -> None:
        async with await Wire.to(mentee.url) as wire:
            await wire.send(handshake(UPGRADE))

    await asyncio.gather(*(leave_at_once() for _ in range(50)))
    async with httpx.AsyncClient() as client, await Phone.let_in(mentee):
        assert (await client.get(f"{mentee.url}/livez")).status_code == 200
