"""Messages of the Ylitse contract, as they are read: newest first, upwards, and by polling."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from rinnalla.app import Services
from rinnalla.ylitse.keeping import Keeping
from rinnalla.ylitse.messenger import Messenger
from tests.api import ok
from tests.factories import Factory, Person
from tests.realtime.lines import caller_of
from tests.realtime.test_unreadable import POISON, UNREADABLE
from tests.statements import statements
from tests.ylitse.client import own, told, user
from tests.ylitse.test_messages import contents, read, say


async def test_the_start_of_every_client(make: Factory) -> None:
    home = await make.organisation()
    mentor = await make.mentor(home)
    mentees = [await make.mentee(home) for _ in range(3)]
    for mentee in mentees:
        await make.thread(mentee, mentor)
        for number in range(12):
            ok(await say(mentee, mentor, f"{mentee.login_name} {number}"), 201)
    newest = await read(mentor, max=10, desc="true")
    assert [m["content"] for m in newest["resources"]] == [f"{mentees[2].login_name} {n}" for n in range(11, 1, -1)]
    assert [contact["id"] for contact in newest["contacts"]] == [user(mentees[2])]
    listed = ",".join(user(mentee) for mentee in mentees)
    each = await read(mentor, contact_user_ids=listed, max=10, desc="true")
    assert len(each["resources"]) == 30
    assert {contact["id"] for contact in each["contacts"]} == {user(mentee) for mentee in mentees}
    times = [message["created"] for message in each["resources"]]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == 30


async def test_a_poll_without_news_is_one_query_however_much_there_is(
    services: Services, make: Factory, raw_db: asyncpg.Connection
) -> None:
    async def asked_when_nothing_is_new(number: int) -> list[str]:
        mentee, mentor, _ = await make.talkers()
        for each in range(number):
            ok(await say(mentor, mentee, f"{each}"), 201)
        newest = (await read(mentee, max=1, desc="true"))["resources"][0]["id"]
        messenger = Messenger(
            services.database,
            services.chat,
            services.correspondence,
            services.beginnings,
            services.cards,
            Keeping(services.vault, services.limits),
        )
        with statements() as asked:
            found = await messenger.messages(
                caller_of(mentee), most=100, newest_first=False, beyond=UUID(newest), others=None
            )
        assert found == ([], [])
        return asked

    few, many = await asked_when_nothing_is_new(1), await asked_when_nothing_is_new(30)
    assert few == many
    assert len(few) == 1


async def test_scrolling_up(make: Factory) -> None:
    mentee, mentor, _ = await make.talkers()
    for number in range(25):
        ok(await say(mentee, mentor, f"{number}"), 201)
    seen: list[str] = []
    place: dict[str, str] = {}
    while page := (await read(mentor, contact_user_ids=user(mentee), max=10, desc="true", **place))["resources"]:
        seen += [message["content"] for message in page]
        place = {"from_message_id": page[-1]["id"]}
    assert seen == [f"{number}" for number in range(24, -1, -1)]


async def test_times_sort_as_texts_in_a_burst(make: Factory) -> None:
    mentee, mentor, thread = await make.talkers()
    await asyncio.gather(*(say(speaker, other, "x") for speaker, other in [(mentee, mentor), (mentor, mentee)] * 30))
    start = (await read(mentee, max=100, desc="false"))["resources"]
    there = ok(await mentee.get(f"/v1/threads/{thread}/messages?order=oldest&limit=100"))["items"]
    by_text = sorted(start, key=lambda message: message["created"])
    assert [message["id"] for message in by_text] == [message["id"] for message in there]
    assert len({message["created"] for message in start}) == len(there) > 1


async def test_a_clock_that_was_set_back_changes_no_order(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, thread = await make.talkers()
    ok(await say(mentee, mentor, "ennen"), 201)
    await raw_db.execute("UPDATE message SET created_at = created_at + interval '1 hour'")
    await raw_db.execute("UPDATE thread SET last_message_at = last_message_at + interval '1 hour'")
    ok(await say(mentor, mentee, "jälkeen"), 201)
    assert await contents(mentee, max=10, desc="true") == ["jälkeen", "ennen"]
    there = ok(await mentee.get(f"/v1/threads/{thread}/messages?order=oldest"))["items"]
    assert there[0]["created_at"] < there[1]["created_at"]


async def test_a_clock_that_was_set_back_changes_no_order_between_conversations(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    home = await make.organisation()
    mentor, aino, veera = await make.mentor(home), await make.mentee(home), await make.mentee(home)
    for mentee in (aino, veera):
        await make.thread(mentee, mentor)
    first = ok(await say(aino, mentor, "ennen"), 201)
    for column in ("message.created_at", "thread.last_message_at", "member_stream.last_message_at"):
        table, name = column.split(".")
        await raw_db.execute(f"UPDATE {table} SET {name} = {name} + interval '1 hour'")
    ok(await say(veera, mentor, "jälkeen"), 201)
    ok(await say(mentor, aino, "viimeksi"), 201)
    assert await contents(mentor, from_message_id=first["id"], desc="false", max=10) == ["jälkeen", "viimeksi"]
    assert await contents(mentor, max=10, desc="true") == ["viimeksi", "jälkeen", "ennen"]
    times = [one["created"] for one in (await read(mentor, max=10, desc="false"))["resources"]]
    assert times == sorted(set(times))


async def test_the_poll_misses_nothing_and_repeats_nothing_while_eight_write(make: Factory) -> None:
    home = await make.organisation()
    mentor = await make.mentor(home)
    mentees = [await make.mentee(home) for _ in range(8)]
    for mentee in mentees:
        await make.thread(mentee, mentor)
    first = ok(await say(mentees[0], mentor, "alku"), 201)
    polled: list[dict[str, Any]] = []

    async def poll() -> None:
        place = polled[-1]["id"] if polled else first["id"]
        polled.extend((await read(mentor, from_message_id=place, desc="false", max=10))["resources"])

    async def write(mentee: Person) -> None:
        for number in range(15):
            ok(await say(mentee, mentor, f"{mentee.login_name} {number}"), 201)

    writers = [asyncio.create_task(write(mentee)) for mentee in mentees]
    while not all(writer.done() for writer in writers):
        await poll()
    await asyncio.gather(*writers)
    while len(polled) < 120:
        before = len(polled)
        await poll()
        assert len(polled) > before
    await poll()
    assert len(polled) == len({message["id"] for message in polled}) == 120
    for mentee in mentees:
        heard = [message["content"] for message in polled if message["sender_id"] == user(mentee)]
        assert heard == [f"{mentee.login_name} {number}" for number in range(15)]
    times = [message["created"] for message in polled]
    assert times == sorted(times)


async def test_the_poll_passes_over_what_is_gone_and_stays_in_place(make: Factory) -> None:
    home = await make.organisation()
    mentor, leaver, stayer = await make.mentor(home), await make.mentee(home), await make.mentee(home)
    for mentee in (leaver, stayer):
        await make.thread(mentee, mentor)
    last = ok(await say(leaver, mentor, "viimeinen"), 201)
    for number in range(12):
        ok(await say(leaver, mentor, f"katoaa {number}"), 201)
    ok(await say(stayer, mentor, "jää"), 201)
    ok(await leaver.delete(f"/ylitse/accounts/{leaver.id}"), 204)
    after = await read(mentor, from_message_id=last["id"], desc="false", max=10)
    assert [message["content"] for message in after["resources"]] == ["jää"]
    assert [contact["id"] for contact in after["contacts"]] == [user(stayer)]


async def test_a_place_whose_event_is_forgotten_is_before_all_others(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, mentor, _ = await make.talkers()
    old = ok(await say(mentee, mentor, "vanha"), 201)
    await raw_db.execute("DELETE FROM member_event")
    assert await contents(mentor, from_message_id=old["id"], desc="false") == []
    ok(await say(mentee, mentor, "uusi"), 201)
    assert await contents(mentor, from_message_id=old["id"], desc="false") == ["uusi"]


async def test_the_poll_goes_on_when_its_place_is_erased_and_no_event_tells_of_it(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    home = await make.organisation()
    mentor, leaver, stayer = await make.mentor(home), await make.mentee(home), await make.mentee(home)
    for mentee in (leaver, stayer):
        await make.thread(mentee, mentor)
    last = ok(await say(leaver, mentor, "muutti mukana"), 201)
    await raw_db.execute("DELETE FROM member_event")  # as of what was moved in, and of what is older than they are kept
    ok(await leaver.delete(f"/ylitse/accounts/{leaver.id}"), 204)
    for place in (last["id"], "R1u2cGtTGIEz5Slwn8dvVXYJWOyQSQ7v"):
        assert await contents(mentor, from_message_id=place, desc="false", max=10) == []
    ok(await say(stayer, mentor, "jää"), 201)
    for place in (last["id"], "R1u2cGtTGIEz5Slwn8dvVXYJWOyQSQ7v"):
        assert await contents(mentor, from_message_id=place, desc="false", max=10) == ["jää"]


async def test_the_place_of_a_message_that_one_never_had(make: Factory) -> None:
    """Whether it is there is not told: a poll from there tells what is one's own."""
    mentee, mentor, _ = await make.talkers()
    stranger, other, _ = await make.talkers()
    sent = ok(await say(mentee, mentor, "hei"), 201)
    ok(await say(other, stranger, "oma"), 201)
    for place in (sent["id"], str(uuid4()), "nothing"):
        assert await contents(stranger, from_message_id=place, desc="false") == ["oma"]
        for query in ({"desc": "true"}, {"desc": "true", "contact_user_ids": user(mentor)}):
            told(await stranger.get(own(stranger, "/messages"), params={"from_message_id": place, **query}), 404)


