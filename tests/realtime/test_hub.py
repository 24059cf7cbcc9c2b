"""What no wake-up told is found all the same, by a look every few seconds."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace

import asyncpg
import pytest
from websockets.exceptions import ConnectionClosed

from rinnalla.app import Services
from rinnalla.kit import bus
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.ids import new_id
from rinnalla.kit.settings import Settings
from rinnalla.realtime import frames
from rinnalla.realtime.connection import Connection
from rinnalla.realtime.hub import Hub
from rinnalla.realtime.news import ThreadGone
from tests.api import ok
from tests.chat.test_sending import say
from tests.conftest import RunningService
from tests.factories import Factory
from tests.faults.proxy import Weather
from tests.patience import eventually
from tests.phone import Phone
from tests.realtime.lines import Client
from tests.realtime.test_registry import node
from tests.valkey import Valkey, valkey
from tests.weather import through

LATE_SECONDS = 0.3

SILENT_EVENT = """
WITH head AS (UPDATE member_stream SET last_seq = last_seq + 1 WHERE account_id = $1 RETURNING last_seq)
INSERT INTO member_event (account_id, seq, kind, refs)
SELECT $1, last_seq, 'thread_gone', jsonb_build_object('thread_id', $2::text) FROM head
"""


@pytest.fixture
def valkey_server() -> Iterator[Valkey]:
    with valkey() as server:
        yield server


async def test_what_nobody_was_woken_for_is_found(make: Factory, raw_db: asyncpg.Connection) -> None:
    """How late, `make bench ONLY=listener` says, at 200 messages a second."""
    mentee, mentor, thread = await make.talkers()
    async with await Phone.let_in(mentee, after=1) as stays, await Phone.let_in(mentor) as ends:
        await stays.expect(frames.CaughtUp)
        await raw_db.execute(SILENT_EVENT, mentee.id, str(thread))
        await raw_db.execute("UPDATE session SET revoked_at = clock_timestamp() WHERE id = $1", mentor.session_id)
        news, code = await asyncio.gather(stays.event(ThreadGone), ends.closed_with())
        assert (news.seq, news.thread_id, code) == (2, thread, frames.CloseCode.UNAUTHENTICATED)
        ok(await say(mentee, thread, "hei"), 201)
        assert (await stays.event(frames.MessageEvent)).seq == 3


async def test_who_listens_again_looks_for_what_was_said_meanwhile(
    make: Factory, settings: Settings, valkey_server: Valkey
) -> None:
    """No look in its turn helps: the next one is an hour away, and the one that the loss brought was before."""
    mentee, mentor, thread = await make.talkers()
    async with through(("127.0.0.1", valkey_server.port)) as proxy:
        far = replace(settings, port=0, bus_url=f"redis://127.0.0.1:{proxy.port}", look_seconds=3600.0)
        with RunningService(far) as running:
            hub, mentor.url = running.services.hub, running.url

            async def is_deaf() -> bool:
                return not await hub.is_listening()

            await eventually(hub.is_listening)
            async with await Phone.let_in(mentor, after=1) as phone:
                await phone.expect(frames.CaughtUp)
                proxy.turn(Weather(late=(LATE_SECONDS, LATE_SECONDS)))
                proxy.cut_all()
                await eventually(is_deaf)
                await asyncio.sleep(LATE_SECONDS)  # for that look
                assert await is_deaf()
                ok(await say(mentee, thread, "hei"), 201)
                assert (await phone.event(frames.MessageEvent)).message.text == "hei"


@pytest.mark.parametrize(
    "happens",
    [
        f"SELECT pg_notify('{bus.CHANNEL}', '{bus.WORDS_LOST}')",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{bus.LISTENER_NAME}'",
    ],
    ids=["someone could not say a word", "the listener is lost"],
)
async def test_other_sides_are_looked_at_when_words_may_have_been_lost(
    happens: str, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentee, thread, "hei"), 201)
    async with await Phone.let_in(mentee, after=1) as phone:
        await phone.until(frames.CaughtUp)
        unheard = "UPDATE thread_member SET delivered_seq = 1 WHERE account_id = $1"
        await raw_db.execute(unheard, mentor.id)
        await raw_db.execute(happens)
        side = await phone.expect(frames.OtherSide)
        assert (side.thread_id, side.other_delivered_seq) == (thread, 1)


async def test_nothing_leaves_to_a_session_that_has_ended_though_nobody_said_so(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor, thread = await make.talkers()
    async with await Phone.let_in(mentor, after=1) as phone:
        await phone.expect(frames.CaughtUp)
        await raw_db.execute("UPDATE session SET revoked_at = clock_timestamp() WHERE id = $1", mentor.session_id)
        ok(await say(mentee, thread, "vain sinulle"), 201)
        with pytest.raises(ConnectionClosed) as closed:
            await phone.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == frames.CloseCode.UNAUTHENTICATED


async def test_who_is_sent_elsewhere_goes_and_comes_back_each_at_a_moment_of_their_own(services: Services) -> None:
    hub = Hub(services.delivery, services.accounts, node(services), services.bus, look_every=60)
    clients = [Client() for _ in range(40)]
    for client in clients:
        caller = Caller(new_id(), Role.MENTEE, None, session_id=new_id())
        hub.join(Connection(caller, services.reader, client))

    async def sent_away(client: Client) -> tuple[float, int]:
        notice = await client.next()
        assert isinstance(notice, frames.GoingAway)
        return time.monotonic(), notice.retry_after_ms

    draining = asyncio.create_task(hub.drain(2.0))
    away = await asyncio.gather(*(sent_away(client) for client in clients))
    await draining
    pauses = [pause for _, pause in away]
    assert len({int(moment * 10) for moment, _ in away}) >= 5, away
    assert len(set(pauses)) >= 20
    assert 0 <= min(pauses) < 2500 <= max(pauses) < 5000


async def test_words_that_make_no_sense_are_passed_over(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await make.talkers()
    async with await Phone.let_in(mentor, after=1) as phone:
        await phone.expect(frames.CaughtUp)
        for word in ("", "members", "members x", "dance now", "session 1", "typing 1 2"):
            await raw_db.execute("SELECT pg_notify($1, $2)", bus.CHANNEL, word)
        ok(await say(mentee, thread, "hei"), 201)
        assert (await phone.event(frames.MessageEvent)).message.text == "hei"
