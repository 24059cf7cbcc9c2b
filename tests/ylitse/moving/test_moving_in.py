"""A whole service is moved in by the command, and its people find what was theirs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg

from rinnalla.ylitse.ids import user_id
from tests.api import Api, ok, refused
from tests.factories import Factory
from tests.privacy.traces import tables_holding
from tests.ylitse.client import Client
from tests.ylitse.moving.mover import Mover
from tests.ylitse.moving.old_service import PASSWORD, OldService, argon2_hash, bcrypt_hash, stamp

TALK = ["Moi.", "No moi! Mitä kuuluu?", "Ei kummempaa 🌙", "Hyvä.", "Tai no.", "Oletko siellä?"]


async def log_in(api: Api, name: str, password: str = PASSWORD, **more: str) -> Any:
    return await api.post("/v1/sessions", {"login_name": name, "password": password, **more})


@asynccontextmanager
async def signed_in(api: Api, name: str) -> AsyncIterator[Api]:
    token = ok(await log_in(api, name), 201)["tokens"]["access_token"]
    async with Api(api.url, api.contract, token) as person:
        yield person


def talkers(old: OldService) -> tuple[str, str]:
    """A mentee and a mentor who have talked."""
    mentee = old.person("mentee", "aino", stored=argon2_hash(), email="aino@example.org")
    mentor = old.person("mentor", "outi", stored=bcrypt_hash())
    for number, text in enumerate(TALK):
        pair = (mentor, mentee) if number in {1, 3} else (mentee, mentor)
        old.message(*pair, text, 10 * number, opened=number < 4)
    old.contact(mentee, mentor)
    old.contact(mentor, mentee, "archived")
    return mentee, mentor


async def test_people_log_in_as_before_and_find_what_they_wrote(
    mover: Mover, api: Api, raw_db: asyncpg.Connection
) -> None:
    old = OldService()
    talkers(old)
    old.skill("Asuminen")
    old.skill("Kalastus")
    counts = mover.moved(old)
    assert (counts["accounts"], counts["messages"], counts["contacts"]) == ((2, 2, 0, 0), (6, 6, 0, 0), (2, 2, 0, 0))
    assert counts["skills"] == (2, 1, 1, 0)
    assert not mover.ways_in.exists()
    assert await tables_holding(raw_db, "kummempaa") == set()

    before = await raw_db.fetchval("SELECT password_hash FROM account WHERE login_name = 'outi'")
    refused(await log_in(api, "outi", "kolme koiraa ja kuu"), 401, "wrong_credentials")
    async with signed_in(api, "AINO ") as mentee, signed_in(api, "outi") as mentor:
        after = await raw_db.fetchval("SELECT password_hash FROM account WHERE login_name = 'outi'")
        assert (before, after[:30]) == (bcrypt_hash(), "$argon2id$v=19$m=19456,t=2,p=1")
        assert ok(await log_in(api, "outi"), 201)
        account = ok(await mentee.get("/v1/account"))
        assert (account["display_name"], account["email"], account["created_at"]) == (
            "Aino",
            "aino@example.org",
            stamp(0),
        )

        (thread,) = ok(await mentee.get("/v1/threads"))["items"]
        assert (thread["filing"], thread["other_name"], thread["last_seq"]) == ("inbox", "Outi", 6)
        assert (thread["unread"], thread["waiting_since"], thread["last_message_at"]) == (0, None, stamp(50))
        found = ok(
            await mentee.get(
                f"/v1/threads/{thread['id']}/messages",
            )
        )["items"]
        found = sorted(found, key=lambda message: message["seq"])
        assert [message["text"] for message in found] == TALK
        assert [message["created_at"] for message in found] == [stamp(10 * number) for number in range(6)]
        assert [message["author_id"] == account["id"] for message in found] == [True, False, True, False, True, True]
        assert ok(await mentor.get("/v1/threads"))["items"] == []
        (archived,) = ok(await mentor.get("/v1/threads", params={"filing": "archived"}))["items"]
        assert (archived["unread"], archived["read_seq"], archived["waiting_since"]) == (2, 4, stamp(40))

        card = ok(await mentor.get("/v1/mentors/me"))
        assert (card["languages"], card["gender"], card["birth_year"]) == (["fi", "sv"], "female", 1990)
        assert card["capacity"] == 3
        assert card["topics"] == ["housing", "kalastus"]
        kept = await raw_db.fetchrow("SELECT screened_on, screened_until FROM mentor_card")
        assert kept is not None
        assert tuple(kept) == (datetime.fromisoformat(card["approved_at"]).date(), None)


async def test_it_says_how_far_it_is(mover: Mover) -> None:
    old = OldService()
    talkers(old)
    for number in range(1200):
        old.person("mentee", f"nuori{number}", stored=bcrypt_hash())
    told = [line.removesuffix(" …") for line in mover.run(old).stderr.splitlines()]
    for doing in ("Moving people in", "Letting people in"):
        how_far = [line.removeprefix(f"{doing}: ") for line in told if line.startswith(doing)]
        assert how_far == [f"{done} of 1,202" for done in ("0", "500", "1,000", "1,202")]
    assert [line for line in told if line.startswith("Moving messages in")] == ["Moving messages in: 6 of 6"]


async def test_a_mentor_is_called_as_on_their_card(mover: Mover, raw_db: asyncpg.Connection) -> None:
    """There a mentor had two names, of which the others saw one."""
    old = OldService()
    old.mentor(old.person("mentor", "outi77", stored=bcrypt_hash())).update(display_name="Outi V.")
    mover.moved(old)
    assert await raw_db.fetchval("SELECT display_name FROM account") == "Outi V."


async def test_what_was_hidden_or_switched_off_there_is_so_here(
    mover: Mover, api: Api, raw_db: asyncpg.Connection
) -> None:
    old = OldService()
    mentee, mentor = talkers(old)
    old.message(mentee, mentor, "Poistin tämän.", 90, active=False)
    gone = old.person("mentee", "veera", stored=bcrypt_hash(), active=False)
    shut = old.person("mentor", "kaisa", stored=bcrypt_hash())
    old.mentor(shut).update(active=False, is_vacationing=True, birth_year=0, gender="", skills=[])
    old.contact(shut, gone, "banned")
    old.contact(gone, shut, "deleted")
    old.skill("Vanha", active=False)
    counts = mover.moved(old)
    assert (counts["messages"], counts["contacts"], counts["skills"]) == ((7, 6, 0, 1), (4, 4, 0, 0), (1, 0, 0, 1))
    refused(await log_in(api, "veera"), 401, "wrong_credentials")
    assert await raw_db.fetchval("SELECT state FROM account WHERE login_name = 'veera'") == "suspended"
    async with signed_in(api, "kaisa") as kaisa:
        card = ok(await kaisa.get("/v1/mentors/me"))
        assert (card["approved_at"], card["birth_year"], card["gender"]) == (None, None, None)
        assert card["away"] is not None
        told_apart = await raw_db.fetch("SELECT approved_at IS NULL, screened_on IS NULL FROM mentor_card ORDER BY 1")
        assert [tuple(row) for row in told_apart] == [(False, False), (True, True)]
        assert (
            ok(await kaisa.get("/v1/threads", params={"filing": "blocked"}))["items"] == []
        )  # blocked by the other, too
    assert await raw_db.fetch("SELECT filing FROM thread_member WHERE filing = 'blocked'") != []


async def test_a_message_nobody_opened_stays_unread_with_what_follows(
    mover: Mover, api: Api, raw_db: asyncpg.Connection
) -> None:
    old = OldService()
    mentee, mentor = old.person("mentee", "aino", stored=bcrypt_hash()), old.person("mentor", "outi")
    for number, opened in enumerate((True, False, True)):
        old.message(mentor, mentee, f"viesti {number}", 5, opened=opened)  # all in the same moment: in the file's order
    mover.moved(old)
    async with signed_in(api, "aino") as aino:
        (thread,) = ok(await aino.get("/v1/threads"))["items"]
        assert (thread["read_seq"], thread["unread"], thread["last_seq"]) == (1, 2, 3)
        found = ok(await aino.get(f"/v1/threads/{thread['id']}/messages", params={"order": "oldest"}))["items"]
        assert [message["text"] for message in found] == ["viesti 0", "viesti 1", "viesti 2"]
        times = [datetime.fromisoformat(message["created_at"]) for message in found]
        assert times == sorted(set(times))
        ok(await aino.put(f"/v1/threads/{thread['id']}/read", {"up_to_seq": 2}))


async def test_answers_are_counted_and_questions_are_asked_on(
    mover: Mover, make: Factory, api: Api, raw_db: asyncpg.Connection
) -> None:
    old = OldService()
    people = [old.person("mentee", f"aino {number}", stored=bcrypt_hash()) for number in range(6)]
    asked, over = old.question(), old.question(active=False)
    until = old.question(until=5)
    for number, person in enumerate(people):
        old.answer(asked, person, 4 if number < 3 else 2, 20)
        old.answer(until, person, 5, 20)
    old.answer(asked, people[0], 5, 90)
    old.answer(asked, people[1], None, 90)
    old.answer(over, people[1], 3, 10)
    counts = mover.moved(old)
    assert (counts["questions"], counts["answers"]) == ((3, 3, 0, 0), (15, 15, 0, 0))
    counts = mover.moved(old)
    assert (counts["questions"], counts["answers"]) == ((3, 0, 3, 0), (15, 0, 15, 0))

    home = await raw_db.fetchval("SELECT organisation_id FROM account LIMIT 1")
    staff = await make.staff(home)
    results = {
        question["id"]: ok(await staff.get(f"/v1/questions/{question['id']}/results"))
        for question in ok(await staff.get("/v1/questions"))["items"]
    }
    told = [(one["withheld"], (one["overall"] or {}).get("count")) for one in results.values()]
    assert sorted(told, key=str) == [(False, 6), (False, 6), (True, None)]
    async with signed_in(api, "aino 1") as aino:
        (due,) = ok(await aino.get("/v1/questions/due"))["items"]  # one is over, one has the answer it waited for
        assert due["round"] == 2
    async with signed_in(api, "aino 5") as aino:
        assert [due["round"] for due in ok(await aino.get("/v1/questions/due"))["items"]] == [2]


async def test_answers_after_the_one_that_was_waited_for_are_kept_and_the_question_stays_over(
    mover: Mover, api: Api, raw_db: asyncpg.Connection
) -> None:
    """They were given by clients that went on asking, or by hand."""
    old = OldService()
    person, until = old.person("mentee", "aino", stored=bcrypt_hash()), old.question(until=5)
    for days, value in enumerate((5, 5, 3, 5, 4)):
        old.answer(until, person, value, 50 - days)
    assert mover.moved(old)["answers"] == (5, 5, 0, 0)
    assert await raw_db.fetchval("SELECT array_agg(round ORDER BY answered_at) FROM answer") == [1, 2, 3, 4, 5]
    async with signed_in(api, "aino") as aino:
        assert ok(await aino.get("/v1/questions/due"))["items"] == []


async def test_yes_and_no_keep_the_numbers_they_had(mover: Mover, make: Factory, raw_db: asyncpg.Connection) -> None:
    old = OldService()
    question = old.question(yes_no=(2, 1))
    for number, value in enumerate((2, 1)):
        old.answer(question, old.person("mentee", f"aino {number}"), value, 20)
    assert mover.moved(old)["answers"] == (2, 2, 0, 0)
    assert [row["value"] for row in await raw_db.fetch("SELECT value FROM answer ORDER BY value")] == [0, 1]
    staff = await make.staff(await raw_db.fetchval("SELECT organisation_id FROM account LIMIT 1"))
    (asked,) = ok(await staff.get("/ylitse/feedback/questions"))["resources"]
    assert (asked["rules"]["answer"]["yes"]["value"], asked["rules"]["answer"]["no"]["value"]) == (2, 1)


async def test_the_old_apps_find_everything_under_the_new_address(mover: Mover, api: Api) -> None:
    old = OldService()
    mentee, _ = talkers(old)
    old.lists["accounts"][0]["phone"] = "+358 40 1234567"
    hidden = old.person("mentor", "kaisa", stored=bcrypt_hash())
    old.contact(mentee, hidden, "deleted")
    mover.moved(old)
    body = {"login_name": "aino", "password": PASSWORD, "mfa_token": ""}
    scopes, tokens = ok(await api.post("/ylitse/login", body)).values()
    async with Client(api, tokens["access_token"]) as aino:
        assert ok(await aino.get("/myuser"))["account"]["phone"] == "+358 40 1234567"
        own = f"/users/{scopes['user_id']}"
        contacts = ok(await aino.get(f"{own}/contacts"))["resources"]
        assert {one["display_name"]: one["status"] for one in contacts} == {"Outi": "ok", "Kaisa": "deleted"}
        newest = ok(await aino.get(f"{own}/messages", max=10, desc="true"))["resources"]
        assert sorted(one["content"] for one in newest) == sorted(TALK)
        last = max(newest, key=lambda one: one["created"])
        polled = ok(await aino.get(f"{own}/messages", from_message_id=last["id"], desc="false", max=10))
        assert polled["resources"] == []
        other = next(one["id"] for one in contacts if one["display_name"] == "Outi")
        sent = {"sender_id": scopes["user_id"], "recipient_id": other, "content": "Täällä taas.", "opened": False}
        ok(await aino.post(f"{own}/messages", sent), 201)
        polled = ok(await aino.get(f"{own}/messages", from_message_id=last["id"], desc="false", max=10))
        assert [one["content"] for one in polled["resources"]] == ["Täällä taas."]


async def test_the_old_apps_find_a_mentor_in_the_words_of_the_old_service(mover: Mover, api: Api) -> None:
    old = OldService()
    words = {"languages": ["Klingon", "Finnish"], "communication_channels": ["owl", "chat"], "gender": "?"}
    old.mentor(old.person("mentor", "outi", stored=bcrypt_hash())).update(words)
    mover.moved(old)
    (mentor,) = ok(await api.get("/ylitse/mentors"))["resources"]
    assert mentor.items() >= words.items()
    (card,) = ok(await api.get("/v1/mentors"))["items"]
    assert (card["languages"], card["channels"], card["gender"]) == (["fi"], ["chat"], None)


async def test_ids_that_are_uuids_stay(mover: Mover, raw_db: asyncpg.Connection) -> None:
    old = OldService()
    kept = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    mentee, mentor = old.person("mentee", "aino", user_id=kept), old.person("mentor", "outi")
    old.message(mentee, mentor, "Moi.", 1)
    old.lists["messages"][0]["id"] = "9a0c3f25-4f89-41d3-84e0-0305e82c3302"
    mover.moved(old)
    account_id = await raw_db.fetchval("SELECT id FROM account WHERE login_name = 'aino'")
    assert user_id(account_id) == kept
    assert str(await raw_db.fetchval("SELECT id FROM message")) == "9a0c3f25-4f89-41d3-84e0-0305e82c3302"
