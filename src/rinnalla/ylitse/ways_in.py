"""The file that tells staff how those come in who can't with what they had: for their owner's eyes, and never logged.

A line is on the disk before what it tells is true in the database. After a crash someone may stand in it twice: the
later line counts, and when everything is done only that one is left.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

OWNERS_ONLY = 0o600


class WayIn(msgspec.Struct, omit_defaults=True, kw_only=True):
    """What someone needs. `password` works once, to choose another; `second_factor` is for an authenticator app."""

    login_name: str
    role: str
    password: str | None = None
    second_factor: str | None = None


class NotKept(Exception):
    """The file can't be used. The text says why, in one line."""


class WaysIn:
    """Adds to the file."""

    def __init__(self, path: Path) -> None:
        """Raises: NotKept."""
        self.path = path
        with self._or_told():
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, OWNERS_ONLY)
            mode = os.fstat(file).st_mode
            os.close(file)
        if stat.S_IMODE(mode) & ~OWNERS_ONLY:
            raise NotKept(f"{path} can be read by others: remove it, or let only its owner read it (chmod 600).")

    def add(self, ways: Sequence[WayIn]) -> None:
        """When this returns, they are on the disk. Raises: NotKept."""
        if ways:
            with self._or_told():
                self._write(self.path, os.O_APPEND, ways)

    def finish(self) -> int:
        """Leave one line for each person, and no file where there is nobody. Returns how many people it has. Raises:
        NotKept."""
        with self._or_told():
            return self._finish()

    def _finish(self) -> int:
        last = {way.login_name: way for way in self._read()}
        if last:
            beside = self.path.with_name(f"{self.path.name}.new")
            beside.unlink(missing_ok=True)  # one that is not ours may be read by others
            self._write(beside, os.O_CREAT | os.O_EXCL, list(last.values()))
            beside.replace(self.path)
        else:
            self.path.unlink()
        return len(last)

    @contextmanager
    def _or_told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise NotKept(
                f"{self.path} can't be written: {error.strerror}. See to it and begin again with the same export: "
                "whoever is not let in yet gets a line then."
            ) from error

    def _read(self) -> list[WayIn]:
        """A line that a crash has cut told nobody anything."""
        ways = []
        for line in self.path.read_bytes().splitlines():
            try:
                ways.append(msgspec.json.decode(line, type=WayIn))
            except msgspec.DecodeError:
                continue
        return ways

    def _write(self, path: Path, flags: int, ways: Sequence[WayIn]) -> None:
        lines = b"".join(b"\n" + msgspec.json.encode(way) for way in ways) + b"\n"  # the line before may be cut
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_NOFOLLOW | flags, OWNERS_ONLY), "wb") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
