"""Refusals as this contract tells them: `{"message": …}`, with a status that its clients understand."""

from http import HTTPStatus

from litestar.openapi.datastructures import ResponseSpec

from rinnalla.accounts.errors import WrongPassword
from rinnalla.chat.errors import ThreadBlocked, ThreadClosed, ThreadHandedOver
from rinnalla.kit import contract
from rinnalla.kit.errors import DomainError
from rinnalla.kit.problems import Manner
from rinnalla.pairs.errors import (
    AlreadyPaired,
    MentorAway,
    MentorFull,
    MentorUnavailable,
    OnYourList,
    PartedBefore,
)
from rinnalla.ylitse.schemas import Said

PREFIX = "/ylitse"

# A wrong present password must not be 401, which would log its owner out; and whoever can't write to someone is a known
# caller without the right.
_STATUS: dict[type[DomainError], int] = {
    WrongPassword: HTTPStatus.BAD_REQUEST,
    ThreadClosed: HTTPStatus.FORBIDDEN,
    ThreadBlocked: HTTPStatus.FORBIDDEN,
    ThreadHandedOver: HTTPStatus.FORBIDDEN,
    AlreadyPaired: HTTPStatus.FORBIDDEN,
    PartedBefore: HTTPStatus.FORBIDDEN,
    MentorAway: HTTPStatus.FORBIDDEN,
    MentorFull: HTTPStatus.FORBIDDEN,
    MentorUnavailable: HTTPStatus.FORBIDDEN,
    OnYourList: HTTPStatus.FORBIDDEN,
}


def said(error: DomainError, _instance: str) -> Said:
    """The body of a refusal."""
    where = [f"{field.pointer or field.parameter or 'the body'}: {field.code}" for field in error.fields]
    return Said(message=f"{error.title} ({', '.join(where)})" if where else error.title)


def status_of(error: type[DomainError]) -> int:
    """The status of a refusal."""
    return int(_STATUS.get(error, error.status))


MANNER = Manner(PREFIX, "application/json", Said, said, status_of, strict=False)


def refusals(*errors: type[DomainError]) -> dict[int, ResponseSpec]:
    """What a route may answer instead, for its `responses=`."""
    return contract.refusals(*errors, manner=MANNER)
