"""Behind the demo: a worker made for it in the service's own database, and taken away again whatever happens."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from rinnalla import setup
from rinnalla.app import Services
from rinnalla.demo.show import programmes_of
from rinnalla.demo.staff import Staff
from rinnalla.kit import embedded
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.errors import InvalidToken
from rinnalla.kit.ids import new_id
from rinnalla.kit.settings import Settings, SettingsError

PROGRAMME = "Rinnalla demo"


@contextmanager
def worker(settings: Settings, url: str, watcher: setup.Watcher) -> Iterator[Staff]:
    """Someone who works for the demo's programme, for as long as the block lasts.

    Raises: SettingsError when the service at `url` has another database; nothing is left in this one then.
    """
    if settings.database_url is None and not embedded.is_running(settings.data_folder):
        raise _belongs_elsewhere(url)
    with setup.ready(settings, watcher) as settled:
        programme_id, is_new = setup.work_with(settled, _programme)
        try:
            if str(programme_id) not in (programmes_of(url) or ()):
                raise _belongs_elsewhere(url)
            with _made(settled, programme_id) as staff:
                yield staff
        finally:
            if is_new:
                setup.work_with(settled, lambda services: _remove_unused(services, programme_id))


@contextmanager
def _made(settled: Settings, programme_id: UUID) -> Iterator[Staff]:
    name, password = f"demo-{secrets.token_hex(4)}", secrets.token_urlsafe(18)
    made = setup.work_with(
        settled, lambda services: setup.create_staff(services, Role.STAFF, name, password, None, str(programme_id))
    )
    try:
        yield Staff(name, password, made.totp_secret, is_made_for_this=True)
    finally:
        with suppress(InvalidToken):  # has left, as the story ends when every step held
            caller = Caller(made.id, Role.STAFF, programme_id, session_id=new_id())
            setup.work_with(settled, lambda services: services.privacy.leave(caller, password))


async def _programme(services: Services) -> tuple[UUID, bool]:
    async with services.database.unit_of_work() as db:
        programme, is_new = await setup.organisation_meant(services, db, PROGRAMME)
        return programme.id, is_new


async def _remove_unused(services: Services, programme_id: UUID) -> None:
    async with services.database.unit_of_work() as db:
        await services.organisations.remove_unused(db, programme_id)


def _belongs_elsewhere(url: str) -> SettingsError:
    return SettingsError(
        f"The Rinnalla on {url} has another database than this command: set RINNALLA_DATA (or DATABASE_URL) as it is "
        "there, or RINNALLA_DEMO_STAFF=LOGIN:PASSWORD:TOTPSECRET to someone who is staff there."
    )
