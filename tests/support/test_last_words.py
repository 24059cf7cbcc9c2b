"""A mentor who had to go gets no last word, whenever the pair ended, and can't tell from letters that they had to."""

import asyncpg

from tests.api import ok, refused
from tests.pairs.test_letters import write
from tests.programme import Programme, at_once, events_of
from tests.support.scenes import Change, lost, turn


async def test_a_pair_that_was_over_brings_no_letter_any_more(programme: Programme, raw_db: asyncpg.Connection) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    pair = await programme.active(mentee, mentor)
    ok(await mentee.post(f"{pair}/end", at_once()))
    await lost("stood_down", programme, mentor)
    told = await events_of(raw_db, mentee)
    ok(await write(mentor, pair, "Viimeinen sana"))
    assert ok(await mentee.get(f"{pair}/letter"))["other"] is None
    assert ok(await mentee.get(f"{pair}/keepsake"))["letter_of_mentor"] is None
    assert await events_of(raw_db, mentee) == told


async def test_that_a_pair_which_was_over_has_lost_its_mentor_is_made_good_by_the_job(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    pair = await programme.active(mentee, mentor)
    ok(await mentee.post(f"{pair}/end", at_once()))
    await lost("suspended", programme, mentor)
    await raw_db.execute("UPDATE pair SET lost_at = NULL")  # as where catching the loss had failed
    told = await events_of(raw_db, mentee)
    assert await turn(programme, "losses") == 1
    assert await raw_db.fetchval("SELECT lost_at FROM pair") is not None
    assert await events_of(raw_db, mentee) == told


async def test_a_letter_that_had_arrived_stays(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    pair = await programme.active(mentee, mentor)
    ok(await mentee.post(f"{pair}/end", at_once()))
    ok(await write(mentor, pair, "Kiitos."))
    await lost("stood_down", programme, mentor)
    assert ok(await mentee.get(f"{pair}/letter"))["other"]["text"] == "Kiitos."


async def test_the_summary_of_a_pair_that_was_over_is_no_way_either(programme: Programme) -> None:
    change = await Change(programme).made()
    path = await change.chosen("summary")
    ok(await change.old.get(path))
    await lost("stood_down", programme, change.old)
    refused(await change.old.get(path), 404, "handover_not_found")
    ok(await change.mentee.edit("PUT", f"{path}/summary", {"text": "Omin sanoin."}, read_from=path))


async def test_the_young_person_may_write_as_after_any_end(programme: Programme) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    pair = await programme.active(mentee, mentor)
    await lost("stood_down", programme, mentor)
    ok(await write(mentee, pair, "Hei sitten."))
    assert ok(await mentor.get(f"{pair}/letter"))["other"]["text"] == "Hei sitten."


async def test_the_mentor_is_answered_as_after_any_end(programme: Programme) -> None:
    seen = []
    for way in ("stood_down", "ended"):
        mentee, mentor = await programme.mentee(), await programme.mentor()
        pair = await programme.active(mentee, mentor)
        if way == "ended":
            ok(await mentee.post(f"{pair}/end", at_once()))
        else:
            await lost(way, programme, mentor)
        first = ok(await write(mentor, pair, "Kiitos."))
        assert ok(await mentor.get(f"{pair}/letter")) == first
        refused(await write(mentor, pair, "Vielä tämä.", 1), 409, "letters_over")
        events = [event["type"] for event in ok(await mentor.get("/v1/sync"))["events"]]
        seen.append(([first["own"]["text"], first["version"], first["other"]], events.count("pair_changed")))
    assert seen[0] == seen[1]
