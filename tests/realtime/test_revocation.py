"""Who may no longer be here is no longer here: whatever ended a session closes its sockets soon and refuses what it
writes at once, also in a process that hears nothing of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from websockets.exceptions import ConnectionClosed

from rinnalla.kit.settings import Settings
from rinnalla.realtime import frames
from tests.api import ok, refused
from tests.chat.test_sending import say
from tests.conftest import RunningService
from tests.factories import PASSWORD, Factory, Person
from tests.phone import Phone
from tests.words import Words

NEW_PASSWORD = "neljä koiraa ja kuu"


@dataclass
class Scene:
    """Two who talk, and the staff of their programme. It is the mentee whose session ends."""

    mentee: Person
    mentor: Person
    staff: Person
    thread: UUID

    @classmethod
    async def made(cls, make: Factory) -> "Scene":
        home = await make.organisation()
        mentee, mentor, staff = await make.mentee(home), await make.mentor(home), await make.staff(home)
        return cls(mentee, mentor, staff, await make.thread(mentee, mentor))


async def logs_out(scene: Scene) -> None:
    ok(await scene.mentee.delete(f"/v1/sessions/{scene.mentee.session_id}"), 204)


async def on_another_device(scene: Scene, method: str, path: str, body: Any = None) -> None:
    """What the mentee does on a device on which they have just logged in."""
    credentials = {"login_name": scene.mentee.login_name, "password": PASSWORD}
    token = ok(await scene.mentor.post("/v1/sessions", credentials), 201)["tokens"]["access_token"]
    answer = await scene.mentee.call(method, path, json=body, headers={"Authorization": f"Bearer {token}"})
    ok(answer, 204)


async def logs_all_other_devices_out(scene: Scene) -> None:
    await on_another_device(scene, "DELETE", "/v1/sessions")


async def changes_the_password(scene: Scene) -> None:
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    await on_another_device(scene, "PUT", "/v1/account/password", change)


async def is_suspended(scene: Scene) -> None:
    ok(await scene.staff.put(f"/v1/people/{scene.mentee.id}/suspension"), 204)


async def leaves_for_good(scene: Scene) -> None:
    ok(await scene.mentee.post("/v1/account/departure", {"password": PASSWORD}), 204)


async def has_a_refresh_token_stolen(scene: Scene) -> None:
    stolen = token = scene.mentee.refresh_token
    for _ in range(2):
        token = ok(await scene.mentor.post("/v1/sessions/refresh", {"refresh_token": token}))["refresh_token"]
    refused(await scene.mentor.post("/v1/sessions/refresh", {"refresh_token": stolen}), 401, "refresh_refused")


WAYS: list[Callable[[Scene], Awaitable[None]]] = [
    logs_out,
    logs_all_other_devices_out,
    changes_the_password,
    is_suspended,
    leaves_for_good,
    has_a_refresh_token_stolen,
]


@pytest.fixture(scope="module")
def deaf_service(settings: Settings) -> Iterator[RunningService]:
    """A process that no wake-up reaches: its bus is nowhere."""
    with RunningService(replace(settings, port=0, bus_url="redis://127.0.0.1:1")) as running:
        yield running


async def everything_until_the_close(phone: Phone) -> tuple[list[Any], int | None]:
    """What still comes, and the close."""
    came: list[Any] = []
    try:
        while True:
            came.append(await phone.next())
    except ConnectionClosed:
        return came, await phone.closed_with()


async def end_a_session(scene: Scene, way: Callable[[Scene], Awaitable[None]]) -> None:
    """Let the session end while its socket is open; what is sent by it and to it from then on must go nowhere."""
    async with await Phone.let_in(scene.mentee, after=0) as phone:
        await phone.until(frames.CaughtUp)
        await way(scene)
        for frame in (
            {"type": "read", "thread_id": str(scene.thread), "up_to_seq": 0},
            {"type": "typing", "thread_id": str(scene.thread)},
            {"type": "resume", "after": 0},
        ):
            await try_to_say(phone, frame)
        await say(scene.mentor, scene.thread, "vain sinulle")
        came, code = await everything_until_the_close(phone)
        assert code == frames.CloseCode.UNAUTHENTICATED
        told = [frame.event for frame in came if isinstance(frame, frames.EventFrame)]
        assert not [event for event in told if isinstance(event, frames.MessageEvent)], way


async def try_to_say(phone: Phone, frame: dict[str, Any]) -> None:
    try:
        await phone.say(frame)
    except ConnectionClosed:
        return


async def end_a_session_and_write(scene: Scene, way: Callable[[Scene], Awaitable[None]]) -> None:
    """A message sent in the moment after the session has ended is neither acknowledged nor stored."""
    async with await Phone.let_in(scene.mentee, after=0) as phone:
        await phone.until(frames.CaughtUp)
        await way(scene)
        try:
            await phone.send(scene.thread, "vielä tämä")
        except ConnectionClosed:
            return
        came, code = await everything_until_the_close(phone)
        assert code == frames.CloseCode.UNAUTHENTICATED
        assert not [frame for frame in came if isinstance(frame, frames.Ack)], way


async def end_a_session_in_silence(scene: Scene, way: Callable[[Scene], Awaitable[None]]) -> None:
    """Nobody says anything any more: the socket is closed all the same."""
    async with await Phone.let_in(scene.mentee) as phone:
        await way(scene)
        assert (await everything_until_the_close(phone))[1] == frames.CloseCode.UNAUTHENTICATED


@pytest.mark.parametrize(
    ("attempt", "hears"),
    [
        (end_a_session, True),
        (end_a_session, False),
        (end_a_session_and_write, True),
        (end_a_session_and_write, False),
        (end_a_session_in_silence, True),
        (end_a_session_in_silence, False),
    ],
)
async def test_whatever_ends_a_session_closes_its_socket_and_refuses_its_frames(
    make: Factory,
    raw_db: asyncpg.Connection,
    deaf_service: RunningService,
    attempt: Callable[[Scene, Callable[[Scene], Awaitable[None]]], Awaitable[None]],
    hears: bool,
) -> None:
    scenes = [await Scene.made(make) for _ in WAYS]
    for scene in scenes:
        scene.mentee.url = scene.mentee.url if hears else deaf_service.url
    await asyncio.gather(*(attempt(scene, way) for scene, way in zip(scenes, WAYS, strict=True)))
    assert await raw_db.fetchval("SELECT count(*) FROM message WHERE author_id = ANY($1)", ids(scenes)) == 0
    assert await raw_db.fetchval("SELECT max(read_seq) FROM thread_member WHERE account_id = ANY($1)", ids(scenes)) in {
        None,
        0,
    }


def ids(scenes: list[Scene]) -> list[UUID]:
    return [scene.mentee.id for scene in scenes]


@pytest.mark.parametrize("kind", ["send", "read", "typing", "delivered", "auth"])
async def test_every_frame_finds_out_by_itself_that_its_session_has_ended(
    make: Factory, raw_db: asyncpg.Connection, service_that_never_looks: RunningService, kind: str
) -> None:
    """Nobody says so, and the process looks at nothing else: what it closes the socket for is this frame."""
    mentee, mentor, thread = await make.talkers()
    mentee.url = service_that_never_looks.url
    ok(await say(mentor, thread, "hei"), 201)
    here = {"thread_id": str(thread)}
    frames_to_send: dict[str, dict[str, Any]] = {
        "send": here | {"client_id": str(uuid4()), "text": "moi"},
        "read": here | {"up_to_seq": 1},
        "typing": here,
        "delivered": here | {"up_to_seq": 1},
        "auth": {"access_token": mentee.token},
    }
    async with await Phone.let_in(mentee) as phone, Words(raw_db) as words:
        await raw_db.execute("UPDATE session SET revoked_at = clock_timestamp() WHERE id = $1", mentee.session_id)
        await phone.say({"type": kind, **frames_to_send[kind]})
        assert await everything_until_the_close(phone) == ([], frames.CloseCode.UNAUTHENTICATED)
        assert await words.so_far("typing") == []
    sides = await raw_db.fetch("SELECT read_seq, delivered_seq FROM thread_member WHERE account_id = $1", mentee.id)
    assert [tuple(side) for side in sides] == [(0, 0)]
    assert await raw_db.fetchval("SELECT count(*) FROM message") == 1


async def test_a_resume_shows_nothing_to_a_session_that_has_ended(
    make: Factory, raw_db: asyncpg.Connection, service_that_never_looks: RunningService
) -> None:
    """Neither events nor the threads that it begins with, which say who has written and when."""
    mentee, _, _ = await make.talkers()
    mentee.url = service_that_never_looks.url
    async with await Phone.let_in(mentee) as phone:
        await raw_db.execute("UPDATE session SET revoked_at = clock_timestamp() WHERE id = $1", mentee.session_id)
        await phone.say({"type": "resume", "after": 0})
        assert await everything_until_the_close(phone) == ([], frames.CloseCode.UNAUTHENTICATED)
        assert not hasattr(phone, "resumed")
