"""Two of whom one has blocked the other are not brought together, whether they were a pair or have talked without
being one: in a stand-in's conversation, or in one that was moved in."""

import asyncpg
import pytest

from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.matching.running import solved
from tests.matching.test_suggestions import reasons
from tests.pairs.test_ruled_out import propose, write_to
from tests.programme import YES, Programme, open_pairs

BY = pytest.mark.parametrize("blocks", ["mentee", "mentor"])


async def block(person: Person, thread: object, filing: str = "blocked") -> None:
    ok(await person.put(f"/v1/threads/{thread}/filing", {"filing": filing}))


@BY
async def test_who_talked_without_a_pair_is_neither_suggested_nor_proposed(
    programme: Programme, make: Factory, blocks: str
) -> None:
    """It is told as any private wish is."""
    mentee, mentor = await programme.mentee(), await programme.mentor()
    thread = await make.thread(mentee, mentor)
    assert reasons(await programme.suggestions(mentee)) == {}
    blocker = mentee if blocks == "mentee" else mentor
    await block(blocker, thread)
    assert reasons(await programme.suggestions(mentee)) == {str(mentor.id): ["a_wish"]}
    answer = await propose(programme, mentee, mentor)
    refused(answer, 409, "cannot_be_paired")
    assert not answer.json().get("errors")
    assert await (await solved(programme)).paired() == {}
    await block(blocker, thread, "inbox")
    assert await (await solved(programme)).paired() == {str(mentee.id): str(mentor.id)}
    ok(await propose(programme, mentee, mentor), 201)


@BY
async def test_a_proposal_that_a_block_comes_into_is_over_at_the_first_yes(
    programme: Programme, make: Factory, raw_db: asyncpg.Connection, blocks: str
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    thread = await make.thread(mentee, mentor)
    await block(mentee if blocks == "mentee" else mentor, thread)
    refused(await mentee.post(f"{path}/acceptance", YES), 409, "pair_not_open")
    assert ok(await mentee.get(path))["state"] == "withdrawn"
    assert await open_pairs(raw_db, mentor) == 0


async def test_a_young_person_is_told_of_their_own_block_and_may_lift_it(
    open_programme: Programme, make: Factory
) -> None:
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor()
    thread = await make.thread(mentee, mentor)
    await block(mentee, thread)
    refused(await write_to(mentee, mentor), 409, "thread_blocked")
    await block(mentee, thread, "inbox")
    ok(await write_to(mentee, mentor), 201)


async def test_where_both_have_blocked_it_is_the_others_that_counts(
    open_programme: Programme, make: Factory, raw_db: asyncpg.Connection
) -> None:
    """As it may be of two who were moved in: neither sees the conversation."""
    mentee, mentor = await open_programme.mentee(), await open_programme.mentor()
    await make.thread(mentee, mentor)
    await raw_db.execute("UPDATE thread_member SET filing = 'blocked'")
    refused(await write_to(mentee, mentor), 409, "mentor_unavailable")
