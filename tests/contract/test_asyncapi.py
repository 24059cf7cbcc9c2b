"""The AsyncAPI document of the socket."""

from typing import Any, get_args

import jsonschema_rs

from rinnalla.realtime import frames
from rinnalla.realtime.asyncapi import asyncapi_document

DOCUMENT = asyncapi_document()
MESSAGES = DOCUMENT["components"]["messages"]


def test_every_frame_is_there() -> None:
    kinds = {kind.__name__ for union in (frames.ClientFrame, frames.ServerFrame) for kind in get_args(union)}
    assert set(MESSAGES) == set(DOCUMENT["channels"]["realtime"]["messages"]) == kinds
    spoken = [one["$ref"] for operation in DOCUMENT["operations"].values() for one in operation["messages"]]
    assert {reference.rpartition("/")[2] for reference in spoken} == kinds


def test_every_example_is_of_its_own_shape() -> None:
    for name, message in MESSAGES.items():
        validator = validator_of(message["payload"])
        for example in message["examples"]:
            assert not list(validator.iter_errors(example["payload"])), name
            assert example["payload"]["type"] == message["name"], name


def test_every_frame_says_what_it_is_for() -> None:
    assert [name for name, message in MESSAGES.items() if not message["summary"]] == []


def test_every_close_code_is_explained() -> None:
    explained = {int(code) for code in DOCUMENT["channels"]["realtime"]["x-close-codes"]}
    assert {code for name, code in vars(frames.CloseCode).items() if name.isupper()} <= explained


def validator_of(payload: dict[str, Any]) -> Any:
    return jsonschema_rs.Draft202012Validator({**payload, "components": DOCUMENT["components"]}, validate_formats=True)
