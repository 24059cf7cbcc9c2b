"""A process that is asked to end sends its clients elsewhere, answers who still comes, finishes what is under way."""

import asyncio
import random
import signal
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from rinnalla.kit.settings import Settings
from rinnalla.realtime import frames
from tests.api import Api, ok, refused
from tests.factories import Factory, Person
from tests.node import Node, serving, settings_beside
from tests.patience import eventually, wait_until
from tests.phone import Phone

TALKING_PAIRS = 4
MOST_PAUSE_SECONDS = 0.2


@pytest.fixture
def nodes(postgres_url: str, data_folder: Path, settings: Settings, clean: None) -> list[dict[str, Any]]:
    """The settings of two machines on the Postgres and the keys of the test run."""
    return [
        settings_beside(
            postgres_url, data_folder, RINNALLA_POOL_SIZE=6, RINNALLA_LIMIT_FACTOR=1000, RINNALLA_DRAIN_SECONDS=1
        )
        for _ in range(2)
    ]


def at(node: Node, person: Person) -> Person:
    """The same person on another machine."""
    known = {
        name: getattr(person, name) for name in ("id", "login_name", "organisation_id", "session_id", "refresh_token")
    }
    return Person(node.url, person.contract, person.token, **known)


async def missing(api: Api) -> set[str]:
    """Why a machine is not ready."""
    answer = await api.get("/readyz")
    refused(answer, 503, "not_ready")
    return {error["parameter"] for error in answer.json()["errors"]}


@pytest.mark.parametrize("workers", [1, 2])
async def test_on_the_way_out(nodes: list[dict[str, Any]], make: Factory, tmp_path: Path, workers: int) -> None:
    mentee, mentor, thread = await make.talkers()
    settings = nodes[0] | {"RINNALLA_DRAIN_SECONDS": 3, "RINNALLA_WORKERS": workers}
    with serving(tmp_path, **settings) as node:
        young, other = at(node, mentee), at(node, mentor)
        phones = [await Phone.let_in(other, after=1) for _ in range(4)]
        for phone in phones:
            await phone.expect(frames.CaughtUp)
        node.process.terminate()
        make.made += [young, other]
        await asyncio.to_thread(wait_until, lambda: len(node.logged("leaving")) == workers)
        assert await missing(young) == {"staying"}
        answer = await young.post(f"/v1/threads/{thread}/messages", {"client_id": str(uuid4()), "text": "vielä"})
        ok(answer, 201)
        assert answer.headers["connection"] == "close"
        ok(await young.get("/livez"))
        with pytest.raises(InvalidStatus) as turned_away:
            await Phone.let_in(young)
        assert turned_away.value.response.status_code == 503
        assert int(turned_away.value.response.headers["retry-after"]) >= 1
        for phone in phones:
            _, notice = await phone.until(frames.GoingAway)
            assert 0 <= notice.retry_after_ms < 20_000
            assert await phone.closed_with() == 1012
        assert await asyncio.to_thread(node.process.wait, 30) == 0
        with pytest.raises(httpx.ConnectError):
            await young.http.get("/livez")


async def test_who_says_who_they_are_only_then_is_sent_elsewhere_too(
    nodes: list[dict[str, Any]], make: Factory, tmp_path: Path
) -> None:
    """The door was open when they came to it."""
    mentee = await make.mentee()
    with serving(tmp_path, **(nodes[0] | {"RINNALLA_DRAIN_SECONDS": 3})) as node:
        async with at(node, mentee) as young, await Phone.open(young) as phone:
            node.process.terminate()
            await asyncio.to_thread(wait_until, lambda: bool(node.logged("leaving")))
            await phone.say({"type": "auth", "access_token": mentee.token})
            assert (await phone.expect(frames.GoingAway)).retry_after_ms < 20_000
            assert await phone.closed_with() == 1012
        assert await asyncio.to_thread(node.process.wait, 30) == 0


async def test_a_transaction_under_way_is_finished(
    nodes: list[dict[str, Any]], make: Factory, raw_db: asyncpg.Connection, tmp_path: Path
) -> None:
    mentee, _, thread = await make.talkers()
    with serving(tmp_path, **(nodes[0] | {"RINNALLA_DRAIN_SECONDS": 0})) as node:
        async with at(node, mentee) as young:
            async with raw_db.transaction():
                await raw_db.execute("SELECT FROM thread WHERE id = $1 FOR UPDATE", thread)
                body = {"client_id": str(uuid4()), "text": "ennen kuin lähdet"}
                sending = asyncio.create_task(young.post(f"/v1/threads/{thread}/messages", body))
                await eventually(lambda: someone_waits(raw_db))
                node.process.terminate()
                await asyncio.to_thread(wait_until, lambda: bool(node.logged("leaving")))
            ok(await sending, 201)
        assert await asyncio.to_thread(node.process.wait, 30) == 0


async def someone_waits(db: asyncpg.Connection) -> bool:
    await db.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction the first look would be kept
    return bool(await db.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))


