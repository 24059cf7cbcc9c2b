"""Who must not be brought together is not, in whatever way: neither after a loss nor while a mentor is away."""

import asyncpg
import pytest

from tests.api import ok, refused
from tests.factories import Person
from tests.programme import Programme, at_once
from tests.support.scenes import Change, days_pass, lost, notices, say, thread_of, turn

WAYS = (
    "on_the_young_persons_list",
    "on_the_mentors_list",
    "blocked_by_the_young_person",
    "blocked_by_the_mentor",
    "not_safe",
    "refused_with_a_no",
)
PATH = "/v1/account/never"


async def parted(programme: Programme, mentee: Person, mentor: Person, way: str) -> None:
    """The two have parted in one of the ways after which nobody brings them together."""
    match way:
        case "on_the_young_persons_list":
            ok(await mentee.put(f"{PATH}/{mentor.id}"), 204)
        case "on_the_mentors_list":
            ok(await mentor.post(f"{await programme.proposed(mentee, mentor)}/decline", {"answer": "not_now"}))
            ok(await mentor.put(f"{PATH}/{mentee.id}"), 204)
        case "blocked_by_the_young_person" | "blocked_by_the_mentor":
            pair = await programme.active(mentee, mentor)
            thread = await thread_of(mentee, pair)
            ok(await mentee.post(f"{pair}/end", at_once()))
            blocking = mentee if way == "blocked_by_the_young_person" else mentor
            ok(await blocking.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
        case "not_safe":
            ok(await mentee.post(f"{await programme.active(mentee, mentor)}/safeguarding"))
        case "refused_with_a_no":
            ok(await mentee.post(f"{await programme.proposed(mentee, mentor)}/decline", {"answer": "no"}))
    ok(await mentee.put("/v1/waiting"))


async def stands_by(programme: Programme, mentor: Person) -> None:
    ok(await programme.staff.put("/v1/staff/interim-mentor", {"mentor_id": str(mentor.id)}))


async def open_threads(person: Person) -> list[str]:
    items = ok(await person.get("/v1/threads"))["items"]
    return [one["id"] for one in items if one["state"] == "open"]


@pytest.mark.parametrize("way", WAYS)
async def test_a_mentor_who_stands_by_is_not_for_those_who_parted_from_them(programme: Programme, way: str) -> None:
    mentor, standing_by = await programme.mentor(), await programme.mentor()
    apart, another = await programme.mentee(), await programme.mentee()
    await parted(programme, apart, standing_by, way)
    for mentee in (apart, another):
        await programme.active(mentee, mentor)
    await stands_by(programme, standing_by)
    heard = len(ok(await standing_by.get("/v1/sync"))["events"])
    await lost("suspended", programme, mentor)
    contact = ok(await apart.get("/v1/interim-contact"))
    assert (contact["contact"]["id"], contact["thread_id"]) == (str(programme.staff.id), None)
    (notice,) = await notices(apart)
    assert (notice["code"], notice["contact"]["id"]) == ("mentor_unavailable", str(programme.staff.id))
    assert await open_threads(apart) == []
    there = ok(await another.get("/v1/interim-contact"))
    assert there["contact"]["id"] == str(standing_by.id)
    assert await open_threads(standing_by) == [there["thread_id"]]
    news = ok(await standing_by.get("/v1/sync"))["events"][heard:]
    assert {event.get("thread_id") for event in news} == {there["thread_id"]}


@pytest.mark.parametrize("way", WAYS)
async def test_staff_can_not_arrange_it_either(programme: Programme, way: str) -> None:
    mentor, other, mentee = await programme.mentor(), await programme.mentor(), await programme.mentee()
    await parted(programme, mentee, other, way)
    await programme.active(mentee, mentor)
    await lost("suspended", programme, mentor)
    before = ok(await mentee.get("/v1/interim-contact"))
    (row,) = ok(await programme.staff.get("/v1/staff/interim-contacts"))["items"]
    answer = await programme.staff.put(f"/v1/staff/interim-contacts/{row['id']}", {"contact_id": str(other.id)})
    refused(answer, 409, "cannot_be_paired")
    assert answer.json()["errors"] == []
    assert ok(await mentee.get("/v1/interim-contact")) == before
    assert await open_threads(mentee) == []


async def test_a_conversation_that_was_handed_over_is_not_given_back_by_a_loss(change: Change) -> None:
    await change.chosen("nothing")
    await stands_by(change.programme, change.old)
    await lost("suspended", change.programme, change.new)
    contact = ok(await change.mentee.get("/v1/interim-contact"))
    assert (contact["contact"]["id"], contact["thread_id"]) == (str(change.staff.id), None)
    assert ok(await change.mentee.get(f"/v1/threads/{change.thread}"))["state"] == "closed"
    refused(await change.old.get(f"/v1/threads/{change.thread}"), 404, "thread_not_found")


async def test_a_contact_with_whom_someone_wants_no_more_goes_with_the_next_loss(programme: Programme) -> None:
    first, second, standing_by = [await programme.mentor() for _ in range(3)]
    mentee = await programme.mentee()
    await stands_by(programme, standing_by)
    await programme.active(mentee, first)
    ok(await mentee.put("/v1/waiting"))
    await programme.active(mentee, second)
    await lost("suspended", programme, first)
    thread = ok(await mentee.get("/v1/interim-contact"))["thread_id"]
    await say(standing_by, thread)
    ok(await mentee.put(f"{PATH}/{standing_by.id}"), 204)
    await lost("suspended", programme, second)
    contact = ok(await mentee.get("/v1/interim-contact"))
    assert (contact["contact"]["id"], contact["thread_id"]) == (str(programme.staff.id), None)
    assert ok(await mentee.get(f"/v1/threads/{thread}"))["state"] == "closed"


class Away:
    """A mentor who is to be away, whose two young people know them."""

    def __init__(self, programme: Programme, raw_db: asyncpg.Connection) -> None:
        self.programme, self.raw_db = programme, raw_db

    async def goes(self, mentor: Person) -> None:
        await self.raw_db.execute(
            "UPDATE mentor_card SET away_from = current_date + 2, away_until = current_date + 9 WHERE account_id = $1",
            mentor.id,
        )

    async def covered(self, mentor: Person, cover: Person) -> str:
        await self.goes(mentor)
        path = f"/v1/absences/{ok(await mentor.put('/v1/absences/own/cover', {'cover_id': str(cover.id)}))['id']}"
        ok(await cover.put(f"{path}/acceptance", {"accepts": True}))
        return path

    async def begins(self) -> None:
        await days_pass(self.raw_db, 2)
        await turn(self.programme, "absences")


@pytest.fixture
def away(programme: Programme, raw_db: asyncpg.Connection) -> Away:
    return Away(programme, raw_db)


@pytest.mark.parametrize("way", WAYS)
async def test_a_cover_is_not_offered_to_those_who_parted_from_them(programme: Programme, away: Away, way: str) -> None:
    mentor, cover = await programme.mentor(), await programme.mentor()
    apart, another = await programme.mentee(), await programme.mentee()
    await parted(programme, apart, cover, way)
    for mentee in (apart, another):
        await programme.active(mentee, mentor)
    path = await away.covered(mentor, cover)
    assert await notices(apart) == []
    (seen,) = ok(await apart.get("/v1/absences"))["items"]
    assert (seen["cover"], seen["asked"]) == (None, False)
    refused(await apart.put(f"{path}/consent", {"consents": True}), 404, "absence_not_found")
    ok(await another.put(f"{path}/consent", {"consents": True}))
    await away.begins()
    assert [notice["code"] for notice in await notices(apart)] == ["mentor_away"]
    assert [notice["code"] for notice in await notices(another)] == ["mentor_away", "cover_offered"]
    assert len(await open_threads(cover)) == 1


async def test_a_conversation_that_was_handed_over_is_not_given_back_to_a_cover(change: Change, away: Away) -> None:
    await change.chosen("nothing")
    await away.covered(change.new, change.old)
    await away.begins()
    assert [notice["code"] for notice in await notices(change.mentee)] == ["mentor_away", "handover_offered"]
    assert ok(await change.mentee.get(f"/v1/threads/{change.thread}"))["state"] == "closed"
    refused(await change.old.get(f"/v1/threads/{change.thread}"), 404, "thread_not_found")


@pytest.mark.parametrize("began", [True, False])
async def test_a_list_that_changes_after_a_yes_counts(programme: Programme, away: Away, *, began: bool) -> None:
    mentor, cover, mentee = await programme.mentor(), await programme.mentor(), await programme.mentee()
    await programme.active(mentee, mentor)
    path = await away.covered(mentor, cover)
    if began:
        await away.begins()
        ok(await mentee.put(f"{PATH}/{cover.id}"), 204)
        assert ok(await mentee.put(f"{path}/consent", {"consents": True}))["thread_id"] is None
    else:
        ok(await mentee.put(f"{path}/consent", {"consents": True}))
        ok(await mentee.put(f"{PATH}/{cover.id}"), 204)
        await away.begins()
    assert ok(await cover.get("/v1/threads"))["items"] == []
    assert [notice["code"] for notice in await notices(mentee)] == ["mentor_away", "cover_offered"]
