"""Coming in, staying in, going out."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, get, head, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, Reference, RequestBody, Schema
from litestar.params import JSONBody, QueryParameter

from rinnalla.accounts.entry import Entry, Visitor
from rinnalla.accounts.errors import (
    RefreshRefused,
    SecondFactorRequired,
    SecondFactorUsed,
    WrongCredentials,
)
from rinnalla.accounts.service import Account, Sessions
from rinnalla.kit.access import ANYONE_SIGNED_IN, PUBLIC, Asking, Db, only
from rinnalla.kit.addresses import neighbourhood
from rinnalla.kit.caller import Role
from rinnalla.kit.errors import BadRequest, FieldProblem, InvalidBody
from rinnalla.ylitse import ids
from rinnalla.ylitse import schemas as record
from rinnalla.ylitse import schemas_bodies as wire
from rinnalla.ylitse.errors import CrossSite
from rinnalla.ylitse.keeping import Keeping
from rinnalla.ylitse.refusals import refusals
from rinnalla.ylitse.requests import ACCESS, REFRESH, AllowedOrigins, check_origin, cookie

VERSION = "0.9.1"
APP, WEB = "Ylitse app", "Ylitse web"
FORM_FIELDS = ("username", "password", "mfa_token")
LOG_IN_REFUSALS = (WrongCredentials, SecondFactorRequired, SecondFactorUsed)
TAGS = ["Coming in"]
FOR_ONE_TIME = "A password for one time logs in once: its owner chooses another in that session."
LONGEST = 256


@dataclass
class TakesForm(Operation):
    """An operation whose body is a form, which Litestar can't read off the handler's arguments."""

    def __post_init__(self) -> None:
        text = Schema(type=OpenAPIType.STRING, max_length=LONGEST)
        fields: dict[str, Reference | Schema] = dict.fromkeys(FORM_FIELDS, text)
        schema = Schema(type=OpenAPIType.OBJECT, properties=fields, required=list(FORM_FIELDS[:2]))
        self.request_body = RequestBody(required=True, content={"multipart/form-data": OpenAPIMediaType(schema=schema)})


def visitor(request: Request[Any, Any, Any], device_name: str) -> Visitor:
    """Where a request comes from; its client keeps the refresh token that it has, and knows no `new_password`."""
    address = neighbourhood(request.client.host if request.client else "")
    return Visitor(address=address, device_name=device_name, keeps_token=True, chooses_inside=True)


def scopes(account: Account) -> wire.Scopes:
    """The ids that a client is about."""
    made = wire.Scopes(account_id=str(account.id), user_id=ids.user_id(account.id))
    if account.role == Role.MENTOR:
        made.mentor_id = ids.mentor_id(account.id)
    return made


def code_of(told: Any) -> str | None:
    """A second factor's code, or None for whatever else a client puts there."""
    return told if isinstance(told, str) and told.strip() else None


@get("/version", operation_id="getVersion", summary="The version of this face", tags=["Versions"], opt=PUBLIC)
async def get_version() -> wire.ApiVersion:
    return wire.ApiVersion(api=VERSION)


@get(
    "/version/clients",
    operation_id="getClientVersions",
    summary="The oldest client versions that are still served",
    tags=["Versions"],
    opt=ANYONE_SIGNED_IN,
)
async def get_client_versions(db: Db, keeping: NamedDependency[Keeping]) -> wire.ClientVersions:
    kept = await keeping.oldest_versions(db)
    return wire.ClientVersions(
        resources=[wire.ClientVersion(client=client, version=version) for client, version in kept.items()]
    )


@post(
    "/version/clients",
    operation_id="setClientVersions",
    summary="Say which client versions are still served; clients that are not named stay as they are",
    tags=["Versions"],
    opt=only(Role.STAFF, Role.ADMIN),
    status_code=200,
)
async def set_client_versions(
    data: JSONBody[wire.ClientVersions], db: Db, caller: Asking, keeping: NamedDependency[Keeping]
) -> wire.ClientVersions:
    for one in data.resources:
        await keeping.set_oldest_version(db, caller, one.client, one.version)
    kept = await keeping.oldest_versions(db)
    return wire.ClientVersions(
        resources=[wire.ClientVersion(client=client, version=version) for client, version in kept.items()]
    )


