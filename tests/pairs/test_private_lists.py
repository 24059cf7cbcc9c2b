"""With whom someone never wants to be a pair: the owner's to read, and nobody's else."""

from uuid import uuid4

import asyncpg

from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.programme import Programme

PATH = "/v1/account/never"


async def listed(person: Person) -> list[str]:
    return [one["id"] for one in ok(await person.get(PATH))["items"]]


async def test_someone_is_put_on_the_list_once_and_taken_off(programme: Programme) -> None:
    mentee, first, second = await programme.mentee(), await programme.mentor(), await programme.mentor()
    for mentor in (first, second, first):
        ok(await mentee.put(f"{PATH}/{mentor.id}"), 204)
    body = ok(await mentee.get(PATH))
    assert body["items"] == [{"id": str(mentor.id), "display_name": mentor.login_name} for mentor in (second, first)]
    ok(await mentee.delete(f"{PATH}/{first.id}"), 204)
    refused(await mentee.delete(f"{PATH}/{first.id}"), 404, "account_not_found")
    assert await listed(mentee) == [str(second.id)]
    assert await listed(second) == []


async def test_a_mentor_lists_those_whom_they_were_asked_to_take(programme: Programme, make: Factory) -> None:
    mentee, mentor, stranger = await programme.mentee(), await programme.mentor(), await programme.mentee()
    for unknown in (mentee, stranger, mentor, await programme.mentor()):
        refused(await mentor.put(f"{PATH}/{unknown.id}"), 404, "account_not_found")
    await programme.proposed(mentee, mentor)
    ok(await mentor.put(f"{PATH}/{mentee.id}"), 204)
    refused(await mentor.put(f"{PATH}/{stranger.id}"), 404, "account_not_found")
    assert await listed(mentor) == [str(mentee.id)]
    hidden = await programme.mentor(approved=False)
    for unknown_id in (hidden.id, stranger.id, (await make.staff()).id, uuid4()):
        refused(await mentee.put(f"{PATH}/{unknown_id}"), 404, "account_not_found")


async def test_who_left_and_who_blocked_look_the_same(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentor = await programme.mentor()
    blocks, leaves = await programme.mentee(), await programme.mentee()
    for mentee in (blocks, leaves):
        await programme.active(mentee, mentor)
        ok(await mentor.put(f"{PATH}/{mentee.id}"), 204)
    (thread,) = ok(await blocks.get("/v1/threads"))["items"]
    ok(await blocks.put(f"/v1/threads/{thread['id']}/filing", {"filing": "blocked"}))
    await raw_db.execute("DELETE FROM account WHERE id = $1", leaves.id)
    assert await listed(mentor) == []
    for method in ("PUT", "DELETE"):
        for mentee in (blocks, leaves):
            refused(await mentor.call(method, f"{PATH}/{mentee.id}"), 404, "account_not_found")
    assert await raw_db.fetchval("SELECT count(*) FROM never") == 1
    await raw_db.execute("DELETE FROM account WHERE id = $1", mentor.id)
    assert await raw_db.fetchval("SELECT count(*) FROM never") == 0


async def test_a_list_has_an_end(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, another = await programme.mentee(), await programme.mentor(), await programme.mentor()
    ok(await mentee.put(f"{PATH}/{mentor.id}"), 204)
    for _ in range(199):
        await raw_db.execute(
            "WITH other AS (INSERT INTO account (id, organisation_id, role, state, display_name, wrapped_key)"
            " SELECT gen_random_uuid(), organisation_id, role, 'invited', display_name, wrapped_key"
            " FROM account WHERE id = $2 RETURNING id)"
            " INSERT INTO never (owner_id, other_id) SELECT $1, id FROM other",
            mentee.id,
            mentor.id,
        )
    refused(await mentee.put(f"{PATH}/{another.id}"), 409, "list_full")
    ok(await mentee.put(f"{PATH}/{mentor.id}"), 204)
