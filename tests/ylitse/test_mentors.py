"""Mentors of the Ylitse contract, the third record of one person, and the skills that they name."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from rinnalla.ylitse import ids
from tests.api import Api, ok
from tests.factories import Factory
from tests.ylitse.client import told, user

READ_ONLY = {"contradictions", "version", "updated_at"}


def profile(**changes: Any) -> dict[str, Any]:
    """A mentor's whole record, as the clients send it back."""
    return {
        "birth_year": 1998,
        "gender": "female",
        "region": "Uusimaa",
        "story": "Asuin kahdessa perheessä.",
        "languages": ["fi", "sv"],
        "skills": ["Asuminen"],
        "communication_channels": ["chat"],
        "is_vacationing": False,
        "status_message": "",
        "active": True,
        **changes,
    }


async def test_mentors_as_everyone_sees_them(api: Api, make: Factory) -> None:
    shown = await make.mentor(topics=["housing"], languages=["fi"], birth_year=1990, gender="male", story="Tarina")
    await make.mentor(approved=False)
    mentors = ok(await api.get("/ylitse/mentors"))["resources"]
    assert [mentor["id"] for mentor in mentors] == [ids.mentor_id(shown.id)]
    assert mentors[0]["user_id"] == user(shown)
    assert mentors[0]["account_id"] == str(shown.id)
    assert (mentors[0]["birth_year"], mentors[0]["gender"], mentors[0]["status_message"]) == (1990, "male", "")
    assert mentors[0]["is_vacationing"] is False
    assert ok(await api.get(f"/ylitse/mentors/{mentors[0]['id']}")) == mentors[0]
    for mentor_id in (uuid4(), user(shown), shown.id, "nothing"):
        told(await api.get(f"/ylitse/mentors/{mentor_id}"), 404)


async def test_a_mentor_changes_the_whole_profile(api: Api, make: Factory) -> None:
    mentor = await make.mentor()
    path = f"/ylitse/mentors/{ids.mentor_id(mentor.id)}"
    changed = ok(await mentor.put(path, profile(languages=["Finnish", "ruotsi", "en"], status_message="Hei!")))
    for field, value in profile(languages=["Finnish", "ruotsi", "en"], status_message="Hei!").items():
        assert changed[field] == value
    card = ok(await mentor.get("/v1/mentors/me"))
    assert (card["status_line"], card["topics"], card["birth_year"]) == ("Hei!", ["housing"], 1998)
    assert card["languages"] == ["fi", "sv", "en"]
    assert ok(await api.get(path)) == changed


async def test_mentors_keep_in_touch_by_what_these_clients_offer(make: Factory) -> None:
    mentor = await make.mentor()
    offered = ["chat", "phone", "email"]
    changed = ok(
        await mentor.put(f"/ylitse/mentors/{ids.mentor_id(mentor.id)}", profile(communication_channels=offered))
    )
    assert changed["communication_channels"] == offered
    assert ok(await mentor.get("/v1/mentors/me"))["channels"] == offered


async def test_words_that_a_card_has_nothing_for_are_kept_and_told(api: Api, make: Factory) -> None:
    mentor = await make.mentor()
    path = f"/ylitse/mentors/{ids.mentor_id(mentor.id)}"
    words = {
        "languages": ["Klingon", "Finnish", "viittomakieli"],
        "communication_channels": ["Kirjekyyhky", "Phone"],
        "gender": "muunsukupuolinen",
    }
    assert ok(await mentor.put(path, profile(**words))).items() >= words.items()
    assert ok(await api.get(path)).items() >= words.items()
    assert ok(await api.get("/ylitse/mentors"))["resources"][0].items() >= words.items()
    assert ok(await mentor.get("/ylitse/myuser"))["mentor"].items() >= words.items()
    card = ok(await mentor.get("/v1/mentors/me"))
    assert (card["languages"], card["channels"], card["gender"]) == (["fi"], ["phone"], None)


