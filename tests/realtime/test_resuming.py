"""Coming back on a bad network: what was missed, what is unread and which threads there are, in one round trip."""

import asyncio
from uuid import uuid4

import asyncpg

from rinnalla.realtime import frames
from tests.api import ok
from tests.chat.test_sending import say
from tests.factories import Factory, Person
from tests.phone import Phone


async def opened_with(person: Person, after: int, epoch: str | None = None) -> Phone:
    """A socket that says in its first frame where its device is in the stream."""
    phone = await Phone.open(person)
    place = {"after": after, "epoch": epoch}
    await phone.say({"type": "auth", "access_token": person.token, "resume": place})
    phone.hello = await phone.expect(frames.Hello)
    return phone


async def test_the_first_frame_brings_everything_back(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    for text in ("moi", "oletko hereillä?"):
        ok(await say(mentor, thread, text), 201)
    epoch = ok(await mentee.get("/v1/sync"))["epoch"]
    async with await opened_with(mentee, 1, epoch) as phone:
        missed, caught_up = await phone.until(frames.CaughtUp)
    assert [event.message.text for event in missed if isinstance(event, frames.MessageEvent)] == [
        "moi",
        "oletko hereillä?",
    ]
    assert caught_up.seq == phone.resumed.last_seq == 3
    assert (phone.resumed.unread, phone.resumed.more_threads) == (2, False)
    assert frames.encode(phone.resumed.threads[0]) == (await mentee.get(f"/v1/threads/{thread}")).content


async def test_a_first_frame_with_a_place_that_is_none_asks_for_a_reset(make: Factory) -> None:
    mentee, _, _ = await make.talkers()
    epoch = ok(await mentee.get("/v1/sync"))["epoch"]
    for place in ((2, epoch), (99, epoch), (1, None), (1, str(uuid4()))):
        async with await opened_with(mentee, *place) as phone:
            assert (await phone.expect(frames.ResetRequired)).last_seq == 1


async def test_what_one_has_blocked_or_is_blocked_by_is_not_shown(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentor, thread, "hei"), 201)
    ok(await mentee.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
    for person in (mentee, mentor):
        async with await opened_with(person, 0) as phone:
            await phone.until(frames.CaughtUp)
            assert (phone.resumed.threads, phone.resumed.unread) == ([], 0)


async def test_of_many_threads_the_fifty_that_were_active_last_are_shown(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor, _ = await make.talkers()
    others = [await make.mentee(mentor.organisation_id) for _ in range(50)]
    for number, other in enumerate(others):
        async with raw_db.transaction():
            made = await raw_db.fetchval(
                "INSERT INTO thread (id, mentee_id, mentor_id, created_at)"
                " VALUES (gen_random_uuid(), $1, $2, clock_timestamp() - $3 * interval '1 day') RETURNING id",
                other.id,
                mentor.id,
                float(number + 1),
            )
            await raw_db.execute(
                "INSERT INTO thread_member (thread_id, account_id, role, unread, wrapped_key)"
                " VALUES ($1, $2, 'mentor', 1, ''), ($1, $3, 'mentee', 0, '')",
                made,
                mentor.id,
                other.id,
            )
    async with await opened_with(mentor, 0) as phone:
        await phone.until(frames.CaughtUp)
    assert [shown.other_id for shown in phone.resumed.threads] == [mentee.id, *(other.id for other in others[:49])]
    assert (phone.resumed.unread, phone.resumed.more_threads) == (50, True)


async def test_devices_that_resume_without_end_are_made_to_wait(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, _, _ = await make.talkers()
    async with await Phone.let_in(mentee, after=0) as phone:
        await phone.until(frames.CaughtUp)
        await raw_db.execute("UPDATE rate_limit SET full_at = full_at + interval '61 seconds'")
        asked = asyncio.get_running_loop().time()
        await phone.resume(0)
        await phone.until(frames.CaughtUp)
        assert asyncio.get_running_loop().time() - asked > 0.5
