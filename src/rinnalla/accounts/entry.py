"""The doors: sign-up, log-in, recovery, coming in by invitation.

Each works in short transactions of its own, with no connection held while a password is hashed, and so that a failed
try is counted although it fails.
"""

from dataclasses import dataclass
from uuid import UUID

import pyotp
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts import repository
from rinnalla.accounts.errors import (
    InvitationNotFound,
    OrganisationNotFound,
    PasswordChangeRequired,
    RecoveryRefused,
    SecondFactorRequired,
    SecondFactorUsed,
    WrongCredentials,
)
from rinnalla.accounts.failures import Failures
from rinnalla.accounts.models import Account, AccountState
from rinnalla.accounts.newcomers import CameIn, SignedUp
from rinnalla.accounts.passwords import Passwords
from rinnalla.accounts.policy import digest, fold_login_name, recovery_digest, totp_step
from rinnalla.accounts.service import Accounts, NewAccount, Organisations
from rinnalla.accounts.sessions import Grant, Sessions
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.clock import Clock
from rinnalla.kit.database import Database
from rinnalla.kit.limits import Limit, Limits
from rinnalla.kit.trail import AuditAction, record

SIGN_UPS = Limit("sign_up", 200, 3600)
INVITATION_TRIES = Limit("invitation", 60, 3600)
# As many as names can be tried by signing up: neither tells faster than the other which are taken.
NAME_LOOKS = Limit("name_look", 100, 3600)
TOTP_ISSUER = "Rinnalla"
# A hash that another device's log-in renews in this moment is no reason to refuse this one: it is looked at once more.
LOOKS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Where a try to come in is made from: what counts as one address (`kit.addresses`), which is only ever stored
    hashed, and a device's name. `keeps_token`: its client can't take a new refresh token each time. `chooses_inside`:
    nor send a new password at log-in, so that one for one time opens a session there, once, to choose another in."""

    address: str
    device_name: str
    keeps_token: bool = False
    chooses_inside: bool = False


class Entry:
    """Lets people in."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        organisations: Organisations,
        sessions: Sessions,
        passwords: Passwords,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._organisations = organisations
        self._sessions = sessions
        self._passwords = passwords
        self._limits = limits
        self._failures = Failures(limits)
        self._clock = clock

    async def sign_up(
        self,
        visitor: Visitor,
        *,
        nickname: str,
        password: str,
        email: str | None,
        organisation_id: UUID | None,
        made_by: Caller | None = None,
    ) -> SignedUp:
        """A new young person. Without an organisation they join the oldest one. Those whom staff make stand in the
        trail.

        Raises: LoginNameTaken, WeakPassword, OrganisationNotFound, TooManyRequests.
        """
        await self._limits.take(SIGN_UPS, visitor.address)
        password_hash = await self._passwords.accept(Role.MENTEE, nickname, password)
        async with self._database.unit_of_work() as db:
            home = await self._organisations.to_join(db, organisation_id)
            if home is None:
                raise OrganisationNotFound
            new = NewAccount(
                role=Role.MENTEE, organisation_id=home, login_name=nickname, password_hash=password_hash, email=email
            )
            account = await self._accounts.create(db, new)
            if made_by is not None:
                await record(db, made_by, AuditAction.ACCOUNT_CREATED, account.id)
            codes = await self._accounts.new_recovery_codes(db, account.id)
            return SignedUp(await self._sessions.open(db, account, visitor.device_name), codes)

    async def is_taken(self, visitor: Visitor, login_name: str) -> bool:
        """Whether someone has that log-in name. Raises: TooManyRequests."""
        await self._limits.take(NAME_LOOKS, visitor.address)
        async with self._database.unit_of_work() as db:
            return await repository.account_by_login(db, fold_login_name(login_name)) is not None

    async def count_rename(self, caller: Caller, visitor: Visitor, login_name: str) -> None:
        """To be asked before the transaction in which someone gets another name: a refused try counts too, for them and
        for where they are, and nobody waits for a second connection. The name that they have is no try.

        Raises: TooManyRequests, InvalidToken (gone).
        """
        async with self._database.unit_of_work() as db:
            kept = (await self._accounts.own(db, caller)).login_name == login_name
        if not kept:
            await self.count_naming(caller, visitor)

    async def count_naming(self, caller: Caller, visitor: Visitor) -> None:
        """The same, before staff give someone a name. Raises: TooManyRequests."""
        async with self._database.unit_of_work() as db:
            await self._limits.take_within(db, NAME_LOOKS, [caller.account_id, visitor.address])

    async def rename(self, db: AsyncSession, caller: Caller, login_name: str) -> Account:
        """Another name for the caller to log in with. Raises: LoginNameTaken, InvalidToken (gone)."""
        account = await self._accounts.own(db, caller, lock=True)
        account.version += 1
        await self._accounts.set_login_name(db, account, login_name)
        return account

    async def log_in(
        self, visitor: Visitor, *, login_name: str, password: str, totp_code: str | None, new_password: str | None
    ) -> Grant:
        """A session for someone who knows the password, and the second factor where the account has one.

        Raises: WrongCredentials (alike for unknown, suspended, mistaken and spent), SecondFactorRequired,
        SecondFactorUsed, PasswordChangeRequired, WeakPassword, TooManyRequests.
        """
        login_key = fold_login_name(login_name)
        async with self._failures.counted(login_key, visitor.address):
            for _ in range(LOOKS):
                found = await self._who_knows(login_key, password)
                step = self._fitting_step(found, totp_code)
                if new_password is not None:
                    grant = await self._choose(visitor, found, step, password, new_password)
                elif found.password_is_one_time and not visitor.chooses_inside:
                    raise PasswordChangeRequired
                else:
                    grant = await self._come_back(visitor, found, step, password)
                if grant is not None:
                    return grant
            raise WrongCredentials

    async def recover(
        self, visitor: Visitor, *, login_name: str, code: str, new_password: str, totp_code: str | None
    ) -> tuple[Grant, int]:
        """Back in with a recovery code and a new password; all other sessions end. Also: how many codes are left.

        A code stands for the password only: who has a second factor shows it as well. What is asked of staff is told
        to someone with a right code only, so that nobody learns whose name it is.

        Raises: RecoveryRefused, SecondFactorRequired, SecondFactorUsed, WeakPassword, TooManyRequests.
        """
        login_key = fold_login_name(login_name)
        async with self._failures.counted(login_key, visitor.address):
            new_hash = await self._passwords.accept(Role.MENTEE, login_name, new_password, pointer="/new_password")
            async with self._database.unit_of_work() as db:
                account = await self._recovered(db, login_key, recovery_digest(code), totp_code)
                self._passwords.check(Role(account.role), login_name, new_password, pointer="/new_password")
                self._accounts.set_password(account, new_hash)
                await self._sessions.end(db, account.id)
                grant = await self._sessions.open(db, account, visitor.device_name)
                return grant, await repository.recovery_codes_left(db, account.id)

    async def come_in(self, visitor: Visitor, *, invitation: str, login_name: str, password: str) -> CameIn:
        """Accept an invitation: choose a log-in name and a password.

        Raises: InvitationNotFound, LoginNameTaken, WeakPassword, TooManyRequests.
        """
        await self._limits.take(INVITATION_TRIES, visitor.address)
        async with self._database.unit_of_work() as db:
            found = await repository.account_by_invitation(db, digest(invitation))
        if found is None:
            raise InvitationNotFound
        password_hash = await self._passwords.accept(Role(found.role), login_name, password)
        async with self._database.unit_of_work() as db:
            account = await repository.account_by_invitation(db, digest(invitation))
            if account is None:
                raise InvitationNotFound
            secret = pyotp.random_base32() if account.role == Role.STAFF else None
            await self._accounts.complete(db, account, login_name, password_hash, secret)
            codes = await self._accounts.new_recovery_codes(db, account.id)
            if secret is None:
                return CameIn(account, await self._sessions.open(db, account, visitor.device_name), None, None, codes)
        uri = pyotp.TOTP(secret).provisioning_uri(name=login_name.strip(), issuer_name=TOTP_ISSUER)
        return CameIn(account, None, secret, uri, codes)

    async def _who_knows(self, login_key: str, password: str) -> Account:
        """Whose name and password that are. Raises: WrongCredentials."""
        async with self._database.unit_of_work() as db:
            found = await repository.account_by_login(db, login_key)
        fits = await self._passwords.fits(found.password_hash if found else None, password)
        if found is None or not fits or not _may_come_in(found):
            raise WrongCredentials
        return found

    async def _come_back(self, visitor: Visitor, found: Account, step: int | None, password: str) -> Grant | None:
        """Log in with the password that one has; None when it has changed meanwhile. One for one time is spent by that:
        the next who comes with it finds it so, as the row is locked."""
        renewed = await self._passwords.renewed(found.password_hash, password)
        async with self._database.unit_of_work() as db:
            account = await self._lock(db, found, step)
            if account is None:
                return None
            account.password_hash = renewed or account.password_hash
            account.password_is_spent = account.password_is_one_time
            return await self._open(db, visitor, account)

    async def _choose(
        self, visitor: Visitor, found: Account, step: int | None, password: str, new: str
    ) -> Grant | None:
        """Log in and have another password from now on; all other sessions end. None when it has changed meanwhile."""
        self._passwords.check_changed(password, new)
        name = found.login_name or ""
        new_hash = await self._passwords.accept(Role(found.role), name, new, pointer="/new_password")
        async with self._database.unit_of_work() as db:
            account = await self._lock(db, found, step)
            if account is None:
                return None
            self._accounts.set_password(account, new_hash)
            await self._sessions.end(db, account.id)
            return await self._open(db, visitor, account)

    async def _lock(self, db: AsyncSession, found: Account, step: int | None) -> Account | None:
        """Someone who was found, with their second factor used up; None when they are not as they were found.

        Raises: SecondFactorUsed.
        """
        account = await repository.lock_by_login(db, found.login_key or "")
        if account is None or not _may_come_in(account) or account.password_hash != found.password_hash:
            return None
        if step is not None and not await repository.use_totp_step(db, account.id, step):
            raise SecondFactorUsed
        return account

    async def _open(self, db: AsyncSession, visitor: Visitor, account: Account) -> Grant:
        return await self._sessions.open(db, account, visitor.device_name, keeps_token=visitor.keeps_token)

    async def _recovered(self, db: AsyncSession, login_key: str, code_digest: bytes, totp_code: str | None) -> Account:
        """The account that the codes open; they are used up if the transaction ends well."""
        account = await repository.lock_by_login(db, login_key)
        if account is None or account.state != AccountState.ACTIVE:
            raise RecoveryRefused
        if not await repository.use_recovery_code(db, account.id, code_digest):
            raise RecoveryRefused
        if account.totp_secret is not None:
            step = self._step(account, totp_code)
            if step is None:
                raise RecoveryRefused
            if not await repository.use_totp_step(db, account.id, step):
                raise SecondFactorUsed
        return account

    def _fitting_step(self, account: Account, code: str | None) -> int | None:
        """The time step that the code belongs to; None for an account without a second factor.

        Raises: WrongCredentials, SecondFactorRequired.
        """
        if account.totp_secret is None:
            return None
        step = self._step(account, code)
        if step is None:
            raise WrongCredentials
        return step

    def _step(self, account: Account, code: str | None) -> int | None:
        """The time step that a code of the account's second factor belongs to. Raises: SecondFactorRequired."""
        secret = self._accounts.totp_secret(account)
        if secret is None or code is None:
            raise SecondFactorRequired
        return totp_step(secret, code, self._clock.now())


def _may_come_in(account: Account) -> bool:
    return account.state == AccountState.ACTIVE and not account.password_is_spent
