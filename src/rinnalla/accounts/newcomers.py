"""What a new account is made of, and what its making gives."""

from dataclasses import dataclass
from uuid import UUID

from rinnalla.accounts.models import Account
from rinnalla.accounts.sessions import Grant
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


@dataclass(frozen=True, slots=True)
class SignedUp:
    """A new account with its first session and its ten recovery codes, which are told this once."""

    grant: Grant
    recovery_codes: list[str]


@dataclass(frozen=True, slots=True)
class CameIn:
    """Someone who accepted an invitation. Mentors are logged in; staff get the secret of their second factor, which is
    told this once, and log in with it."""

    account: Account
    grant: Grant | None
    totp_secret: str | None
    totp_uri: str | None
    recovery_codes: list[str]
