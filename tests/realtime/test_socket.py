"""The socket: being let in, sending, getting news in order, coming back."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from rinnalla import setup
from rinnalla.realtime import frames
from rinnalla.realtime.news import ThreadGone
from tests.api import ok
from tests.chat.test_sending import say
from tests.factories import Factory
from tests.phone import Phone


async def test_a_message_reaches_the_other_phone(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    async with await Phone.let_in(mentee, after=0) as young, await Phone.let_in(mentor, after=0) as other:
        await young.until(frames.CaughtUp)
        await other.until(frames.CaughtUp)
        client_id = await young.send(thread, "Oletko siellä? 🌙")
        _, ack = await young.until(frames.Ack)
        assert (ack.client_id, ack.replayed) == (client_id, False)
        news = await other.event(frames.MessageEvent)
        assert news.message == ack.message
        assert news.message.text == "Oletko siellä? 🌙"


async def test_own_sends_are_echoed_to_other_devices(make: Factory) -> None:
    mentee, _, thread = await make.talkers()
    async with await Phone.let_in(mentee, after=1) as first, await Phone.let_in(mentee, after=1) as second:
        client_id = await first.send(thread, "hei")
        assert (await second.event(frames.MessageEvent)).message.client_id == client_id
        assert (await first.event(frames.MessageEvent)).message.client_id == client_id


async def test_events_are_numbered_without_a_hole_wherever_one_resumes(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    async with await Phone.let_in(mentor) as writer:
        for number in range(250):
            await writer.send(thread, f"{number}")
            await writer.expect(frames.Ack)
    for after in (0, 1, 99, 100, 101, 250, 251):
        async with await Phone.let_in(mentee, after=after) as phone:
            events, caught_up = await phone.until(frames.CaughtUp)
            assert [event.seq for event in events] == list(range(after + 1, 252))
            assert caught_up.seq == 251


async def test_the_place_after_the_last_does_not_exist(make: Factory) -> None:
    mentee, _, _ = await make.talkers()
    async with await Phone.let_in(mentee) as phone:
        await phone.resume(phone.hello.last_seq + 1)
        assert (await phone.expect(frames.ResetRequired)).last_seq == phone.hello.last_seq
        await phone.resume(phone.hello.last_seq)
        await phone.expect(frames.CaughtUp)


@pytest.mark.parametrize(("after", "epoch"), [(1, None), (2, None), (10**12, None), (0, uuid4()), (1, uuid4())])
async def test_a_place_that_does_not_exist_needs_a_reset(make: Factory, after: int, epoch: object) -> None:
    mentee, _, thread = await make.talkers()
    async with await Phone.let_in(mentee) as phone:
        await phone.say({"type": "resume", "after": after, "epoch": epoch and str(epoch)})
        reset = await phone.expect(frames.ResetRequired)
        assert (reset.epoch, reset.last_seq) == (phone.hello.epoch, 1)
        await phone.resume(reset.last_seq)
        await phone.expect(frames.CaughtUp)
        await phone.send(thread, "jatkuu")
        assert (await phone.event(frames.MessageEvent)).seq == 2


async def test_who_was_away_for_long_reads_anew(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await make.talkers()
    async with await Phone.let_in(mentor) as writer:
        for text in ("kauan sitten", "äsken"):
            await writer.send(thread, text)
            await writer.expect(frames.Ack)
    await raw_db.execute("UPDATE member_event SET created_at = created_at - interval '91 days' WHERE seq < 3")
    await setup.tidy(make.services)
    async with await Phone.let_in(mentee) as phone:
        await phone.resume(1)
        assert (await phone.expect(frames.ResetRequired)).last_seq == 3
        await phone.resume(2)
        assert (await phone.event(frames.MessageEvent)).message.text == "äsken"
    for after, too_old in ((1, True), (2, False)):
        polled = ok(await mentee.get("/v1/sync", params={"after": after, "epoch": str(phone.hello.epoch)}))
        assert (polled["reset_required"], len(polled["events"])) == (too_old, 0 if too_old else 1)


async def test_after_a_restore_everything_is_read_anew(make: Factory) -> None:
    mentee, _, _ = await make.talkers()
    async with await Phone.let_in(mentee, after=0) as phone:
        await phone.until(frames.CaughtUp)
        await setup.after_restore(make.services)
        await phone.resume(1)
        _, reset = await phone.until(frames.ResetRequired)
        assert reset.epoch != phone.hello.epoch
    assert ok(await mentee.get("/v1/sync", params={"after": 1, "epoch": str(phone.hello.epoch)}))["reset_required"]


async def test_what_is_forgotten_while_someone_reads_leaves_no_hole(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await make.talkers()
    async with await Phone.let_in(mentee, after=0) as phone:
        await phone.until(frames.CaughtUp)
        await raw_db.execute("UPDATE member_stream SET last_seq = 9, floor_seq = 9 WHERE account_id = $1", mentee.id)
        ok(await say(mentor, thread, "hei"), 201)
        told, reset = await phone.until(frames.ResetRequired)
        assert (told, reset.epoch, reset.last_seq) == ([], phone.hello.epoch, 10)
        await phone.resume(reset.last_seq)
        ok(await say(mentor, thread, "taas"), 201)
        assert (await phone.event(frames.MessageEvent)).message.text == "taas"


@pytest.mark.parametrize("way", ["another epoch", "a head that is behind"])
async def test_a_socket_that_stays_is_told_when_its_stream_is_another(
    make: Factory, raw_db: asyncpg.Connection, way: str
) -> None:
    """The database was put back, or one that had not heard of everything took over: the numbers that come now may be
    those that the phone has already."""
    mentee, mentor, thread = await make.talkers()
    async with await Phone.let_in(mentee, after=0) as phone:
        await phone.until(frames.CaughtUp)
        if way == "another epoch":
            await setup.after_restore(make.services)
        else:
            await raw_db.execute("DELETE FROM member_event WHERE account_id = $1 AND seq = 1", mentee.id)
            await raw_db.execute("UPDATE member_stream SET last_seq = 0 WHERE account_id = $1", mentee.id)
        told, reset = await phone.until(frames.ResetRequired)
        assert (told, reset.epoch == phone.hello.epoch) == ([], way != "another epoch")
        await phone.resume(reset.last_seq)
        if way == "another epoch":
            await phone.expect(frames.ResetRequired)  # its `resume` names the epoch of before
        else:
            ok(await say(mentor, thread, "uusi"), 201)
            assert (await phone.event(frames.MessageEvent)).message.text == "uusi"


async def test_polling_gives_the_same_events(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    for number in range(120):
        body = {"client_id": str(uuid4()), "text": f"{number}"}
        ok(await mentor.post(f"/v1/threads/{thread}/messages", body), 201)
    ok(await mentee.put(f"/v1/threads/{thread}/read", {"up_to_seq": 100}))
    polled: list[dict[str, Any]] = []
    place: dict[str, Any] = {}
    while True:
        body = ok(await mentee.get("/v1/sync", params=place))
        place = {"after": body["next_after"], "epoch": body["epoch"]}
        polled += body["events"]
        if not body["more"]:
            break
    async with await Phone.let_in(mentee, after=0) as phone:
        events, _ = await phone.until(frames.CaughtUp)
    assert [(event["seq"], event["type"]) for event in polled] == [
        (event.seq, type(event).__struct_config__.tag) for event in events
    ]
    assert polled[-1] == {"type": "read", "seq": 122, "thread_id": str(thread), "up_to_seq": 100}
    assert ok(await mentee.get("/v1/sync?after=5000"))["reset_required"] is True


async def test_typing_is_shown_and_not_kept(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await make.talkers()
    async with await Phone.let_in(mentee) as young, await Phone.let_in(mentor) as other:
        await young.say({"type": "typing", "thread_id": str(thread)})
        notice = await other.expect(frames.TypingNotice)
        assert (notice.thread_id, notice.account_id) == (thread, mentee.id)
    assert await raw_db.fetchval("SELECT count(*) FROM member_event WHERE kind = 'typing'") == 0


@pytest.mark.parametrize(
    ("why", "code"),
    [("they blocked you", "thread_not_found"), ("you blocked them", "thread_blocked"), ("it is over", "thread_closed")],
)
async def test_typing_goes_nowhere_where_a_message_would_not(
    make: Factory, raw_db: asyncpg.Connection, why: str, code: str
) -> None:
    mentee, mentor, thread = await make.talkers()
    if why == "it is over":
        await raw_db.execute("UPDATE thread SET state = 'closed' WHERE id = $1", thread)
    else:
        who = mentor if why == "they blocked you" else mentee
        ok(await who.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
    async with await Phone.let_in(mentee) as young, await Phone.let_in(mentor) as other:
        await young.say({"type": "typing", "thread_id": str(thread)})
        refused = await young.expect(frames.Refused)
        assert (refused.frame, refused.code) == ("typing", code)
        await other.say({"type": "read", "thread_id": str(uuid4()), "up_to_seq": 1})
        await other.expect(frames.Refused)  # and nothing before it


async def test_refusals_carry_the_codes_of_the_contract(make: Factory) -> None:
    mentee, _, _ = await make.talkers()
    async with await Phone.let_in(mentee) as phone:
        client_id = await phone.send(uuid4(), "hei")
        refused = await phone.expect(frames.Refused)
        assert (refused.frame, refused.client_id, refused.code) == ("send", client_id, "thread_not_found")
        assert refused.retryable is False
        await phone.say({"type": "read", "thread_id": str(uuid4()), "up_to_seq": 1})
        assert (await phone.expect(frames.Refused)).code == "thread_not_found"


async def test_of_many_sockets_at_once_five_stay(make: Factory) -> None:
    mentee, _, _ = await make.talkers()
    async with AsyncExitStack() as stack:
        phones = [await stack.enter_async_context(await Phone.open(mentee)) for _ in range(12)]
        await asyncio.gather(*(phone.say({"type": "auth", "access_token": mentee.token}) for phone in phones))
        open_ones = {asyncio.create_task(phone.socket.wait_closed()): phone for phone in phones}
        async with asyncio.timeout(10):
            while len(open_ones) > 5:
                closed, _ = await asyncio.wait(open_ones, return_when=asyncio.FIRST_COMPLETED)
                assert {open_ones.pop(one).socket.close_code for one in closed} == {4409}
        for phone in open_ones.values():
            phone.hello = await phone.expect(frames.Hello)
            await phone.resume(0)
            await phone.until(frames.CaughtUp)


async def test_sends_by_socket_and_http_share_their_client_ids(make: Factory) -> None:
    mentee, _, thread = await make.talkers()
    client_id = uuid4()
    async with await Phone.let_in(mentee) as phone:
        await phone.send(thread, "hei", client_id)
        ack = await phone.expect(frames.Ack)
        body = {"client_id": str(client_id), "text": "hei"}
        again = ok(await mentee.post(f"/v1/threads/{thread}/messages", body), 200)
        assert again["id"] == str(ack.message.id)
        await phone.send(thread, "hei", client_id)
        assert (await phone.expect(frames.Ack)).replayed is True


async def test_a_blocked_side_gets_nothing_more(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    async with await Phone.let_in(mentee, after=0) as young, await Phone.let_in(mentor, after=0) as other:
        await asyncio.gather(young.until(frames.CaughtUp), other.until(frames.CaughtUp))
        await other.send(thread, "hei")
        await other.event(frames.MessageEvent)
        ok(await mentee.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
        assert (await other.event(ThreadGone)).thread_id == thread
        await other.send(thread, "vastaa!")
        _, refused = await other.until(frames.Refused)
        assert refused.code == "thread_not_found"
    async with await Phone.let_in(mentor, after=0) as other:
        events, _ = await other.until(frames.CaughtUp)
        assert [type(event).__name__ for event in events] == ["ThreadChanged", "Unavailable", "ThreadGone"]