async def test_a_second_signal_waits_for_nobody(
    nodes: list[dict[str, Any]], make: Factory, raw_db: asyncpg.Connection, tmp_path: Path
) -> None:
    mentee, _, thread = await make.talkers()
    with serving(tmp_path, **(nodes[0] | {"RINNALLA_DRAIN_SECONDS": 60})) as node:
        young = at(node, mentee)
        make.made.append(young)
        async with await Phone.let_in(young) as phone, raw_db.transaction():
            await raw_db.execute("SELECT FROM thread WHERE id = $1 FOR UPDATE", thread)
            await phone.send(thread, "hei")
            node.process.terminate()
            await asyncio.to_thread(wait_until, lambda: bool(node.logged("leaving")))
            node.process.send_signal(signal.SIGINT)
            assert await asyncio.to_thread(node.process.wait, 30) == 0
            with pytest.raises(ConnectionClosed):
                await phone.until(frames.Ack)


async def test_who_served_nobody_leaves_at_once(nodes: list[dict[str, Any]], tmp_path: Path) -> None:
    with serving(tmp_path, **(nodes[0] | {"RINNALLA_DRAIN_SECONDS": 60})) as node:
        assert await asyncio.to_thread(node.leave) == 0


class Talker:
    """Someone who sends as the contract says: what was not answered is sent again under the same id; who is asked to
    leave, or finds nobody, goes to the other machine."""

    def __init__(self, everywhere: Sequence[Person], thread: UUID, chance: random.Random) -> None:
        self._everywhere = list(everywhere)
        self._thread = thread
        self._chance = chance
        self._phone: Phone | None = None
        self.acked: dict[str, str] = {}
        self.turned_away: list[int] = []
        self.closed: list[int | None] = []
        self.moves = 0

    @property
    def _here(self) -> Person:
        return self._everywhere[self.moves % 2]

    async def _move(self) -> None:
        self.moves += 1
        await asyncio.sleep(self._chance.uniform(0, MOST_PAUSE_SECONDS))

    async def talk(self, over: asyncio.Event) -> None:
        """One message after the other, by socket and by HTTP, until it is over."""
        number = 0
        while not over.is_set():
            client_id, text = uuid4(), f"viesti {number}"
            number += 1
            send = self._by_socket if self._chance.random() < 0.5 else self._by_http
            while not await send(client_id, text):
                await self._move()
        if self._phone is not None:
            await self._phone.socket.close()

    async def _by_http(self, client_id: UUID, text: str) -> bool:
        body = {"client_id": str(client_id), "text": text}
        try:
            answer = await self._here.post(f"/v1/threads/{self._thread}/messages", body)
        except httpx.TransportError:
            return False
        if answer.status_code == 503:
            assert "retry-after" in answer.headers
            return False
        assert answer.status_code in {200, 201}, answer.text
        self.acked[str(client_id)] = answer.json()["id"]
        return True

    async def _by_socket(self, client_id: UUID, text: str) -> bool:
        try:
            if self._phone is None:
                self._phone = await Phone.let_in(self._here)
            await self._phone.send(self._thread, text, client_id)
            _, ack = await self._phone.until(frames.Ack)
        except InvalidStatus as turned_away:
            self.turned_away.append(turned_away.response.status_code)
            return False
        except ConnectionClosed as closed:
            self.closed.append(closed.rcvd.code if closed.rcvd is not None else None)
            self._phone = None
            return False
        except OSError:  # nobody is there
            return False
        self.acked[str(client_id)] = str(ack.message.id)
        return True


async def test_a_rolling_restart_fails_no_send(
    nodes: list[dict[str, Any]], make: Factory, tmp_path: Path, clean: None
) -> None:
    with ExitStack() as stack:
        machines = [stack.enter_context(serving(tmp_path, **settings)) for settings in nodes]
        talkers = []
        for number in range(TALKING_PAIRS):
            mentee, _, thread = await make.talkers()
            everywhere = [at(machine, mentee) for machine in machines]
            make.made += everywhere
            talkers.append((Talker(everywhere, thread, random.Random(number)), everywhere[0], thread))
        over = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for talker, _, _ in talkers:
                tasks.create_task(talker.talk(over))
            for machine in machines:
                assert await asyncio.to_thread(machine.restart) == 0
            over.set()
        for talker, person, thread in talkers:
            assert talker.moves > 0
            assert set(talker.turned_away) <= {503}
            assert set(talker.closed) <= {1012}
            assert await stored(person, thread) == talker.acked


async def stored(person: Person, thread: UUID) -> dict[str, str]:
    """Every message of a thread: its client id and its id."""
    found: list[tuple[str, str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = ok(await person.get(f"/v1/threads/{thread}/messages", params={"limit": 100, **cursor}))
        found += [(item["client_id"], item["id"]) for item in page["items"]]
        if page["next_cursor"] is None:
            assert len(dict(found)) == len(found)
            return dict(found)
        cursor = {"cursor": page["next_cursor"]}
