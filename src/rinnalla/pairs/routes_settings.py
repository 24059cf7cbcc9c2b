"""The settings of a programme over HTTP: for its staff."""

from typing import Annotated, Any

from litestar import Request, Response, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter

from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired
from rinnalla.kit.etags import expected_version, versioned
from rinnalla.pairs import schemas_settings as wire
from rinnalla.pairs.errors import SettingsNotFound
from rinnalla.pairs.settings import MatchingSettings

FOR_STAFF = only(Role.STAFF)
TAGS = ["Staff: matching"]
VersionNumber = Annotated[int, PathParameter(ge=0, le=2**53 - 1, description="Which version of the settings")]


@get(
    "/v1/staff/matching-settings",
    operation_id="getMatchingSettings",
    summary="How your programme matches and looks after its pairs",
    tags=TAGS,
    opt=FOR_STAFF,
)
async def get_matching_settings(
    db: Db, caller: Asking, matching_settings: NamedDependency[MatchingSettings]
) -> Response[wire.SettingsBody]:
    in_force = await matching_settings.in_force(db, caller.home)
    return versioned(wire.settings_body(in_force), in_force.version)


@get(
    "/v1/staff/matching-settings/{number:int}",
    operation_id="getMatchingSettingsVersion",
    summary="How your programme matched by an earlier version of its settings",
    description="0 is what Rinnalla proposes, as it is now; what a run went by where nothing was settled stands in its "
    "`rules`.",
    tags=TAGS,
    opt=FOR_STAFF,
    responses=refusals(SettingsNotFound),
)
async def get_matching_settings_version(
    db: Db, caller: Asking, matching_settings: NamedDependency[MatchingSettings], number: VersionNumber
) -> wire.SettingsBody:
    return wire.settings_body(await matching_settings.version(db, caller, number))


@put(
    "/v1/staff/matching-settings",
    operation_id="setMatchingSettings",
    summary="Settle how your programme matches and looks after its pairs",
    tags=TAGS,
    opt=FOR_STAFF,
    responses=refusals(EditedMeanwhile, PreconditionRequired),
)
async def set_matching_settings(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.SettingsEdit],
    db: Db,
    caller: Asking,
    matching_settings: NamedDependency[MatchingSettings],
) -> Response[wire.SettingsBody]:
    settings = wire.settings_edit(data)
    in_force = await matching_settings.change(db, caller, expected_version(request), settings)
    return versioned(wire.settings_body(in_force), in_force.version)


ROUTES = [get_matching_settings, get_matching_settings_version, set_matching_settings]
