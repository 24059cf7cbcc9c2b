"""Whom someone has a conversation with, and where they keep them: the same as in `/v1`."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.api import ok
from tests.factories import Factory, Person
from tests.ylitse.client import own, told, user
from tests.ylitse.test_messages import contents, say


async def contacts(person: Person) -> dict[str, str]:
    """Statuses by user id."""
    listed = ok(await person.get(own(person, "/contacts")))["resources"]
    return {contact["id"]: contact["status"] for contact in listed}


async def file(person: Person, other: Person, status: str) -> Any:
    return await person.put(own(person, f"/contacts/{user(other)}"), {"status": status, "active": True})


async def test_everyone_one_talks_with(make: Factory) -> None:
    mentee, mentor, _ = await make.talkers()
    await make.talkers()
    assert ok(await mentee.get(own(mentee, "/contacts")))["resources"] == [
        {"id": user(mentor), "display_name": mentor.login_name, "role": "mentor", "status": "ok"}
    ]
    assert ok(await mentor.get(own(mentor, "/contacts")))["resources"][0]["role"] == "mentee"


@pytest.mark.parametrize(
    ("status", "filing"), [("archived", "archived"), ("banned", "blocked"), ("deleted", "blocked"), ("ok", "inbox")]
)
async def test_filed_here_is_filed_there(make: Factory, status: str, filing: str) -> None:
    mentee, mentor, thread = await make.talkers()
    filed = ok(await file(mentee, mentor, status))
    assert filed == {"id": user(mentor), "display_name": mentor.login_name, "role": "mentor", "status": status}
    assert await contacts(mentee) == {user(mentor): status}
    assert ok(await mentee.get(f"/v1/threads/{thread}"))["filing"] == filing


@pytest.mark.parametrize(("filing", "status"), [("archived", "archived"), ("blocked", "banned"), ("inbox", "ok")])
async def test_filed_there_is_filed_here(make: Factory, filing: str, status: str) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await file(mentee, mentor, "deleted"))
    ok(await mentee.put(f"/v1/threads/{thread}/filing", {"filing": "inbox"}))
    assert await contacts(mentee) == {user(mentor): "ok"}
    ok(await mentee.put(f"/v1/threads/{thread}/filing", {"filing": filing}))
    assert await contacts(mentee) == {user(mentor): status}


async def test_someone_banned_sees_what_they_would_see_if_the_other_had_left(make: Factory) -> None:
    mentee, mentor, _ = await make.talkers()
    ok(await say(mentor, mentee, "ennen"), 201)
    for status in ("banned", "deleted"):
        ok(await file(mentee, mentor, status))
        assert await contacts(mentor) == {}
        assert await contents(mentor) == []
        told(await say(mentor, mentee, "kuuleeko"), 404)
        told(await file(mentor, mentee, "archived"), 404)
        assert await contents(mentee) == ["ennen"]
    told(await say(mentee, mentor, "minäkään en"), 403)
    ok(await file(mentee, mentor, "ok"))
    assert await contacts(mentor) == {user(mentee): "ok"}
    ok(await say(mentor, mentee, "taas"), 201)


async def test_banned_to_deleted_and_back(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, _ = await make.talkers()
    for status in ("banned", "deleted", "deleted", "banned"):
        ok(await file(mentee, mentor, status))
        assert await contacts(mentee) == {user(mentor): status}
    assert await raw_db.fetchval("SELECT count(*) FROM ylitse_deleted_contact") == 0


async def test_several_at_once(make: Factory) -> None:
    home = await make.organisation()
    mentor, mentees = await make.mentor(home), [await make.mentee(home) for _ in range(3)]
    for mentee in mentees:
        await make.thread(mentee, mentor)
    wanted = [
        {"id": user(mentee), "status": status, "display_name": "?"}
        for mentee, status in zip(mentees, ("archived", "banned", "deleted"), strict=True)
    ]
    filed = ok(await mentor.patch(own(mentor, "/contacts"), wanted))["resources"]
    expected = {user(mentee): one["status"] for mentee, one in zip(mentees, wanted, strict=True)}
    assert {contact["id"]: contact["status"] for contact in filed} == expected == await contacts(mentor)
    stranger = {"id": str(uuid4()), "status": "ok"}
    told(await mentor.patch(own(mentor, "/contacts"), [{"id": user(mentees[0]), "status": "ok"}, stranger]), 404)
    assert await contacts(mentor) == expected
    wrongs: list[Any] = [[{"id": user(mentees[0]), "status": "lost"}], {"status": "ok"}, [{}] * 201, "x"]
    for wrong in wrongs:
        told(await mentor.patch(own(mentor, "/contacts"), wrong), 400)
    assert ok(await mentor.patch(own(mentor, "/contacts"), [])) == {"resources": []}


BLOCKED_IN_THIS_MOMENT = """
    CREATE FUNCTION block_too() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE thread_member SET filing = 'blocked' WHERE thread_id = NEW.thread_id AND account_id <> NEW.account_id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER block_too AFTER INSERT ON ylitse_deleted_contact FOR EACH ROW EXECUTE FUNCTION block_too();
"""


async def test_who_blocks_in_the_moment_they_are_filed_is_gone(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, _ = await make.talkers()
    await raw_db.execute(BLOCKED_IN_THIS_MOMENT)
    try:
        told(await file(mentee, mentor, "deleted"), 404)
    finally:
        await raw_db.execute("DROP FUNCTION block_too CASCADE")


async def test_only_ones_own(make: Factory) -> None:
    mentee, mentor, _ = await make.talkers()
    stranger, _, _ = await make.talkers()
    told(await stranger.get(own(mentee, "/contacts")), 403)
    told(await stranger.put(own(mentee, f"/contacts/{user(mentor)}"), {"status": "banned"}), 403)
    told(await stranger.patch(own(mentee, "/contacts"), [{"id": user(mentor), "status": "banned"}]), 403)
    told(await file(stranger, mentor, "banned"), 404)
    told(await mentee.put(own(mentee, "/contacts/nothing"), {"status": "ok"}), 404)
    assert await contacts(mentee) == {user(mentor): "ok"}
