"""Running `import-ylitse` on an export, beside the services of the test run."""

import json
import re
import subprocess
from pathlib import Path

import asyncpg

from rinnalla.kit.settings import Settings
from rinnalla.tables import metadata
from tests import command
from tests.ylitse.moving.old_service import OldService

NOT_OURS = {
    *("job_attempt", "master_key_fingerprint", "node", "open_socket", "rate_limit"),
    *("interim_contact", "member_event", "notice"),
}
"""Running services write here, too: their job catches young people whose mentors were moved in suspended."""
LINE = re.compile(r"(\w+): (\d+) read = (\d+) moved in \+ (\d+) already there \+ (\d+) left out")


class Mover:
    """Runs the command on a file in a folder of its own, beside the services of the test run."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.file = folder / "export.json"
        self.ways_in = folder / "ways.jsonl"
        self.environment = command.environment(RINNALLA_DATA=settings.data_folder, DATABASE_URL=settings.database_url)

    @property
    def arguments(self) -> tuple[str, ...]:
        return ("import-ylitse", str(self.file), "--ways-in", str(self.ways_in))

    def run(self, old: OldService, *more: str) -> subprocess.CompletedProcess[str]:
        old.write(self.file)
        return command.run(*self.arguments, *more, environment=self.environment)

    def moved(self, old: OldService) -> dict[str, tuple[int, ...]]:
        """Of each list: read, moved in, already there, left out."""
        done = self.run(old)
        assert done.returncode == 0, done.stderr
        found = {name: tuple(map(int, numbers)) for name, *numbers in LINE.findall(done.stdout)}
        assert found.keys() == old.lists.keys()
        for name, (read, *parts) in found.items():
            assert read == sum(parts) == len(old.lists[name]), name
        return found

    def refused(self, old: OldService) -> list[str]:
        """The faults that were told."""
        done = self.run(old)
        assert done.returncode == 1, done.stderr
        return done.stdout.splitlines()

    def told_ways(self) -> dict[str, dict[str, str]]:
        ways = [json.loads(line) for line in self.ways_in.read_text().splitlines() if line]
        return {way["login_name"]: way for way in ways}


async def rows_of(raw_db: asyncpg.Connection) -> dict[str, int]:
    """How many rows each table has."""
    names = metadata.tables.keys() - NOT_OURS
    return {name: await raw_db.fetchval(f'SELECT count(*) FROM "{name}"') for name in names}
