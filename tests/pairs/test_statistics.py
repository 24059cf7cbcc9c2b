"""How pairs end, in figures that point at nobody; and the rule on later contact."""

from collections.abc import Mapping
from datetime import UTC, datetime

import asyncpg
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.pairs.statistics import LEAST, quarter_of, suppressed
from tests.api import ok, refused
from tests.factories import Factory
from tests.programme import Programme

PATH = "/v1/staff/pair-statistics"


@given(st.dictionaries(st.integers(0, 20), st.integers(0, 40), max_size=12))
def test_no_small_figure_is_told_nor_can_be_worked_out(counts: Mapping[int, int]) -> None:
    told = suppressed(counts)
    assert told.keys() == counts.keys()
    hidden = [count for key, count in counts.items() if told[key] is None]
    assert all(count == counts[key] for key, count in told.items() if count is not None)
    assert not any(0 < count < LEAST for count in told.values() if count is not None)
    if hidden and any(told.values()):
        assert len(hidden) > 1
        assert sum(hidden) >= LEAST
    if all(count == 0 or count >= LEAST for count in counts.values()):
        assert hidden == []


def test_quarters_follow_each_other() -> None:
    ends = [quarter_of(year, quarter) for year in (2026, 2027) for quarter in (1, 2, 3, 4)]
    assert ends[0][0] == datetime(2026, 1, 1, tzinfo=UTC)
    assert [until for _, until in ends[:-1]] == [since for since, _ in ends[1:]]
    assert ends[-1][1] == datetime(2028, 1, 1, tzinfo=UTC)


async def test_ends_are_counted_by_kind_and_reason(
    programme: Programme, make: Factory, raw_db: asyncpg.Connection
) -> None:
    for number in range(7):
        mentor = await programme.mentor()
        path = await programme.proposed(await programme.mentee(), mentor)
        if number < 5:
            ok(await mentor.post(f"{path}/decline", {"reason": "no_time"}))
        else:
            ok(await programme.staff.post(f"{path}/withdrawal"))
    await raw_db.execute("UPDATE pair SET closed_at = '2026-02-03T00:00:00Z'")
    found = ok(await programme.staff.get(PATH, params={"year": 2026, "quarter": 1}))
    assert found["total"] == 7
    assert found["ends"] == [
        {"state": "declined", "kind": None, "reason": "no_time", "count": None},
        {"state": "withdrawn", "kind": None, "reason": None, "count": None},
    ]
    assert ok(await programme.staff.get(PATH, params={"year": 2026, "quarter": 2}))["total"] == 0
    assert ok(await (await make.staff()).get(PATH, params={"year": 2026, "quarter": 1}))["ends"] == []
    refused(await programme.staff.get(PATH, params={"year": 2026, "quarter": 5}), 400, "invalid_parameter")
    await raw_db.execute("DELETE FROM pair WHERE state = 'withdrawn'")
    (only,) = ok(await programme.staff.get(PATH, params={"year": 2026, "quarter": 1}))["ends"]
    assert only["count"] == 5


async def test_what_was_learnt_is_counted_when_nobody_can_say_more_and_no_single_word_is_told(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    for _ in range(LEAST):
        mentee, mentor = await programme.mentee(), await programme.mentor()
        path = await programme.in_trial(mentee, mentor)
        for member in (mentee, mentor):
            ok(await member.put(f"{path}/fit", {"fit": "not_a_good_fit"}))
        ok(await mentee.put(f"{path}/learnt", {"codes": ["times"]}), 204)
        ok(await mentor.put(f"{path}/learnt", {"codes": ["times"]}), 204)
    ok(await mentee.put(f"{path}/learnt", {"codes": ["times", "region"]}), 204)
    now = datetime.now(UTC)
    running = {"year": now.year, "quarter": (now.month - 1) // 3 + 1}
    found = ok(await programme.staff.get(PATH, params=running))
    assert (found["total"], found["learnt"]) == (5, [])
    await raw_db.execute("UPDATE pair SET closed_at = '2025-11-03T00:00:00Z'")
    found = ok(await programme.staff.get(PATH, params={"year": 2025, "quarter": 4}))
    assert found["learnt"] == [{"code": "times", "count": 5}]
    refused(await mentor.put(f"{path}/learnt", {"codes": ["region"]}), 409, "pair_not_open")
    for days, status in ((29, 204), (31, 409)):
        await raw_db.execute("UPDATE pair SET closed_at = clock_timestamp() - make_interval(days => $1)", days)
        assert (await mentor.put(f"{path}/learnt", {"codes": ["region"]})).status_code == status


async def test_a_programme_says_its_own_rule_on_later_contact(programme: Programme, make: Factory) -> None:
    mentee = await programme.mentee()
    standard = ok(await mentee.get("/v1/contact-rule"))
    assert (standard["rule"], standard["version"]) == ("standard", 0)
    texts = {"fi": "Meidän kauttamme.", "sv": None, "nb": None, "en": "Through us."}
    said = ok(await programme.staff.edit("PUT", "/v1/contact-rule", texts))
    assert (said["rule"], said["texts"], said["version"]) == ("own", texts, 1)
    assert ok(await mentee.get("/v1/contact-rule")) == said
    stale = await programme.staff.call("PUT", "/v1/contact-rule", json=texts, headers={"If-Match": '"0"'})
    refused(stale, 412, "edited_meanwhile")
    nothing = dict.fromkeys(texts)
    assert ok(await programme.staff.edit("PUT", "/v1/contact-rule", nothing))["rule"] == "standard"
    assert ok(await (await make.mentee()).get("/v1/contact-rule"))["version"] == 0
    refused(
        await programme.staff.edit("PUT", "/v1/contact-rule", texts | {"fi": " "}), 400, "invalid_body", pointer="/fi"
    )
