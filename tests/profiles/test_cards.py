"""Mentor cards: what everyone sees, and what a mentor keeps."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from rinnalla.kit.caller import Role
from tests.api import Api, ok, refused
from tests.factories import Factory

CARD = {
    "story": "Asuin kahdessa sijaisperheessä. Nyt minulla on kissa 🐈 ja oma koti.",
    "topics": ["loneliness", "housing"],
    "languages": ["fi", "so"],
    "region": "Uusimaa",
    "gender": "female",
    "birth_year": 1998,
    "channels": ["chat", "in_person"],
    "times": ["weekday_evening", "night"],
    "status_line": "Vastaan iltaisin",
    "capacity": 4,
    "away": None,
}


def today() -> date:
    return datetime.now(UTC).date()


async def found(api: Api, **filters: Any) -> list[str]:
    return [card["id"] for card in ok(await api.get("/v1/mentors", params=filters))["items"]]


async def test_a_mentor_presents_themselves_to_everyone(api: Api, make: Factory) -> None:
    mentor = await make.mentor()
    own = ok(await mentor.edit("PUT", "/v1/mentors/me", CARD))
    assert {name: own[name] for name in CARD} == CARD
    assert own["version"] == 2
    card = ok(await api.get(f"/v1/mentors/{mentor.id}"))
    assert card["story"] == CARD["story"]
    assert card["organisation_id"] == str(mentor.organisation_id)
    assert card["display_name"] == mentor.login_name
    assert set(card["topics"]) == {"housing", "loneliness"}
    assert card["has_free_place"] is True
    assert not {"capacity", "open_pairs", "approved_at"} & card.keys()
    assert ok(await api.get("/v1/mentors"))["items"] == [card]


async def test_who_is_not_approved_or_not_active_is_absent(api: Api, make: Factory, raw_db: asyncpg.Connection) -> None:
    waiting = await make.mentor(approved=False)
    suspended = await make.mentor()
    await raw_db.execute("UPDATE account SET state = 'suspended' WHERE id = $1", suspended.id)
    assert await found(api) == []
    for person in (waiting, suspended):
        refused(await api.get(f"/v1/mentors/{person.id}"), 404, "mentor_not_found")
    refused(await api.get(f"/v1/mentors/{uuid4()}"), 404, "mentor_not_found")
    assert ok(await waiting.get("/v1/mentors/me"))["approved_at"] is None


async def test_the_list_is_narrowed(api: Api, make: Factory) -> None:
    here, there = await make.organisation(), await make.organisation()
    a = await make.mentor(here, languages=["fi", "sv"], region="Uusimaa", topics=["housing"], story="100 % rauhallinen")
    b = await make.mentor(
        here, languages=["sv"], region="Lappi", topics=["money", "work"], capacity=0, story="En_kissa"
    )
    c = await make.mentor(there, languages=["nb"], topics=["work"], away_from=today(), away_until=today())
    ida, idb, idc = str(a.id), str(b.id), str(c.id)
    assert await found(api) == [idc, idb, ida]
    assert await found(api, language="sv") == [idb, ida]
    assert await found(api, topics=["housing", "money"]) == [idb, ida]
    assert await found(api, topics="housing,work") == [idc, idb, ida]
    assert await found(api, topics="no_such_topic") == []
    assert await found(api, region="uusimaa") == [ida]
    assert await found(api, organisation_id=str(there)) == [idc]
    assert await found(api, free="true") == [idc, ida]
    assert await found(api, free="false", not_away="true") == [idb, ida]
    assert await found(api, q="RAUHALLINEN") == [ida]
    assert await found(api, q="%") == [ida]
    assert await found(api, q="_") == [idb]
    assert await found(api, q="\\") == []
    assert await found(api, language="sv", topics="work", q="kissa") == [idb]


@pytest.mark.parametrize(
    "query",
    [
        "topics=Housing",
        "topics=",
        "topics=housing%0A",
        "language=fi%0A",
        "language=FI",
        "language=suomi",
        "region=",
        "region=%00",
        "organisation_id=1",
        "free=perhaps",
        "not_away=2",
        "q=",
        "q=%00",
        f"q={'x' * 101}",
        "cursor=%00",
        "cursor=WyJhIl0",
        f"cursor={'a' * 201}",
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(api: Api, query: str) -> None:
    refused(await api.get(f"/v1/mentors?{query}"), 400, "invalid_parameter")


async def test_text_that_is_no_utf8_finds_nothing(api: Api, make: Factory) -> None:
    await make.mentor(story="kissa")
    assert ok(await api.get("/v1/mentors?q=%ff%fe"))["items"] == []


async def test_the_list_comes_in_pages(api: Api, make: Factory) -> None:
    home = await make.organisation()
    made = [str((await make.mentor(home)).id) for _ in range(52)]
    first = ok(await api.get("/v1/mentors"))
    second = ok(await api.get("/v1/mentors", params={"cursor": first["next_cursor"]}))
    assert len(first["items"]) == 50
    assert second["next_cursor"] is None
    assert [card["id"] for card in first["items"] + second["items"]] == made[::-1]


async def test_a_list_that_the_client_has_is_not_sent_again(api: Api, make: Factory) -> None:
    mentor = await make.mentor()
    for path in ("/v1/mentors", f"/v1/mentors/{mentor.id}", "/v1/topics"):
        first = await api.get(path)
        again = await api.get(path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
        assert "public" in again.headers["cache-control"]
    etag = (await api.get("/v1/mentors")).headers["etag"]
    ok(await mentor.edit("PUT", "/v1/mentors/me", CARD))
    ok(await api.get("/v1/mentors", headers={"If-None-Match": etag}))


async def test_being_away_is_shown_until_it_is_over(api: Api, make: Factory) -> None:
    mentor = await make.mentor()
    day = timedelta(days=1)
    for starts, ends, shown in ((-2, -1, False), (-1, 0, True), (0, 0, True), (3, 9, True)):
        away = {"from": f"{today() + starts * day}", "until": f"{today() + ends * day}", "message": "Lomalla"}
        own = ok(await mentor.edit("PUT", "/v1/mentors/me", {**CARD, "away": away}))
        assert own["away"] == away
        card = ok(await api.get(f"/v1/mentors/{mentor.id}"))
        assert card["away"] == (away if shown else None)
        assert bool(await found(api, not_away="true")) is (not shown or starts > 0)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"capacity": 31}, "/capacity"),
        ({"capacity": -1}, "/capacity"),
        ({"capacity": "3"}, "/capacity"),
        ({"story": "x" * 4001}, "/story"),
        ({"story": "a\0b"}, "/story"),
        ({"topics": ["housing", "no_such_topic"]}, "/topics/1"),
        ({"topics": ["Housing!"]}, "/topics/0"),
        ({"topics": ["housing\n"]}, "/topics/0"),
        ({"languages": ["suomi"]}, "/languages/0"),
        ({"languages": ["fi\n"]}, "/languages/0"),
        ({"gender": "cat"}, "/gender"),
        ({"birth_year": 998}, "/birth_year"),
        ({"birth_year": 10**30}, "/birth_year"),
        ({"channels": ["pigeon"]}, "/channels/0"),
        ({"times": ["weekday_evening"] * 7}, "/times"),
        ({"away": {"from": "2026-02-02", "until": "2026-02-01"}}, "/away/until"),
        ({"away": {"from": "2026-02-30", "until": "2026-03-01"}}, "/away/from"),
        ({"display_name": "Aino"}, "/display_name"),
    ],
)
async def test_a_card_that_makes_no_sense_changes_nothing(make: Factory, change: dict[str, Any], pointer: str) -> None:
    mentor = await make.mentor()
    before = ok(await mentor.get("/v1/mentors/me"))
    refused(await mentor.edit("PUT", "/v1/mentors/me", {**CARD, **change}), 400, "invalid_body", pointer=pointer)
    assert ok(await mentor.get("/v1/mentors/me")) == before


async def test_repeated_choices_count_once(make: Factory) -> None:
    mentor = await make.mentor()
    twice = {
        "topics": ["work", "work"],
        "languages": ["fi", "fi"],
        "times": ["night", "night"],
        "channels": ["chat"] * 2,
    }
    own = ok(await mentor.edit("PUT", "/v1/mentors/me", {**CARD, **twice}))
    assert {name: own[name] for name in twice} == {
        "topics": ["work"],
        "languages": ["fi"],
        "times": ["night"],
        "channels": ["chat"],
    }


async def test_of_two_edits_at_once_one_is_told_to_read_again(make: Factory) -> None:
    mentor = await make.mentor()
    refused(await mentor.put("/v1/mentors/me", CARD), 428, "precondition_required")
    etag = (await mentor.get("/v1/mentors/me")).headers["etag"]
    answers = await asyncio.gather(
        *(mentor.put("/v1/mentors/me", {**CARD, "region": f"Region {n}"}, headers={"If-Match": etag}) for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert ok(await mentor.get("/v1/mentors/me")) == winner.json()
    refused(await mentor.put("/v1/mentors/me", CARD, headers={"If-Match": '"x"'}), 412, "edited_meanwhile")


async def test_capacity_may_fall_below_what_is_carried(api: Api, make: Factory, raw_db: asyncpg.Connection) -> None:
    mentor = await make.mentor(capacity=3)
    await raw_db.execute("UPDATE mentor_card SET open_pairs = 3 WHERE account_id = $1", mentor.id)
    assert ok(await api.get(f"/v1/mentors/{mentor.id}"))["has_free_place"] is False
    own = ok(await mentor.edit("PUT", "/v1/mentors/me", {**CARD, "capacity": 1}))
    assert own["capacity"] == 1
    staff = await make.staff(mentor.organisation_id)
    assert ok(await staff.get("/v1/organisation/mentors"))["items"][0]["open_pairs"] == 3


async def test_a_card_is_a_mentors_own(api: Api, make: Factory) -> None:
    refused(await api.get("/v1/mentors/me"), 401, "unauthenticated")
    refused(await (await make.mentee()).get("/v1/mentors/me"), 403, "forbidden")
    without = await make.person(Role.MENTOR, await make.organisation())
    refused(await without.get("/v1/mentors/me"), 404, "mentor_not_found")
    answer = await without.put("/v1/mentors/me", CARD, headers={"If-Match": '"1"'})
    refused(answer, 404, "mentor_not_found")
