import pytest

from tests.factories import Factory
from tests.matching.programme import Programme


@pytest.fixture
async def programme(make: Factory) -> Programme:
    """A programme in which staff match."""
    home = await make.organisation()
    return Programme(make, home, await make.staff(home))


@pytest.fixture
async def open_programme(make: Factory) -> Programme:
    """A programme in which young people choose."""
    home = await make.organisation(mentees_may_choose=True)
    return Programme(make, home, await make.staff(home))
