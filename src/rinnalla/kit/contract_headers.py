"""Headers in the contract: what waiting, conditional requests and refused tokens are told with."""

from typing import Any

from rinnalla.kit.errors import PreconditionRequired, TooManyRequests, Unauthenticated, Unavailable

_EXAMPLE_TAG = '"9f86d081884c7d659a2feaa0c55ad015"'
# What Litestar says of every success, and what it means here.
_PLAIN_WORDS = {
    "Request fulfilled, document follows": "Done; the body is the answer",
    "Document created, URL follows": "Made; the body is what was made",
    "Request fulfilled, nothing follows": "Done; there is nothing to tell",
}


def add_conditions(operation: dict[str, Any]) -> None:
    """The headers of conditional requests, told from what the operation can answer."""
    parameters = operation.setdefault("parameters", [])
    if str(PreconditionRequired.status) in operation["responses"]:
        parameters.append(_header("If-Match", "The ETag of what you read and now change", '"3"', required=True))
    if "304" in operation["responses"]:
        parameters.append(_header("If-None-Match", "The ETag of what you have already", _EXAMPLE_TAG, required=False))
    if not parameters:
        del operation["parameters"]


def say_what_edits_need(path_item: dict[str, Any]) -> None:
    """Where an edit takes If-Match, the answer to GET at the same address has the ETag for it."""
    read = path_item.get("get", {}).get("responses", {}).get("200")
    if read and any(str(PreconditionRequired.status) in operation["responses"] for operation in path_item.values()):
        read.setdefault("headers", {})["ETag"] = _response_header("The version, for If-Match", "string", '"3"')


def add_headers(responses: dict[str, Any]) -> None:
    """What the answers carry in headers, and successes in plain words."""
    edited_by_version = str(PreconditionRequired.status) in responses
    for status, response in responses.items():
        response["description"] = _PLAIN_WORDS.get(response["description"], response["description"])
        headers = response.setdefault("headers", {})
        if status in {str(TooManyRequests.status), str(Unavailable.status)}:
            headers["Retry-After"] = _response_header("Whole seconds to wait before the next try", "integer", 1)
        if edited_by_version and status in {"200", "201"}:
            headers["ETag"] = _response_header("The new version, for If-Match", "string", '"4"')
        if "304" in responses and status in {"200", "304"}:
            headers["ETag"] = _response_header("Of this content, for If-None-Match", "string", _EXAMPLE_TAG)
            headers["Cache-Control"] = _response_header("How long it may be kept", "string", "public, max-age=60")
        if status == str(Unauthenticated.status):
            headers["WWW-Authenticate"] = _response_header("How to say who you are", "string", "Bearer", required=False)
        if not headers:
            del response["headers"]


def _header(name: str, description: str, example: str, *, required: bool) -> dict[str, Any]:
    schema = {"type": "string", "maxLength": 200}
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": schema,
        "example": example,
    }


def _response_header(description: str, kind: str, example: object, *, required: bool = True) -> dict[str, Any]:
    return {"description": description, "required": required, "schema": {"type": kind}, "example": example}