@pytest.mark.parametrize(
    "query",
    [
        {"max": "0"},
        {"max": "101"},
        {"max": "x"},
        {"desc": "maybe"},
        {"contact_user_ids": ",".join([str(uuid4())] * 41)},
        {"contact_user_ids": "\0"},
        {"from_message_id": "x" * 101},
    ],
)
async def test_questions_that_make_no_sense(make: Factory, query: dict[str, str]) -> None:
    mentee = await make.mentee()
    told(await mentee.get(own(mentee, "/messages"), params=query), 400)


async def test_forty_people_at_once_and_people_who_are_none(make: Factory) -> None:
    mentee, mentor, _ = await make.talkers()
    stranger, _, _ = await make.talkers()
    ok(await say(mentee, mentor, "hei"), 201)
    listed = ",".join([user(stranger), str(uuid4()), "nothing", *[str(uuid4())] * 36, user(mentor)])
    assert await contents(mentee, contact_user_ids=listed) == ["hei"]
    assert await contents(mentee, contact_user_ids=user(stranger)) == []


async def test_one_polls_others_do_not(make: Factory) -> None:
    """Polls of one moment are read together: everyone gets their own."""
    talks = [await make.talkers() for _ in range(4)]
    firsts = [ok(await say(mentee, mentor, "alku"), 201) for mentee, mentor, _ in talks]
    for place, (mentee, mentor, _) in enumerate(talks):
        ok(await say(mentee, mentor, f"{place}"), 201)
    found = await asyncio.gather(
        *(
            contents(mentor, from_message_id=first["id"], desc="false")
            for first, (_, mentor, _) in zip(firsts, talks, strict=True)
        ),
        contents(talks[0][0], from_message_id=firsts[1]["id"], desc="false"),
    )
    assert found == [["0"], ["1"], ["2"], ["3"], ["alku", "0"]]


@pytest.mark.parametrize("forgotten", [False, True], ids=["told", "told so long ago that it is forgotten"])
async def test_events_that_cannot_be_made_out_stand_before_nobody(
    make: Factory, raw_db: asyncpg.Connection, *, forgotten: bool
) -> None:
    mentee, mentor, _ = await make.talkers()
    seen = ok(await say(mentor, mentee, "ennen"), 201)["id"]
    for kind, refs in UNREADABLE:
        await raw_db.execute(POISON, mentee.id, kind, json.dumps(refs))
    ok(await say(mentor, mentee, "jälkeen"), 201)
    if forgotten:
        await raw_db.execute("DELETE FROM member_event WHERE refs ->> 'message_id' = $1", seen)
    assert await contents(mentee, from_message_id=seen, desc="false", max=10) == ["jälkeen"]
