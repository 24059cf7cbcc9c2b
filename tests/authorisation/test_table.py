"""Everyone is tried at every door."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from asyncpg import Connection

from tests.api import Contract, refused
from tests.authorisation import table, table_pairs, table_support, table_ylitse
from tests.authorisation.row import Row, operations
from tests.authorisation.scene import GONE, SIGNED_IN, Given, Kept, Scenes
from tests.factories import Factory
from tests.tables import Tables
from tests.ylitse.client import told

ROWS = [*table.ROWS, *table_pairs.ROWS, *table_support.ROWS]
YLITSE_ROWS = table_ylitse.ROWS


@pytest.fixture(scope="session")
def kept_scenes() -> dict[Given, Kept]:
    return {}


@pytest.fixture
def scenes(make: Factory, raw_db: Connection, tables: Tables, kept_scenes: dict[Given, Kept]) -> Scenes:
    return Scenes(make, raw_db, tables, kept_scenes)


def unsaid(response: httpx.Response) -> tuple[int, Any]:
    return response.status_code, {name: value for name, value in response.json().items() if name != "instance"}


def test_every_operation_has_one_line(contract: Contract) -> None:
    assert sorted(row.operation for row in ROWS) == sorted(operations(contract))
    assert sorted(row.operation for row in YLITSE_ROWS) == sorted(operations(contract.faces["/ylitse"]))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.operation)
async def test_who_may(row: Row, scenes: Scenes, contract: Contract) -> None:
    for who, answer in await everyone_tries(row, scenes, contract):
        if who in GONE and not row.is_public(contract):
            refused(answer, 401, "invalid_token")


@pytest.mark.parametrize("row", YLITSE_ROWS, ids=lambda row: row.operation)
async def test_who_may_on_the_ylitse_face(row: Row, scenes: Scenes, contract: Contract) -> None:
    face = contract.faces["/ylitse"]
    for who, answer in await everyone_tries(row, scenes, face):
        if who in GONE and not row.is_public(face):
            told(answer, 401)


async def everyone_tries(row: Row, scenes: Scenes, contract: Contract) -> list[tuple[str, httpx.Response]]:
    """Refusals first, in one scene; then each who may, in a scene of their own where one would meet another's work."""
    scene = await scenes.prepared(row.given)
    refusals_first = sorted(row.expected().items(), key=lambda item: item[1] < 400)
    found: list[tuple[str, httpx.Response]] = []
    used = False
    for who, expected in refusals_first:
        if used:
            scene = await scenes.prepared(row.given)
        answer = await row.ask(scene, who, contract)
        found.append((who, answer))
        used = expected < 400 and answer.request.method != "GET" and row.is_of_the_scene
    assert [(who, answer.status_code) for who, answer in found] == refusals_first
    return found


@pytest.mark.parametrize(
    "row", [row for row in ROWS if any(name.endswith("_id") for name in row.path)], ids=lambda row: row.operation
)
async def test_what_is_someone_elses_is_as_absent_as_what_is_not_there(
    row: Row, scenes: Scenes, contract: Contract
) -> None:
    scene = await scenes.prepared(row.given)
    for who in SIGNED_IN:
        absent = await row.ask(scene, who, contract, **{name: uuid4() for name in row.path if name.endswith("_id")})
        if row.expected()[who] == 404:
            assert unsaid(await row.ask(scene, who, contract)) == unsaid(absent), who
        elif row.expected()[who] < 400:
            assert absent.status_code == 404, who
        else:
            assert absent.status_code == row.expected()[who], who


@pytest.mark.parametrize("row", [row for row in YLITSE_ROWS if row.path], ids=lambda row: row.operation)
async def test_someone_elses_and_nobodys_are_told_alike_on_the_ylitse_face(
    row: Row, scenes: Scenes, contract: Contract
) -> None:
    scene, face = await scenes.prepared(row.given), contract.faces["/ylitse"]
    for who in SIGNED_IN:
        absent = await row.ask(scene, who, face, **{name: uuid4() for name in row.path})
        if row.expected()[who] < 400:
            assert absent.status_code in {403, 404}, who
        else:
            assert unsaid(await row.ask(scene, who, face)) == unsaid(absent), who
