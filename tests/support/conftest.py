import pytest

from tests.programme import Programme
from tests.support.scenes import Change


@pytest.fixture
async def change(programme: Programme) -> Change:
    return await Change(programme).made()
