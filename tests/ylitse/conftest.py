"""What the published clients run in."""

from collections.abc import AsyncIterator

import pytest

from tests.api import Api
from tests.ylitse.browser import Browser


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[Browser]:
    opened = Browser(api)
    yield opened
    await opened.http.aclose()
