"""Polling from a message whose event is forgotten, or never was: what came after it may have none either."""

import json

import asyncpg
import pytest

from rinnalla.kit import events
from tests.api import ok
from tests.factories import Factory, Person
from tests.overload.test_long_sync import nodes_of
from tests.ylitse.client import user
from tests.ylitse.test_contacts import file
from tests.ylitse.test_messages import contents, read, say
from tests.ylitse.test_scrolling import LATER, MESSAGES, PAGE, SAID_MUCH, placed

LONG_AGO = "UPDATE member_event SET created_at = created_at - interval '91 days' WHERE account_id = $1 AND seq <= $2"


class Talks:
    """A mentor with two young people, who say something in turn."""

    def __init__(self, mentor: Person, mentees: list[Person]) -> None:
        self.mentor, self.mentees = mentor, mentees
        self.ids: list[str] = []

    async def go_on(self, times: int) -> None:
        for _ in range(times):
            text = f"{len(self.ids)}"
            mentee = self.mentees[len(self.ids) % 2]
            self.ids.append(ok(await say(mentee, self.mentor, text), 201)["id"])

    async def polled(self, place: str, most: int) -> list[str]:
        """What the mentor's client is told, as it goes on from the last message each time."""
        told: list[str] = []
        while page := (await read(self.mentor, from_message_id=place, desc="false", max=most))["resources"]:
            assert len(page) <= most
            told += [message["content"] for message in page]
            place = page[-1]["id"]
        return told


@pytest.fixture
async def talks(make: Factory) -> Talks:
    home = await make.organisation()
    found = Talks(await make.mentor(home), [await make.mentee(home) for _ in range(2)])
    for mentee in found.mentees:
        await make.thread(mentee, found.mentor)
    await found.go_on(7)
    return found


async def forget(make: Factory, raw_db: asyncpg.Connection, talks: Talks, message: int) -> None:
    """All that the mentor was told up to a message of these talks."""
    number = await raw_db.fetchval(
        "SELECT seq FROM member_event WHERE account_id = $1 AND refs ->> 'message_id' = $2",
        *(talks.mentor.id, talks.ids[message]),
    )
    await raw_db.execute(LONG_AGO, talks.mentor.id, number)
    async with make.services.database.unit_of_work() as db:
        assert await events.forget_old(db) == number


@pytest.mark.parametrize("most", [1, 2, 10])
@pytest.mark.parametrize("forgotten", [0, 3, 6])
async def test_a_poll_from_there_misses_nothing_and_repeats_nothing(
    make: Factory, raw_db: asyncpg.Connection, talks: Talks, forgotten: int, most: int
) -> None:
    await forget(make, raw_db, talks, forgotten)
    for place in range(7):
        assert await talks.polled(talks.ids[place], most) == [f"{n}" for n in range(place + 1, 7)]
    await talks.go_on(2)
    assert await talks.polled(talks.ids[1], most) == [f"{n}" for n in range(2, 9)]


async def test_what_one_may_not_see_is_left_out_and_its_place_stays_one(
    make: Factory, raw_db: asyncpg.Connection, talks: Talks
) -> None:
    await forget(make, raw_db, talks, 4)
    ok(await file(talks.mentees[0], talks.mentor, "banned"))
    for place in (0, 1):
        assert await talks.polled(talks.ids[place], 2) == [f"{n}" for n in (1, 3, 5) if n > place]
    assert await contents(talks.mentor, contact_user_ids=user(talks.mentees[0])) == []


async def test_somebody_elses_message_is_no_such_place(make: Factory, raw_db: asyncpg.Connection, talks: Talks) -> None:
    await forget(make, raw_db, talks, 3)
    stranger, other, _ = await make.talkers()
    own = ok(await say(other, stranger, "oma"), 201)
    await raw_db.execute("DELETE FROM member_event WHERE refs ->> 'message_id' = ANY($1)", talks.ids)
    assert await contents(stranger, from_message_id=talks.ids[6], desc="false") == ["oma"]
    assert await talks.polled(own["id"], 10) == []


async def test_a_poll_from_there_that_finds_nothing_looks_only_at_the_end_of_each_conversation(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    """As that of everyone who was moved in, until something is said."""
    mentee, mentor, _ = await make.talkers()
    ok(await say(mentee, mentor, "kauan sitten"), 201)
    await raw_db.execute(SAID_MUCH, MESSAGES)
    await raw_db.execute("DELETE FROM member_event")
    await raw_db.execute("ANALYZE message, member_event")
    for seq, found in ((MESSAGES, 0), (MESSAGES - 100, PAGE)):
        last = await raw_db.fetchval("SELECT id FROM message WHERE seq = $1", seq)
        text, values = placed(LATER, accounts=[mentor.id], messages=[last], mosts=[PAGE])
        assert len(await raw_db.fetch(text, *values)) == found
        plan = json.loads(await raw_db.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", *values))[0]["Plan"]
        parts = [part for part in nodes_of(plan) if part["Actual Loops"] and part.get("Relation Name")]
        assert sum(part["Actual Rows"] * part["Actual Loops"] for part in parts) <= 10 + 5 * found
        assert sum(part.get("Rows Removed by Filter", 0) for part in parts) <= 100
