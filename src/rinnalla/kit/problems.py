"""Refusals on the wire: RFC 9457 `application/problem+json`, one shape for every error of every route. A face that
speaks another contract has a shape of its own for everything under its address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from msgspec import Meta
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from rinnalla.kit import log
from rinnalla.kit.database import is_passing
from rinnalla.kit.errors import (
    BadRequest,
    BodyTooLarge,
    DomainError,
    FieldProblem,
    InternalError,
    InvalidBody,
    InvalidParameter,
    MethodNotAllowed,
    NotFound,
    Unavailable,
    UnsupportedMediaType,
)

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:rinnalla:problem:"
_BY_STATUS: dict[int, type[DomainError]] = {
    error.status: error for error in (BadRequest, NotFound, MethodNotAllowed, BodyTooLarge, UnsupportedMediaType)
}


class FieldProblemBody(msgspec.Struct, frozen=True, kw_only=True, rename={"field_code": "code"}):
    """One refused field: `pointer` (RFC 6901) into the body or the `parameter`'s name."""

    field_code: Annotated[str, Meta(examples=["too_long"])]
    pointer: Annotated[str | None, Meta(examples=["/text"])]
    parameter: Annotated[str | None, Meta(examples=["cursor"])]


class Problem(msgspec.Struct, frozen=True, kw_only=True, rename={"problem_type": "type"}):
    """`code` is stable and what a client acts on; `title` is for developers; `instance` names the logged request;
    `state`: how the thing stands now, told where that is why the request was refused."""

    problem_type: Annotated[str, Meta(examples=["urn:rinnalla:problem:invalid_body"])]
    title: Annotated[str, Meta(examples=["The body does not have the documented shape"])]
    status: Annotated[int, Meta(ge=400, le=599, examples=[400])]
    code: Annotated[str, Meta(examples=["invalid_body"])]
    instance: Annotated[str, Meta(examples=["urn:uuid:01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f"])]
    errors: list[FieldProblemBody]
    state: Annotated[str, Meta(examples=["closed"])] | msgspec.UnsetType = msgspec.UNSET


def problem_of(error: DomainError, instance: str) -> Problem:
    """The wire form of a refusal."""
    return Problem(
        problem_type=TYPE_PREFIX + error.code,
        title=error.title,
        status=error.status,
        code=error.code,
        instance=instance,
        errors=[
            FieldProblemBody(field_code=field.code, pointer=field.pointer, parameter=field.parameter)
            for field in error.fields
        ],
        state=msgspec.UNSET if error.state is None else error.state,
    )


@dataclass(frozen=True, slots=True)
class Manner:
    """How refusals are told under an address: by which status, in which body. `schema` is the body's struct; `strict`:
    bodies that come in may hold documented fields only, and of the documented media type."""

    prefix: str
    media_type: str
    schema: type[msgspec.Struct]
    body: Callable[[DomainError, str], msgspec.Struct]
    status: Callable[[type[DomainError]], int]
    strict: bool


PROBLEMS = Manner("/", MEDIA_TYPE, Problem, problem_of, lambda error: error.status, strict=True)


class Manners:
    """Tells each refusal in the manner of the address that was asked."""

    def __init__(self, faces: Sequence[Manner] = ()) -> None:
        self._faces = faces

    def of(self, path: str) -> Manner:
        """The manner of an address, whether there is something there or not."""
        faces = (face for face in self._faces if f"{path}/".startswith(f"{face.prefix}/"))
        return next(faces, PROBLEMS)

    def render(self, request: Request, error: Exception) -> Response[msgspec.Struct]:  # type: ignore[type-arg]
        """The one exception handler of the app."""
        refusal = as_domain_error(error)
        if refusal.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            log.failure("request_failed", error, code=refusal.code)
        elif refusal.status > HTTPStatus.INTERNAL_SERVER_ERROR:
            log.warning("request_put_off", code=refusal.code, error=type(error).__name__)
        manner = self.of(request.scope["path"])
        return Response(
            manner.body(refusal, f"urn:uuid:{request.scope['state'].get('request_id', '')}"),
            status_code=manner.status(type(refusal)),
            headers=refusal.headers,
            media_type=manner.media_type,
        )


def as_domain_error(error: Exception) -> DomainError:
    """Any exception as the refusal that the other side is told."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, ExceptionGroup):
        # Litestar wraps what the session's clean-up makes of an error (a lost connection becomes Unavailable).
        return as_domain_error(error.exceptions[0])
    if isinstance(error, ValidationException):
        return _invalid(error)
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, DBAPIError | PoolTimeout | OSError) and is_passing(error):
        return Unavailable()
    return InternalError()


def _invalid(error: ValidationException) -> DomainError:
    """A body that is there is judged by `bodies`: what Litestar says of one is that it is missing."""
    extra = error.extra if isinstance(error.extra, list) else []
    if any(item.get("source") == "body" for item in extra):
        return InvalidBody(FieldProblem(code="required", pointer=""))
    names = sorted({str(item.get("key", "")) for item in extra})
    return InvalidParameter(*(FieldProblem(code="invalid_value", parameter=name) for name in names))


def _of_http(error: HTTPException) -> DomainError:
    known = _BY_STATUS.get(error.status_code)
    if known is not None:
        return known(headers=_kept_headers(error))
    return BadRequest() if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR else InternalError()


def _kept_headers(error: HTTPException) -> dict[str, str]:
    return {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
