"""Whether a Postgres has room for all the connections that a service may open."""

from sqlalchemy import text
from sqlalchemy.pool import NullPool

from rinnalla.kit import log, postgres
from rinnalla.kit.settings import SettingsError

# For commands beside a running service, and for whoever looks after the database.
KEPT_FREE = 3
# What the server, the role and the database allow (-1: no limit of its own), and what others hold now.
_ROOM = text("""
    SELECT least(
            current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                - current_setting('reserved_connections')::int,
            (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user AND NOT rolsuper),
            (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
        ),
        (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())
""")


async def check_room(url: str, each: int, processes: int) -> None:
    """Hold what so many processes with so many connections each may open against what the database allows.

    Several machines may share a database, and one that is leaving still holds its own: when it is only others that
    fill it, that is logged and not refused. Raises: SettingsError when it could never be enough.
    """
    engine = postgres.engine(postgres.arguments(url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            allowed, held = (await connection.execute(_ROOM)).one()
    finally:
        await engine.dispose()
    wanted = each * processes + KEPT_FREE
    if wanted > allowed:
        raise SettingsError(
            f"RINNALLA_WORKERS: {processes} with {each} connections each, and {KEPT_FREE} for commands, are {wanted}; "
            f"this Postgres allows {allowed}: set RINNALLA_POOL_SIZE or RINNALLA_WORKERS lower, or let Postgres allow "
            "more (max_connections)."
        )
    if wanted + held > allowed:
        log.warning("connections_scarce", count=wanted + held - allowed, reason="others hold theirs")
