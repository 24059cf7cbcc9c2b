"""How the app is served."""

import re
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from rinnalla.kit.edge import Edge
from rinnalla.kit.settings import Settings, SettingsError
from rinnalla.server import serve, uvicorn_config
from rinnalla.setup import FirstAdministrator
from tests.conftest import RunningService

NGINX = Path(__file__).parents[1] / "deploy" / "nginx.conf"


class Nobody:
    """Nobody may be told anything."""

    def step(self, text: str) -> None:
        raise AssertionError(text)

    def warning(self, text: str) -> None:
        raise AssertionError(text)

    def first_administrator(self, first: FirstAdministrator) -> None:
        raise AssertionError(first.staff.login_name)

    def serving(self, url: str) -> None:
        raise AssertionError(url)


def test_the_proxy_lets_go_of_idle_connections_before_the_service_does(
    settings: Settings, service: RunningService
) -> None:
    """Otherwise requests fail now and then, and nobody knows whether they were heard."""
    upstream = re.search(r"upstream rinnalla \{[^}]*keepalive_timeout (\d+)s;", NGINX.read_text())
    assert upstream is not None
    assert uvicorn_config(settings, Edge(service.app)).timeout_keep_alive > int(upstream[1])


def test_sockets_are_not_counted_against_requests(settings: Settings, service: RunningService) -> None:
    """F10: uvicorn's own limit lets sockets in beyond it, and then refuses requests because of them."""
    assert uvicorn_config(settings, Edge(service.app)).limit_concurrency is None


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_that_is_taken_stops_the_start_before_anything_else(settings: Settings, host: str) -> None:
    try:
        taken = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError:
        pytest.skip("this machine has no such address")
    with taken, pytest.raises(SettingsError, match=r"RINNALLA_PORT: port \d+ of .* can't be used"):
        serve(replace(settings, host=host, port=taken.getsockname()[1]), Nobody())
