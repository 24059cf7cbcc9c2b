"""People who come over from another service, many at a time.

They are brought first and let in at the end: nobody can log in before everything of theirs is in its place. Until then
they are as someone invited who has no invitation.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts import repository_arrivals
from rinnalla.accounts.errors import LoginNameTaken
from rinnalla.accounts.models import Account, AccountState
from rinnalla.accounts.policy import fold_login_name, new_one_time_password
from rinnalla.kit.caller import Role
from rinnalla.kit.database import broken_constraint
from rinnalla.kit.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Someone as they were known elsewhere. The id is chosen by the asking feature, so that it can find them again."""

    id: UUID
    role: Role
    organisation_id: UUID
    login_name: str
    display_name: str
    email: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """What lets someone in who was brought: a hash that can be verified, and for staff a second factor (base32)."""

    account_id: UUID
    password_hash: str
    one_time: bool
    totp_secret: str | None
    suspended: bool


class Arrivals:
    """Brings people, and lets them in."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def bring(self, db: AsyncSession, people: Sequence[Arrival]) -> Sequence[Account]:
        """Make the accounts of those who are new, and return them. Raises: LoginNameTaken."""
        try:
            return await repository_arrivals.add(db, [self._account(person) for person in people])
        except IntegrityError as error:
            if broken_constraint(error) == "uq_account_login_key":
                raise LoginNameTaken from error
            raise

    async def waiting(self, db: AsyncSession, account_ids: Collection[UUID]) -> set[UUID]:
        """Those of them who were brought and have not been let in."""
        return await repository_arrivals.waiting(db, account_ids)

    async def let_in(self, db: AsyncSession, entrances: Sequence[Entrance]) -> None:
        """From now on they can log in, but for the suspended. Who has been let in stays as they are."""
        accounts = {one.id: one for one in await repository_arrivals.lock(db, [one.account_id for one in entrances])}
        for entrance in entrances:
            account = accounts.get(entrance.account_id)
            if account is None or account.password_hash is not None:
                continue
            if entrance.totp_secret is not None:
                account.totp_secret = self._vault.seal(
                    account.wrapped_key, entrance.totp_secret, f"account-totp:{account.id}"
                )
            account.password_hash, account.password_is_one_time = entrance.password_hash, entrance.one_time
            account.state = AccountState.SUSPENDED if entrance.suspended else AccountState.ACTIVE
        await db.flush()

    @staticmethod
    def name_key(login_name: str) -> str:
        """What two log-in names share when they are the same to a person."""
        return fold_login_name(login_name)

    @staticmethod
    def one_time_password() -> str:
        """A new one, for someone who has none."""
        return new_one_time_password()

    async def names(self, db: AsyncSession, login_names: Collection[str]) -> Mapping[str, UUID]:
        """Whose each of these log-in names is, where it is taken."""
        keys = {name: fold_login_name(name) for name in login_names}
        taken = await repository_arrivals.by_login_key(db, set(keys.values()))
        return {name: taken[key] for name, key in keys.items() if key in taken}

    async def homes_and_roles(
        self, db: AsyncSession, account_ids: Collection[UUID]
    ) -> dict[UUID, tuple[UUID | None, str]]:
        """To which programme those of these accounts belong that exist, and in what role."""
        return await repository_arrivals.homes_and_roles(db, account_ids)

    def _account(self, person: Arrival) -> Account:
        key = self._vault.new_key()
        return Account(
            id=person.id,
            role=person.role,
            organisation_id=person.organisation_id,
            state=AccountState.INVITED,
            login_name=person.login_name.strip(),
            login_key=fold_login_name(person.login_name),
            display_name=person.display_name.strip(),
            wrapped_key=key,
            email=self._vault.seal(key, person.email, f"account-email:{person.id}") if person.email else None,
            created_at=person.created_at,
        )
