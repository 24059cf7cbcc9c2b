"""Accounts and organisations, as the other features use them."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts import repository, repository_sessions
from rinnalla.accounts.arrivals import Arrival, Arrivals, Entrance
from rinnalla.accounts.callers import Callers
from rinnalla.accounts.errors import (
    AccountNotFound,
    AlreadyComeIn,
    LastAdministrator,
    LoginNameTaken,
    OrganisationNotFound,
    WrongPassword,
)
from rinnalla.accounts.models import Account, AccountState, Country, Organisation, PresenceDetail
from rinnalla.accounts.newcomers import Invited, NewAccount
from rinnalla.accounts.organisations import Organisations
from rinnalla.accounts.passwords import Passwords
from rinnalla.accounts.policy import (
    Presence,
    digest,
    fold_login_name,
    new_recovery_codes,
    new_secret,
    recovery_digest,
)
from rinnalla.accounts.sessions import Sessions
from rinnalla.accounts.tokens import Tokens
from rinnalla.accounts.visibility import Choice, Visibilities
from rinnalla.kit import events
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import Database, broken_constraint
from rinnalla.kit.errors import EditedMeanwhile, InvalidToken
from rinnalla.kit.ids import new_id
from rinnalla.kit.limits import Limit, Limits
from rinnalla.kit.vault import Vault, WrappedKey

__all__ = [
    "Account", "AccountState", "Accounts", "Arrival", "Arrivals", "Callers", "Choice", "Country", "Entrance",
    "Invited", "NewAccount", "Organisation", "Organisations", "Passwords", "Presence", "PresenceDetail",
    "Sessions", "Tokens", "Visibilities",
]  # fmt: skip
INVITATION_LIFETIME = timedelta(days=14)
PASSWORD_TRIES = Limit("own_password", 10, 900)


class Accounts:
    """Makes, finds, changes and ends accounts."""

    def __init__(
        self, database: Database, sessions: Sessions, passwords: Passwords, vault: Vault, limits: Limits
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._passwords = passwords
        self._vault = vault
        self._limits = limits

    async def create(self, db: AsyncSession, new: NewAccount) -> Account:
        """An account that can log in at once. Raises: LoginNameTaken."""
        account = self._blank(new.role, new.organisation_id, new.login_name)
        self.set_email(account, new.email)
        db.add(account)
        await self.complete(db, account, new.login_name, new.password_hash, new.totp_secret)
        account.password_is_one_time = new.one_time
        await events.open_stream(db, account.id)
        return account

    async def complete(
        self, db: AsyncSession, account: Account, login_name: str, password_hash: str, totp_secret: str | None
    ) -> None:
        """Give an account what it takes to log in, and use up its invitation. Raises: LoginNameTaken."""
        if totp_secret is not None:
            account.totp_secret = self._vault.seal(account.wrapped_key, totp_secret, f"account-totp:{account.id}")
        self.set_password(account, password_hash)
        account.state = AccountState.ACTIVE
        await self.set_login_name(db, account, login_name)
        await repository.drop_invitation(db, account.id)

    async def set_login_name(self, db: AsyncSession, account: Account, login_name: str) -> None:
        """Write an account down with this name to log in with. Raises: LoginNameTaken."""
        account.login_name = login_name.strip()
        account.login_key = fold_login_name(login_name)
        try:
            await db.flush()
        except IntegrityError as error:
            if broken_constraint(error) == "uq_account_login_key":
                raise LoginNameTaken from error
            raise

    def set_email(self, account: Account, email: str | None) -> None:
        """Where an account's owner is reached, or nowhere."""
        account.email = self._vault.seal(account.wrapped_key, email, f"account-email:{account.id}") if email else None

    def set_password(self, account: Account, password_hash: str, *, one_time: bool = False) -> None:
        """Give an account another password, for good or to choose one by."""
        account.password_hash = password_hash
        account.password_is_one_time, account.password_is_spent = one_time, False

    async def invite(self, db: AsyncSession, role: Role, organisation_id: UUID, display_name: str) -> Invited:
        """An account for someone who will come in by invitation. Raises: OrganisationNotFound."""
        if await repository.organisation(db, organisation_id) is None:
            raise OrganisationNotFound
        account = self._blank(role, organisation_id, display_name)
        account.state = AccountState.INVITED
        db.add(account)
        await db.flush()
        await events.open_stream(db, account.id)
        return Invited(account, await self._new_invitation(db, account.id))

    async def invite_again(self, db: AsyncSession, caller: Caller, account_id: UUID) -> Invited:
        """A new invitation for someone who has not come in. Raises: AccountNotFound, AlreadyComeIn."""
        account = await self.managed(db, caller, account_id)
        if account.state != AccountState.INVITED:
            raise AlreadyComeIn
        return Invited(account, await self._new_invitation(db, account.id))

    async def own(self, db: AsyncSession, caller: Caller, *, lock: bool = False) -> Account:
        """The caller's own account. Raises: InvalidToken (erased meanwhile)."""
        return await repository.own_account(db, caller, lock=lock)

    async def leaving(self, db: AsyncSession, caller: Caller) -> Account:
        """The caller's own account, locked: nobody begins anything with them meanwhile. Raises: InvalidToken."""
        if caller.role == Role.ADMIN:
            await repository.administrators(db)  # all in one order, lest two who leave at once wait for each other
        return await repository.own_account(db, caller, lock=True)

    def email(self, account: Account) -> str | None:
        """The e-mail address in the caller's own account."""
        if account.email is None:
            return None
        return self._vault.open(account.wrapped_key, account.email, f"account-email:{account.id}")

    def totp_secret(self, account: Account) -> str | None:
        """The second factor's secret (base32), where the account has one."""
        if account.totp_secret is None:
            return None
        return self._vault.open(account.wrapped_key, account.totp_secret, f"account-totp:{account.id}")

    async def edit_own(
        self, db: AsyncSession, caller: Caller, version: int, *, display_name: str, email: str | None
    ) -> Account:
        """Change how the caller is called and reached. Raises: EditedMeanwhile."""
        account = await repository.own_account(db, caller, lock=True)
        if account.version != version:
            raise EditedMeanwhile
        account.display_name = display_name.strip()
        self.set_email(account, email)
        account.version += 1
        await db.flush()
        return account

    async def confirm_password(self, caller: Caller, password: str) -> Account:
        """The caller's account, once they have shown that they know its password.

        Raises: WrongPassword, TooManyRequests.
        """
        await self._limits.check(PASSWORD_TRIES, caller.account_id)
        async with self._database.unit_of_work() as db:
            account = await repository.own_account(db, caller)
        if not await self._passwords.fits(account.password_hash, password):
            await self._limits.take(PASSWORD_TRIES, caller.account_id)
            raise WrongPassword
        return account

    async def change_password(self, caller: Caller, current: str, new: str) -> None:
        """Change the caller's password; all other sessions end.

        Raises: WrongPassword (also when it was changed in this moment), WeakPassword, TooManyRequests.
        """
        found = await self.confirm_password(caller, current)
        if found.password_is_one_time:
            self._passwords.check_changed(current, new)
        new_hash = await self._passwords.accept(Role(found.role), found.login_name or "", new, pointer="/new_password")
        async with self._database.unit_of_work() as db:
            account = await repository.own_account(db, caller, lock=True)
            if account.password_hash != found.password_hash:
                raise WrongPassword
            self.set_password(account, new_hash)
            await self._sessions.end(db, caller.account_id, but=caller.session_id)

    async def replace_own_codes(self, caller: Caller, password: str) -> list[str]:
        """Ten new recovery codes instead of the old ones. Raises: WrongPassword."""
        await self.confirm_password(caller, password)
        async with self._database.unit_of_work() as db:
            return await self.new_recovery_codes(db, caller.account_id)

    async def new_recovery_codes(self, db: AsyncSession, account_id: UUID) -> list[str]:
        """Ten new recovery codes, told this once."""
        codes = new_recovery_codes()
        await repository.replace_recovery_codes(db, account_id, [recovery_digest(code) for code in codes])
        return codes

    async def managed(self, db: AsyncSession, caller: Caller, account_id: UUID) -> Account:
        """Someone whom the caller manages (staff: their mentees and mentors; administrators: staff), locked.

        Raises: AccountNotFound.
        """
        account = await repository.person_of_organisation(db, caller, account_id)
        if account is None:
            raise AccountNotFound
        return account

    async def people(
        self, db: AsyncSession, caller: Caller, role: Role, organisation_id: UUID, after: UUID | None, limit: int
    ) -> Sequence[Account]:
        """Those of one role in an organisation whom the caller manages, in order of id.

        Raises: OrganisationNotFound.
        """
        if await repository.organisation(db, organisation_id) is None:
            raise OrganisationNotFound
        return await repository.people(db, caller, role, organisation_id, after, limit)

    async def set_suspended(self, db: AsyncSession, account: Account, *, suspended: bool) -> None:
        """Keep someone out, at once and on all devices, or let them in again. Raises: AccountNotFound."""
        if account.state == AccountState.INVITED:
            raise AccountNotFound
        account.state = AccountState.SUSPENDED if suspended else AccountState.ACTIVE
        account.version += 1
        await db.flush()
        if suspended:
            await self._sessions.end(db, account.id)

    async def erase(self, db: AsyncSession, account: Account) -> None:
        """Remove an account and, by the foreign keys, everything that hangs on it, its keys included.

        Raises: LastAdministrator.
        """
        if account.role == Role.ADMIN and await repository.administrators(db) == 1:
            raise LastAdministrator
        await self._sessions.end(db, account.id)
        await db.delete(account)
        await db.flush()

    async def names(self, db: AsyncSession, account_ids: set[UUID]) -> dict[UUID, str]:
        """Display names of people whom the asking feature has found the caller to know."""
        return await repository.names(db, account_ids)

    async def keys(self, db: AsyncSession, account_ids: Collection[UUID]) -> dict[UUID, WrappedKey]:
        """The keys that seal the own texts of people whose texts the asking feature may open for its caller."""
        return await repository.keys(db, account_ids)

    async def home_of(self, db: AsyncSession, account_id: UUID) -> UUID | None:
        """The organisation of someone whom the asking feature has found the caller to know, and who is kept from
        leaving until the transaction ends; None for someone who has left."""
        return await repository.home_of(db, account_id)

    async def active_people(
        self, db: AsyncSession, organisation_id: UUID, role: Role, account_ids: Collection[UUID]
    ) -> set[UUID]:
        """Those of these people who are active in that role and organisation, kept from leaving until the transaction
        ends."""
        return await repository.active_people(db, organisation_id, role, account_ids)

    async def has_administrator(self, db: AsyncSession) -> bool:
        """Whether the service has someone to administer it."""
        return await repository.administrators(db) > 0

    async def lock_live_sessions(
        self, db: AsyncSession, session_ids: Sequence[UUID], *, skip_locked: bool = False
    ) -> set[UUID]:
        """Those sessions that are alive; none of them can be ended before the transaction is. With `skip_locked` but
        for those that someone else holds."""
        return await repository_sessions.lock_live_sessions(db, session_ids, skip_locked=skip_locked)

    async def live_sessions(self, db: AsyncSession, session_ids: Sequence[UUID]) -> set[UUID]:
        """Those sessions that are alive now."""
        return await repository_sessions.live_sessions(db, session_ids)

    async def caller_of_ticket(self, db: AsyncSession, ticket: str) -> Caller:
        """Who a ticket speaks for; using it uses it up. Raises: InvalidToken."""
        caller = await repository_sessions.use_ticket(db, digest(ticket))
        if caller is None:
            raise InvalidToken
        return caller

    async def tidy(self, db: AsyncSession) -> None:
        """Forget what no one can use any more: ended sessions, stale tickets and invitations."""
        await repository_sessions.forget_expired(db)

    async def _new_invitation(self, db: AsyncSession, account_id: UUID) -> str:
        secret = new_secret()
        await repository.replace_invitation(db, account_id, digest(secret), INVITATION_LIFETIME)
        return secret

    def _blank(self, role: Role, organisation_id: UUID | None, display_name: str) -> Account:
        return Account(
            id=new_id(),
            role=role,
            organisation_id=organisation_id,
            display_name=display_name.strip(),
            wrapped_key=self._vault.new_key(),
        )
