"""Cursors: opaque, and worth nothing to whoever makes one up."""

import base64
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.kit.errors import InvalidParameter
from rinnalla.kit.pages import cut, decode_cursor, encode_cursor

KEY: Any = tuple[datetime, UUID]


def forged(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@given(moment=st.datetimes(datetime(1970, 1, 1), datetime(3000, 1, 1), timezones=st.just(UTC)), row=st.uuids())  # noqa: DTZ001 - bounds are naive
def test_a_cursor_comes_back_as_it_went(moment: datetime, row: UUID) -> None:
    assert decode_cursor(encode_cursor(moment, row), KEY) == (moment, row)


@given(cursor=st.text(max_size=200))
def test_any_text_is_a_cursor_or_refused(cursor: str) -> None:
    with pytest.raises(InvalidParameter):
        decode_cursor(cursor, KEY)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[]", tuple[int]),
        ("{}", tuple[int]),
        ("[1, 2]", tuple[int]),
        ('["1"]', tuple[int]),
        (f"[{10**30}]", tuple[int]),
        (f"[{2**63}]", tuple[int]),
        ('["a\\u0000b"]', tuple[str]),
        ('["2026-11-21T03:00:00"]', tuple[datetime]),
        ('["9999-12-31T23:59:59Z"]', tuple[datetime]),
        ("[" * 100_000, tuple[Any]),
    ],
)
def test_what_postgres_would_not_take_is_refused(text: str, key: Any) -> None:
    with pytest.raises(InvalidParameter):
        decode_cursor(forged(text), key)


def test_a_page_ends_where_the_rows_do() -> None:
    class Row:
        def __init__(self, number: int) -> None:
            self.number = number

    rows = [Row(number) for number in range(3)]
    assert cut(rows, 3, "number").next_cursor is None
    page = cut(rows, 2, "number")
    assert [row.number for row in page.items] == [0, 1]
    assert page.next_cursor is not None
    assert decode_cursor(page.next_cursor, tuple[int]) == (1,)
