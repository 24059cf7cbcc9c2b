"""Topics by their names: found in any language, made known with an id that clients can rely on."""

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.errors import TooManyRequests
from rinnalla.kit.limits import Limits
from rinnalla.profiles.policy import topic_id_for, topic_named
from rinnalla.profiles.service import Topics
from tests.factories import Factory

KNOWN = [
    ("housing", {"fi": "Asuminen", "sv": "Boende", "en": "Housing"}),
    ("money", {"fi": "Raha", "sv": "Pengar", "en": "Boende"}),
]


@pytest.mark.parametrize(
    ("name", "language", "topic"),
    [
        ("Asuminen", "fi", "housing"),
        (" ASUMINEN  ", "en", "housing"),
        ("boende", "sv", "housing"),
        ("boende", "en", "money"),
        ("boende", "fi", "housing"),
        ("Asum", "fi", None),
        ("", "fi", None),
    ],
)
def test_found_by_name(name: str, language: str, topic: str | None) -> None:
    assert topic_named(name, KNOWN, language) == topic


@given(st.text(min_size=1, max_size=60), st.sets(st.sampled_from(["topic", "topic_a", "a", "b", "a_a"])))
def test_every_name_gives_an_id_that_is_free(name: str, taken: set[str]) -> None:
    found = topic_id_for(name, taken)
    assert re.fullmatch(r"[a-z_]{1,40}", found)
    assert found not in taken


@pytest.mark.parametrize(
    ("name", "topic_id"), [("Lemmikkien hoito", "lemmikkien_hoito"), ("Päihteet!", "paihteet"), ("Кошки", "topic")]
)
def test_an_id_resembles_the_name(name: str, topic_id: str) -> None:
    assert topic_id_for(name, ()) == topic_id
    assert topic_id_for(name, {topic_id}) == f"{topic_id}_a"
    assert topic_id_for(name, {topic_id, f"{topic_id}_a"}) == f"{topic_id}_b"


async def test_the_same_new_name_from_many_at_once_is_one_topic(make: Factory) -> None:
    home = await make.organisation()
    topics = Topics(make.services.limits)

    async def bring(number: int) -> list[str]:
        mentor = await make.mentor(home)
        caller = Caller(mentor.id, Role.MENTOR, home, mentor.session_id)
        async with make.services.database.unit_of_work() as db:
            return await topics.make_known(db, caller, ["Lemmikit", f"Oma {'ab'[number % 2]}"], "fi")

    found = await asyncio.gather(*(bring(number) for number in range(6)))
    assert {topic for one in found for topic in one} == {"lemmikit", "oma_a", "oma_b"}


async def test_nobody_floods_the_list(make: Factory) -> None:
    mentor = await make.mentor()
    caller = Caller(mentor.id, Role.MENTOR, mentor.organisation_id, mentor.session_id)
    topics = Topics(Limits(make.services.database))
    with pytest.raises(TooManyRequests):
        async with make.services.database.unit_of_work() as db:
            await topics.make_known(db, caller, ["x" * number for number in range(1, 42)], "fi")
