"""What a young person hopes for, and who may read it."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from rinnalla.app import Services
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.vault import SealBroken
from tests.api import Api, ok, refused
from tests.factories import Factory, Person

UNKNOWN = "01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f"
EMPTY: dict[str, Any] = {
    "languages": [],
    "region": "",
    "gender_wish": None,
    "age_min": None,
    "age_max": None,
    "times": [],
    "topics": [],
    "note": None,
    "experiences": [],
    "interests": [],
    "dislikes": [],
    "matters_most": [],
    "choices": [],
    "reply_rhythm": None,
    "birth_year": None,
}
WISHES = {
    "languages": ["fi", "sv"],
    "region": "Uusimaa",
    "gender_wish": "female",
    "age_min": 22,
    "age_max": 35,
    "times": ["night"],
    "topics": ["loneliness", "birth_parents"],
    "note": "Joku rauhallinen. Luottaminen on vaikeaa. 🖤",
    "experiences": ["foster_care", "moved_often"],
    "interests": ["kiipeily", "manga"],
    "dislikes": ["small talk"],
    "matters_most": ["needs", "times"],
    "choices": [],
    "reply_rhythm": "few_days",
    "birth_year": 2007,
}


def as_caller(person: Person, role: Role) -> Caller:
    return Caller(person.id, role, person.organisation_id, person.session_id)


async def test_wishes_are_empty_until_they_are_set(make: Factory) -> None:
    mentee = await make.mentee()
    answer = await mentee.get("/v1/wishes")
    assert ok(answer) == {**EMPTY, "contradictions": [], "version": 0, "updated_at": None}
    assert answer.headers["etag"] == '"0"'
    first = ok(await mentee.edit("PUT", "/v1/wishes", WISHES))
    assert {name: first[name] for name in WISHES} == WISHES
    assert first["version"] == 1
    second = ok(await mentee.edit("PUT", "/v1/wishes", {**EMPTY, "note": "  "}))
    assert second == {**EMPTY, "contradictions": [], "version": 2, "updated_at": second["updated_at"]}
    assert ok(await mentee.get("/v1/wishes")) == second


async def test_the_note_is_sealed_for_its_row(make: Factory, services: Services, raw_db: asyncpg.Connection) -> None:
    mentee, other = await make.mentee(), await make.mentee()
    for person in (mentee, other):
        ok(await person.edit("PUT", "/v1/wishes", WISHES))
    stored = await raw_db.fetchrow("SELECT * FROM wishes WHERE account_id = $1", mentee.id)
    for said in ("Luottaminen", "kiipeily", "small talk"):
        assert said not in str(stored)
    assert b"Luottaminen" not in stored["note"]
    await raw_db.execute("UPDATE wishes SET note = $1 WHERE account_id = $2", stored["note"], other.id)
    async with services.database.unit_of_work() as db:
        with pytest.raises(SealBroken):
            await services.profiles.own_wishes(db, as_caller(other, Role.MENTEE))


async def test_of_two_first_wishes_one_is_told_to_read_again(make: Factory) -> None:
    mentee = await make.mentee()
    refused(await mentee.put("/v1/wishes", WISHES), 428, "precondition_required")
    refused(await mentee.put("/v1/wishes", WISHES, headers={"If-Match": '"1"'}), 412, "edited_meanwhile")
    for etag in ('"0"', '"1"'):
        answers = await asyncio.gather(
            *(mentee.put("/v1/wishes", {**WISHES, "region": f"{n}"}, headers={"If-Match": etag}) for n in range(4))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"age_min": 40}, "/age_max"),
        ({"age_min": -1}, "/age_min"),
        ({"topics": ["nothing"]}, "/topics/0"),
        ({"times": ["noon"]}, "/times/0"),
        ({"dislikes": ["Sauna", " MANGA"]}, "/dislikes/1"),
        ({"interests": [f"word {n}" for n in range(11)]}, "/interests"),
        ({"experiences": ["being_rich"]}, "/experiences/0"),
        ({"matters_most": ["times", "looks"]}, "/matters_most/1"),
        ({"matters_most": ["choice"]}, "/matters_most/0"),
        ({"matters_most": ["times", "times"]}, "/matters_most/1"),
        ({"choices": [UNKNOWN]}, "/choices/0"),
        ({"reply_rhythm": "now"}, "/reply_rhythm"),
        ({"note": "x" * 4001}, "/note"),
        ({"note": "a\0"}, "/note"),
        ({"gender_wish": ""}, "/gender_wish"),
        ({"mentor": "Aino"}, "/mentor"),
    ],
)
async def test_wishes_that_make_no_sense_change_nothing(make: Factory, change: dict[str, Any], pointer: str) -> None:
    mentee = await make.mentee()
    refused(await mentee.edit("PUT", "/v1/wishes", {**WISHES, **change}), 400, "invalid_body", pointer=pointer)
    assert ok(await mentee.get("/v1/wishes"))["version"] == 0


async def test_nothing_is_left_out_by_mistake(make: Factory) -> None:
    mentee = await make.mentee()
    without = {name: value for name, value in WISHES.items() if name != "note"}
    refused(await mentee.edit("PUT", "/v1/wishes", without), 400, "invalid_body", pointer="/note")


async def test_wishes_are_a_young_persons_own(api: Api, make: Factory) -> None:
    refused(await api.get("/v1/wishes"), 401, "unauthenticated")
    for person in (await make.mentor(), await make.staff(), await make.admin()):
        refused(await person.get("/v1/wishes"), 403, "forbidden")


async def test_staff_read_the_wishes_of_their_own_programme(make: Factory, services: Services) -> None:
    home = await make.organisation()
    staff, told, silent = await make.staff(home), await make.mentee(home), await make.mentee(home)
    stranger, mentor = await make.mentee(), await make.mentor(home)
    for person in (told, stranger):
        ok(await person.edit("PUT", "/v1/wishes", WISHES))
    ids = {told.id, silent.id, stranger.id, mentor.id, uuid4()}
    async with services.database.unit_of_work() as db:
        views = await services.profiles.wishes_of(db, as_caller(staff, Role.STAFF), ids)
        assert await services.profiles.wishes_of(db, as_caller(staff, Role.STAFF), []) == {}
    assert views.keys() == {told.id, silent.id}
    assert views[told.id].note == WISHES["note"]
    assert views[told.id].topics == WISHES["topics"]
    assert (views[silent.id].note, views[silent.id].topics, views[silent.id].version) == (None, [], 0)


async def test_words_are_folded_and_each_kept_once(make: Factory) -> None:
    mentee = await make.mentee()
    wishes = {**WISHES, "interests": [" Kiipeily ", "KIIPEILY", "ﬁlms  at   night"], "times": ["night", "night"]}
    kept = ok(await mentee.edit("PUT", "/v1/wishes", wishes))
    assert (kept["interests"], kept["times"]) == (["kiipeily", "films at night"], ["night"])


async def test_what_an_older_app_does_not_know_may_be_left_out(make: Factory) -> None:
    mentee = await make.mentee()
    older = {name: EMPTY[name] for name in list(EMPTY)[:8]}
    assert ok(await mentee.edit("PUT", "/v1/wishes", older)) | {"updated_at": None} == {
        **EMPTY, "contradictions": [], "version": 1, "updated_at": None,
    }  # fmt: skip


async def test_wishes_go_with_the_account(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee = await make.mentee()
    ok(await mentee.edit("PUT", "/v1/wishes", WISHES))
    await raw_db.execute("DELETE FROM account WHERE id = $1", mentee.id)
    assert await raw_db.fetchval("SELECT count(*) FROM wishes WHERE account_id = $1", mentee.id) == 0
