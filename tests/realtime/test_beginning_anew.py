"""A client that is told to begin anew, as the README has it: first the place, then everything as it is, then on from
that place. What is said meanwhile is told twice, and known by its number, rather than never."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg

from rinnalla import setup
from rinnalla.app import Services
from rinnalla.kit import events
from rinnalla.kit.caller import Caller
from rinnalla.realtime import frames
from rinnalla.realtime.connection import Connection
from rinnalla.realtime.hub import Hub
from rinnalla.realtime.reader import Reader, Standing
from tests.api import ok
from tests.chat.test_sending import say
from tests.factories import Factory, Person
from tests.locks import someone_waits
from tests.patience import PATIENCE_SECONDS, eventually
from tests.phone import Phone
from tests.realtime.lines import Client, caller_of, pumping
from tests.realtime.test_registry import node

SAID_BY_EACH = 40
RESTORES = 3
PAGE = 20
LOOK_SECONDS = 0.1


class App:
    """Keeps what a person was told, by thread and number."""

    def __init__(self, person: Person) -> None:
        self.kept: dict[tuple[UUID, int], str | None] = {}
        self.begun_anew = 0
        self._person = person
        self._place: dict[str, object] = {"after": 0}
        self._listening: asyncio.Task[None] | None = None

    async def come_in(self) -> None:
        """Open a socket and go on from the last place, for as long as it lives."""
        await self.go()
        phone = await Phone.let_in(self._person)
        self._place = {"epoch": str(phone.hello.epoch), **self._place}
        await phone.say({"type": "resume", **self._place})
        self._listening = asyncio.create_task(self._listen(phone))

    async def go(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    async def _listen(self, phone: Phone) -> None:
        async with phone:
            while True:
                match await phone.next():
                    case frames.EventFrame(event=event):
                        self._place["after"] = event.seq
                        if isinstance(event, frames.MessageEvent):
                            self._keep(event.message.thread_id, event.message.seq, event.message.text)
                    case frames.ResetRequired(epoch=epoch, last_seq=last_seq):
                        self.begun_anew += 1
                        self.kept.clear()
                        await self._read_everything()
                        self._place = {"after": last_seq, "epoch": str(epoch)}
                        await phone.say({"type": "resume", **self._place})

    async def _read_everything(self) -> None:
        for thread in ok(await self._person.get("/v1/threads"))["items"]:
            page = {"next_cursor": ""}
            while (cursor := page["next_cursor"]) is not None:
                where = {"limit": PAGE, "order": "oldest", **({"cursor": cursor} if cursor else {})}
                page = ok(await self._person.get(f"/v1/threads/{thread['id']}/messages", params=where))
                for one in page["items"]:
                    self._keep(UUID(thread["id"]), one["seq"], one["text"])

    def _keep(self, thread: UUID, seq: int, text: str | None) -> None:
        assert self.kept.setdefault((thread, seq), text) == text


async def test_whoever_begins_anew_while_others_write_misses_nothing(make: Factory) -> None:
    mentee, first, one_thread = await make.talkers()
    second = await make.mentor(mentee.organisation_id)
    other_thread = await make.thread(mentee, second)
    said: dict[tuple[UUID, int], str | None] = {}

    async def write(mentor: Person, thread: UUID) -> None:
        for number in range(SAID_BY_EACH):
            body = {"client_id": str(uuid4()), "text": f"{number}: hei"}
            stored = ok(await mentor.post(f"/v1/threads/{thread}/messages", body), 201)
            said[thread, stored["seq"]] = body["text"]

    app = App(mentee)
    await app.come_in()
    writing = asyncio.gather(write(first, one_thread), write(second, other_thread))
    for restore in range(1, RESTORES + 1):
        while len(said) < 2 * SAID_BY_EACH * restore // (RESTORES + 1):
            await asyncio.sleep(0.01)
        await setup.after_restore(make.services)
        await app.come_in()
    await writing
    async with asyncio.timeout(PATIENCE_SECONDS):
        while app.kept != said:
            await asyncio.sleep(0.01)
    assert app.begun_anew == RESTORES
    await app.go()


class ForgetsMeanwhile(Reader):
    """Between the look at where someone stands and the first page everything is forgotten, for it is too old."""

    def __init__(self, services: Services) -> None:
        super().__init__(services.delivery, services.accounts, services.chat, services.limits)
        self._has_forgotten = False

    async def standing(self, caller: Caller) -> Standing:
        standing = await super().standing(caller)
        if not self._has_forgotten:
            self._has_forgotten = True
            async with self._database.unit_of_work() as db:
                await events.forget_old(db, timedelta(0))
        return standing


async def test_whose_events_are_forgotten_in_this_moment_begins_anew(services: Services, make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentor, thread, "hei"), 201)
    client = Client()
    connection = Connection(caller_of(mentee), ForgetsMeanwhile(services), client)
    connection.resume(0, None)
    hub = Hub(services.delivery, services.accounts, node(services), services.bus, look_every=LOOK_SECONDS)
    hub.join(connection)
    hub.start()
    try:
        async with pumping(connection):
            assert await client.next() == frames.CaughtUp(seq=0)
            while isinstance(told := await client.next(), frames.OtherSide):
                pass
            assert isinstance(told, frames.ResetRequired)
    finally:
        await hub.stop()


async def test_every_stream_begins_anew_beside_people_who_write(make: Factory, raw_db: asyncpg.Connection) -> None:
    """Who writes holds the streams in the order of their owners, wherever the rows lie."""
    first, second = sorted([person.id for person in (await make.talkers())[:2]])
    await raw_db.execute("UPDATE member_stream SET last_seq = last_seq WHERE account_id = $1", first)
    before = {row["epoch"] for row in await raw_db.fetch("SELECT epoch FROM member_stream")}
    async with raw_db.transaction():
        await raw_db.execute("SELECT FROM member_stream WHERE account_id = $1 FOR UPDATE", first)
        beginning = asyncio.create_task(setup.after_restore(make.services))
        await eventually(lambda: someone_waits(raw_db))
        await raw_db.execute("SELECT FROM member_stream WHERE account_id = $1 FOR UPDATE", second)
    await beginning
    after = {row["epoch"] for row in await raw_db.fetch("SELECT epoch FROM member_stream")}
    assert len(after) == len(before)
    assert not after & before
