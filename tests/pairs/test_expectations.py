"""Nobody begins without having read what the other expects."""

import asyncio

import asyncpg
import pytest

from tests.api import ok, refused
from tests.factories import Factory
from tests.pairs.test_waiting import WISHES
from tests.programme import EXPECTED, YES, Programme, at_once, expects

OFF_LIMITS = "Isästä en halua puhua."


async def test_what_someone_expects(programme: Programme, make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee = await make.mentee(programme.home)
    empty = ok(await mentee.get("/v1/account/expectations"))
    assert (empty["version"], empty["months"], empty["topics"], empty["updated_at"]) == (0, None, [], None)
    said = EXPECTED | {"topics": ["housing", "housing"], "off_limits": OFF_LIMITS, "shown": ["times", "topics"]}
    kept = ok(await mentee.edit("PUT", "/v1/account/expectations", said))
    assert (kept["version"], kept["topics"], kept["off_limits"]) == (1, ["housing"], OFF_LIMITS)
    assert ok(await mentee.get("/v1/account/expectations")) == kept
    stored = await raw_db.fetchval("SELECT off_limits FROM expectations")
    assert OFF_LIMITS.encode() not in stored
    stale = await mentee.call("PUT", "/v1/account/expectations", json=said, headers={"If-Match": '"0"'})
    refused(stale, 412, "edited_meanwhile")
    refused(await mentee.put("/v1/account/expectations", said), 428, "precondition_required")


async def test_the_first_word_twice_at_once(programme: Programme, make: Factory) -> None:
    mentee = await make.mentee(programme.home)
    answers = await asyncio.gather(
        *(mentee.call("PUT", "/v1/account/expectations", json=EXPECTED, headers={"If-Match": '"0"'}) for _ in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"topics": ["housing", "weather"]}, "/topics/1"),
        ({"months": 0}, "/months"),
        ({"rhythm": "hourly"}, "/rhythm"),
        ({"shown": ["note"]}, "/shown/0"),
        ({"off_limits": "x" * 1001}, "/off_limits"),
    ],
)
async def test_what_can_t_be_expected(programme: Programme, wrong: dict[str, object], pointer: str) -> None:
    mentee = await programme.mentee()
    refused(
        await mentee.edit("PUT", "/v1/account/expectations", EXPECTED | wrong), 400, "invalid_body", pointer=pointer
    )


async def test_a_mentor_has_no_wishes_to_show(programme: Programme) -> None:
    mentor = await programme.mentor()
    said = EXPECTED | {"shown": ["topics"]}
    refused(await mentor.edit("PUT", "/v1/account/expectations", said), 400, "invalid_body", pointer="/shown")


async def test_each_sees_the_other_and_the_mentor_what_they_may(programme: Programme, make: Factory) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    ok(await mentee.edit("PUT", "/v1/wishes", WISHES | {"topics": ["housing"], "languages": ["fi", "sv"]}))
    await expects(mentee, months=6, topics=["housing"], off_limits=OFF_LIMITS, shown=["topics"])
    await expects(mentor, rhythm="daily", topics=["money"])
    path = await programme.proposed(mentee, mentor, "They have met.")
    by_mentor = ok(await mentor.get(f"{path}/expectations"))
    assert by_mentor["other"] == {
        "months": 6, "rhythm": "weekly", "topics": ["housing"], "off_limits": OFF_LIMITS, "version": 2,
    }  # fmt: skip
    assert by_mentor["differences"] == {
        "months": {"mentee": 6, "mentor": 12},
        "rhythm": {"mentee": "weekly", "mentor": "daily"},
        "topics_of_mentee_only": ["housing"],
        "topics_of_mentor_only": ["money"],
    }
    assert by_mentor["introduction"] == {"languages": [], "topics": ["housing"], "times": []}
    by_mentee = ok(await mentee.get(f"{path}/expectations"))
    assert by_mentee["own"]["off_limits"] == OFF_LIMITS
    assert by_mentee["differences"] == by_mentor["differences"]
    assert by_mentee["introduction"] is None
    assert str(WISHES["note"]) not in str(by_mentor)
    refused(await programme.staff.get(f"{path}/expectations"), 403, "forbidden")
    refused(await (await programme.mentor()).get(f"{path}/expectations"), 404, "pair_not_found")


