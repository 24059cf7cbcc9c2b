"""Someone leaves: at once, for both sides, without a trace."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from tests.api import Api, ok, refused
from tests.factories import PASSWORD, Factory, Person
from tests.feedback.questions import question
from tests.privacy.traces import THE_TRAIL, keys_of, tables_holding
from tests.programme import Programme

WISHES = {
    "languages": ["fi"],
    "region": "Oulu",
    "gender_wish": None,
    "age_min": 20,
    "age_max": 40,
    "times": ["night"],
    "topics": ["loneliness"],
    "note": "Joku joka ei säiky.",
}


async def leave(person: Api, password: str = PASSWORD) -> Any:
    return await person.post("/v1/account/departure", {"password": password})


async def say(person: Person, thread: object, text: str) -> None:
    ok(await person.post(f"/v1/threads/{thread}/messages", {"client_id": str(uuid4()), "text": text}), 201)


async def events_of(person: Person) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = ok(await person.get("/v1/sync"))["events"]
    return events


class Life:
    """A mentee who has used everything, a mentor who talks with them, a mentor whom staff have proposed."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.make = programme.make

    async def live(self, topic: str) -> "Life":
        self.mentee, self.mentor = await self.programme.mentee(), await self.programme.mentor(topics=[topic])
        self.proposed = await self.programme.mentor()
        mentee, mentor, staff = self.mentee, self.mentor, self.programme.staff
        pair = ok(await mentor.get(await self.programme.active(mentee, mentor)))
        self.thread = pair["thread_id"]
        ok(await mentee.put("/v1/waiting"))
        self.proposal = await self.programme.proposed(mentee, self.proposed)
        await say(mentee, self.thread, "Mulla on paha olo.")
        await say(mentor, self.thread, "Olen tässä.")
        ok(await mentee.edit("PATCH", "/v1/account", {"display_name": "Revontuli", "email": "aino@example.org"}))
        for person in (mentee, mentor):
            shown = {"presence": "online", "read_marks": True}
            ok(await person.edit("PUT", "/v1/account/visibility", shown))
        ok(await mentee.edit("PUT", "/v1/wishes", WISHES | {"topics": [topic]}))
        ok(await mentee.post("/v1/account/recovery-codes", {"password": PASSWORD}), 201)
        ok(await mentee.post("/v1/realtime/tickets"), 201)
        body = question(audience=["mentee", "mentor"])
        answered, skipped = [ok(await staff.post("/v1/questions", body), 201)["id"] for _ in range(2)]
        for person in (mentee, mentor):
            ok(await person.put(f"/v1/questions/{answered}/answers/1", {"value": 2}))
            ok(await person.post(f"/v1/questions/{skipped}/skip"), 204)
        for one, other in ((mentee, mentor), (mentor, mentee)):
            body = {"reported_id": str(other.id), "reason": "other", "text": "Sanon vain."}
            ok(await one.post("/v1/reports", body), 201)
        another = await self.programme.mentor()
        for method in ("PUT", "DELETE"):  # a mark in the trail
            ok(await staff.call(method, f"/v1/people/{another.id}/suspension"), 204)
        return self


async def a_life(make: Factory, raw_db: asyncpg.Connection) -> Life:
    home = await make.organisation()
    topic = await raw_db.fetchval("SELECT id FROM topic ORDER BY position LIMIT 1")
    return await Life(Programme(make, home, await make.staff(home))).live(topic)


async def test_nothing_is_left_of_a_young_person(make: Factory, raw_db: asyncpg.Connection) -> None:
    life = await a_life(make, raw_db)
    mentee = life.mentee
    everywhere = {"account", "session", "thread", "thread_member", "message", "pair", "waiting", "wishes"}
    everywhere |= {"answer", "asking", "report", "recovery_code", "member_stream", "member_event"}
    everywhere |= {"visibility"}
    assert everywhere <= await tables_holding(raw_db, str(mentee.id))
    keys = await keys_of(raw_db, mentee.id)
    assert len(keys) == 2
    ok(await leave(mentee), 204)
    for trace in (str(mentee.id), mentee.login_name, "Revontuli", str(mentee.session_id), *keys):
        assert await tables_holding(raw_db, trace) == set(), trace
    for table in ("thread", "thread_member", "message", "pair", "wishes", "waiting", "realtime_ticket"):
        assert await raw_db.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    assert await raw_db.fetchval("SELECT open_pairs FROM mentor_card WHERE account_id = $1", life.mentor.id) == 0


