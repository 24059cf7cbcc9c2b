"""How every connection to Postgres is made: to a server that takes writes, and so that nothing waits for ever.

What Postgres ends by itself stands in `DEADLINES`. A Postgres that stands still, or whose machine is gone, ends
nothing: the service gives up such a connection by its own clock, and the kernel those that nobody asks anything of.
"""

import re
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_SECONDS = 3
# A little more than `statement_timeout`, so that Postgres, if it is there, is the one that ends a statement.
COMMAND_SECONDS = 5.5
# Milliseconds.
DEADLINES = {
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
    "transaction_timeout": "15000",
}
# What was sent and not confirmed for so long (milliseconds), or a quiet line without any sign (seconds), is dead. Not
# every system has a name for each.
WIRE_OPTIONS = {
    "TCP_USER_TIMEOUT": 10_000,
    "TCP_KEEPIDLE": 10,
    "TCP_KEEPINTVL": 3,
    "TCP_KEEPCNT": 3,
}
READ_ONLY = "25006"
# Up to the last "@", as asyncpg takes it; a password may also stand among the options.
_PASSWORD = re.compile(r"^([a-z]+://[^:/@]*:).*(?=@)|([?&](?:ssl)?password=)[^&]*")


class Line(asyncpg.Connection):  # type: ignore[misc] # asyncpg publishes no types
    """A connection that the kernel gives up when the other end is gone."""

    def __init__(self, protocol: Any, transport: Any, *rest: Any) -> None:
        super().__init__(protocol, transport, *rest)
        wire = transport.get_extra_info("socket")
        if wire is not None and wire.family != socket.AF_UNIX:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in WIRE_OPTIONS.items():
                if hasattr(socket, name):
                    wire.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def plain(url: str) -> str:
    """The address as Postgres' own programs write it, several hosts included."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


def shown(url: str) -> str:
    """The address without its password."""
    return _PASSWORD.sub(r"\1\2***", plain(url))


def arguments(
    url: str, server_settings: Mapping[str, str] | None = None, *, seconds: float | None = COMMAND_SECONDS
) -> dict[str, Any]:
    """What `asyncpg.connect` takes. `seconds` is how long each command may last. Of several hosts the first that takes
    writes is meant, unless the address says otherwise."""
    wanted: dict[str, Any] = {
        "dsn": plain(url),
        "timeout": CONNECT_SECONDS,
        "command_timeout": seconds,
        "connection_class": Line,
        "server_settings": dict(server_settings or {}),
    }
    if "target_session_attrs" not in parse_qs(urlsplit(url).query):
        wanted["target_session_attrs"] = "read-write"
    return wanted


def engine(connect_args: Mapping[str, Any], **options: Any) -> AsyncEngine:
    """An engine for such arguments. Its pool hands out no connection that is known to be dead, and keeps none that is
    good for nothing: one that no longer answers, one to a server that has become read-only."""
    made = create_async_engine(
        "postgresql+asyncpg://", connect_args=dict(connect_args), hide_parameters=True, **options
    )
    event.listen(made.sync_engine, "checkout", _refuse_dead)
    event.listen(made.sync_engine, "handle_error", _give_up)
    return made


def _refuse_dead(dbapi_connection: Any, _record: object, _proxy: object) -> None:
    if dbapi_connection.driver_connection.is_closed():
        raise DisconnectionError  # the pool takes another or opens a new one


def _give_up(context: ExceptionContext) -> None:
    error = context.original_exception
    if isinstance(error, TimeoutError) or getattr(error, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True
        if context.connection is not None and not context.connection.invalidated:
            driver = context.connection.connection.driver_connection
            if driver is not None:
                driver.terminate()  # a polite goodbye would wait for an answer, too