@pytest.mark.parametrize("end", ["declined", "returned", "closed"])
async def test_what_someone_says_later_is_not_for_those_of_before(programme: Programme, end: str) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    if end == "declined":
        path = await programme.proposed(mentee, mentor)
        ok(await mentee.post(f"{path}/decline", {"answer": "not_now"}))
    else:
        path = await programme.in_trial(mentee, mentor)
        ok(await mentor.get(f"{path}/expectations"))
    if end == "returned":
        for member in (mentee, mentor):
            ok(await member.put(f"{path}/fit", {"fit": "not_a_good_fit"}))
    elif end == "closed":
        ok(await mentee.post(f"{path}/end", at_once()))
    await expects(mentee, off_limits=OFF_LIMITS, shown=["topics"])
    for member in (mentee, mentor):
        answer = await member.get(f"{path}/expectations")
        refused(answer, 409, "pair_not_open")
        assert answer.json()["state"] == end


async def test_a_yes_names_what_was_read(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    for body in ({}, {"expectations_seen": 2}):
        refused(await mentor.post(f"{path}/acceptance", body), 409, "expectations_not_seen")
    await expects(mentee, months=3)
    refused(await mentor.post(f"{path}/acceptance", YES), 409, "expectations_not_seen")
    ok(await mentor.post(f"{path}/acceptance", {"expectations_seen": 2}))
    ok(await mentee.post(f"{path}/acceptance", YES))


@pytest.mark.parametrize("silent", ["mentee", "mentor"])
async def test_nobody_begins_with_someone_who_never_said(programme: Programme, make: Factory, silent: str) -> None:
    mentee = await make.mentee(programme.home)
    mentor = await make.mentor(programme.home)
    ok(await mentee.put("/v1/waiting"))
    await expects(mentor if silent == "mentee" else mentee)
    path = await programme.proposed(mentee, mentor)
    for member in (mentee, mentor):
        refused(await member.post(f"{path}/acceptance", YES), 409, "expectations_missing")


async def test_a_yes_to_what_has_changed_since_is_none(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    ok(await mentor.post(f"{path}/acceptance", YES))
    await expects(mentee, months=1)
    half = ok(await mentee.post(f"{path}/acceptance", YES))
    assert (half["state"], half["mentor_accepted_at"]) == ("proposed", None)
    assert half["mentee_accepted_at"] is not None
    began = ok(await mentor.post(f"{path}/acceptance", {"expectations_seen": 2}))
    assert began["state"] == "trial"


async def test_a_stale_yes_can_be_said_anew(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    path = await programme.proposed(mentee, mentor)
    ok(await mentor.post(f"{path}/acceptance", YES))
    refused(await mentor.post(f"{path}/acceptance", YES), 409, "already_accepted")
    await expects(mentee, months=1)
    ok(await mentor.post(f"{path}/acceptance", {"expectations_seen": 2}))
    assert ok(await mentee.post(f"{path}/acceptance", YES))["state"] == "trial"


async def test_staff_may_let_two_begin_without_and_say_why(
    programme: Programme, make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await make.mentee(programme.home), await make.mentor(programme.home)
    ok(await mentee.put("/v1/waiting"))
    path = await programme.proposed(mentee, mentor)
    assert ok(await programme.staff.get(f"{path}/override"))["override"] is None
    for reason in ("They met at camp.", "They met at camp, and again here."):
        ok(await programme.staff.post(f"{path}/override", {"reason": reason}))
    shown = ok(await (await make.staff(programme.home)).get(f"{path}/override"))["override"]
    assert (shown["cause"], shown["reason"], shown["by_id"]) == (
        "staff", "They met at camp, and again here.", str(programme.staff.id),
    )  # fmt: skip
    assert b"camp" not in await raw_db.fetchval("SELECT reason FROM pair_override")
    ok(await mentor.post(f"{path}/acceptance", {}))
    refused(await mentor.post(f"{path}/acceptance", {}), 409, "already_accepted")
    assert ok(await mentee.post(f"{path}/acceptance", {}))["state"] == "trial"
    refused(await programme.staff.post(f"{path}/override", {"reason": "late"}), 409, "pair_not_open")


async def test_a_change_against_a_yes(programme: Programme) -> None:
    """Whichever comes first: the pair begins only on what was read."""
    for _ in range(5):
        mentee, mentor = await programme.mentee(), await programme.mentor()
        path = await programme.proposed(mentee, mentor)
        ok(await mentee.post(f"{path}/acceptance", YES))
        yes, change = await asyncio.gather(
            mentor.post(f"{path}/acceptance", YES),
            mentee.call("PUT", "/v1/account/expectations", json=EXPECTED, headers={"If-Match": '"1"'}),
        )
        ok(change)
        state = ok(await mentee.get(path))["state"]
        if yes.is_success:
            assert state == "trial"
        else:
            refused(yes, 409, "expectations_not_seen")
            assert state == "proposed"
