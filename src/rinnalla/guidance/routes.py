"""Guidance over HTTP."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from rinnalla.guidance import schemas as wire
from rinnalla.guidance.service import Guidance
from rinnalla.kit.access import PUBLIC, Db
from rinnalla.kit.contract import NOT_MODIFIED
from rinnalla.kit.etags import cacheable


@get(
    "/v1/start",
    operation_id="getStart",
    summary="What an app needs before log-in: languages, programmes and their rules, crisis lines",
    tags=["Before log-in"],
    opt=PUBLIC,
    responses=NOT_MODIFIED,
)
async def get_start(
    request: Request[Any, Any, Any], db: Db, guidance: NamedDependency[Guidance]
) -> Response[wire.StartBody]:
    return cacheable(request, wire.start_body(await guidance.start(db)))


ROUTES = [get_start]
