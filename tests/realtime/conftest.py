"""Services of another pace."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from rinnalla.kit.settings import Settings, SocketLimits
from tests.conftest import RunningService
from tests.patience import eventually

AN_HOUR = 3600.0
BRISK = SocketLimits(auth=1.0, send=1.0, ping_every=0.4, ping_answer=1.2)


@pytest.fixture(scope="session")
def brisk_service(settings: Settings) -> Iterator[RunningService]:
    """One that has no time: what takes others half a minute happens here within a second."""
    with RunningService(replace(settings, port=0, sockets=BRISK)) as running:
        yield running


@pytest.fixture
async def service_that_never_looks(settings: Settings) -> AsyncIterator[RunningService]:
    """One that learns only what it is told, and what a frame makes it ask."""
    with RunningService(replace(settings, port=0, look_seconds=AN_HOUR)) as running:
        await eventually(running.services.hub.is_listening)
        yield running
