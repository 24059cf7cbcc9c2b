"""Small words of the Ylitse contract: times, languages, where a request comes from."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.datastructures import Headers
from litestar.testing import RequestFactory

from rinnalla.ylitse.errors import CrossSite
from rinnalla.ylitse.languages import code_of
from rinnalla.ylitse.requests import check_origin, provide_language
from rinnalla.ylitse.times import stamp

MOMENTS = st.datetimes(datetime(2019, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as it wants them


@given(MOMENTS, MOMENTS)
def test_times_sort_as_texts(one: datetime, other: datetime) -> None:
    assert (stamp(one) < stamp(other)) == (one < other)
    assert datetime.fromisoformat(stamp(one)) == one


def test_a_time_is_told_in_utc_with_six_digits() -> None:
    there = timezone(timedelta(hours=2))
    assert stamp(datetime(2026, 11, 21, 5, tzinfo=there)) == "2026-11-21T03:00:00.000000Z"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("fi", "fi"), ("Finnish", "fi"), ("suomi", "fi"), (" RUOTSI ", "sv"), ("engelska", "en"), ("ckb", "ckb"),
        ("venäjä", "ru"), ("klingon", None), ("", None), ("f", None), ("f1", None), ("äö", None),
    ],
)  # fmt: skip
def test_languages_by_code_and_by_name(told: str, code: str | None) -> None:
    assert code_of(told) == code


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "fi"), ("", "fi"), ("de", "fi"), ("sv", "sv"), ("en-GB,en;q=0.9", "en"), ("nn-NO", "nb"),
        ("no", "nb"), ("de-DE, SV;q=0.5, en", "sv"), ("*", "fi"), (",;=", "fi"),
    ],
)  # fmt: skip
def test_the_language_that_is_liked_best(header: str | None, language: str) -> None:
    request: Any = RequestFactory(app=Litestar(logging_config=None)).get(
        "/", headers={} if header is None else {"Accept-Language": header}
    )
    assert provide_language(request) == language


FRIENDS = ("https://app.example.org",)


@pytest.mark.parametrize(
    ("headers", "fine"),
    [
        ({}, True),
        ({"origin": "https://rinnalla.example.org"}, True),
        ({"origin": "http://rinnalla.example.org"}, True),  # behind a proxy that speaks TLS for us
        ({"origin": "https://app.example.org"}, True),
        ({"origin": "https://app.example.org:8443"}, False),
        ({"origin": "https://rinnalla.example.org.evil.com"}, False),
        ({"origin": "https://evil.com"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://app.example.org"}, True),
    ],
)
def test_from_where_cookies_are_taken(headers: dict[str, str], fine: bool) -> None:
    asked = Headers({"host": "rinnalla.example.org", **headers})
    if fine:
        check_origin(asked, FRIENDS)
    else:
        with pytest.raises(CrossSite):
            check_origin(asked, FRIENDS)
