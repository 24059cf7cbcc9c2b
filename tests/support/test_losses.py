"""A mentor is suspended, leaves or is stood down: no young person is left without a word and a name."""

import asyncio
import random
from uuid import UUID

import asyncpg
import pytest

from tests.api import Api, ok, refused
from tests.factories import PASSWORD, Factory, Person
from tests.programme import YES, Programme, open_pairs
from tests.support.scenes import days_pass, notices, say, thread_of, turn

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


WAYS = ("suspended", "left", "removed", "stood_down")


@pytest.mark.parametrize("way", WAYS)
async def test_every_young_person_gets_a_word_and_a_name(
    programme: Programme, raw_db: asyncpg.Connection, way: str
) -> None:
    mentor = await programme.mentor()
    trial, active = await programme.mentee(), await programme.mentee()
    await programme.in_trial(trial, mentor)
    pair = await programme.active(active, mentor)
    thread = await thread_of(active, pair)
    await lost(way, programme, mentor)
    for mentee in (trial, active):
        (notice,) = await notices(mentee)
        assert (notice["code"], notice["text"]) == ("mentor_unavailable", None)
        assert notice["contact"]["id"] == str(programme.staff.id)
        assert (notice["about"] is None) == (way in {"left", "removed"})
        contact = ok(await mentee.get("/v1/interim-contact"))
        assert contact["contact"]["id"] == str(programme.staff.id)
        kinds = [event["type"] for event in ok(await mentee.get("/v1/sync"))["events"]]
        assert "notice" in kinds
        assert ok(await mentee.get("/v1/checkins/next"))["items"] == []
    assert await raw_db.fetch(LEFT_ALONE) == []
    if way in {"suspended", "stood_down"}:
        assert ok(await active.get(pair))["state"] == "closed"
        assert ok(await active.get(f"/v1/threads/{thread}"))["state"] == "closed"
        assert await open_pairs(raw_db, mentor) == 0
        rows = await raw_db.fetch("SELECT DISTINCT ending_kind FROM pair")
        assert [row[0] for row in rows] == ["one_side_gone"]
        deeds = {row[0] for row in await raw_db.fetch("SELECT action FROM audit_entry")}
        assert {"account_suspended", "mentor_stood_down"} & deeds
        assert "pair_ended" in deeds


async def test_nothing_of_why_is_told(programme: Programme) -> None:
    answers = []
    for way in ("suspended", "stood_down"):
        mentee, mentor = await programme.mentee(), await programme.mentor()
        await programme.active(mentee, mentor)
        await lost(way, programme, mentor)
        (notice,) = await notices(mentee)
        answers.append({name: value for name, value in notice.items() if name not in {"id", "about", "created_at"}})
    assert answers[0] == answers[1]


