"""From settings to a service that can run: Postgres, tables, keys and the first people.

Everything in here may be repeated, and by several processes at once.
"""

import asyncio
import base64
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar
from uuid import UUID

import msgspec
import pyotp
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.entry import TOTP_ISSUER
from rinnalla.accounts.models import Country, Organisation
from rinnalla.accounts.policy import MAX_PASSWORD, MIN_PASSWORD, password_fault
from rinnalla.accounts.schemas import LoginName, Password
from rinnalla.accounts.service import NewAccount
from rinnalla.app import Services
from rinnalla.kit import embedded, events, jobs, keyring, migrations
from rinnalla.kit.caller import Role
from rinnalla.kit.clock import SystemClock
from rinnalla.kit.database import Database, take_turns
from rinnalla.kit.durability import check_server
from rinnalla.kit.schema import Name
from rinnalla.kit.settings import Keys, Settings

T = TypeVar("T")
FIRST_ORGANISATION = "Rinnalla"
FIRST_ADMINISTRATOR = "admin"
MIN_TOTP_BYTES = 10


class NotUsable(Exception):
    """Something that was typed can't be used. The text is one line that says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStaff:
    """A member of staff or an administrator, ready to log in. Secrets are told this once."""

    id: UUID
    role: Role
    login_name: str
    organisation: str
    organisation_is_new: bool
    totp_secret: str

    @property
    def totp_uri(self) -> str:
        """What an authenticator app reads from a QR code."""
        return pyotp.TOTP(self.totp_secret).provisioning_uri(name=self.login_name, issuer_name=TOTP_ISSUER)


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """Who can log in to a service that was empty. The password works once, to choose another."""

    staff: NewStaff
    one_time_password: str


class Watcher(Protocol):
    """Whom the setting up is told to."""

    def step(self, text: str) -> None:
        """What is being done now."""
        ...

    def warning(self, text: str) -> None:
        """What someone should know before they go on."""
        ...


@contextmanager
def ready(settings: Settings, watcher: Watcher) -> Iterator[Settings]:
    """Settings with nothing left open, while the block lasts: a Postgres that runs and has all tables, and the keys.

    Raises: SettingsError.
    """
    with ExitStack() as stack:
        url = settings.database_url
        if url is None:
            watcher.step("Starting Postgres")
            url = stack.enter_context(embedded.postgres(settings.data_folder))
        off = asyncio.run(check_server(url, settings.accept_unsafe_postgres))
        if off:
            watcher.warning(
                f"WARNING: {', '.join(off)} off in this Postgres. Messages that people were told are sent may be lost, "
                "and nobody will notice. RINNALLA_ACCEPT_UNSAFE_POSTGRES says that this is meant."
            )
        watcher.step("Bringing the tables up to date")
        migrations.migrate(url)
        yield replace(
            settings,
            database_url=url,
            master_keys=asyncio.run(_master_keys(settings, url)),
            token_keys=settings.token_keys or keyring.from_folder(settings.data_folder, keyring.TOKEN_KEY_FILE),
        )


async def _master_keys(settings: Settings, url: str) -> Keys:
    database = Database(url, pool_size=1)
    try:
        async with database.unit_of_work() as db:
            await take_turns(db, "master keys")
            return await keyring.master_keys(db, settings.master_keys, settings.data_folder)
    finally:
        await database.close()


def work_with(settings: Settings, work: Callable[[Services], Awaitable[T]]) -> T:
    """Do one piece of work with the services of settled settings."""

    async def main() -> T:
        services = Services(settings, SystemClock())
        try:
            return await work(services)
        finally:
            await services.close()

    return asyncio.run(main())


async def first_start(services: Services) -> FirstAdministrator | None:
    """Give an empty service a programme to sign up to and an administrator. None when it has one."""
    password, secret = secrets.token_urlsafe(18), pyotp.random_base32()
    async with services.database.unit_of_work() as db:
        if await services.accounts.has_administrator(db) and await services.organisations.all(db):
            return None
    password_hash = await services.passwords.accept(Role.ADMIN, FIRST_ADMINISTRATOR, password)
    async with services.database.unit_of_work() as db:
        await take_turns(db, "first start")
        home, is_new = await organisation_meant(services, db, None)
        if await services.accounts.has_administrator(db):
            return None
        new = NewAccount(
            role=Role.ADMIN,
            organisation_id=None,
            login_name=FIRST_ADMINISTRATOR,
            password_hash=password_hash,
            totp_secret=secret,
            one_time=True,
        )
        account = await services.accounts.create(db, new)
    staff = NewStaff(
        id=account.id,
        role=Role.ADMIN,
        login_name=FIRST_ADMINISTRATOR,
        organisation=home.name,
        organisation_is_new=is_new,
        totp_secret=secret,
    )
    return FirstAdministrator(staff, password)


async def create_staff(
    services: Services, role: Role, login_name: str, password: str, totp_secret: str | None, organisation: str | None
) -> NewStaff:
    """Someone who works for `organisation` (its id or its name; one of that name is made where there is none; without
    it the one that sign-ups join). Administrators stand above the organisations. Without a secret one is made.

    Raises: NotUsable, LoginNameTaken, OrganisationNotFound.
    """
    login_name = checked_login_name(login_name)
    check_password(role, login_name, password)
    secret = totp_secret_of(totp_secret) if totp_secret else pyotp.random_base32()
    password_hash = await services.passwords.accept(role, login_name, password)
    async with services.database.unit_of_work() as db:
        home, is_new = await organisation_meant(services, db, organisation)
        new = NewAccount(
            role=role,
            organisation_id=None if role == Role.ADMIN else home.id,
            login_name=login_name,
            password_hash=password_hash,
            totp_secret=secret,
        )
        account = await services.accounts.create(db, new)
    return NewStaff(
        id=account.id,
        role=role,
        login_name=login_name,
        organisation=home.name,
        organisation_is_new=is_new,
        totp_secret=secret,
    )


async def create_organisation(services: Services, name: str, country: Country, *, mentees_may_choose: bool) -> UUID:
    """A programme; its id. Raises: NotUsable, OrganisationNameTaken."""
    name = _checked_name(name)
    async with services.database.unit_of_work() as db:
        made = await services.organisations.create(
            db, name=name, country=country, mentees_may_choose=mentees_may_choose
        )
        return made.id


async def tidy(services: Services) -> None:
    """Forget what nobody can use any more, unless a process is about it in this moment."""
    while await services.jobs.turn("tidy"):
        pass


async def retry_jobs(services: Services) -> dict[str, int]:
    """Have what jobs failed at tried again. Returns how many things, by the name of the task."""
    async with services.database.unit_of_work() as db:
        return await jobs.retry(db)


async def after_restore(services: Services) -> None:
    """A restored database numbers its events anew: no device may go on from a number of the time that was lost."""
    async with services.database.unit_of_work() as db:
        await events.begin_anew(db)


def totp_secret_of(text: str) -> str:
    """A second factor's secret as authenticator apps write it. Raises: NotUsable."""
    secret = "".join(text.split()).replace("-", "").upper().rstrip("=")
    try:
        size = len(base64.b32decode(secret + "=" * (-len(secret) % 8)))
    except ValueError:
        size = 0
    if size < MIN_TOTP_BYTES:
        raise NotUsable("The TOTP secret must be base32 (A-Z and 2-7) of at least 16 characters.")
    return secret


