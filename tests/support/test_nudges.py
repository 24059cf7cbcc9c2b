"""Silences are answered by humans, gently, seldom, by day, or not at all."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.programme import Programme, at_once, settings
from tests.support.scenes import days_pass, notices, say, thread_of, turn

WORDS = "Moi! Kuulumisia, jos jaksat."


class Silent:
    """A pair that talks, or does not."""

    def __init__(self, programme: Programme, raw_db: asyncpg.Connection) -> None:
        self.programme, self.raw_db = programme, raw_db

    async def begin(self) -> "Silent":
        await self.at_any_hour()
        self.mentee, self.mentor = await self.programme.mentee(), await self.programme.mentor()
        self.pair = await self.programme.active(self.mentee, self.mentor)
        self.thread = await thread_of(self.mentee, self.pair)
        return self

    async def at_any_hour(self) -> None:
        """A test may run at night."""
        path = "/v1/staff/matching-settings"
        ok(await self.programme.staff.edit("PUT", path, settings(quiet_from=0, quiet_until=0)))

    async def drafts(self, signer: Person | None = None) -> list[dict[str, Any]]:
        """What may be signed, after the job has looked."""
        await turn(self.programme, "silences")
        items: list[dict[str, Any]] = ok(await (signer or self.programme.staff).get("/v1/nudges"))["items"]
        return items

    async def days_pass(self, days: int) -> None:
        await days_pass(self.raw_db, days)

    async def send(self, signer: Person, draft: dict[str, Any]) -> str | None:
        """Sign and send. Returns the code of the refusal."""
        tag, path = {"If-Match": f'"{draft["version"]}"'}, f"/v1/nudges/{draft['id']}/sending"
        answer = await signer.call("POST", path, json={"text": WORDS}, headers=tag)
        return None if answer.status_code == 200 else str(answer.json()["code"])


@pytest.fixture
async def silent(programme: Programme, raw_db: asyncpg.Connection) -> Silent:
    return await Silent(programme, raw_db).begin()


async def test_two_weeks_of_silence_are_a_draft_that_a_human_sends(silent: Silent, raw_db: asyncpg.Connection) -> None:
    await silent.days_pass(13)
    assert await silent.drafts() == []
    await silent.days_pass(1)
    (draft,) = await silent.drafts()
    assert (draft["to"]["id"], draft["to_role"], draft["step"]) == (str(silent.mentee.id), "mentee", 0)
    assert await notices(silent.mentee) == []
    assert await silent.drafts(silent.mentor) == [draft]
    assert await silent.send(silent.programme.staff, draft) is None
    (notice,) = await notices(silent.mentee)
    assert (notice["code"], notice["text"]) == ("nudge", WORDS)
    assert notice["signed_by"]["id"] == str(silent.programme.staff.id)
    assert await notices(silent.mentor) == []
    assert await raw_db.fetchval("SELECT count(*) FROM notice WHERE position($1 in body) > 0", WORDS.encode()) == 0
    assert (
        await raw_db.fetchval("SELECT action FROM audit_entry WHERE subject_id = $1", silent.mentee.id) == "nudge_sent"
    )
    assert await silent.drafts() == []


async def test_three_words_in_one_silence_and_no_more(silent: Silent) -> None:
    sent = []
    for passed in range(0, 200, 5):
        for draft in await silent.drafts():
            assert await silent.send(silent.programme.staff, draft) is None
            sent.append((passed, draft["step"]))
        await silent.days_pass(5)
    assert sent == [(15, 0), (35, 1), (65, 2)]


async def test_any_reply_ends_it(silent: Silent) -> None:
    await silent.days_pass(15)
    (draft,) = await silent.drafts()
    await say(silent.mentee, silent.thread)
    assert await silent.send(silent.programme.staff, draft) == "nudge_not_due"
    await silent.days_pass(1)
    assert await silent.drafts() == []
    assert await notices(silent.mentee) == []


async def test_a_reply_begins_anew(silent: Silent) -> None:
    await silent.days_pass(15)
    (draft,) = await silent.drafts()
    assert await silent.send(silent.programme.staff, draft) is None
    await say(silent.mentee, silent.thread)
    await say(silent.mentor, silent.thread)
    await silent.days_pass(13)
    assert await silent.drafts() == []
    await silent.days_pass(1)
    (draft,) = await silent.drafts()
    assert (draft["step"], draft["to_role"]) == (0, "mentee")


async def test_a_young_person_who_waits_for_an_answer_is_not_nudged_but_the_mentor_is(silent: Silent) -> None:
    await say(silent.mentee, silent.thread)
    await silent.days_pass(14)
    (draft,) = await silent.drafts()
    assert (draft["to"]["id"], draft["to_role"]) == (str(silent.mentor.id), "mentor")
    assert await silent.drafts(silent.mentor) == []
    assert await silent.send(silent.mentor, draft) == "nudge_not_found"
    assert await silent.send(silent.programme.staff, draft) is None
    assert await notices(silent.mentee) == []
    assert len(await notices(silent.mentor, "nudge")) == 1


@pytest.mark.parametrize("until", [None, 40])
async def test_not_now_is_enough(silent: Silent, until: int | None) -> None:
    await silent.days_pass(15)
    (draft,) = await silent.drafts()
    day = None if until is None else (datetime.now(UTC) + timedelta(days=until)).date().isoformat()
    ok(await silent.mentee.post(f"{silent.pair}/not-now", {"until": day}), 204)
    assert await silent.send(silent.programme.staff, draft) == "nudge_not_found"
    await silent.days_pass(39)
    assert await silent.drafts() == []
    await silent.days_pass(2)
    assert len(await silent.drafts()) == (until is not None)


async def test_not_now_holds_in_every_pair_that_one_has_or_gets(silent: Silent) -> None:
    second, third = await silent.programme.mentor(), await silent.programme.mentor()
    ok(await silent.mentee.put("/v1/waiting"))
    other = await thread_of(silent.mentee, await silent.programme.active(silent.mentee, second))
    await silent.days_pass(15)
    (draft,) = await silent.drafts()
    drafted = silent.mentor if await silent.drafts(silent.mentor) else second
    said_in = other if drafted is silent.mentor else silent.thread
    pairs = {one["thread_id"]: one["id"] for one in ok(await silent.mentee.get("/v1/pairs"))["items"]}
    ok(await silent.mentee.post(f"/v1/pairs/{pairs[str(said_in)]}/not-now", {}), 204)
    assert await silent.send(silent.programme.staff, draft) == "nudge_not_found"
    ok(await silent.mentee.put("/v1/waiting"))
    await silent.programme.active(silent.mentee, third)
    await silent.days_pass(40)
    assert await silent.drafts() == []
    # what they write in one pair takes it back there, and only there
    await say(silent.mentee, silent.thread)
    await say(silent.mentor, silent.thread)
    await silent.days_pass(15)
    (draft,) = await silent.drafts()
    assert await silent.drafts(silent.mentor) == [draft]


async def test_a_mentor_says_not_now_for_themself_alone(silent: Silent) -> None:
    other = await silent.programme.mentee()
    thread = await thread_of(other, await silent.programme.active(other, silent.mentor))
    await say(silent.mentor, silent.thread)
    await say(other, thread)
    await silent.days_pass(15)
    drafts = await silent.drafts()
    (to_mentor,) = [draft for draft in drafts if draft["to_role"] == "mentor"]
    (to_mentee,) = [draft for draft in drafts if draft["to_role"] == "mentee"]
    ok(await silent.mentor.post(f"{silent.pair}/not-now", {}), 204)
    assert await silent.send(silent.programme.staff, to_mentor) == "nudge_not_found"
    assert await silent.send(silent.programme.staff, to_mentee) is None
    await silent.days_pass(100)
    assert {draft["to_role"] for draft in await silent.drafts()} == {"mentee"}
    await say(silent.mentor, thread)
    await say(other, thread)
    await silent.days_pass(40)
    assert "mentor" in {draft["to_role"] for draft in await silent.drafts()}


async def test_not_now_is_said_of_ones_own_pairs_for_a_day_to_come(silent: Silent, make: Factory) -> None:
    path, stranger = f"{silent.pair}/not-now", await silent.programme.mentee()
    refused(await stranger.post(path, {}), 404, "pair_not_found")
    for days in (0, 400):
        day = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
        refused(await silent.mentee.post(path, {"until": day}), 400, "invalid_body", pointer="/until")
    ok(await silent.programme.staff.post(f"{silent.pair}/end", at_once()))
    refused(await silent.mentee.post(path, {}), 404, "pair_not_found")


async def test_whoever_signs_at_once_one_is_sent(silent: Silent, make: Factory) -> None:
    colleague = await make.staff(silent.programme.home)
    await silent.days_pass(15)
    (draft,) = await silent.drafts()
    signers = [silent.programme.staff, colleague, silent.mentor]
    answers = await asyncio.gather(*(silent.send(signer, draft) for signer in signers))
    assert sorted(answers, key=str) == [None, "nudge_not_found", "nudge_not_found"]
    assert len(await notices(silent.mentee)) == 1


async def test_a_word_in_one_pair_counts_in_the_other(silent: Silent) -> None:
    second = await silent.programme.mentor()
    ok(await silent.mentee.put("/v1/waiting"))
    await silent.programme.active(silent.mentee, second)
    await silent.days_pass(15)
    (draft,) = await silent.drafts()
    assert await silent.send(silent.programme.staff, draft) is None
    await silent.days_pass(13)
    assert await silent.drafts() == []


async def test_a_silence_can_be_left_as_it_is(silent: Silent) -> None:
    await silent.days_pass(15)
    (draft,) = await silent.drafts()
    path, tag = f"/v1/nudges/{draft['id']}", {"If-Match": f'"{draft["version"]}"'}
    refused(await silent.programme.staff.delete(path), 428, "precondition_required")
    refused(await silent.programme.staff.delete(path, headers={"If-Match": '"9"'}), 412, "edited_meanwhile")
    ok(await silent.programme.staff.delete(path, headers=tag), 204)
    await silent.days_pass(14)
    assert await silent.drafts() == []
    await silent.days_pass(2)
    assert [one["step"] for one in await silent.drafts()] == [1]


async def test_who_was_blocked_is_not_told_of_a_silence(silent: Silent) -> None:
    await silent.days_pass(15)
    assert len(await silent.drafts(silent.mentor)) == 1
    ok(await silent.mentee.put(f"/v1/threads/{silent.thread}/filing", {"filing": "blocked"}))
    await silent.days_pass(1)
    assert await silent.drafts(silent.mentor) == []


async def test_the_end_of_a_pair_ends_its_drafts(silent: Silent) -> None:
    await silent.days_pass(15)
    (draft,) = await silent.drafts()
    ok(await silent.programme.staff.post(f"{silent.pair}/end", at_once()))
    assert await silent.send(silent.programme.staff, draft) == "nudge_not_found"


async def test_at_night_nothing_is_sent(silent: Silent) -> None:
    await silent.days_pass(15)
    (draft,) = await silent.drafts()
    hour = datetime.now(ZoneInfo("Europe/Helsinki")).hour
    night = settings(quiet_from=hour, quiet_until=(hour + 2) % 24)
    ok(await silent.programme.staff.edit("PUT", "/v1/staff/matching-settings", night))
    path, tag = f"/v1/nudges/{draft['id']}/sending", {"If-Match": f'"{draft["version"]}"'}
    answer = await silent.programme.staff.post(path, {"text": WORDS}, headers=tag)
    refused(answer, 409, "quiet_hours")
    assert 0 < int(answer.headers["retry-after"]) <= 3 * 3600
    assert await notices(silent.mentee) == []
    await silent.at_any_hour()
    assert await silent.send(silent.programme.staff, draft) is None


async def test_words_are_needed(silent: Silent) -> None:
    await silent.days_pass(15)
    (draft,) = await silent.drafts()
    path, tag = f"/v1/nudges/{draft['id']}/sending", {"If-Match": f'"{draft["version"]}"'}
    for text in ("", " ", "x" * 501):
        answer = await silent.programme.staff.post(path, {"text": text}, headers=tag)
        refused(answer, 400, "invalid_body", pointer="/text")
    refused(await silent.programme.staff.post(path, {"text": WORDS}), 428, "precondition_required")


async def test_whose_words_they_are(silent: Silent, make: Factory) -> None:
    await silent.days_pass(15)
    (draft,) = await silent.drafts()
    stranger, other = await make.staff(), await silent.programme.mentor()
    assert await silent.drafts(stranger) == await silent.drafts(other) == []
    assert await silent.send(stranger, draft) == "nudge_not_found"
    assert await silent.send(other, draft) == "nudge_not_found"
    assert await silent.send(silent.mentor, draft | {"version": 7}) == "edited_meanwhile"
    assert await silent.send(silent.mentor, draft) is None
    (notice,) = await notices(silent.mentee)
    assert notice["signed_by"]["id"] == str(silent.mentor.id)
