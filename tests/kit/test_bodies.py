"""Bad bodies over HTTP, at a real route: a clear refusal with a pointer, and nothing stored."""

from collections.abc import AsyncIterator

import pytest
from asyncpg import Connection

from rinnalla.kit.settings import Settings
from tests.api import Api, refused

ROUTE = "/v1/accounts"
JSON = {"Content-Type": "application/json"}
GOOD = '{"nickname": "revontuli", "password": "kolme kissaa ja kuu"}'


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (b"", "required", ""),
        (b"{", "malformed", ""),
        (b"nickname", "malformed", ""),
        (b'{"nickname": "\xff\xfe"}', "malformed", ""),
        (b'{"nickname": "\xed\xa0\x80"}', "malformed", ""),
        (b'{"nickname": "a\x00b"}', "malformed", ""),
        (b"[" * 50_000, "wrong_type", ""),
        (b'{"nickname": ' + b"[" * 50_000, "wrong_type", "/nickname"),
        (b"[]", "wrong_type", ""),
        (b"null", "wrong_type", ""),
        (b'{"password": "kolme kissaa ja kuu"}', "required", "/nickname"),
        (b'{"nickname": 3, "password": "kolme kissaa ja kuu"}', "wrong_type", "/nickname"),
        (b'{"nickname": 123456789012345678901234567890}', "wrong_type", "/nickname"),
        (b'{"nickname": "a", "password": "kolme kissaa ja kuu"}', "too_short", "/nickname"),
        (b'{"nickname": "' + b"a" * 41 + b'", "password": "kolme kissaa ja kuu"}', "too_long", "/nickname"),
        (b'{"nickname": "a\\u0000b", "password": "kolme kissaa ja kuu"}', "invalid_format", "/nickname"),
        (b'{"nickname": "aino", "password": "a\\u0000b kolme kissaa"}', "invalid_value", "/password"),
        (b'{"nickname": "aino", "password": "kolme kissaa ja kuu", "role": "admin"}', "unknown_field", "/role"),
        (b'{"x - at `$.a[...]": 1}', "invalid_value", "/a"),
        (b'{"x - at `key` in `$.nickname": 1}', "invalid_value", "/nickname"),
        (b'{"organisation_id": "1"}', "invalid_value", "/organisation_id"),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_a_bad_body_is_refused_with_its_place(
    api: Api, raw_db: Connection, body: bytes, code: str, pointer: str
) -> None:
    answer = await api.call("POST", ROUTE, content=body, headers=JSON)
    refused(answer, 400, "invalid_body", pointer=pointer)
    assert answer.json()["errors"][0]["code"] == code
    assert await raw_db.fetchval("SELECT count(*) FROM account") == 0


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
async def test_another_media_type_is_refused(api: Api, media_type: str) -> None:
    answer = await api.call("POST", ROUTE, content=GOOD, headers={"Content-Type": media_type})
    refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("announced", [True, False], ids=["with its length", "in pieces"])
async def test_a_body_over_the_limit_is_refused(api: Api, settings: Settings, announced: bool) -> None:
    body = b'{"nickname": "' + b"a" * settings.body_limit + b'"}'

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 8192):
            yield body[start : start + 8192]

    answer = await api.call("POST", ROUTE, content=body if announced else pieces(), headers=JSON)
    refused(answer, 413, "body_too_large")


async def test_nesting_as_deep_as_a_body_may_be_long_breaks_nothing(api: Api) -> None:
    for opening in (b"[", b'{"a":'):
        body = opening * (60_000 // len(opening))
        answer = await api.call("POST", ROUTE, content=body, headers=JSON)
        refused(answer, 400, "invalid_body")