async def test_nothing_is_left_of_a_mentor_but_the_ids_in_the_trail(make: Factory, raw_db: asyncpg.Connection) -> None:
    life = await a_life(make, raw_db)
    mentor = life.mentor
    ok(await life.programme.staff.put(f"/v1/people/{mentor.id}/suspension"), 204)
    ok(await life.programme.staff.delete(f"/v1/people/{mentor.id}/suspension"), 204)
    credentials = {"login_name": mentor.login_name, "password": PASSWORD}
    tokens = ok(await make.nobody.post("/v1/sessions", credentials), 201)["tokens"]
    keys = await keys_of(raw_db, mentor.id)
    async with Api(mentor.url, mentor.contract, tokens["access_token"]) as device:
        ok(await leave(device), 204)
    assert await tables_holding(raw_db, str(mentor.id)) == {THE_TRAIL}
    for trace in (mentor.login_name, *keys):
        assert await tables_holding(raw_db, trace) == set(), trace
    assert ok(await life.mentee.get("/v1/threads"))["items"] == []


async def test_the_others_are_told(make: Factory, raw_db: asyncpg.Connection) -> None:
    life = await a_life(make, raw_db)
    before = {person.id: len(await events_of(person)) for person in (life.mentor, life.mentee)}
    heard: list[str] = []
    await raw_db.add_listener("rinnalla_wake", lambda _connection, _pid, _channel, payload: heard.append(payload))
    ok(await leave(life.mentee), 204)
    await raw_db.execute("SELECT 1")
    assert f"session {life.mentee.session_id}" in heard
    assert any(payload.startswith("members ") and str(life.mentor.id) in payload for payload in heard)
    news = (await events_of(life.mentor))[before[life.mentor.id] :]
    assert "thread_gone" in [event["type"] for event in news]
    assert ok(await life.mentor.get("/v1/threads"))["items"] == []
    refused(await life.mentor.get(f"/v1/threads/{life.thread}"), 404, "thread_not_found")
    told = await raw_db.fetch(
        "SELECT kind, refs ->> 'pair_id' FROM member_event WHERE account_id = $1", life.proposed.id
    )
    pair_id = life.proposal.rpartition("/")[2]
    assert [tuple(row) for row in told] == [("pair_changed", pair_id)] * 2  # proposed, and gone


async def test_a_mentor_hears_of_a_departure_what_they_hear_of_a_block(make: Factory) -> None:
    home = await make.organisation()
    programme = Programme(make, home, await make.staff(home))
    heard = []
    for goes in (True, False):
        mentee, mentor = await programme.mentee(), await programme.mentor()
        pair = ok(await mentor.get(await programme.active(mentee, mentor)))
        before = len(await events_of(mentor))
        if goes:
            ok(await leave(mentee), 204)
        else:
            ok(await mentee.put(f"/v1/threads/{pair['thread_id']}/filing", {"filing": "blocked"}))
        heard.append([event["type"] for event in (await events_of(mentor))[before:]])
    assert heard == [["thread_gone"]] * 2


