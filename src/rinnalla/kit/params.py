"""Query parameters that many lists share. Bounds stand in `QueryParameter`: those of a msgspec `Meta` are lost on the
way through Litestar's query parsing."""

from typing import Annotated

from litestar.openapi.spec import Example
from litestar.params import QueryParameter

from rinnalla.kit.pages import MAX_PAGE_SIZE, PAGE_SIZE

PageCursor = Annotated[str | None, QueryParameter(max_length=200, description="`next_cursor` of the page before")]
PageLimit = Annotated[
    int,
    QueryParameter(
        ge=1, le=MAX_PAGE_SIZE, description="How many items at the most", examples=[Example(value=PAGE_SIZE)]
    ),
]
AfterSeq = Annotated[
    int,
    QueryParameter(
        ge=0, le=2**53 - 1, description="The number of the last event you have", examples=[Example(value=12)]
    ),
]
