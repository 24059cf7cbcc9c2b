"""What tests of support share: pairs that have talked for a while, days that pass, mentors who change or are lost."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from rinnalla.ylitse import ids
from tests.api import ok, refused
from tests.factories import PASSWORD, Person
from tests.programme import Programme, at_once

TALKED = {
    "mode": "voice",
    "minutes": 25,
    "topics": ["expectations", "growth"],
    "concern": False,
    "next_on": None,
    "notes": None,
}


async def say(person: Person, thread: object, text: str = "hei") -> None:
    ok(await person.post(f"/v1/threads/{thread}/messages", {"client_id": str(uuid4()), "text": text}), 201)


async def notices(person: Person, code: str | None = None) -> list[dict[str, Any]]:
    """Someone's notices, newest first."""
    items: list[dict[str, Any]] = ok(await person.get("/v1/notices"))["items"]
    return [notice for notice in items if code in {None, notice["code"]}]


async def days_pass(raw_db: asyncpg.Connection, days: int) -> None:
    """Everything that support has stored was so many days ago; so were the messages."""
    for table, columns in {
        "pair_care": ("began_at", "looked_at"),
        "not_now": ("said_at", "until"),
        "nudge": ("silent_since", "created_at", "decided_at"),
        "message": ("created_at",),
    }.items():
        moved = ", ".join(f"{column} = {column} - make_interval(days => $1)" for column in columns)
        await raw_db.execute(f"UPDATE {table} SET {moved}", days)
    for table, columns in {
        "pair_care": ("planned_until",),
        "checkin": ("opens_on", "due_on", "overdue_on", "next_on"),
        "absence": ("first_on", "last_on"),
        "mentor_card": ("away_from", "away_until"),
    }.items():
        moved = ", ".join(f"{column} = {column} - $1::integer" for column in columns)
        await raw_db.execute(f"UPDATE {table} SET {moved}", days)


MONTHS = timedelta(days=420)


async def months_pass(raw_db: asyncpg.Connection) -> None:
    """Whoever talks now began so long ago, and waited before that."""
    await raw_db.execute("UPDATE pair_care SET began_at = began_at - $1::interval", MONTHS)
    await raw_db.execute("UPDATE pair SET waited_since = waited_since - $1::interval", MONTHS)


async def turn(programme: Programme, job: str) -> int:
    """Let a job do all there is to do now; how much that was."""
    done = 0
    while some := await programme.make.services.jobs.turn(job):
        done += some
    return done


async def thread_of(person: Person, pair: str) -> UUID:
    return UUID(ok(await person.get(pair))["thread_id"])


class Change:
    """A young person who had a mentor and has another one now."""

    def __init__(self, programme: Programme) -> None:
        self.programme, self.staff = programme, programme.staff

    async def made(self, words: int = 6, *, ended: str = "as planned") -> "Change":
        self.mentee, self.old, self.new = (
            await self.programme.mentee(),
            await self.programme.mentor(),
            await self.programme.mentor(),
        )
        self.before = await self.programme.active(self.mentee, self.old)
        self.thread = await thread_of(self.mentee, self.before)
        for number in range(1, words + 1):
            await say(self.mentee if number % 2 else self.old, self.thread, f"sana {number}")
        first = ok(await self.old.get(f"/v1/threads/{self.thread}/messages"))["items"][0]["id"] if words else None
        self.first_message: str | None = first
        match ended:
            case "as planned":
                ok(await self.staff.post(f"{self.before}/end", at_once()))
            case "for safety":
                ok(await self.mentee.post(f"{self.before}/safeguarding"))
            case _:
                await lost(ended, self.programme, self.old)
        ok(await self.mentee.put("/v1/waiting"))
        self.after = await self.programme.in_trial(self.mentee, self.new)
        return self

    def body(self) -> dict[str, str]:
        return {"from_pair_id": self.before.rpartition("/")[2], "to_pair_id": self.after.rpartition("/")[2]}

    async def opened(self) -> str:
        return f"/v1/handovers/{ok(await self.staff.post('/v1/handovers', self.body()), 201)['id']}"

    async def chosen(self, choice: str, from_seq: int | None = None) -> str:
        path = await self.opened()
        body = {"choice": choice, "from_seq": from_seq}
        ok(await self.mentee.edit("PUT", f"{path}/choice", body, read_from=path))
        return path

    async def read_by_new(self, path: str) -> list[str]:
        items = ok(await self.new.get(f"{path}/messages"))["items"]
        return [item["text"] for item in items]


async def is_over_for_the_old_one(change: Change) -> None:
    thread = f"/v1/threads/{change.thread}"
    refused(await change.old.get(thread), 404, "thread_not_found")
    refused(await change.old.get(f"{thread}/messages"), 404, "thread_not_found")
    refused(await change.old.put(f"{thread}/filing", {"filing": "inbox"}), 404, "thread_not_found")
    assert ok(await change.old.get(change.before))["state"] == "closed"
    for filing in ("inbox", "archived", "blocked"):
        threads = ok(await change.old.get("/v1/threads", params={"filing": filing}))["items"]
        assert str(change.thread) not in {one["id"] for one in threads}
    own = f"/ylitse/users/{ids.user_id(change.old.id)}"
    assert ok(await change.old.get(f"{own}/messages"))["resources"] == []
    assert ok(await change.old.get(f"{own}/contacts"))["resources"] == []
    from_before = {"from_message_id": change.first_message, "desc": "false", "max": 10}
    polled = await change.old.get(f"{own}/messages", params=from_before)
    assert polled.status_code == 404 or ok(polled)["resources"] == []
    events = ok(await change.old.get("/v1/sync"))["events"]
    assert [event["type"] for event in events if event.get("thread_id") == str(change.thread)][-1] == "thread_gone"
    assert "sana" not in str(events)


LEFT_ALONE = """
    SELECT pair.id FROM pair JOIN account ON account.id = pair.mentor_id
    WHERE pair.state IN ('trial', 'active', 'closing') AND account.state = 'suspended'
"""


async def lost(way: str, programme: Programme, mentor: Person) -> None:
    """One of the ways in which a mentor is suddenly not there."""
    match way:
        case "suspended":
            ok(await programme.staff.put(f"/v1/people/{mentor.id}/suspension"), 204)
        case "left":
            ok(await mentor.post("/v1/account/departure", {"password": PASSWORD}), 204)
        case "removed":
            ok(await programme.staff.delete(f"/v1/people/{mentor.id}"), 204)
        case "stood_down":
            ok(await programme.staff.post(f"/v1/staff/mentors/{mentor.id}/standing-down"), 204)