@post(
    "/login",
    operation_id="logIn",
    summary="Log in on a phone",
    description=FOR_ONE_TIME,
    tags=TAGS,
    opt=PUBLIC,
    status_code=200,
    responses=refusals(*LOG_IN_REFUSALS),
)
async def log_in(
    request: Request[Any, Any, Any], data: JSONBody[wire.LogIn], entry: NamedDependency[Entry]
) -> wire.LoggedIn:
    grant = await entry.log_in(
        visitor(request, APP),
        login_name=data.login_name,
        password=data.password,
        totp_code=code_of(data.mfa_token),
        new_password=None,
    )
    tokens = wire.TokenPair(access_token=grant.access_token, refresh_token=grant.refresh_token)
    return wire.LoggedIn(scopes=scopes(grant.account), tokens=tokens)


@post(
    "/refresh",
    operation_id="refresh",
    summary="A new access token; the refresh token stays as it is",
    tags=TAGS,
    opt=PUBLIC,
    status_code=200,
    responses=refusals(RefreshRefused),
)
async def refresh(data: JSONBody[wire.Refresh], sessions: NamedDependency[Sessions]) -> wire.Refreshed:
    return wire.Refreshed(access_token=await sessions.renew(data.refresh_token or ""))


@get("/logout", operation_id="logOut", summary="End the session", tags=TAGS, opt=ANYONE_SIGNED_IN)
async def log_out(
    request: Request[Any, Any, Any], db: Db, caller: Asking, sessions: NamedDependency[Sessions]
) -> Response[record.Said]:
    await sessions.end(db, caller.account_id, only=caller.session_id)
    gone = [cookie(request, name, "", 0) for name in (ACCESS, REFRESH)]
    return Response(record.Said(message="Related refresh token invalidated."), cookies=gone)


@post(
    "/weblogin",
    operation_id="webLogIn",
    summary="Log in with a form; the tokens come as cookies",
    description=FOR_ONE_TIME,
    tags=TAGS,
    opt=PUBLIC,
    operation_class=TakesForm,
    status_code=200,
    responses=refusals(*LOG_IN_REFUSALS, InvalidBody, CrossSite),
)
async def web_log_in(
    request: Request[Any, Any, Any],
    entry: NamedDependency[Entry],
    sessions: NamedDependency[Sessions],
    allowed_origins: NamedDependency[AllowedOrigins],
) -> Response[wire.Scopes]:
    check_origin(request.headers, allowed_origins)
    form = await request.form()
    told = [form.get(name) for name in FORM_FIELDS]
    faults = [
        FieldProblem(code="required", pointer=f"/{name}")
        for name, value in zip(FORM_FIELDS[:2], told, strict=False)
        if not isinstance(value, str) or not 1 <= len(value) <= LONGEST or "\0" in value
    ]
    if faults:
        raise InvalidBody(*faults)
    grant = await entry.log_in(
        visitor(request, WEB),
        login_name=str(told[0]),
        password=str(told[1]),
        totp_code=code_of(told[2]),
        new_password=None,
    )
    kept = [
        cookie(request, ACCESS, grant.access_token, grant.expires_in),
        cookie(request, REFRESH, grant.refresh_token, sessions.longest_seconds),
    ]
    return Response(scopes(grant.account), cookies=kept)


@get(
    "/webrefresh",
    operation_id="webRefresh",
    summary="Renew the access cookie",
    tags=TAGS,
    opt=PUBLIC,
    responses=refusals(RefreshRefused, CrossSite),
)
async def web_refresh(
    request: Request[Any, Any, Any],
    sessions: NamedDependency[Sessions],
    allowed_origins: NamedDependency[AllowedOrigins],
) -> Response[record.Said]:
    check_origin(request.headers, allowed_origins)
    token = request.cookies.get(REFRESH)
    if not token:
        raise RefreshRefused
    access = await sessions.renew(token)
    kept = [cookie(request, ACCESS, access, sessions.access_seconds)]
    return Response(record.Said(message="Access token renewed."), cookies=kept)


@head(
    "/search",
    operation_id="searchLoginName",
    summary="200 where a log-in name is taken, 204 where it is free",
    tags=TAGS,
    opt=PUBLIC,
    responses={
        **refusals(BadRequest),
        204: ResponseSpec(data_container=None, generate_examples=False, description="Nobody has this name"),
    },
)
async def search_login_name(
    request: Request[Any, Any, Any],
    entry: NamedDependency[Entry],
    login_name: Annotated[str, QueryParameter(min_length=1, max_length=60, pattern=r"^[^\x00]+$")],
) -> Response[None]:
    taken = await entry.is_taken(visitor(request, APP), login_name)
    return Response(None, status_code=200 if taken else 204)


ENTRY_ROUTES = [
    get_version,
    get_client_versions,
    set_client_versions,
    log_in,
    refresh,
    log_out,
    web_log_in,
    web_refresh,
    search_login_name,
]
