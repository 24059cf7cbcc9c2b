"""What moving in needs and leaves behind."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from rinnalla.kit.settings import Settings
from tests.factories import Factory
from tests.ylitse.moving.mover import Mover


@pytest.fixture
async def topics_as_before(clean: None, raw_db: asyncpg.Connection) -> AsyncIterator[None]:
    """Topics that are made known are forgotten in the end: other tests know only those of the migrations."""
    known = await raw_db.fetchval("SELECT max(position) FROM topic")
    yield
    await raw_db.execute("DELETE FROM mentor_topic")
    await raw_db.execute("DELETE FROM topic WHERE position > $1", known)


@pytest.fixture
async def mover(settings: Settings, tmp_path: Path, make: Factory, topics_as_before: None) -> Mover:
    """With a programme to move into."""
    await make.organisation()
    return Mover(settings, tmp_path)