def checked_login_name(typed: str) -> str:
    """A log-in name without what stands around it. Raises: NotUsable."""
    return _checked(typed.strip(), LoginName, "The log-in name must have 2 to 40 visible characters.")


def check_password(role: Role, login_name: str, password: str) -> None:
    """Raises: NotUsable when someone of that role and name can't have that password."""
    _checked(password, Password, f"A password has 1 to {MAX_PASSWORD} characters.")
    if password_fault(role, password, login_name):
        raise NotUsable(f"The password is too short or too easy to guess. {password_rule(role)}")


def password_rule(role: Role) -> str:
    """What a password of this role must be, in one line."""
    return f"A password needs {MIN_PASSWORD[role]} characters or more and must be none of the common ones."


async def organisation_meant(services: Services, db: AsyncSession, wanted: str | None) -> tuple[Organisation, bool]:
    """The organisation of that id or name, and whether it was made now because there is none of that name; without
    one wanted the oldest. Raises: NotUsable, OrganisationNotFound.
    """
    organisations = services.organisations
    if wanted is None:
        every = await organisations.all(db)
        if every:
            return every[0], False
        wanted = FIRST_ORGANISATION
    try:
        return await organisations.get(db, UUID(wanted)), False
    except ValueError:
        name = _checked_name(wanted)
    found = await organisations.by_name(db, name)
    if found is not None:
        return found, False
    return await organisations.create(db, name=name, country=Country.FI, mentees_may_choose=False), True


def _checked_name(name: str) -> str:
    return _checked(name.strip(), Name, "An organisation's name must have 1 to 60 characters.")


def _checked(text: str, shape: object, rule: str) -> str:
    try:
        return str(msgspec.convert(text, shape))
    except msgspec.ValidationError as error:
        raise NotUsable(rule) from error
