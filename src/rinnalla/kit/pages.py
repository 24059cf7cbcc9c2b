"""Cursor pages: `items` and `next_cursor`. A cursor is the sort key of the last row seen, nothing more; what a caller
may see is decided by the query around it, so a forged cursor reveals nothing."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, datetime
from typing import Any, Generic, TypeVar

import msgspec

from rinnalla.kit.errors import FieldProblem, InvalidParameter

T = TypeVar("T")
PAGE_SIZE = 50
MAX_PAGE_SIZE = 100
_BIGINT = 2**63


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A stretch of a longer list. `next_cursor` is None at the end."""

    items: Sequence[T]
    next_cursor: str | None


def encode_cursor(*key: object) -> str:
    """The opaque form of a sort key (of str, int, UUID and datetime parts)."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


K = TypeVar("K", bound=tuple[Any, ...])


def decode_cursor(cursor: str, key: type[K]) -> K:
    """The sort key inside a cursor, as a tuple of the given types.

    Raises: InvalidParameter when the cursor is not one of ours for this list.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        decoded: K = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=key)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise InvalidParameter(FieldProblem(code="invalid_cursor", parameter="cursor")) from error
    if not all(_can_be_compared(part) for part in decoded):
        raise InvalidParameter(FieldProblem(code="invalid_cursor", parameter="cursor"))
    return decoded


def _can_be_compared(part: object) -> bool:
    """Whether Postgres takes a value of a cursor that someone made up."""
    match part:
        case int():
            return abs(part) < _BIGINT
        case str():
            return "\0" not in part
        case datetime():
            return part.tzinfo is not None and MINYEAR < part.year < MAXYEAR
        case _:
            return True


def cut(rows: Sequence[T], size: int, *key: str) -> Page[T]:
    """A page of the first `size` rows of a query that asked for `size + 1`; `key` names the sort attributes."""
    if len(rows) <= size:
        return Page(rows, None)
    last = rows[size - 1]
    return Page(rows[:size], encode_cursor(*(getattr(last, name) for name in key)))