async def test_what_is_changed_elsewhere_is_told_here(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentor = await make.mentor()
    path = f"/ylitse/mentors/{ids.mentor_id(mentor.id)}"
    words = {"languages": ["Finnish", "Klingon"], "communication_channels": ["Phone"], "gender": "Nainen"}
    ok(await mentor.put(path, profile(**words)))
    assert ok(await mentor.get("/v1/mentors/me"))["gender"] == "female"
    await raw_db.execute("UPDATE mentor_card SET languages = '{sv}', channels = '{chat,phone}', gender = 'male'")
    told_now = ok(await mentor.get("/ylitse/myuser"))["mentor"]
    assert (told_now["languages"], told_now["communication_channels"]) == (["Klingon", "sv"], ["Phone", "chat"])
    assert told_now["gender"] == "male"


async def test_a_mentor_is_called_as_the_whole_profile_says(
    api: Api, make: Factory, raw_db: asyncpg.Connection
) -> None:
    home = await make.organisation()
    mentor, staff = await make.mentor(home), await make.staff(home)
    path = f"/ylitse/mentors/{ids.mentor_id(mentor.id)}"
    assert ok(await mentor.put(path, profile(display_name="Kaiku")))["display_name"] == "Kaiku"
    assert ok(await mentor.get("/ylitse/myuser"))["user"]["display_name"] == "Kaiku"
    assert ok(await mentor.put(path, profile()))["display_name"] == "Kaiku"
    assert await raw_db.fetchval("SELECT count(*) FROM audit_entry") == 0
    assert ok(await staff.put(path, profile(display_name="Tuuli")))["display_name"] == "Tuuli"
    assert ok(await api.get(path))["display_name"] == "Tuuli"
    trail = await raw_db.fetch("SELECT action FROM audit_entry ORDER BY id")
    assert [entry["action"] for entry in trail] == ["person_renamed", "card_edited"]


async def test_the_last_of_several_at_once_stands(make: Factory) -> None:
    """These clients know no versions: nobody is told that someone else was faster."""
    home = await make.organisation()
    mentor, staff = await make.mentor(home), await make.staff(home)
    path = f"/ylitse/mentors/{ids.mentor_id(mentor.id)}"
    stories = [f"{number}" for number in range(6)]
    edits = [
        (staff if number % 2 else mentor).put(path, profile(story=story, display_name=story))
        for number, story in enumerate(stories)
    ]
    for answer in await asyncio.gather(*edits):
        ok(answer)
    last = ok(await mentor.get("/ylitse/myuser"))["mentor"]
    assert last["story"] == last["display_name"] in stories


async def test_an_edit_that_another_one_holds_up_replaces_it_whole(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentor = await make.mentor()
    path = f"/ylitse/mentors/{ids.mentor_id(mentor.id)}"
    ok(await mentor.put(path, profile()))
    version = await raw_db.fetchval("SELECT version FROM mentor_card")
    async with raw_db.transaction():
        await raw_db.execute("UPDATE mentor_card SET story = 'Toinen', capacity = 1, version = version + 1")
        editing = asyncio.create_task(mentor.put(path, profile()))
        while not await raw_db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.01)
    assert ok(await editing)["story"] == profile()["story"]
    card = await raw_db.fetchrow("SELECT story, capacity, version FROM mentor_card")
    assert card is not None
    assert tuple(card) == (profile()["story"], 1, version + 2)


async def test_skills_that_are_not_known_yet_are_made_known(api: Api, make: Factory) -> None:
    mentor = await make.mentor()
    path = f"/ylitse/mentors/{ids.mentor_id(mentor.id)}"
    skills = ["Lemmikkien hoito", "Кошки", "asuminen", "Lemmikkien hoito "]
    assert ok(await mentor.put(path, profile(skills=skills)))["skills"] == ["Asuminen", "Lemmikkien hoito", "Кошки"]
    known = {skill["name"]: skill["id"] for skill in ok(await api.get("/ylitse/skills"))["resources"]}
    assert known["Lemmikkien hoito"] == "lemmikkien_hoito"
    topics = {topic["id"]: topic["names"] for topic in ok(await api.get("/v1/topics"))["items"]}
    assert topics["lemmikkien_hoito"] == dict.fromkeys(("fi", "sv", "nb", "en"), "Lemmikkien hoito")
    assert topics[known["Кошки"]]["en"] == "Кошки"


async def test_skills_are_told_in_the_language_that_is_asked_for(api: Api, make: Factory) -> None:
    mentor = await make.mentor(topics=["housing"])
    for wish, name in (("sv-FI,sv;q=0.9", "Boende"), ("no", "Bolig"), ("de, en", "Housing"), ("de", "Asuminen")):
        listed = ok(await api.get("/ylitse/mentors", headers={"Accept-Language": wish}))["resources"]
        assert listed[0]["skills"] == [name], wish
    path = f"/ylitse/mentors/{ids.mentor_id(mentor.id)}"
    ok(await mentor.put(path, profile(skills=["Boende"]), headers={"Accept-Language": "en"}))
    assert ok(await mentor.get("/v1/mentors/me"))["topics"] == ["housing"]


async def test_an_absence_here_is_one_there(make: Factory) -> None:
    mentor = await make.mentor()
    path = f"/ylitse/mentors/{ids.mentor_id(mentor.id)}"
    assert ok(await mentor.put(path, profile(is_vacationing=True)))["is_vacationing"] is True
    away = ok(await mentor.get("/v1/mentors/me"))["away"]
    assert away is not None
    ok(await mentor.put(path, profile(is_vacationing=True)))
    assert ok(await mentor.get("/v1/mentors/me"))["away"] == away
    assert ok(await mentor.put(path, profile(is_vacationing=False)))["is_vacationing"] is False
    assert ok(await mentor.get("/v1/mentors/me"))["away"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"languages": ["x" * 61]},
        {"communication_channels": "chat"},
        {"gender": "x" * 41},
        {"display_name": " "},
        {"birth_year": 12},
        {"birth_year": "1998"},
        {"status_message": "x" * 121},
        {"story": None},
        {"skills": [""]},
    ],
)
async def test_profiles_that_are_refused(make: Factory, wrong: dict[str, Any]) -> None:
    mentor = await make.mentor(story="ennallaan")
    told(await mentor.put(f"/ylitse/mentors/{ids.mentor_id(mentor.id)}", profile(**wrong)), 400)
    assert ok(await mentor.get("/v1/mentors/me"))["story"] == "ennallaan"


