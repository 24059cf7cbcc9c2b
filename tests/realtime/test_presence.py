"""Whether someone is there: nothing until they choose, never finer than they allow, and kept by the day at most."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from rinnalla.app import Services
from rinnalla.realtime import frames
from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.phone import Phone
from tests.realtime.test_registry import node, opened, until
from tests.words import Words

SETTINGS = "/v1/account/visibility"
PAST_GRACE = "UPDATE open_socket SET left_at = left_at - interval '11 seconds'"


async def show(person: Person, presence: str, *, read_marks: bool = False) -> None:
    ok(await person.edit("PUT", SETTINGS, {"presence": presence, "read_marks": read_marks}))


async def seen(by: Person, thread: UUID) -> Any:
    """What a thread's body says of whether the other one is there."""
    return ok(await by.get(f"/v1/threads/{thread}"))["other_presence"]


async def active_days_ago(raw_db: asyncpg.Connection, person: Person, days: int) -> None:
    changed = "UPDATE visibility SET active_on = current_date - $2::int WHERE account_id = $1"
    assert await raw_db.execute(changed, person.id, days) == "UPDATE 1"


async def test_nobody_is_seen_who_has_not_chosen_to(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor, thread = await make.talkers()
    registry = node(services)
    async with Words(raw_db) as words:
        sockets = opened(services, registry, mentor)
        await registry.look()
        assert await seen(mentee, thread) is None
        registry.leave(sockets[0])
        await registry.look()
        assert await words.so_far("sides") == []
    assert await raw_db.fetchval("SELECT count(*) FROM visibility") == 0


async def test_coming_online_is_shown_at_once_and_going_after_a_grace(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor, thread = await make.talkers()
    await show(mentor, "online")
    assert await seen(mentee, thread) == "today"
    async with await Phone.let_in(mentee) as phone:
        async with await Phone.let_in(mentor):
            came = await phone.expect(frames.OtherSide)
            assert (came.thread_id, came.other_presence) == (thread, "online")
            assert await seen(mentee, thread) == "online"
        assert await seen(mentee, thread) == "online", "a phone that changes networks is back in a moment"
        await until(raw_db, "SELECT left_at FROM open_socket WHERE account_id = $1", mentor.id)
        await raw_db.execute(PAST_GRACE)
        assert await seen(mentee, thread) == "today"
        assert (await phone.expect(frames.OtherSide)).other_presence == "today"
    assert await raw_db.fetchval("SELECT count(*) FROM member_event WHERE kind NOT IN ('thread_changed')") == 0


async def test_more_sockets_and_reconnecting_are_not_told(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor, thread = await make.talkers()
    await show(mentor, "online")
    one, two = node(services), node(services)
    async with Words(raw_db) as words:
        [first] = opened(services, one, mentor)
        await one.look()
        assert await words.so_far("sides") == [f"sides {thread}:{mentee.id}"]
        [second] = opened(services, two, mentor)
        await two.look()
        for registry, socket in ((one, first), (two, second)):
            registry.leave(socket)
            await registry.look()
        [_] = opened(services, one, mentor)
        await one.look()
        await raw_db.execute(PAST_GRACE)
        await asyncio.gather(one.sweep(), two.sweep())
        assert await words.so_far("sides") == []
        assert await seen(mentee, thread) == "online"


async def test_who_was_on_a_process_that_died_goes_too(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor, thread = await make.talkers()
    await show(mentor, "online")
    dead, alive = node(services), node(services)
    opened(services, dead, mentor)
    await dead.look()
    await raw_db.execute("UPDATE node SET seen_at = seen_at - interval '16 seconds'")
    assert await seen(mentee, thread) == "today"
    async with Words(raw_db) as words:
        await asyncio.gather(alive.sweep(), node(services).sweep())
        assert set(await words.so_far("sides")) == {f"sides {thread}:{mentee.id}"}


async def test_by_the_day_is_by_the_day(services: Services, make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await make.talkers()
    await show(mentor, "day")
    registry = node(services)
    async with Words(raw_db) as words:
        [socket] = opened(services, registry, mentor)
        await registry.look()
        assert await seen(mentee, thread) == "this_week"
        registry.leave(socket)
        await registry.look()
        await raw_db.execute("DELETE FROM open_socket")
        for days, shown in ((1, "this_week"), (6, "this_week"), (7, "longer_ago"), (400, "longer_ago")):
            await active_days_ago(raw_db, mentor, days)
            assert await seen(mentee, thread) == shown
        assert await words.so_far("sides") == []
    refreshed = await make.nobody.post("/v1/sessions/refresh", {"refresh_token": mentor.refresh_token})
    assert refreshed.status_code == 200
    assert await seen(mentee, thread) == "longer_ago", "the day is told when it is over"
    await raw_db.execute("UPDATE visibility SET active_on = active_on - 1, active_before = active_before - 1")
    assert await seen(mentee, thread) == "this_week"


async def test_the_day_is_noted_when_someone_comes_and_when_they_go(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentor = await make.mentor()
    await show(mentor, "day")
    registry = node(services)
    is_today = "SELECT active_on = current_date FROM visibility"
    await active_days_ago(raw_db, mentor, 3)
    [socket] = opened(services, registry, mentor)
    await registry.look()
    assert await raw_db.fetchval(is_today)
    await active_days_ago(raw_db, mentor, 1)  # midnight has passed
    registry.leave(socket)
    await registry.look()
    await raw_db.execute(PAST_GRACE)
    await registry.sweep()
    assert await raw_db.fetchval(is_today)


async def test_what_is_hidden_is_hidden_at_once_and_not_kept(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor, thread = await make.talkers()
    registry = node(services)
    opened(services, registry, mentor)
    await registry.look()
    async with await Phone.let_in(mentee) as phone:
        for presence, shown in (("online", "online"), ("day", "this_week"), ("hidden", None)):
            await show(mentor, presence)
            assert (await phone.expect(frames.OtherSide)).other_presence == shown
            assert await seen(mentee, thread) == shown
    assert await raw_db.fetchval("SELECT active_on FROM visibility") is None


@pytest.mark.parametrize("end", ["blocked", "closed", "suspended"])
async def test_nothing_is_seen_of_someone_one_does_not_talk_with_any_more(
    services: Services, make: Factory, raw_db: asyncpg.Connection, end: str
) -> None:
    mentee, mentor, thread = await make.talkers()
    await show(mentor, "online")
    await show(mentee, "online")
    match end:
        case "blocked":
            ok(await mentee.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
        case "closed":
            await make.end(thread)
        case "suspended":
            await raw_db.execute("UPDATE account SET state = 'suspended' WHERE id = $1", mentor.id)
    registry = node(services)
    async with Words(raw_db) as words:
        opened(services, registry, mentor)
        opened(services, registry, mentee)
        await registry.look()
        assert await seen(mentee, thread) is None
        if end != "suspended":
            assert await words.so_far("sides") == []


async def test_one_edit_follows_the_other(make: Factory) -> None:
    mentee = await make.mentee()
    first = await mentee.get(SETTINGS)
    assert ok(first) == {"presence": "hidden", "read_marks": False, "version": 1}
    body = {"presence": "day", "read_marks": True}
    refused(await mentee.put(SETTINGS, body), 428, "precondition_required")
    refused(await mentee.put(SETTINGS, body, headers={"If-Match": '"2"'}), 412, "edited_meanwhile")
    edits = await asyncio.gather(
        *(mentee.put(SETTINGS, body, headers={"If-Match": first.headers["etag"]}) for _ in range(6))
    )
    assert sorted(edit.status_code for edit in edits) == [200] + [412] * 5
    assert ok(await mentee.get(SETTINGS)) == {**body, "version": 2}
    await show(mentee, "hidden")
    assert ok(await mentee.get(SETTINGS)) == {"presence": "hidden", "read_marks": False, "version": 3}
    for wrong, pointer in (
        ({"presence": "exact", "read_marks": True}, "/presence"),
        ({"presence": "day"}, "/read_marks"),
        ({"presence": "day", "read_marks": 1}, "/read_marks"),
        ({**body, "last_seen": "x"}, "/last_seen"),
    ):
        refused(await mentee.put(SETTINGS, wrong, headers={"If-Match": '"3"'}), 400, "invalid_body", pointer=pointer)
