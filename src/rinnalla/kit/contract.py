"""The contract: what Litestar says of the routes, completed to what a client needs to rely on.

Routes declare their own refusals with `refusals(...)`. What every route can answer (a body that is not understood, no
token, too many requests, …) is added here once, as are security, examples and the closing of objects to unknown fields.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar, Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Example, OpenAPIType, Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

from rinnalla.kit.contract_headers import add_conditions, add_headers, say_what_edits_need
from rinnalla.kit.errors import (
    BodyTooLarge,
    BodyTooSlow,
    DomainError,
    Forbidden,
    InternalError,
    InvalidBody,
    InvalidParameter,
    InvalidToken,
    MethodNotAllowed,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from rinnalla.kit.problems import PROBLEMS, Manner

EXAMPLE_INSTANCE = "urn:uuid:01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f"
SECURITY = "access_token"
_EXAMPLES_BY_FORMAT = {
    "uuid": "01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f",
    "date-time": "2026-11-21T03:00:00Z",
    "date": "2026-11-21",
}
_BOUNDS = {"minLength", "maxLength", "pattern", "minimum", "maximum", "minItems", "maxItems", "examples"}
NO_EXAMPLE = "text"
"""Stands where a field carries no example of its own."""

NOT_MODIFIED: dict[int, ResponseSpec] = {
    304: ResponseSpec(data_container=None, generate_examples=False, description="You have this already (If-None-Match)")
}
"""For the `responses=` of a route that answers with `etags.cacheable` or `etags.unchanging`."""


class BoundedScalars(OpenAPISchemaPlugin):
    """Says the bounds of a text or number wherever it stands. Litestar by itself says those of a struct's field only
    when the field is the text, not when it is a list of texts."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        return field_definition.annotation in {str, int, float} and field_definition.has_metadata(msgspec.Meta)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:  # noqa: ARG002 - the interface's
        bounds = msgspec.json.schema(field_definition.raw)
        kind = OpenAPIType(bounds.pop("type"))
        return Schema(type=kind, **{_snake(name): value for name, value in bounds.items()})


def refusals(*errors: type[DomainError], manner: Manner = PROBLEMS) -> dict[int, ResponseSpec]:
    """What a route may answer instead, for its `responses=`; the errors of one status share an entry."""
    by_status: dict[int, list[type[DomainError]]] = defaultdict(list)
    for error in errors:
        by_status[manner.status(error)].append(error)
    return {status: _spec(group, manner) for status, group in by_status.items()}


def _spec(errors: Iterable[type[DomainError]], manner: Manner) -> ResponseSpec:
    group = list(errors)
    return ResponseSpec(
        data_container=manner.schema,
        media_type=manner.media_type,
        generate_examples=False,
        description=" · ".join(f"`{error.code}`: {error.title}" for error in group),
        examples=[Example(id=error.code, summary=error.title, value=_example(error, manner)) for error in group],
    )


def _example(error: type[DomainError], manner: Manner) -> msgspec.Struct:
    refusal = TooManyRequests(retry_after=1) if error is TooManyRequests else error()
    return manner.body(refusal, EXAMPLE_INSTANCE)


