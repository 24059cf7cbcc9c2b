"""Choosing another name to log in with: tries are counted, and no two of them wait for each other's connection."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from rinnalla.kit.settings import Settings
from tests.api import Api, ok
from tests.conftest import RunningService
from tests.factories import PASSWORD, Factory, Person
from tests.ylitse.client import told


@pytest.fixture
def small(settings: Settings, clean: None) -> Iterator[RunningService]:
    with RunningService(replace(settings, port=0, pool_size=2)) as running:
        yield running


async def rename(person: Person, login_name: str, url: str = "") -> httpx.Response:
    body = {"id": str(person.id), "role": "mentee", "login_name": login_name}
    return await person.put(f"{url}/ylitse/accounts/{person.id}", body)


async def test_more_people_than_connections_choose_at_once(small: RunningService, make: Factory) -> None:
    people = [await make.mentee() for _ in range(6)]
    answers = await asyncio.gather(*(rename(person, f"uusi-{n}", small.url) for n, person in enumerate(people)))
    assert [ok(answer)["login_name"] for answer in answers] == [f"uusi-{n}" for n in range(6)]


async def test_names_are_not_tried_faster_than_the_limit(strict_api: Api, make: Factory) -> None:
    """Refused tries count, from one address whoever makes them; sending back the name that one has does not."""
    mentee, other, url = await make.mentee(), await make.mentee(), strict_api.url
    ok(await rename(mentee, mentee.login_name, url))
    statuses = [(await rename(mentee, other.login_name.upper(), url)).status_code for _ in range(105)]
    assert statuses[:100] == [409] * 100
    assert 429 in statuses  # a few more, as time goes on meanwhile
    told(await rename(mentee, "kaiku", url), 429)
    ok(await rename(mentee, mentee.login_name, url))
    told(await rename(other, "kaiku", url), 429)
    ok(await rename(other, other.login_name, url))


async def test_nor_by_staff_who_make_mentors(strict_api: Api, make: Factory) -> None:
    staff, taken, door = await make.staff(), (await make.mentee()).login_name, f"{strict_api.url}/ylitse/accounts"

    async def call_someone(login_name: str, password: str) -> httpx.Response:
        return await staff.post(door, {"password": password, "account": {"role": "mentor", "login_name": login_name}})

    told(await call_someone(taken, PASSWORD), 409)
    statuses = [(await call_someone(taken, "lyhyt")).status_code for _ in range(105)]
    assert statuses[:99] == [400] * 99
    assert 429 in statuses
    told(await call_someone("kaiku", PASSWORD), 429)
