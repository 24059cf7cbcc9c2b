"""A process that is asked to end sends its clients elsewhere, answers who still comes, finishes what is under way."""

import asyncio
import random
import signal
from collections.abc import Mapping, Sequence
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
from tests.chat.test_sending import say
from tests.factories import Factory, Person
from tests.locks import someone_waits
from tests.node import Node, serving, settings_beside
from tests.patience import eventually, wait_until
from tests.phone import Phone
from tests.realtime.test_dead_peers import MESSAGES, TEXT, slow_socket

TALKING_PAIRS = 4
MOST_PAUSE_SECONDS = 0.2
FILLS_SECONDS = 1.0
BALANCER_SECONDS = 10
"""Within which a balancer has heard of it that a machine leaves, however busy both are."""


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


async def test_a_client_that_takes_nothing_keeps_nobody_from_ending_in_order(
    nodes: list[dict[str, Any]], make: Factory, raw_db: asyncpg.Connection, tmp_path: Path
) -> None:
    mentee, mentor, thread = await make.talkers()
    for _ in range(MESSAGES):
        ok(await say(mentor, thread, TEXT), 201)
    with serving(tmp_path, **(nodes[0] | {"RINNALLA_WORKERS": 2})) as node:
        young = at(node, mentee)
        make.made.append(young)
        async with await slow_socket(young):

            async def is_known() -> bool:
                return bool(await raw_db.fetchval("SELECT count(*) FROM open_socket WHERE account_id = $1", young.id))

            await eventually(is_known)
            await asyncio.sleep(FILLS_SECONDS)
            node.process.terminate()
            assert await asyncio.to_thread(node.process.wait, 60) == 0
    assert await raw_db.fetchval("SELECT count(*) FROM node WHERE stopped") == 2


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


class Balancer:
    """Sends everyone to a machine that is ready, and nobody to one that has said that it is not. Where it hears that so
    late that nobody listens any more, nothing was sent, and it tries another one, as balancers do."""

    def __init__(self, machines: Sequence[Node]) -> None:
        self.ready = list(machines)

    async def restart(self, machine: Node) -> None:
        """Let a machine leave and come back. Nothing waits for it but what was sent to it before it said so."""
        machine.process.terminate()
        await asyncio.to_thread(wait_until, lambda: not machine.is_ready())
        self.ready.remove(machine)
        assert await asyncio.to_thread(machine.process.wait) == 0
        await asyncio.to_thread(machine.start().until_ready)
        self.ready.append(machine)


class Talker:
    """Someone who sends as the contract says: what a socket did not answer before it closed is sent again by another
    one, under the same id. Over HTTP there is nothing to send again: every answer must be a yes."""

    def __init__(
        self, balancer: Balancer, everywhere: Mapping[Node, Person], thread: UUID, chance: random.Random
    ) -> None:
        self._balancer = balancer
        self._everywhere = everywhere
        self._thread = thread
        self._chance = chance
        self._phone: Phone | None = None
        self.acked: list[tuple[str, str, str]] = []
        self.turned_away: list[int] = []
        self.closed: list[int | None] = []
        self.served_by: set[Node] = set()

    def _somewhere(self) -> Person:
        machine = self._chance.choice(self._balancer.ready)
        self.served_by.add(machine)
        return self._everywhere[machine]

    async def talk(self, over: asyncio.Event) -> None:
        """One message after the other, by socket and by HTTP, until it is over."""
        number = 0
        while not over.is_set():
            client_id, text = uuid4(), f"viesti {number}"
            number += 1
            send = self._by_socket if self._chance.random() < 0.5 else self._by_http
            while (message_id := await send(client_id, text)) is None:
                await asyncio.sleep(self._chance.uniform(0, MOST_PAUSE_SECONDS))
            self.acked.append((str(client_id), message_id, text))
        if self._phone is not None:
            await self._phone.socket.close()

    async def _by_http(self, client_id: UUID, text: str) -> str | None:
        body = {"client_id": str(client_id), "text": text}
        try:
            answer = await self._somewhere().post(f"/v1/threads/{self._thread}/messages", body)
        except httpx.ConnectError:
            return None
        return str(ok(answer, 201)["id"])

    async def _by_socket(self, client_id: UUID, text: str) -> str | None:
        try:
            if self._phone is None:
                here = self._somewhere()
                self._phone = await Phone.open(here)
                await self._phone.say({"type": "auth", "access_token": here.token})
            await self._phone.send(self._thread, text, client_id)
            _, ack = await self._phone.until(frames.Ack)
        except ConnectionRefusedError:
            return None
        except InvalidStatus as turned_away:
            self.turned_away.append(turned_away.response.status_code)
            return None
        except ConnectionClosed as closed:
            self.closed.append(closed.rcvd.code if closed.rcvd is not None else None)
            self._phone = None
            return None
        return str(ack.message.id)


async def test_a_rolling_restart_fails_no_send(
    nodes: list[dict[str, Any]], make: Factory, tmp_path: Path, clean: None
) -> None:
    """Each once, while a few talk: `make bench ONLY=rolling` has a crowd, and says how long anyone waits."""
    with ExitStack() as stack:
        leisurely = [settings | {"RINNALLA_DRAIN_SECONDS": BALANCER_SECONDS} for settings in nodes]
        machines = [stack.enter_context(serving(tmp_path, **settings)) for settings in leisurely]
        balancer = Balancer(machines)
        talkers = []
        for number in range(TALKING_PAIRS):
            mentee, _, thread = await make.talkers()
            everywhere = {machine: at(machine, mentee) for machine in machines}
            make.made += everywhere.values()
            talkers.append((Talker(balancer, everywhere, thread, random.Random(number)), mentee, thread))
        over = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for talker, _, _ in talkers:
                tasks.create_task(talker.talk(over))
            for machine in machines:
                await balancer.restart(machine)
            over.set()
        for talker, person, thread in talkers:
            assert talker.served_by == set(machines)
            assert set(talker.turned_away) <= {503}  # by the one that leaves, before the balancer has heard of it
            assert set(talker.closed) <= {1012}
            assert await stored(person, thread) == talker.acked
        assert any(talker.closed for talker, _, _ in talkers)


async def stored(person: Person, thread: UUID) -> list[tuple[str, str, str]]:
    """Every message of a thread in its order: its client id, its id, its text."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = ok(await person.get(f"/v1/threads/{thread}/messages", params={"limit": 100, **cursor}))
        found += page["items"]
        if page["next_cursor"] is None:
            return [(item["client_id"], item["id"], item["text"]) for item in reversed(found)]
        cursor = {"cursor": page["next_cursor"]}