async def test_a_proposal_is_taken_back(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    pair = await programme.proposed(mentee, mentor)
    await lost("suspended", programme, mentor)
    assert ok(await mentee.get(pair))["state"] == "withdrawn"
    assert await notices(mentee) == []
    refused(await mentee.get("/v1/interim-contact"), 404, "interim_contact_not_found")


async def test_the_old_place_on_the_waiting_list_is_there_for_whoever_wants_it(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await raw_db.execute("UPDATE waiting SET since = since - interval '70 days' WHERE mentee_id = $1", mentee.id)
    since = ok(await mentee.get("/v1/waiting/own"))["since"]
    await programme.active(mentee, mentor)
    refused(await mentee.put("/v1/interim-contact/waiting"), 404, "interim_contact_not_found")
    await lost("suspended", programme, mentor)
    assert ok(await mentee.get("/v1/waiting/own"))["waiting"] is False
    assert ok(await mentee.get("/v1/interim-contact"))["may_wait"] is True
    assert ok(await mentee.put("/v1/interim-contact/waiting"))["since"] == since
    assert ok(await mentee.get("/v1/waiting/own"))["since"] == since


async def test_with_a_mentor_who_stands_by_they_can_write_at_once(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    standing_by, mentor = await programme.mentor(), await programme.mentor()
    path = "/v1/staff/interim-mentor"
    foreign = await programme.make.mentor()
    refused(await programme.staff.put(path, {"mentor_id": str(foreign.id)}), 404, "mentor_not_found")
    ok(await programme.staff.put(path, {"mentor_id": str(standing_by.id)}))
    assert ok(await programme.staff.get(path))["mentor_id"] == str(standing_by.id)
    mentee = await programme.mentee()
    await programme.active(mentee, mentor)
    await lost("suspended", programme, mentor)
    contact = ok(await mentee.get("/v1/interim-contact"))
    assert contact["contact"]["id"] == str(standing_by.id)
    await say(mentee, contact["thread_id"])
    await say(standing_by, contact["thread_id"])
    # until a pair of their own begins
    ok(await mentee.put("/v1/interim-contact/waiting"))
    await programme.in_trial(mentee, await programme.mentor())
    refused(await mentee.get("/v1/interim-contact"), 404, "interim_contact_not_found")
    assert await turn(programme, "losses") == 1
    assert ok(await mentee.get(f"/v1/threads/{contact['thread_id']}"))["state"] == "closed"
    assert await turn(programme, "losses") == 0


async def test_the_one_who_stands_by_is_lost_as_well(programme: Programme, make: Factory) -> None:
    standing_by, mentor, mentee = await programme.mentor(), await programme.mentor(), await programme.mentee()
    ok(await programme.staff.put("/v1/staff/interim-mentor", {"mentor_id": str(standing_by.id)}))
    await programme.active(mentee, mentor)
    await lost("suspended", programme, mentor)
    thread = ok(await mentee.get("/v1/interim-contact"))["thread_id"]
    await lost("suspended", programme, standing_by)
    contact = ok(await mentee.get("/v1/interim-contact"))
    assert (contact["contact"]["id"], contact["thread_id"]) == (str(programme.staff.id), None)
    assert ok(await mentee.get(f"/v1/threads/{thread}"))["state"] == "closed"
    assert [notice["code"] for notice in await notices(mentee)] == ["contact_changed", "mentor_unavailable"]


async def test_staff_arrange_another_contact(programme: Programme, make: Factory) -> None:
    colleague, other_mentor = await make.staff(programme.home), await programme.mentor()
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await programme.active(mentee, mentor)
    await lost("suspended", programme, mentor)
    (row,) = ok(await programme.staff.get("/v1/staff/interim-contacts"))["items"]
    assert row["mentee"]["id"] == str(mentee.id)
    path = f"/v1/staff/interim-contacts/{row['id']}"
    stranger = await make.staff()
    assert ok(await stranger.get("/v1/staff/interim-contacts"))["items"] == []
    refused(await stranger.put(path, {"contact_id": str(stranger.id)}), 404, "interim_contact_not_found")
    for nobody in (stranger, mentee, mentor):
        refused(await programme.staff.put(path, {"contact_id": str(nobody.id)}), 404, "contact_not_found")
    ok(await programme.staff.put(path, {"contact_id": str(colleague.id)}))
    changed = ok(await programme.staff.put(path, {"contact_id": str(other_mentor.id)}))
    await say(mentee, changed["thread_id"])
    ok(await programme.staff.put(path, {"contact_id": str(other_mentor.id)}))
    told = [(notice["code"], notice["contact"]["id"]) for notice in await notices(mentee)]
    assert told[:2] == [("contact_changed", str(other_mentor.id)), ("contact_changed", str(colleague.id))]


async def test_a_programme_without_staff_suspends_all_the_same(
    programme: Programme, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await programme.active(mentee, mentor)
    await raw_db.execute("UPDATE account SET state = 'suspended' WHERE id = $1", programme.staff.id)
    ok(await mentor.post("/v1/account/departure", {"password": PASSWORD}), 204)
    (notice,) = await notices(mentee)
    assert (notice["code"], notice["contact"]) == ("mentor_unavailable", None)
    assert ok(await mentee.get("/v1/interim-contact"))["contact"] is None
    newcomer = await make.staff(programme.home)
    assert await turn(programme, "losses") == 1
    assert ok(await mentee.get("/v1/interim-contact"))["contact"]["id"] == str(newcomer.id)
    assert (await notices(mentee))[0]["code"] == "contact_changed"


async def test_staff_who_leave_are_followed_as_contacts(programme: Programme, make: Factory) -> None:
    admin, colleague = await make.admin(), await make.staff(programme.home)
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await programme.active(mentee, mentor)
    await lost("suspended", programme, mentor)
    ok(await admin.delete(f"/v1/staff/{programme.staff.id}"), 204)
    assert ok(await mentee.get("/v1/interim-contact"))["contact"]["id"] == str(colleague.id)


async def test_a_suspension_that_went_past_us_is_made_good(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    pair = await programme.active(mentee, mentor)
    await raw_db.execute("UPDATE account SET state = 'suspended' WHERE id = $1", mentor.id)
    assert await turn(programme, "losses") == 1
    assert ok(await mentee.get(pair))["state"] == "closed"
    assert [notice["code"] for notice in await notices(mentee)] == ["mentor_unavailable"]


async def test_only_ones_own_mentors_are_stood_down(programme: Programme, make: Factory) -> None:
    foreign, mentee = await programme.make.mentor(), await programme.mentee()
    path = "/v1/staff/mentors/{}/standing-down"
    refused(await programme.staff.post(path.format(foreign.id)), 404, "account_not_found")
    refused(await programme.staff.post(path.format(mentee.id)), 404, "mentor_not_found")
    mentor = await programme.mentor()
    ok(await programme.staff.post(path.format(mentor.id)), 204)
    ok(await programme.staff.post(path.format(mentor.id)), 204)
    refused(await make.nobody.get(f"/v1/mentors/{mentor.id}"), 404, "mentor_not_found")
    ok(await mentor.get("/v1/account"))


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


async def test_an_api_client_of_someone_lost_is_out(programme: Programme, api: Api) -> None:
    mentor = await programme.mentor()
    await programme.active(await programme.mentee(), mentor)
    await lost("suspended", programme, mentor)
    refused(await mentor.get("/v1/threads"), 401, "invalid_token")
