"""What a Postgres must promise before this service promises anything to a person: that what was committed stays."""

import socket
from collections.abc import Collection

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from rinnalla.kit import postgres
from rinnalla.kit.postgres import CONNECT_SECONDS
from rinnalla.kit.settings import UNSAFE_WITHOUT, SettingsError

OLDEST_VERSION = 18
_WHY = {
    ConnectionRefusedError: "it refused the connection (is Postgres running on that host and port?)",
    socket.gaierror: "there is no such host",
    OverflowError: "there is no such port",
    TimeoutError: f"it did not answer within {CONNECT_SECONDS} seconds",
    asyncpg.InvalidAuthorizationSpecificationError: "wrong password or user",
    asyncpg.InvalidCatalogNameError: "there is no such database",
    asyncpg.TargetServerAttributeNotMatched: "it takes no writes (a standby, or default_transaction_read_only)",
    asyncpg.TooManyConnectionsError: "it has no connection left",
}


async def check_server(url: str, accepted: Collection[str] = ()) -> list[str]:
    """Which of the settings that guard what was committed are off, all of them `accepted` by name.

    They are looked at as this role has them in this database. `synchronous_commit` alone could be set by the service
    itself, and is (`kit.database.SERVER_SETTINGS`); but who turned it off should know what they ask for.

    Raises: SettingsError when the server can't be reached, is too old or may lose what it has confirmed.
    """
    engine = postgres.engine(postgres.arguments(url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            version = int(await connection.scalar(text("SHOW server_version_num")) or 0) // 10000
            off = [name for name in UNSAFE_WITHOUT if await connection.scalar(text(f"SHOW {name}")) == "off"]
    except (OSError, OverflowError, TimeoutError, DBAPIError, ValueError) as error:
        cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else error
        raise SettingsError(f"DATABASE_URL: {postgres.shown(url)} can't be used: {_why(cause)}.") from error
    finally:
        await engine.dispose()
    if version < OLDEST_VERSION:
        raise SettingsError(f"DATABASE_URL: this is Postgres {version}; Rinnalla needs {OLDEST_VERSION} or newer.")
    refused = [name for name in off if name not in accepted]
    if refused:
        raise SettingsError(
            f"This Postgres may lose what it has confirmed: switch on {', '.join(refused)}. Only where nobody would "
            f"miss what is lost: RINNALLA_ACCEPT_UNSAFE_POSTGRES={','.join(off)}"
        )
    return off


def _why(cause: BaseException | None) -> str:
    """What stands in the way, in words that say where to look."""
    for kind, words in _WHY.items():
        if isinstance(cause, kind):
            return words
    return f"it answered with {type(cause).__name__}"
