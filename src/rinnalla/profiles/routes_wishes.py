"""Wishes over HTTP."""

from typing import Any

from litestar import Request, Response, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired
from rinnalla.kit.etags import expected_version, versioned
from rinnalla.profiles import schemas_wishes as wire
from rinnalla.profiles.service import Profiles

FOR_MENTEES = only(Role.MENTEE)


@get(
    "/v1/wishes",
    operation_id="getWishes",
    summary="What you hope for in a mentor",
    tags=["Wishes"],
    opt=FOR_MENTEES,
)
async def get_wishes(db: Db, caller: Asking, profiles: NamedDependency[Profiles]) -> Response[wire.WishesBody]:
    wishes = await profiles.own_wishes(db, caller)
    return versioned(wire.wishes_body(wishes), wishes.version)


@put(
    "/v1/wishes",
    operation_id="setWishes",
    summary='Say what you hope for; the first time with If-Match: "0"',
    tags=["Wishes"],
    opt=FOR_MENTEES,
    responses=refusals(EditedMeanwhile, PreconditionRequired),
)
async def set_wishes(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.WishesEditBody],
    db: Db,
    caller: Asking,
    profiles: NamedDependency[Profiles],
) -> Response[wire.WishesBody]:
    wishes = await profiles.edit_own_wishes(db, caller, expected_version(request), wire.wishes_edit(data))
    return versioned(wire.wishes_body(wishes), wishes.version)


ROUTES = [get_wishes, set_wishes]
