"""What can be said no to. Business errors are classes with a stable code; `problems.py` renders them for HTTP."""

from typing import ClassVar

import msgspec


class FieldProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One field that was refused: a JSON pointer (RFC 6901) into the body, or the name of a query parameter."""

    code: str
    pointer: str | None = None
    parameter: str | None = None


class DomainError(Exception):
    """A refusal with a code that clients may rely on. The title is for developers; apps translate the code."""

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]
    state: str | None = None
    """How the thing stands now, where that is why the request was refused."""
    keeps = False
    """Whether what was written before the refusal stays: see `Database.unit_of_work`."""

    def __init__(
        self,
        *fields: FieldProblem,
        retry_after: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        """`retry_after` is in whole seconds."""
        super().__init__(self.code)
        self.fields = fields
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)
        self.retry_after = retry_after


class InvalidBody(DomainError):
    code, status, title = "invalid_body", 400, "The body does not have the documented shape"


class InvalidParameter(DomainError):
    code, status, title = "invalid_parameter", 400, "A path or query parameter does not have the documented shape"


class BadRequest(DomainError):
    code, status, title = "bad_request", 400, "The request could not be understood"


class Unauthenticated(DomainError):
    code, status, title = "unauthenticated", 401, "This needs an access token"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


class InvalidToken(DomainError):
    code, status, title = "invalid_token", 401, "The access token is expired, forged or of an ended session"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


class Forbidden(DomainError):
    code, status, title = "forbidden", 403, "This is not for your role"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'})


class NotFound(DomainError):
    code, status, title = "not_found", 404, "Nothing here that you may know of"


class MethodNotAllowed(DomainError):
    code, status, title = "method_not_allowed", 405, "This address does not take that method"


class BodyTooSlow(DomainError):
    code, status, title = "body_too_slow", 408, "The body did not arrive in time: the same request may be repeated"

    def __init__(self) -> None:
        super().__init__(headers={"Connection": "close"})


class EditedMeanwhile(DomainError):
    code, status, title = "edited_meanwhile", 412, "Someone else changed this since you read it: read it again"


class BodyTooLarge(DomainError):
    code, status, title = "body_too_large", 413, "The body is larger than this service takes"


class UnsupportedMediaType(DomainError):
    code, status, title = "unsupported_media_type", 415, "The body is not of the documented media type"


class PreconditionRequired(DomainError):
    code, status, title = "precondition_required", 428, "Send If-Match with the ETag of what you read"


class TooManyRequests(DomainError):
    code, status, title = "too_many_requests", 429, "Too many of these: try again after the time in Retry-After"

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(retry_after=retry_after)


class InternalError(DomainError):
    code, status, title = "internal_error", 500, "The service failed; the failure was logged"


class Unavailable(DomainError):
    code, status, title = "unavailable", 503, "The service can't do this right now: the same request may be repeated"

    def __init__(self, *, retry_after: int = 1) -> None:
        super().__init__(retry_after=retry_after)
