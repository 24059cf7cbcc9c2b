"""What tests of support share: pairs that have talked for a while, and days that pass."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg

from tests.api import ok
from tests.factories import Person
from tests.programme import Programme

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
        "pair_care": ("began_at", "looked_at", "not_now_at", "not_now_until"),
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


async def turn(programme: Programme, job: str) -> int:
    """Let a job do all there is to do now; how much that was."""
    done = 0
    while some := await programme.make.services.jobs.turn(job):
        done += some
    return done


async def thread_of(person: Person, pair: str) -> UUID:
    return UUID(ok(await person.get(pair))["thread_id"])
