"""Mentors are lost again and again, and at once: nobody is left alone, whatever else happens."""

import asyncio
import random
from uuid import UUID

import asyncpg
import pytest

from tests.api import ok
from tests.factories import PASSWORD, Person
from tests.programme import YES, Programme
from tests.support.scenes import (
    LEFT_ALONE,
    days_pass,
    lost,
    notices,
    thread_of,
    turn,
)


async def test_two_mentors_at_once_and_two_who_write_meanwhile(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    """Nothing waits for the other in a ring, and everyone is caught."""
    for _ in range(4):
        mentors = [await programme.mentor(), await programme.mentor()]
        mentees = [await programme.mentee() for _ in range(4)]
        threads = []
        for place, mentee in enumerate(mentees):
            threads.append(await thread_of(mentee, await programme.active(mentee, mentors[place % 2])))

        async def write(person: Person, thread: UUID) -> None:
            for _ in range(5):
                await person.post(
                    f"/v1/threads/{thread}/messages",
                    {"client_id": "01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f", "text": "hei"},
                )

        await asyncio.gather(
            *(lost("suspended", programme, mentor) for mentor in mentors),
            *(write(mentee, thread) for mentee, thread in zip(mentees, threads, strict=True)),
        )
        for mentee in mentees:
            assert [notice["code"] for notice in await notices(mentee)] == ["mentor_unavailable"]
    assert await raw_db.fetch(LEFT_ALONE) == []


class History:
    """Pairs begin, mentors are lost and come back, staff come and go, days pass."""

    def __init__(self, programme: Programme, raw_db: asyncpg.Connection, rng: random.Random) -> None:
        self.programme, self.raw_db, self.rng = programme, raw_db, rng

    async def begin(self) -> None:
        programme = self.programme
        self.admin, self.colleague = await programme.make.admin(), await programme.make.staff(programme.home)
        self.mentors = [await programme.mentor(capacity=5) for _ in range(3)]
        self.mentees = [await programme.mentee() for _ in range(4)]
        self.losses = {mentee.id: 0 for mentee in self.mentees}
        for _ in self.mentees:
            await self.a_pair_begins()

    async def a_pair_begins(self) -> None:
        mentee, mentor = self.rng.choice(self.mentees), self.rng.choice(self.mentors)
        ok(await mentee.put("/v1/waiting"))
        body = {"mentee_id": str(mentee.id), "mentor_id": str(mentor.id)}
        answer = await self.programme.staff.post("/v1/pairs", body)
        if answer.status_code == 201:
            for member in (mentee, mentor):
                ok(await member.post(f"/v1/pairs/{answer.json()['id']}/acceptance", YES))

    async def a_mentor_is_lost(self) -> None:
        mentor = self.rng.choice(self.mentors)
        rows = await self.raw_db.fetch(
            "SELECT mentee_id FROM pair WHERE mentor_id = $1 AND state IN ('trial', 'active', 'closing')", mentor.id
        )
        for row in rows:
            self.losses[row[0]] += 1
        await lost(self.rng.choice(["suspended", "stood_down"]), self.programme, mentor)

    async def a_mentor_comes_back(self) -> None:
        mentor = self.rng.choice(self.mentors)
        ok(await self.programme.staff.delete(f"/v1/people/{mentor.id}/suspension"), 204)
        ok(await self.programme.staff.put(f"/v1/mentors/{mentor.id}/approval"))
        credentials = {"login_name": mentor.login_name, "password": PASSWORD}
        tokens = ok(await self.programme.make.nobody.post("/v1/sessions", credentials), 201)["tokens"]
        mentor.http.headers["Authorization"] = f"Bearer {tokens['access_token']}"

    async def staff_come_and_go(self) -> None:
        method = self.rng.choice(["PUT", "DELETE"])
        ok(await self.admin.call(method, f"/v1/people/{self.colleague.id}/suspension"), 204)

    async def days_pass(self) -> None:
        await days_pass(self.raw_db, self.rng.randint(1, 40))
        for job in ("checkins", "contacts", "silences", "absences", "losses"):
            await turn(self.programme, job)

    async def nobody_is_left_alone(self) -> None:
        assert await self.raw_db.fetch(LEFT_ALONE) == []
        for mentee in self.mentees:
            assert len(await notices(mentee, "mentor_unavailable")) == self.losses[mentee.id]
        uncared = "SELECT pair_id FROM pair_care WHERE ended_at IS NULL AND staff_id IS NULL"
        assert await self.raw_db.fetch(uncared) == []


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_nobody_is_left_alone(
    programme: Programme, raw_db: asyncpg.Connection, seed: int
) -> None:
    history = History(programme, raw_db, random.Random(seed))
    await history.begin()
    await history.a_mentor_is_lost()
    for _ in range(15):
        await history.rng.choice(
            [
                history.a_pair_begins,
                history.a_pair_begins,
                history.a_mentor_is_lost,
                history.a_mentor_is_lost,
                history.a_mentor_comes_back,
                history.staff_come_and_go,
                history.days_pass,
            ]
        )()
        await history.nobody_is_left_alone()
    assert sum(history.losses.values()) > 0
