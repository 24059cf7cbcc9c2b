"""Whatever is raised becomes one of the documented refusals, and nothing of it gets out."""

import pytest
from litestar.exceptions import (
    HTTPException,
    ImproperlyConfiguredException,
    MethodNotAllowedException,
    NotAuthorizedException,
    NotFoundException,
    ValidationException,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from rinnalla.kit.errors import DomainError, FieldProblem, NotFound, TooManyRequests
from rinnalla.kit.problems import as_domain_error, problem_of

SECRET = "Aino kirjoitti yöllä"


class Refused(Exception):
    """What a driver raises."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__(SECRET)
        self.sqlstate = sqlstate


def of_database(sqlstate: str | None) -> DBAPIError:
    return OperationalError(SECRET, {}, Refused(sqlstate))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFound(), "not_found"),
        (ExceptionGroup(SECRET, [NotFound(), RuntimeError(SECRET)]), "not_found"),
        (ExceptionGroup(SECRET, [ExceptionGroup(SECRET, [of_database("57P01")])]), "unavailable"),
        (ExceptionGroup(SECRET, [RuntimeError(SECRET)]), "internal_error"),
        (of_database(None), "unavailable"),
        (of_database("40001"), "unavailable"),
        (of_database("08006"), "unavailable"),
        (of_database("42601"), "internal_error"),
        (PoolTimeout(SECRET), "unavailable"),
        (ConnectionResetError(SECRET), "unavailable"),
        (LookupError(SECRET), "internal_error"),
        (NotFoundException(SECRET), "not_found"),
        (MethodNotAllowedException(SECRET), "method_not_allowed"),
        (NotAuthorizedException(SECRET), "bad_request"),
        (HTTPException(SECRET, status_code=418), "bad_request"),
        (ImproperlyConfiguredException(SECRET), "internal_error"),
        (ValidationException(SECRET), "invalid_parameter"),
        (ValidationException(SECRET, extra=[{"key": "data", "source": "body"}]), "invalid_body"),
    ],
)
def test_everything_has_a_code(error: Exception, code: str) -> None:
    problem = problem_of(as_domain_error(error), "urn:uuid:1")
    assert (problem.code, problem.problem_type) == (code, f"urn:rinnalla:problem:{code}")
    assert SECRET not in repr(problem)


def test_parameters_are_named_once_and_in_order() -> None:
    wrong = [{"key": "limit", "source": "query"}, {"key": "after", "source": "query"}, {"key": "limit"}]
    refusal = as_domain_error(ValidationException(SECRET, extra=wrong))
    assert [field.parameter for field in refusal.fields] == ["after", "limit"]


def test_only_one_header_of_a_library_is_kept() -> None:
    refusal = as_domain_error(MethodNotAllowedException(SECRET, headers={"Allow": "GET", "X-Detail": SECRET}))
    assert refusal.headers == {"Allow": "GET"}


def test_a_refusal_keeps_its_fields_and_its_wait() -> None:
    class Full(DomainError):
        code, status, title = "full", 409, "No place is free"

    refusal = Full(FieldProblem(code="taken", pointer="/place"), retry_after=3)
    problem = problem_of(refusal, "urn:uuid:1")
    assert [(field.field_code, field.pointer, field.parameter) for field in problem.errors] == [
        ("taken", "/place", None)
    ]
    assert (refusal.headers, problem.status) == ({"Retry-After": "3"}, 409)
    assert TooManyRequests(retry_after=7).headers == {"Retry-After": "7"}
