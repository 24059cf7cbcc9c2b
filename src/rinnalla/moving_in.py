"""Behind `import-ylitse`: from a file to people who talk here."""

from collections.abc import Sequence
from pathlib import Path

from rinnalla import setup
from rinnalla.accounts.service import Organisation
from rinnalla.app import Services
from rinnalla.kit.settings import Settings
from rinnalla.ylitse.export_faults import Fault
from rinnalla.ylitse.export_file import Export, NotAnExport, opened
from rinnalla.ylitse.keeping import Keeping
from rinnalla.ylitse.moved_counts import Counts
from rinnalla.ylitse.moving import Moving
from rinnalla.ylitse.ways_in import NotKept, WaysIn


class HasFaults(Exception):
    """The export can't be moved in, and nothing of it was."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults: nothing was moved in.")
        self.faults = faults


def move_in(
    settings: Settings,
    watcher: setup.Watcher,
    file: Path,
    organisation: str | None,
    ways_in: Path,
    *,
    look_only: bool,
) -> Counts | None:
    """Move an export into a programme (its id or its name; without it the one that sign-ups join), or only look whether
    it could be. Raises: HasFaults, NotUsable, SettingsError, LoginNameTaken (in this moment).
    """
    try:
        with opened(file) as export, setup.ready(settings, watcher) as settled:
            return setup.work_with(
                settled, lambda services: move_export(services, watcher, export, organisation, ways_in, look_only)
            )
    except (NotAnExport, NotKept) as error:
        raise setup.NotUsable(str(error)) from error


async def move_export(
    services: Services,
    watcher: setup.Watcher,
    export: Export,
    organisation: str | None,
    ways_in: Path,
    look_only: bool,
) -> Counts | None:
    """The same with services that run. Raises: HasFaults, NotUsable, NotKept, LoginNameTaken."""
    programme = await _programme(services, organisation)
    async with services.database.only_one("moving in") as is_alone:
        if not is_alone:
            raise setup.NotUsable("Someone is moving in already: wait until that is done.")
        keeping = Keeping(services.vault, services.limits)
        moving = Moving(services.database, services.vault, keeping, services.passwords, watcher, export, programme)
        await moving.check()
        if export.faults.found:
            raise HasFaults(sorted(export.faults.found))
        return None if look_only else await moving.move(WaysIn(ways_in))


async def _programme(services: Services, wanted: str | None) -> Organisation:
    """Raises: NotUsable (none is made here: people belong where someone meant them to)."""
    async with services.database.reading() as db:
        every = await services.organisations.all(db)
    for one in every:
        if wanted is None or wanted.strip().casefold() in {str(one.id), one.name.casefold()}:
            return one
    raise setup.NotUsable("There is no such organisation: make it with create-organisation first.")