async def test_what_was_not_told_is_not_made_up(make: Factory) -> None:
    mentor = await make.mentor()
    path = f"/ylitse/mentors/{ids.mentor_id(mentor.id)}"
    shown = ok(await mentor.get("/ylitse/myuser"))["mentor"]
    assert (shown["birth_year"], shown["gender"]) == (0, "other")
    ok(await mentor.put(path, shown))
    card = ok(await mentor.get("/v1/mentors/me"))
    assert (card["birth_year"], card["gender"]) == (None, None)


async def test_nobody_changes_anothers_profile(make: Factory) -> None:
    home = await make.organisation()
    mentor, other, mentee = await make.mentor(home), await make.mentor(home), await make.mentee(home)
    path = f"/ylitse/mentors/{ids.mentor_id(mentor.id)}"
    for person in (other, mentee):
        told(await person.put(path, profile()), 403)


async def test_staff_set_a_profile_right_and_it_is_recorded(make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    staff, elsewhere, mentor = await make.staff(home), await make.staff(), await make.mentor(home, capacity=7)
    path = f"/ylitse/mentors/{ids.mentor_id(mentor.id)}"
    told(await elsewhere.put(path, profile()), 404)
    assert ok(await staff.put(path, profile(skills=["Uutta"])))["skills"] == ["Uutta"]
    card = ok(await mentor.get("/v1/mentors/me"))
    assert (card["story"], card["capacity"]) == (profile()["story"], 7)
    assert await raw_db.fetch("SELECT action, subject_id, subject_name FROM audit_entry ORDER BY id") == [
        ("topic_made_known", None, "uutta"),
        ("card_edited", mentor.id, None),
    ]


async def test_staff_keep_the_list_of_skills(api: Api, make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    staff, mentor, elsewhere = await make.staff(home), await make.mentor(home), await make.staff()
    made = ok(await staff.post("/ylitse/skills", {"name": "Lemmikit"}), 201)
    assert made["name"] == "Lemmikit"
    assert ok(await staff.post("/ylitse/skills", {"name": "lemmikit"}), 201)["id"] == made["id"]
    assert ok(await mentor.get(f"/ylitse/skills/{made['id']}")) == made
    told(await api.get(f"/ylitse/skills/{made['id']}"), 401)
    told(await mentor.get("/ylitse/skills/nothing"), 404)
    for nothing in ("nothing", "%00", "x" * 999):
        told(await staff.get(f"/ylitse/skills/{nothing}"), 404)
        told(await staff.delete(f"/ylitse/skills/{nothing}"), 404)
    told(await mentor.post("/ylitse/skills", {"name": "Lemmikit"}), 403)
    told(await mentor.delete(f"/ylitse/skills/{made['id']}"), 403)
    ok(await mentor.put(f"/ylitse/mentors/{ids.mentor_id(mentor.id)}", profile(skills=["Lemmikit"])))
    told(await elsewhere.delete(f"/ylitse/skills/{made['id']}"), 409)
    ok(await staff.delete(f"/ylitse/skills/{made['id']}"), 204)
    told(await staff.delete(f"/ylitse/skills/{made['id']}"), 404)
    assert ok(await mentor.get("/v1/mentors/me"))["topics"] == []
    assert await raw_db.fetch("SELECT action, actor_id, subject_name FROM audit_entry ORDER BY id") == [
        ("topic_made_known", staff.id, made["id"]),
        ("topic_removed", staff.id, made["id"]),
    ]


async def test_a_skill_that_others_wish_for_or_cannot_carry_stays(make: Factory) -> None:
    home, other_home = await make.organisation(), await make.organisation()
    staff, elsewhere = await make.staff(home), await make.staff(other_home)
    mentee, mentor = await make.mentee(home), await make.mentor(home)
    for person, path, field in ((mentee, "/v1/wishes", "topics"), (mentor, "/v1/mentors/me/wishes", "cannot_carry")):
        made = ok(await staff.post("/ylitse/skills", {"name": "Lemmikit"}), 201)["id"]
        writable = {name: value for name, value in ok(await person.get(path)).items() if name not in READ_ONLY}
        kept = ok(await person.edit("PUT", path, {**writable, field: [made, "violence"]}))
        told(await elsewhere.delete(f"/ylitse/skills/{made}"), 409)
        assert ok(await person.get(path)) == kept
        ok(await staff.delete(f"/ylitse/skills/{made}"), 204)
        there = ok(await person.get(path))
        assert (there[field], there["version"]) == (["violence"], kept["version"] + 1)
        ok(await person.edit("PUT", path, {name: there[name] for name in writable}))
