"""Conditional requests (RFC 9110, 13): lists that a client already has, edits of what someone else may have edited."""

import hashlib
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response

from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired

T = TypeVar("T")


def cacheable(request: Request[Any, Any, Any], body: T, *, max_age: int = 60) -> Response[T]:
    """A public answer with an ETag of its content, or 304 when the client has it. `max_age` is in seconds."""
    encoded = msgspec.json.encode(body)
    tag = f'"{hashlib.sha256(encoded).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": f"public, max-age={max_age}"}
    if tag in _tags(request.headers.get("if-none-match", "")):
        return Response(None, status_code=304, headers=headers)  # type: ignore[arg-type]
    return Response(body, headers=headers)


def unchanging(
    request: Request[Any, Any, Any], content: bytes, *, tag: str, media_type: str, max_age: int
) -> Response[bytes]:
    """Public bytes that never change at their address, or 304 when the client has them. `max_age` is in seconds: how
    long a copy may outlive the original."""
    headers = {"ETag": f'"{tag}"', "Cache-Control": f"public, max-age={max_age}, immutable"}
    if headers["ETag"] in _tags(request.headers.get("if-none-match", "")):
        return Response(b"", status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def versioned(body: T, version: int, *, status_code: int = 200) -> Response[T]:
    """An answer whose ETag is what an edit must send back as If-Match."""
    return Response(body, headers={"ETag": f'"{version}"'}, status_code=status_code)


def expected_version(request: Request[Any, Any, Any]) -> int:
    """The version that an edit is based on. Raises: PreconditionRequired, EditedMeanwhile."""
    tags = _tags(request.headers.get("if-match", ""))
    if not tags:
        raise PreconditionRequired
    number = tags[0].strip('"')
    if len(tags) != 1 or not number.isascii() or not number.isdigit() or len(number) > 18:  # noqa: PLR2004 - fits a bigint
        raise EditedMeanwhile
    return int(number)


def _tags(header: str) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in header.split(",") if tag.strip()]
