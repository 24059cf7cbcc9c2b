"""What a new account is made of, and what its making gives."""

from dataclasses import dataclass
from uuid import UUID

from rinnalla.accounts.models import Account
from rinnalla.kit.caller import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What an account that can log in is made of. Staff and administrators need `totp_secret` (base32)."""

    role: Role
    organisation_id: UUID | None
    login_name: str
    password_hash: str
    email: str | None = None
    totp_secret: str | None = None
    one_time: bool = False


@dataclass(frozen=True, slots=True)
class Invited:
    """An account whose person has yet to come in, with the one-time invitation, which is told this once."""

    account: Account
    invitation: str