def openapi_document(app: Litestar, manner: Manner = PROBLEMS) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the app."""
    document: dict[str, Any] = _plain(app.openapi_schema.to_schema())
    schemas = document["components"]["schemas"]
    for part in (part for schema in schemas.values() for part in schema.get("properties", {}).values()):
        _settle_null(part)
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler) and handler.resolve_include_in_schema():
                for method in handler.http_methods:
                    path_item = document["paths"].get(route.path_format, {})
                    if method.lower() in path_item:
                        _complete(path_item[method.lower()], handler, schemas, manner)
    for path_item in document["paths"].values():
        say_what_edits_need(path_item)
        for operation in path_item.values() if manner.strict else ():
            _close(operation.get("requestBody"), schemas)
    document["components"]["securitySchemes"] = {SECURITY: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    return document


def _close(node: Any, schemas: dict[str, Any]) -> None:
    """Let no unknown field into what a client sends. Answers stay open: later versions may say more."""
    match node:
        case {"$ref": str(ref)}:
            schema = schemas[ref.rpartition("/")[2]]
            if "properties" in schema and "additionalProperties" not in schema:
                schema["additionalProperties"] = False
                _close(schema, schemas)
        case dict():
            for part in node.values():
                _close(part, schemas)
        case list():
            for part in node:
                _close(part, schemas)


class ServedContract(JsonRenderPlugin):
    """Serves the whole document, not what Litestar alone would say."""

    def render(self, request: Request[Any, Any, Any], _openapi_schema: dict[str, Any]) -> bytes:
        return _served(request.app)


@cache
def _served(app: Litestar) -> bytes:
    return msgspec.json.encode(openapi_document(app))


def _complete(operation: dict[str, Any], handler: HTTPRouteHandler, schemas: dict[str, Any], manner: Manner) -> None:
    roles = handler.opt["roles"]
    if roles is not None:
        operation["security"] = [{SECURITY: []}]
        operation["x-roles"] = [str(role) for role in roles]
    for error in _common_refusals(operation, handler, strict=manner.strict):
        _add_refusal(operation["responses"], error, manner)
    add_conditions(operation)
    add_headers(operation["responses"])
    for response in operation["responses"].values():
        _add_examples(response.get("content", {}), schemas)
        for example in response.get("content", {}).get(manner.media_type, {}).get("examples", {}).values():
            example.pop("id", None)  # Litestar's own key, unknown to OpenAPI
    if "requestBody" in operation:
        _add_examples(operation["requestBody"]["content"], schemas)
    for parameter in operation.get("parameters", ()):
        _say_absent(parameter)
        if not {"example", "examples"} & parameter.keys():
            parameter["example"] = example_of(parameter["schema"], schemas)


def _say_absent(parameter: dict[str, Any]) -> None:
    """A parameter whose default is None may be left out; it can't be sent as null."""
    schema = parameter["schema"]
    present = [choice for choice in schema.get("oneOf", ()) if choice.get("type") != "null"]
    if len(present) == 1:
        del schema["oneOf"]
        parameter["schema"] = {**present[0], **schema}


def _settle_null(schema: dict[str, Any]) -> None:
    """Litestar writes `oneOf` for what may be null and puts the bounds beside it: they belong to the value that is not
    null, and a client generator looks for them there."""
    options = schema.get("oneOf", [])
    values = [option for option in options if option != {"type": "null"}]
    if len(values) == 1 and len(options) == len(values) + 1 and "$ref" not in values[0]:
        values[0].update({key: schema.pop(key) for key in _BOUNDS & schema.keys()})


def _common_refusals(
    operation: Mapping[str, Any], handler: HTTPRouteHandler, *, strict: bool
) -> Iterable[type[DomainError]]:
    if "requestBody" in operation:
        yield from (InvalidBody, BodyTooSlow, BodyTooLarge)
        if strict:
            yield UnsupportedMediaType
    if operation.get("parameters"):
        yield InvalidParameter
    if any(parameter["in"] == "path" for parameter in operation.get("parameters", ())):
        yield NotFound
    if handler.opt["roles"] is not None:
        yield from (Unauthenticated, InvalidToken, Forbidden)
    yield from (MethodNotAllowed, TooManyRequests, InternalError, Unavailable)


def _add_refusal(responses: dict[str, Any], error: type[DomainError], manner: Manner) -> None:
    line, status = f"`{error.code}`: {error.title}", str(manner.status(error))
    response, schema = responses.get(status), {"$ref": f"#/components/schemas/{manner.schema.__name__}"}
    if response is None or response.get("content", {}).get(manner.media_type, {}).get("schema") != schema:
        response = responses[status] = {
            "description": line,
            "content": {manner.media_type: {"schema": schema, "examples": {}}},
        }
    elif line not in response["description"]:
        response["description"] += f" · {line}"
    examples = response["content"][manner.media_type].setdefault("examples", {})
    examples[error.code] = {"summary": error.title, "value": _plain(_example(error, manner))}


def _add_examples(content: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    for media_type, body in content.items():
        if "examples" not in body and media_type == "application/json":
            body["example"] = example_of(body["schema"], schemas)


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """A value of this shape, put together from the examples that the fields carry."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if schema.get("examples"):
        return schema["examples"][0]
    for simple in ("example", "const", "default"):
        if schema.get(simple) is not None:
            return schema[simple]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            real = [option for option in schema[choice] if option.get("type") != "null"]
            return example_of(real[0], schemas) if real else None
    return _example_by_type(schema, schemas)


def _example_by_type(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), None)
    match kind:
        case "object":
            return {name: example_of(part, schemas) for name, part in schema.get("properties", {}).items()}
        case "array":
            return [example_of(schema["items"], schemas)] if "items" in schema else []
        case "string":
            return _EXAMPLES_BY_FORMAT.get(schema.get("format", ""), NO_EXAMPLE)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case _:
            return None


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _plain(value: Any) -> Any:
    """Enumerations, structs and the like as what JSON knows."""
    plain: Any = msgspec.json.decode(msgspec.json.encode(value))
    return plain
