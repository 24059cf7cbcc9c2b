"""What a Postgres must promise before this service promises anything to a person: that what was committed stays."""

import socket

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from rinnalla.kit.database import CONNECT_SECONDS
from rinnalla.kit.settings import SettingsError

OLDEST_VERSION = 18
# Any of them off, and an acknowledged message can be gone after a power cut, or damaged without anyone noticing.
MUST_BE_ON = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums")
_WHY = {
    ConnectionRefusedError: "it refused the connection (is Postgres running on that host and port?)",
    socket.gaierror: "there is no such host",
    TimeoutError: f"it did not answer within {CONNECT_SECONDS} seconds",
    asyncpg.InvalidAuthorizationSpecificationError: "wrong password or user",
    asyncpg.InvalidCatalogNameError: "there is no such database",
}


async def check_server(url: str) -> None:
    """Raises: SettingsError when the server can't be reached, is too old or may lose what it has confirmed."""
    engine = create_async_engine(url, poolclass=NullPool, connect_args={"timeout": CONNECT_SECONDS})
    try:
        async with engine.connect() as connection:
            version = int(await connection.scalar(text("SHOW server_version_num")) or 0) // 10000
            off = [name for name in MUST_BE_ON if await connection.scalar(text(f"SHOW {name}")) == "off"]
    except (OSError, TimeoutError, DBAPIError, ValueError) as error:
        cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else error
        where = make_url(url).render_as_string(hide_password=True).replace("+asyncpg", "")
        raise SettingsError(f"DATABASE_URL: {where} can't be used: {_why(cause)}.") from error
    finally:
        await engine.dispose()
    if version < OLDEST_VERSION:
        raise SettingsError(f"DATABASE_URL: this is Postgres {version}; Rinnalla needs {OLDEST_VERSION} or newer.")
    if off:
        raise SettingsError(f"This Postgres may lose what it has confirmed: switch on {', '.join(off)}.")


def _why(cause: BaseException | None) -> str:
    """What stands in the way, in words that say where to look."""
    for kind, words in _WHY.items():
        if isinstance(cause, kind):
            return words
    return f"it answered with {type(cause).__name__}"
