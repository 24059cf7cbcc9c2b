"""How the app is served: uvicorn, tuned for many quiet sockets behind a proxy, and an orderly way out."""

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

import uvicorn
from litestar.types import ASGIApp
from sqlalchemy.exc import DBAPIError

from rinnalla import setup
from rinnalla.app import Services, create_app
from rinnalla.kit import log
from rinnalla.kit.edge import Edge
from rinnalla.kit.errors import DomainError
from rinnalla.kit.settings import Settings, SettingsError
from rinnalla.realtime.protocol import BoundedSocket, UpgradableHttp

WS_MAX_FRAME = 64 * 1024
SHUTDOWN_SECONDS = 15
# Longer than proxies and clients keep an idle connection (nginx: 60 s), so that it is never closed under a request that
# is on its way: nobody could tell whether that one was heard.
KEEP_ALIVE_SECONDS = 75
TIDY_EVERY_SECONDS = 3600


class Audience(Protocol):
    """Whom the start of the service is told to."""

    def step(self, text: str) -> None:
        """What is being done now."""
        ...

    def first_administrator(self, first: setup.FirstAdministrator) -> None:
        """Who can log in to a service that was empty; nobody is told this again."""
        ...

    def serving(self, url: str) -> None:
        """The service answers from now on."""
        ...


def serve(settings: Settings, audience: Audience) -> None:
    """Run the service until SIGTERM, SIGINT or SIGHUP, which end it well: sockets closed, Postgres stopped.

    Raises: SettingsError.
    """
    with _leaving_in_order(), _reserved_port(settings) as port, setup.ready(settings, audience.step) as settled:
        first = setup.work_with(settled, setup.first_start)
        if first is not None:
            audience.first_administrator(first)
        app = create_app(settled)
        config = uvicorn_config(settled, Edge(app))
        services: Services = app.state.services
        server = Server(config, services, lambda: audience.serving(_url(settings)))
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_serve(server, port, services))


def uvicorn_config(settings: Settings, app: ASGIApp) -> uvicorn.Config:
    """Compression stays off: it costs 38 KiB a socket and invites CRIME-like attacks on sealed traffic."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=UpgradableHttp,
        ws=BoundedSocket,
        ws_max_size=WS_MAX_FRAME,
        ws_per_message_deflate=False,
        ws_ping_interval=settings.sockets.ping_every,
        ws_ping_timeout=settings.sockets.ping_answer,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=",".join(settings.trusted_proxies),
        server_header=False,
        access_log=False,
        log_config=None,
    )


class Server(uvicorn.Server):
    """uvicorn, which on its way out first asks sockets to come back elsewhere."""

    def __init__(self, config: uvicorn.Config, services: Services, on_ready: Callable[[], None] = lambda: None) -> None:
        super().__init__(config)
        self._services = services
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._services.hub.drain(self._services.settings.drain_seconds)
        await super().shutdown(sockets)


async def _serve(server: uvicorn.Server, port: socket.socket, services: Services) -> None:
    tidying = asyncio.create_task(_tidy_now_and_then(services))
    try:
        await server.serve(sockets=[port])
    finally:
        tidying.cancel()


async def _tidy_now_and_then(services: Services) -> None:
    while True:
        try:
            await setup.tidy(services)
        except (DomainError, DBAPIError) as error:
            log.failure("tidy_failed", error)
        await asyncio.sleep(TIDY_EVERY_SECONDS)


@contextmanager
def _leaving_in_order() -> Iterator[None]:
    """Signals end the block as an exception does, so that what was opened is closed; once leaving, they are ignored.

    uvicorn takes SIGINT and SIGTERM for itself while it runs and raises them again when it is done.
    """
    signals = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
        signals.append(signal.SIGHUP)

    def leave(_number: int, _frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(0)

    before = {each: signal.signal(each, leave) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def _reserved_port(settings: Settings) -> Iterator[socket.socket]:
    """The port, taken before anything is started; it answers once the server listens. Raises: SettingsError."""
    where = f"port {settings.port} of {settings.host}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as port:
            port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            port.bind(address)
            yield port
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise SettingsError(f"RINNALLA_HOST is {settings.host!r}: set it to an address of this machine.") from error
        reason = error.strerror or type(error).__name__
        raise SettingsError(f"RINNALLA_PORT: {where} can't be used ({reason}): set another.") from error


def _url(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"
