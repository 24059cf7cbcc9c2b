"""A service that has no time: what takes others half a minute happens here within a second."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from rinnalla.kit.settings import Settings, SocketLimits
from tests.conftest import RunningService

BRISK = SocketLimits(auth=1.0, send=1.0, ping_every=0.4, ping_answer=1.2)


@pytest.fixture(scope="session")
def brisk_service(settings: Settings) -> Iterator[RunningService]:
    with RunningService(replace(settings, port=0, sockets=BRISK)) as running:
        yield running
