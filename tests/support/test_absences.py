"""A mentor is away: young people are told, and whoever wants to can write with the one who stands in."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from tests.api import ok, refused
from tests.factories import PASSWORD, Factory, Person
from tests.programme import Programme, say_yes
from tests.support.scenes import days_pass, notices, say, thread_of, turn

COVER = "/v1/absences/own/cover"


def day(number: int) -> date:
    return datetime.now(UTC).date() + timedelta(days=number)


class Away:
    """A mentor with two young people, and one who could stand in."""

    def __init__(self, programme: Programme, raw_db: asyncpg.Connection) -> None:
        self.programme, self.raw_db = programme, raw_db

    async def made(self, first: int = 2, last: int = 9) -> "Away":
        self.mentor, self.cover = await self.programme.mentor(), await self.programme.mentor()
        self.mentee, self.other = await self.programme.mentee(), await self.programme.mentee()
        self.pair = await self.programme.active(self.mentee, self.mentor)
        self.thread = await thread_of(self.mentee, self.pair)
        await say(self.mentor, self.thread, "vanha salaisuus")
        await self.programme.in_trial(self.other, self.mentor)
        await self.goes(day(first), day(last))
        return self

    async def goes(self, first: date | None, last: date | None) -> None:
        await self.raw_db.execute(
            "UPDATE mentor_card SET away_from = $2, away_until = $3 WHERE account_id = $1", self.mentor.id, first, last
        )

    async def asked(self) -> dict[str, Any]:
        absence: dict[str, Any] = ok(await self.mentor.put(COVER, {"cover_id": str(self.cover.id)}))
        return absence

    async def covered(self, *consenting: Person) -> str:
        path = f"/v1/absences/{(await self.asked())['id']}"
        ok(await self.cover.put(f"{path}/acceptance", {"accepts": True}))
        for mentee in consenting:
            ok(await mentee.put(f"{path}/consent", {"consents": True}))
        return path

    async def own(self, person: Person) -> dict[str, Any]:
        (absence,) = ok(await person.get("/v1/absences"))["items"]
        found: dict[str, Any] = absence
        return found

    async def days_pass(self, days: int) -> int:
        await days_pass(self.raw_db, days)
        return await turn(self.programme, "absences")


@pytest.fixture
async def away(programme: Programme, raw_db: asyncpg.Connection) -> Away:
    return await Away(programme, raw_db).made()


async def test_the_one_who_stands_in_agrees_then_each_young_person_does(away: Away) -> None:
    absence = await away.asked()
    assert (absence["cover"]["id"], absence["cover_state"]) == (str(away.cover.id), "asked")
    assert (absence["first_on"], absence["last_on"]) == (day(2).isoformat(), day(9).isoformat())
    assert [notice["code"] for notice in await notices(away.cover)] == ["cover_asked"]
    seen = await away.own(away.mentee)
    assert (seen["cover"], seen["cover_state"], seen["asked"]) == (None, None, False)
    path = f"/v1/absences/{absence['id']}"
    refused(await away.mentee.put(f"{path}/consent", {"consents": True}), 404, "absence_not_found")
    ok(await away.cover.put(f"{path}/acceptance", {"accepts": True}))
    assert [notice["code"] for notice in await notices(away.mentor)] == ["cover_answered"]
    for mentee in (away.mentee, away.other):
        (notice,) = await notices(mentee)
        assert (notice["code"], notice["contact"]["id"]) == ("cover_offered", str(away.cover.id))
        seen = await away.own(mentee)
        assert (seen["cover"]["id"], seen["asked"], seen["consents"]) == (str(away.cover.id), True, None)
    ok(await away.mentee.put(f"{path}/consent", {"consents": True}))
    assert (await away.own(away.mentee))["consents"] is True
    assert (await away.own(away.mentor))["consents"] is None
    assert ok(await away.cover.get("/v1/threads"))["items"] == []


async def test_they_write_for_these_days_only(away: Away) -> None:
    path = await away.covered(away.mentee)
    ok(await away.other.put(f"{path}/consent", {"consents": False}))
    assert await away.days_pass(1) == 0
    await away.days_pass(1)
    for mentee in (away.mentee, away.other):
        (notice, *_) = await notices(mentee)
        assert (notice["code"], notice["about"]["id"]) == ("mentor_away", str(away.mentor.id))
        assert notice["last_on"] == day(7).isoformat()
    assert (await away.own(away.other))["thread_id"] is None
    thread = (await away.own(away.mentee))["thread_id"]
    assert thread != str(away.thread)
    await say(away.mentee, thread)
    await say(away.cover, thread)
    assert [one["id"] for one in ok(await away.cover.get("/v1/threads"))["items"]] == [thread]
    refused(await away.cover.get(f"/v1/threads/{away.thread}"), 404, "thread_not_found")
    refused(await away.cover.get(f"/v1/threads/{away.thread}/messages"), 404, "thread_not_found")
    await away.days_pass(6)
    assert [notice["code"] for notice in await notices(away.mentor)] == ["back_soon", "cover_answered"]
    await say(away.cover, thread)
    await away.days_pass(2)
    sent = {"client_id": "01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f", "text": "hei"}
    for member in (away.cover, away.mentee):
        refused(await member.post(f"/v1/threads/{thread}/messages", sent), 409, "thread_closed")
    assert (await notices(away.mentee))[0]["code"] == "mentor_back"
    assert (await notices(away.other))[0]["code"] == "mentor_back"
    assert ok(await away.mentee.get("/v1/absences"))["items"] == []
    await say(away.mentee, away.thread)


@pytest.mark.parametrize("begun", [False, True])
async def test_whose_pair_begins_after_the_cover_said_yes_is_asked_too(away: Away, *, begun: bool) -> None:
    path, late = await away.covered(away.mentee), await away.programme.mentee()
    pair = await away.programme.proposed(late, away.mentor)
    if begun:
        await away.days_pass(2)
    for member in (late, away.mentor):
        ok(await say_yes(pair, member, both=(late, away.mentor)))
    told = {notice["code"]: notice["contact"] and notice["contact"]["id"] for notice in await notices(late)}
    assert told == {"cover_offered": str(away.cover.id)} | ({"mentor_away": None} if begun else {})
    consent = ok(await late.put(f"{path}/consent", {"consents": True}))
    assert (consent["thread_id"] is not None) is begun
    if not begun:
        await away.days_pass(2)
    await say(late, (await away.own(late))["thread_id"])
    for person in (late, away.mentee):
        for code in ("cover_offered", "mentor_away"):
            assert len(await notices(person, code)) == 1


async def test_whom_the_mentor_sees_again_is_asked_when_the_absence_starts(away: Away) -> None:
    filing = f"/v1/threads/{away.thread}/filing"
    ok(await away.mentor.put(filing, {"filing": "blocked"}))
    await away.covered()
    ok(await away.mentor.put(filing, {"filing": "inbox"}))
    assert await notices(away.mentee) == []
    await away.days_pass(2)
    assert {notice["code"] for notice in await notices(away.mentee)} == {"cover_offered", "mentor_away"}
    assert len(await notices(away.other, "cover_offered")) == 1


async def test_a_yes_is_taken_back_at_once_and_may_be_given_late(away: Away) -> None:
    path = await away.covered()
    await away.days_pass(3)
    assert (await away.own(away.mentee))["thread_id"] is None
    opened = ok(await away.mentee.put(f"{path}/consent", {"consents": True}))
    await say(away.cover, opened["thread_id"])
    ok(await away.mentee.put(f"{path}/consent", {"consents": False}))
    sent = {"client_id": "01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f", "text": "hei"}
    refused(await away.cover.post(f"/v1/threads/{opened['thread_id']}/messages", sent), 409, "thread_closed")


async def test_without_a_cover_young_people_are_told_all_the_same(away: Away) -> None:
    await away.days_pass(2)
    assert [notice["code"] for notice in await notices(away.mentee)] == ["mentor_away"]
    await away.days_pass(8)
    assert [notice["code"] for notice in await notices(away.mentee)] == ["mentor_back", "mentor_away"]
    assert [notice["code"] for notice in await notices(away.mentor)] == ["back_soon"]
    assert await away.days_pass(1) == 0


async def test_who_comes_back_earlier_is_back(away: Away) -> None:
    path = await away.covered(away.mentee)
    await away.days_pass(3)
    thread = (await away.own(away.mentee))["thread_id"]
    await away.goes(None, None)
    await away.days_pass(0)
    assert (await notices(away.mentee))[0]["code"] == "mentor_back"
    assert ok(await away.mentee.get(f"/v1/threads/{thread}"))["state"] == "closed"
    refused(await away.mentee.put(f"{path}/consent", {"consents": True}), 404, "absence_not_found")


async def test_who_came_back_earlier_may_go_again(away: Away) -> None:
    """As soon as they like, and until when they had meant to be away, or another day."""
    await away.days_pass(3)
    for last in (day(6), day(30)):
        await away.goes(None, None)
        await away.days_pass(0)
        await away.goes(day(0), last)
        await away.days_pass(0)
        assert [notice["code"] for notice in await notices(away.mentee)][:2] == ["mentor_away", "mentor_back"]
        assert (await away.own(away.mentee))["last_on"] == last.isoformat()
    assert await turn(away.programme, "absences") == 0


async def test_who_does_not_go_does_not_go(away: Away) -> None:
    await away.covered(away.mentee)
    await away.goes(None, None)
    await away.days_pass(0)
    assert ok(await away.mentee.get("/v1/absences"))["items"] == []
    assert [notice["code"] for notice in await notices(away.mentee)] == ["cover_ended", "cover_offered"]


async def test_who_stays_longer_is_away_longer(away: Away) -> None:
    await away.covered(away.mentee)
    await away.days_pass(3)
    await away.goes(day(-1), day(20))
    await away.days_pass(10)
    assert (await away.own(away.mentee))["last_on"] == day(10).isoformat()
    assert "mentor_back" not in [notice["code"] for notice in await notices(away.mentee)]


async def test_no_means_no_and_another_one_can_be_asked(away: Away) -> None:
    path = f"/v1/absences/{(await away.asked())['id']}"
    ok(await away.cover.put(f"{path}/acceptance", {"accepts": False}))
    assert ok(await away.cover.get("/v1/absences"))["items"] == []
    second = await away.programme.mentor()
    ok(await away.mentor.put(COVER, {"cover_id": str(second.id)}))
    refused(await away.cover.put(f"{path}/acceptance", {"accepts": True}), 404, "absence_not_found")
    ok(await second.put(f"{path}/acceptance", {"accepts": True}))
    ok(await away.mentee.put(f"{path}/consent", {"consents": True}))
    ok(await away.mentor.put(COVER, {"cover_id": None}))
    seen = await away.own(away.mentee)
    assert (seen["cover"], seen["asked"]) == (None, False)
    assert (await notices(away.mentee))[0]["code"] == "cover_ended"


async def test_whom_one_can_ask(away: Away, make: Factory) -> None:
    unapproved, foreign = await away.programme.mentor(approved=False), await make.mentor()
    for nobody in (away.mentor, unapproved, foreign, away.mentee):
        refused(await away.mentor.put(COVER, {"cover_id": str(nobody.id)}), 404, "mentor_not_found")
    refused(await away.cover.put(COVER, {"cover_id": str(away.mentor.id)}), 409, "not_away")
    await away.goes(day(-9), day(-1))
    refused(await away.mentor.put(COVER, {"cover_id": str(away.cover.id)}), 409, "not_away")


async def test_a_cover_that_nobody_agreed_to_can_not_be_consented_to(away: Away) -> None:
    path = await away.covered()
    ok(await away.cover.put(f"{path}/acceptance", {"accepts": False}))
    refused(await away.mentee.put(f"{path}/consent", {"consents": True}), 404, "absence_not_found")
    stranger = await away.programme.mentee()
    refused(await stranger.put(f"{path}/consent", {"consents": True}), 404, "absence_not_found")


async def test_two_who_were_a_pair_before_go_on_where_they_were(away: Away) -> None:
    """Their own conversation was open before and stays so."""
    ok(await away.mentee.put("/v1/waiting"))
    own = await thread_of(away.mentee, await away.programme.in_trial(away.mentee, away.cover))
    await away.covered(away.mentee)
    await away.days_pass(3)
    assert (await away.own(away.mentee))["thread_id"] is None
    await away.days_pass(10)
    await say(away.cover, str(own))


async def test_a_pair_that_begins_meanwhile_goes_on(away: Away) -> None:
    await away.covered(away.mentee)
    await away.days_pass(3)
    thread = (await away.own(away.mentee))["thread_id"]
    ok(await away.mentee.put("/v1/waiting"))
    await away.programme.in_trial(away.mentee, away.cover)
    await away.days_pass(10)
    await say(away.cover, thread)


@pytest.mark.parametrize("way", ["suspended", "left"])
async def test_the_one_who_stands_in_is_lost(away: Away, way: str) -> None:
    await away.covered(away.mentee)
    await away.days_pass(3)
    thread = (await away.own(away.mentee))["thread_id"]
    if way == "suspended":
        ok(await away.programme.staff.put(f"/v1/people/{away.cover.id}/suspension"), 204)
        assert ok(await away.mentee.get(f"/v1/threads/{thread}"))["state"] == "closed"
    else:
        ok(await away.cover.post("/v1/account/departure", {"password": PASSWORD}), 204)
        refused(await away.mentee.get(f"/v1/threads/{thread}"), 404, "thread_not_found")
    assert (await notices(away.mentee))[0]["code"] == "cover_ended"
    assert (await away.own(away.mentee))["cover"] is None


async def test_a_mentor_who_is_lost_while_away(away: Away) -> None:
    await away.covered(away.mentee)
    await away.days_pass(3)
    thread = (await away.own(away.mentee))["thread_id"]
    ok(await away.programme.staff.put(f"/v1/people/{away.mentor.id}/suspension"), 204)
    codes = [notice["code"] for notice in await notices(away.mentee)]
    assert codes[:2] == ["mentor_unavailable", "cover_ended"]
    assert ok(await away.mentee.get(f"/v1/threads/{thread}"))["state"] == "closed"
    await away.days_pass(10)
    assert "mentor_back" not in [notice["code"] for notice in await notices(away.mentee)]


async def test_whoever_the_mentor_has_blocked_hears_nothing(away: Away) -> None:
    ok(await away.mentor.put(f"/v1/threads/{away.thread}/filing", {"filing": "blocked"}))
    await away.covered()
    await away.days_pass(3)
    assert await notices(away.mentee) == []
    assert ok(await away.mentee.get("/v1/absences"))["items"] == []
    assert len(await notices(away.other)) == 2
