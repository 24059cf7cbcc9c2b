"""How the app is served: uvicorn, tuned for many quiet sockets behind a proxy, in one process or several that share a
port, and an orderly way out."""

import asyncio
import errno
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from typing import Protocol

import uvicorn
from litestar.types import ASGIApp

from rinnalla import setup
from rinnalla.app import MANNERS, Services, connections_of_one_process, create_app
from rinnalla.kit import log
from rinnalla.kit.capacity import check_room
from rinnalla.kit.crew import AT_ONCE, IN_ORDER, Crew, Member
from rinnalla.kit.edge import Edge
from rinnalla.kit.settings import Settings, SettingsError
from rinnalla.kit.signals import ending, leaving_in_order, obeying
from rinnalla.kit.tally import Ledger, Tally
from rinnalla.realtime.protocol import BoundedSocket, UpgradableHttp

WS_MAX_FRAME = 64 * 1024
# What a process takes at the most to finish what is under way, after its sockets have been sent elsewhere.
SHUTDOWN_SECONDS = 15
# ... and to give back what it holds.
CLOSING_SECONDS = 5
# Longer than proxies and clients keep an idle connection (nginx: 60 s), so that it is never closed under a request that
# is on its way: nobody could tell whether that one was heard.
KEEP_ALIVE_SECONDS = 75


class Audience(setup.Watcher, Protocol):
    """Whom the start of the service is told to."""

    def first_administrator(self, first: setup.FirstAdministrator) -> None:
        """Who can log in to a service that was empty; nobody is told this again."""
        ...

    def serving(self, url: str) -> None:
        """The service answers from now on."""
        ...


def serve(settings: Settings, audience: Audience) -> None:
    """Run the service until SIGTERM, SIGINT or SIGHUP, which end it well: sockets sent elsewhere, what is under way
    finished, Postgres stopped. A second one ends it at once.

    Raises: SettingsError, KeepDying (of several processes none stays alive).
    """
    with leaving_in_order(), _reserved_port(settings) as port, setup.ready(settings, audience) as settled:
        asyncio.run(check_room(str(settled.database_url), connections_of_one_process(settled), settled.workers))
        first = setup.work_with(settled, setup.first_start)
        if first is not None:
            audience.first_administrator(first)
        on_ready = partial(audience.serving, _url(settings))
        if settled.workers == 1:
            _serve_alone(settled, port, on_ready)
        else:
            asyncio.run(_serve_together(settled, port, on_ready))


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
    """uvicorn, which on its way out first asks sockets to come back elsewhere and goes on answering meanwhile."""

    def __init__(self, config: uvicorn.Config, services: Services, on_ready: Callable[[], None] = lambda: None) -> None:
        super().__init__(config)
        self._services = services
        self._on_ready = on_ready
        self._hurried = asyncio.Event()

    def leave(self) -> None:
        """Send sockets elsewhere over `drain_seconds`, finish what is under way, end."""
        self.should_exit = True

    def hurry(self) -> None:
        """Close sockets now, finish what is under way, end."""
        self.should_exit = True
        self._hurried.set()

    def leave_at_once(self) -> None:
        """End, whatever is under way."""
        self.force_exit = True
        self.hurry()

    def asked_to_leave(self) -> None:
        """The first time in order, the second time at once."""
        if self.should_exit:
            self.leave_at_once()
        self.leave()

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override] # uvicorn's is a generator
        """Signals are obeyed by whoever runs the server."""
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Go on answering while sockets move elsewhere and whoever sends requests here notices that it should not; then
        finish what is under way."""
        state, hub = self.server_state, self._services.hub
        seconds = self._services.settings.drain_seconds if state.total_requests or state.connections else 0.0
        log.info("leaving", seconds=seconds, count=hub.sockets)
        # Who keeps a connection open is to make its next one elsewhere.
        state.default_headers = [*state.default_headers, (b"connection", b"close")]
        draining = asyncio.gather(hub.drain(seconds), asyncio.sleep(seconds))
        hurrying = asyncio.create_task(self._hurried.wait())
        hurrying.add_done_callback(lambda _: draining.cancel())
        with suppress(asyncio.CancelledError):
            await draining
        hurrying.cancel()
        await super().shutdown(sockets)


def _serve_alone(settings: Settings, port: socket.socket, on_ready: Callable[[], None]) -> None:
    server, _ = _made(settings, on_ready)
    orders = dict.fromkeys(ending(), server.asked_to_leave)

    async def main() -> None:
        with obeying(orders):
            await server.serve(sockets=[port])

    _run(server, main)


async def _serve_together(settings: Settings, port: socket.socket, on_ready: Callable[[], None]) -> None:
    """Raises: KeepDying."""
    crew = Crew(
        settings.workers,
        partial(_serve_as_member, settings, port, Ledger.of(settings.workers)),
        patience=settings.drain_seconds + SHUTDOWN_SECONDS + CLOSING_SECONDS,
        on_ready=on_ready,
        on_leave=port.close,  # new connections are refused as soon as the last member has closed it too
    )
    await crew.run()


def _serve_as_member(settings: Settings, port: socket.socket, ledger: Ledger, member: Member) -> None:
    """The work of one process of several."""
    log.configure(settings.log_level, worker=member.number)
    server, services = _made(settings, member.ready)
    services.sockets.count_in(Tally(ledger, member.number))

    async def main() -> None:
        asyncio.get_running_loop().add_reader(member.starter_gone, server.hurry)
        with obeying({IN_ORDER: server.leave, AT_ONCE: server.leave_at_once}):
            await server.serve(sockets=[port])

    _run(server, main)


def _made(settings: Settings, on_ready: Callable[[], None]) -> tuple[Server, Services]:
    app = create_app(settings)
    services: Services = app.state.services
    return Server(uvicorn_config(settings, Edge(app, manners=MANNERS)), services, on_ready), services


def _run(server: Server, main: Callable[[], Coroutine[None, None, None]]) -> None:
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(main())


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
