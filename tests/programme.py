"""A programme in which people are brought together."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from tests.api import ok
from tests.factories import Factory, Person


@dataclass
class Programme:
    """An organisation with one staff member."""

    make: Factory
    home: UUID
    staff: Person

    async def mentor(self, **card: Any) -> Person:
        return await self.make.mentor(self.home, **card)

    async def mentee(self) -> Person:
        """A young person who asked to be paired."""
        mentee = await self.make.mentee(self.home)
        ok(await mentee.put("/v1/waiting"))
        return mentee

    async def proposed(self, mentee: Person, mentor: Person) -> str:
        """A proposed pair; its path."""
        body = {"mentee_id": str(mentee.id), "mentor_id": str(mentor.id)}
        return f"/v1/pairs/{ok(await self.staff.post('/v1/pairs', body), 201)['id']}"

    async def active(self, mentee: Person, mentor: Person) -> str:
        """An active pair; its path."""
        path = await self.proposed(mentee, mentor)
        for member in (mentee, mentor):
            ok(await member.post(f"{path}/acceptance"))
        return path


async def events_of(raw_db: asyncpg.Connection, person: Person, kind: str = "pair_changed") -> int:
    """How many events of a kind someone's stream holds."""
    count: int = await raw_db.fetchval(
        "SELECT count(*) FROM member_event WHERE account_id = $1 AND kind = $2", person.id, kind
    )
    return count


async def open_pairs(raw_db: asyncpg.Connection, mentor: Person) -> int:
    """What the mentor's card counts; also what is really there, which must be the same."""
    counted: int = await raw_db.fetchval("SELECT open_pairs FROM mentor_card WHERE account_id = $1", mentor.id)
    real = await raw_db.fetchval("SELECT count(*) FROM pair WHERE mentor_id = $1 AND state = 'active'", mentor.id)
    assert counted == real
    return counted
