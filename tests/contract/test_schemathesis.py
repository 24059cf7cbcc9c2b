"""Made-up requests to every operation, by everyone: nothing breaks, and every answer is a documented one."""

import json
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from rinnalla import contract_files
from tests.factories import Factory, Person

REQUESTS_EACH = 12
TIMEOUT_SECONDS = 10
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
CONTRACTS = {
    name: json.loads((contract_files.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("rinnalla", "ylitse")
}
OPERATIONS = [
    (face, operation["operationId"])
    for face, contract in CONTRACTS.items()
    for item in contract["paths"].values()
    for operation in item.values()
]


@pytest.fixture(scope="module")
def operations() -> dict[tuple[str, str], Any]:
    """What makes up requests for each operation. Not for those who only collect the tests: it takes its time."""
    understood = {
        (face, one.ok().definition.raw["operationId"]): one.ok()
        for face, contract in CONTRACTS.items()
        for one in schemathesis.openapi.from_dict(contract).get_all_operations()
        if isinstance(one, Ok)
    }
    assert understood.keys() == set(OPERATIONS)
    return understood


async def callers(make: Factory, roles: list[str]) -> list[Person | None]:
    """Those who may, one of the others, and nobody."""
    home = await make.organisation(mentees_may_choose=True)
    everyone: dict[str, Person] = {
        "mentee": await make.mentee(home),
        "mentor": await make.mentor(home),
        "staff": await make.staff(home),
        "admin": await make.admin(),
    }
    others = [person for role, person in everyone.items() if role not in roles]
    return [*(everyone[role] for role in roles), *others[:1], None]


@pytest.mark.parametrize("asked", OPERATIONS, ids="-".join)
async def test_every_answer_is_a_documented_one(
    asked: tuple[str, str], operations: dict[tuple[str, str], Any], make: Factory
) -> None:
    operation = operations[asked]
    people = await callers(make, operation.definition.raw.get("x-roles", []))
    shapes = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )
    url = make.nobody.url

    with requests.Session() as session:

        @settings(
            max_examples=REQUESTS_EACH,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=shapes, person=st.sampled_from(people))
        def try_out(case: Any, person: Person | None) -> None:
            headers = {"Authorization": f"Bearer {person.token}"} if person else {}
            answer = case.call(base_url=url, session=session, headers=headers, timeout=TIMEOUT_SECONDS)
            case.validate_response(answer, checks=CHECKS)

        try_out()
