"""Request bodies: decoded once, strictly, straight into the handler's struct, with a pointer to what is wrong."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import islice
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.exceptions import InternalServerException

from rinnalla.kit.errors import BadRequest, BodyTooSlow, FieldProblem, InvalidBody, UnsupportedMediaType

BODY_SECONDS = 10.0
SLOWEST_BYTES_PER_SECOND = 128 * 1024
"""At which a body as large as its route takes may arrive, where that takes longer than `BODY_SECONDS`."""
JSON_TYPES = ("", "application/json")
_PLACE = " - at `$"
_OF_A_NAME = re.compile(r" - at `key` in `\$([^`]*)`$")
_ANY_NAME = "..."
"""How msgspec speaks of what stands under a name of the client's own."""
_NAMES_TRIED = 100
_LONGEST_NAME = 100
_MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_STEP = re.compile(r"\.([^.\[\]`]+)|\[(\d+|\.\.\.)\]")
_MISSING = re.compile(r"missing required field `(?P<name>[^`]+)`")
_UNKNOWN = re.compile(r"contains unknown field `(?P<name>.*)`", re.DOTALL)
_CODES = (
    ("of length <=", "too_long"),
    ("of length >=", "too_short"),
    ("matching regex", "invalid_format"),
    ("Invalid ", "invalid_value"),
    ("out of range", "out_of_range"),
    (" <= ", "out_of_range"),
    (" >= ", "out_of_range"),
    ("Expected ", "wrong_type"),
)


class StrictRequest(Request[Any, Any, Any]):
    """A request whose JSON body is decoded by the rules of this module.

    Litestar's own way decodes to plain objects first and converts them leniently (`"3"` would pass for `3`), and
    answers 500 to invalid UTF-8 and to very deep nesting.
    """

    async def body(self) -> bytes:
        """All bytes of the body. Raises: BadRequest when the client goes before it has sent them, BodyTooSlow."""
        async with self._in_time():
            try:
                return await super().body()
            except InternalServerException as error:
                raise BadRequest from error

    async def form(self) -> FormMultiDict:
        """The fields of a form. Raises: BodyTooSlow; as Litestar."""
        async with self._in_time():
            return await super().form()

    async def json(self) -> Any:
        """The body as the struct that the handler declares. Raises: InvalidBody, UnsupportedMediaType."""
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in JSON_TYPES:
            raise UnsupportedMediaType
        field = self.route_handler.parsed_data_field
        return decode(await self.body(), field.annotation if field else Any)

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        """However short the pauses between its pieces, a body must be there after a while. Raises: BodyTooSlow."""
        largest = self.route_handler.resolve_request_max_body_size() or 0
        try:
            async with asyncio.timeout(max(BODY_SECONDS, largest / SLOWEST_BYTES_PER_SECOND)):
                yield
        except TimeoutError as error:
            raise BodyTooSlow from error


def decode(body: bytes, shape: Any) -> Any:
    """`body` as an instance of `shape`. Raises: InvalidBody."""
    try:
        decoded = msgspec.json.decode(body, type=shape, strict=True)
    except msgspec.ValidationError as error:
        raise InvalidBody(_named(_explain(str(error)), body, shape)) from error
    except _MALFORMED as error:
        raise InvalidBody(FieldProblem(code="malformed", pointer="")) from error
    if b"\\u0000" in body and (pointer := _find_nul(msgspec.to_builtins(decoded))) is not None:
        raise InvalidBody(FieldProblem(code="invalid_value", pointer=pointer))
    return decoded


def _explain(message: str) -> FieldProblem:
    message = _OF_A_NAME.sub(rf" - at `$\1[{_ANY_NAME}]`", message)
    before, found, place = message.rpartition(_PLACE)  # the last one: the client's own names may look like it
    pointer = _pointer(place[:_LONGEST_NAME]) if found else ""
    message = before if found else message
    if missing := _MISSING.search(message):
        return FieldProblem(code="required", pointer=f"{pointer}/{_escape(missing['name'])}")
    if unknown := _UNKNOWN.search(message):
        return FieldProblem(code="unknown_field", pointer=f"{pointer}/{_escape(unknown['name'][:_LONGEST_NAME])}")
    code = next((code for part, code in _CODES if part in message), "invalid_value")
    return FieldProblem(code=code, pointer=pointer)


def _named(problem: FieldProblem, body: bytes, shape: Any) -> FieldProblem:
    """With the name under which the fault stands, where names are the client's own; with none if none fails alone."""
    above, open_end, rest = (problem.pointer or "").rpartition(f"/{_ANY_NAME}")
    if not open_end or rest or not above:
        return problem
    # What comes after the fault may be no JSON; and a name of the client's may look like a place that there is not.
    with suppress(*_MALFORMED, LookupError, TypeError, ValueError):
        whole = msgspec.json.decode(body)
        *way, last = above.split("/")[1:]
        parent = whole
        for step in way:
            parent = parent[int(step)] if isinstance(parent, list) else parent[step]
        for name, value in islice(dict(parent[last]).items(), _NAMES_TRIED):
            parent[last] = {name: value}
            if _fault(whole, shape) == problem:
                return FieldProblem(code=problem.code, pointer=f"{above}/{_escape(name[:_LONGEST_NAME])}")
    return FieldProblem(code=problem.code, pointer=above)


def _fault(plain: object, shape: Any) -> FieldProblem | None:
    try:
        msgspec.convert(plain, shape)
    except msgspec.ValidationError as error:
        return _explain(str(error))
    return None


def _pointer(path: str) -> str:
    return "".join(f"/{_escape(name or index)}" for name, index in _STEP.findall(path))


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _find_nul(value: object, pointer: str = "") -> str | None:
    """The place of the first text with a NUL, which Postgres can't store."""
    match value:
        case str():
            return pointer if "\0" in value else None
        case dict():
            steps = [(item, f"{pointer}/{_escape(str(name))}") for name, item in value.items()]
        case list():
            steps = [(item, f"{pointer}/{index}") for index, item in enumerate(value)]
        case _:
            return None
    return next((found for item, place in steps if (found := _find_nul(item, place)) is not None), None)
