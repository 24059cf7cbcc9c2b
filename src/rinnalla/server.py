"""How the app is served: uvicorn, tuned for many quiet sockets behind a proxy."""

import uvicorn
from litestar.types import ASGIApp

from rinnalla.kit.settings import Settings

WS_MAX_FRAME = 64 * 1024
PING_EVERY_SECONDS = 25
PING_DEADLINE_SECONDS = 20
SHUTDOWN_SECONDS = 15


def uvicorn_config(settings: Settings, app: ASGIApp) -> uvicorn.Config:
    """Compression stays off: it costs 38 KiB a socket and invites CRIME-like attacks on sealed traffic."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=WS_MAX_FRAME,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_EVERY_SECONDS,
        ws_ping_timeout=PING_DEADLINE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=",".join(settings.trusted_proxies),
        server_header=False,
        access_log=False,
        log_config=None,
    )