async def test_every_way_back_is_closed_and_the_name_is_free(api: Api, make: Factory) -> None:
    home = await make.organisation()
    mentee = await make.mentee(home)
    credentials = {"login_name": mentee.login_name, "password": PASSWORD}
    device = ok(await api.post("/v1/sessions", credentials), 201)["tokens"]
    codes = ok(await mentee.post("/v1/account/recovery-codes", {"password": PASSWORD}), 201)["recovery_codes"]
    ok(await leave(mentee), 204)
    refused(await mentee.get("/v1/account"), 401, "invalid_token")
    refused(await leave(mentee), 401, "invalid_token")
    async with Api(api.url, api.contract, device["access_token"]) as other_device:
        refused(await other_device.get("/v1/account"), 401, "invalid_token")
    for token in (mentee.refresh_token, device["refresh_token"]):
        refused(await api.post("/v1/sessions/refresh", {"refresh_token": token}), 401, "refresh_refused")
    refused(await api.post("/v1/sessions", credentials), 401, "wrong_credentials")
    recovery = {"login_name": mentee.login_name, "recovery_code": codes[0], "new_password": "uusi salasana nyt"}
    refused(await api.post("/v1/recoveries", recovery), 401, "recovery_refused")
    anew = ok(await api.post("/v1/accounts", {"nickname": mentee.login_name, "password": PASSWORD}), 201)
    assert anew["account"]["id"] != str(mentee.id)


async def test_who_leaves_shows_that_it_is_them(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await make.talkers()
    before = await raw_db.fetchval("SELECT count(*) FROM member_event")
    refused(await leave(mentee, "kolme kissaa ja aurinko"), 403, "wrong_password")
    refused(await mentee.post("/v1/account/departure", {}), 400, "invalid_body", pointer="/password")
    refused(await mentee.post("/v1/account/departure", {"password": ""}), 400, "invalid_body", pointer="/password")
    ok(await mentee.get(f"/v1/threads/{thread}"))
    ok(await mentor.get(f"/v1/threads/{thread}"))
    assert await raw_db.fetchval("SELECT count(*) FROM member_event") == before


async def test_someone_must_remain_to_administer(make: Factory) -> None:
    last = await make.admin()
    refused(await leave(last), 409, "last_administrator")
    ok(await last.get("/v1/account"))
    two = [last, await make.admin()]
    responses = await asyncio.gather(*(leave(one) for one in two))
    assert sorted(response.status_code for response in responses) == [204, 409]


async def test_leaving_twice_at_once_is_leaving_once(make: Factory) -> None:
    mentee, _, _ = await make.talkers()
    responses = await asyncio.gather(*(leave(mentee) for _ in range(4)))
    assert sorted(response.status_code for response in responses) == [204, 401, 401, 401]


async def test_leaving_in_the_middle_of_everything(make: Factory, raw_db: asyncpg.Connection) -> None:
    """What both sides do in that moment is done or refused, never half done, and nothing keeps the account."""
    home = await make.organisation()
    staff = await make.staff(home)
    questions = [ok(await staff.post("/v1/questions", question()), 201)["id"] for _ in range(5)]
    for _ in range(5):
        mentee, mentor = await make.mentee(home), await make.mentor(home)
        thread = await make.thread(mentee, mentor)

        async def talk(person: Person, thread: UUID = thread) -> list[int]:
            path = f"/v1/threads/{thread}/messages"
            sends = [person.post(path, {"client_id": str(uuid4()), "text": "hei"}) for _ in range(8)]
            return [response.status_code for response in await asyncio.gather(*sends)]

        others = [mentee.put(f"/v1/questions/{one}/answers/1", {"value": 3}) for one in questions]
        others += [mentor.post("/v1/reports", {"reported_id": str(mentee.id), "reason": "spam", "text": "x"})]
        gone, own, theirs, *rest = await asyncio.gather(leave(mentee), talk(mentee), talk(mentor), *others)
        assert gone.status_code == 204, gone.text
        assert set(own) <= {201, 401, 404, 503}
        assert set(theirs) <= {201, 404}
        assert {response.status_code for response in rest} <= {200, 201, 401, 404, 503}
        assert await tables_holding(raw_db, str(mentee.id)) == set()


async def test_two_who_talk_leave_at_once(make: Factory, raw_db: asyncpg.Connection) -> None:
    for _ in range(5):
        mentee, mentor, _ = await make.talkers()
        responses = await asyncio.gather(leave(mentee), leave(mentor))
        assert [response.status_code for response in responses] == [204, 204]
        for person in (mentee, mentor):
            assert await tables_holding(raw_db, str(person.id)) == set()
