"""The same export, or a later one, is moved in again: what is new in it comes, and nothing comes twice."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg

from rinnalla.ylitse.ids import user_id
from tests.api import Api, ok
from tests.privacy.traces import tables_holding
from tests.ylitse.moving.mover import Mover
from tests.ylitse.moving.old_service import PASSWORD, OldService, bcrypt_hash
from tests.ylitse.moving.test_moving_in import log_in, signed_in, talkers


async def test_it_may_be_moved_in_again(mover: Mover, api: Api, raw_db: asyncpg.Connection) -> None:
    old = OldService()
    mentee, _ = talkers(old)
    assert mover.moved(old)["messages"] == (6, 6, 0, 0)
    assert mover.moved(old)["messages"] == (6, 0, 6, 0)
    newcomer = old.person("mentor", "liisa", stored=bcrypt_hash())
    old.message(mentee, newcomer, "Hei Liisa.", 70)
    counts = mover.moved(old)
    assert (counts["accounts"], counts["messages"]) == ((3, 1, 2, 0), (7, 1, 6, 0))
    assert await raw_db.fetchval("SELECT count(*) FROM message") == 7
    ok(await log_in(api, "aino"), 201)


async def test_what_has_gone_on_here_is_left_out_and_counted_so(
    mover: Mover, api: Api, raw_db: asyncpg.Connection
) -> None:
    old = OldService()
    mentee, mentor = talkers(old)
    question = old.question()
    old.answer(question, mentee, 4, 20)
    mover.moved(old)
    old.answer(question, mentee, 2, 10)
    next(one for one in old.lists["contacts"] if one["user_id"] == mentor)["status"] = "banned"
    counts = mover.moved(old)
    assert (counts["answers"], counts["contacts"]) == ((2, 0, 1, 1), (2, 0, 1, 1))
    counts = mover.moved(old)
    assert (counts["answers"], counts["contacts"]) == ((2, 0, 1, 1), (2, 0, 1, 1))
    assert await raw_db.fetchval("SELECT array_agg(value) FROM answer") == [4]
    assert await raw_db.fetchval("SELECT count(*) FROM thread_member WHERE filing = 'blocked'") == 0


async def test_who_polls_goes_on_from_a_message_that_a_later_file_brought(
    mover: Mover, api: Api, raw_db: asyncpg.Connection
) -> None:
    """It is the newest that their client knows, and was never told here."""
    old = OldService()
    _, mentor = talkers(old)
    mover.moved(old)
    async with signed_in(api, "aino") as aino, signed_in(api, "outi") as outi:
        (thread,) = ok(await aino.get("/v1/threads"))["items"]

        async def say(text: str) -> None:
            body = {"client_id": str(uuid4()), "text": text}
            ok(await aino.post(f"/v1/threads/{thread['id']}/messages", body), 201)

        for number in range(12):
            await say(f"{number}")
        await raw_db.execute("UPDATE message SET created_at = created_at - interval '1 day' WHERE seq > 6")
        newcomer = old.person("mentee", "liisa", stored=bcrypt_hash())
        old.message(newcomer, mentor, "Hei Outi.", 0, created=datetime.now(UTC).isoformat())
        mover.moved(old)
        path = f"/ylitse/users/{user_id(UUID(ok(await outi.get('/v1/account'))['id']))}/messages"
        (newest,) = ok(await outi.get(path, params={"max": 1}))["resources"]
        assert newest["content"] == "Hei Outi."
        place = {"from_message_id": newest["id"], "desc": "false"}
        assert ok(await outi.get(path, params=place))["resources"] == []
        await say("vieläkin")
        assert [one["content"] for one in ok(await outi.get(path, params=place))["resources"]] == ["vieläkin"]


async def test_who_has_left_does_not_come_back(mover: Mover, api: Api, raw_db: asyncpg.Connection) -> None:
    old = OldService()
    talkers(old)
    mover.moved(old)
    async with signed_in(api, "aino") as mentee:
        ok(await mentee.post("/v1/account/departure", {"password": PASSWORD}), 204)
        counts = mover.moved(old)
        assert (counts["accounts"], counts["messages"], counts["contacts"]) == (
            (2, 0, 1, 1),
            (6, 0, 0, 6),
            (2, 0, 0, 2),
        )
        assert await tables_holding(raw_db, "aino") == set()
        assert await raw_db.fetchval("SELECT count(*) FROM message") == 0


async def test_a_conversation_that_ended_here_is_not_opened_again(
    mover: Mover, api: Api, raw_db: asyncpg.Connection
) -> None:
    """The two became a pair and parted, without a word; a later file knows one more of theirs."""
    old = OldService()
    mentee, mentor = talkers(old)
    mover.moved(old)
    await raw_db.execute("UPDATE organisation SET mentees_may_choose = true")
    mentor_id = await raw_db.fetchval("SELECT id FROM account WHERE login_name = 'outi'")
    async with signed_in(api, "aino") as young:
        pair = ok(await young.post("/v1/pairs", {"mentor_id": str(mentor_id)}), 201)
        ok(await young.post(f"/v1/pairs/{pair['id']}/safeguarding"))
    assert [tuple(row) for row in await raw_db.fetch("SELECT state, last_seq FROM thread")] == [("closed", 6)]
    old.message(mentee, mentor, "Vielä yksi.", 60)
    assert mover.refused(old) == ["/messages/6: conversation_went_on_here"]
    assert await raw_db.fetchval("SELECT state FROM thread") == "closed"
