"""The OpenAPI document, as whoever makes a client from it needs it."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from rinnalla.kit.contract import NO_EXAMPLE, example_of
from tests.api import PROBLEM, Contract

SUCCESS = ("2", "3")


def operations(contract: Contract) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in contract.document["paths"].values():
        for operation in item.values():
            yield operation["operationId"], operation


def bodies(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything with a schema and examples: bodies in, bodies out, parameters, headers."""
    yield from operation.get("requestBody", {}).get("content", {}).values()
    yield from operation.get("parameters", [])
    for response in operation["responses"].values():
        yield from response.get("content", {}).values()
        yield from response.get("headers", {}).values()


def examples(body: dict[str, Any]) -> list[Any]:
    several = [example["value"] for example in body.get("examples", {}).values()]
    return several + ([body["example"]] if "example" in body else [])


def test_every_example_is_of_its_own_shape(contract: Contract) -> None:
    wrong = []
    for name, operation in operations(contract):
        for body in bodies(operation):
            schema = {**body.get("schema", {}), "components": contract.document["components"]}
            validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
            wrong += [(name, example) for example in examples(body) if not validator.is_valid(example)]
    assert wrong == []


def test_every_json_body_has_an_example(contract: Contract) -> None:
    for name, operation in operations(contract):
        for media_type, body in (
            entry
            for holder in (operation.get("requestBody", {}), *operation["responses"].values())
            for entry in holder.get("content", {}).items()
        ):
            assert media_type not in {"application/json", PROBLEM} or examples(body), (name, media_type)


def test_fields_have_examples_that_tell_something(contract: Contract) -> None:
    schemas = contract.document["components"]["schemas"]
    bare = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, part in schema.get("properties", {}).items()
        if example_of(part, schemas) in (NO_EXAMPLE, [NO_EXAMPLE])
    ]
    assert bare == []


def test_every_operation_declares_what_it_may_refuse(contract: Contract) -> None:
    for name, operation in operations(contract):
        responses = operation["responses"]
        assert {"405", "429", "500", "503"} <= responses.keys(), name
        assert ("401" in responses) >= ("security" in operation), name
        assert any(status.startswith(SUCCESS) for status in responses), name
        for status, response in responses.items():
            assert response["description"], name
            assert status.startswith(SUCCESS) or PROBLEM in response["content"], (name, status)


def test_waiting_and_versions_are_told_in_documented_headers(contract: Contract) -> None:
    for name, operation in operations(contract):
        responses = operation["responses"]
        asked = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "header"}
        for status in ("429", "503"):
            assert "Retry-After" in responses[status]["headers"], name
        assert ("If-Match" in asked) == ("428" in responses), name
        assert ("If-None-Match" in asked) == ("304" in responses), name
        assert "304" not in responses or "ETag" in responses["200"]["headers"], name


def test_bounds_of_what_may_be_null_stand_with_the_value(contract: Contract) -> None:
    for name, schema in contract.document["components"]["schemas"].items():
        for field, part in schema.get("properties", {}).items():
            assert "oneOf" not in part or not {"maxLength", "maximum", "pattern"} & part.keys(), f"{name}.{field}"


def test_it_is_openapi_3_1(contract: Contract) -> None:
    """Held against the meta-schema of the OpenAPI Initiative, which Schemathesis brings along."""
    assert contract.document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(contract.document).validate()


def test_references_lead_somewhere(contract: Contract) -> None:
    for reference in _references(contract.document):
        place: Any = contract.document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


@pytest.mark.parametrize("words", ["URL follows", "document follows"])
def test_answers_are_described_in_words_of_ours(contract: Contract, words: str) -> None:
    assert words not in json.dumps(contract.document)


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
