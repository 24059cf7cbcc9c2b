"""Who is asking. Every read and every write of a service takes one of these."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What someone is here for."""

    MENTEE = "mentee"
    MENTOR = "mentor"
    STAFF = "staff"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Someone whose access token and session have been checked for this request or frame.

    `organisation_id` is None for administrators only: they stand above the organisations.
    """

    account_id: UUID
    role: Role
    organisation_id: UUID | None
    session_id: UUID

    @property
    def home(self) -> UUID:
        """The organisation of someone who must have one (everyone but administrators)."""
        if self.organisation_id is None:
            raise LookupError("an administrator belongs to no organisation")
        return self.organisation_id
