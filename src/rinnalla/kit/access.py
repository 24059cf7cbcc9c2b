"""Who may call a route, said where the route stands: `opt=PUBLIC`, `opt=ANYONE_SIGNED_IN` or `opt=only(Role.STAFF)`.

A route that says nothing is refused at start. The gate that reads this is `accounts.guards`.
"""

from collections.abc import Mapping
from typing import Any

from litestar import Litestar
from litestar.di import NamedDependency
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.routes import BaseRoute
from litestar.types import Scope
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller, Role

Db = NamedDependency[AsyncSession]
"""The request's transaction: the app's only generator dependency. It commits before the answer leaves."""

Asking = NamedDependency[Caller]
"""Who makes this request."""

PUBLIC: Mapping[str, Any] = {"roles": None}
ANYONE_SIGNED_IN: Mapping[str, Any] = {"roles": tuple(Role)}


RECOGNISED: Mapping[str, Any] = {"roles": None, "recognised": True}
"""For everyone; who brings a token is known all the same, and refused if it is a bad one that no cookie carried."""


def only(*roles: Role) -> Mapping[str, Any]:
    """For people of these roles."""
    return {"roles": roles}


def check_every_route_says_who(app: Litestar) -> None:
    """Raises: LookupError for a route without one of the marks above."""
    for route in app.routes:
        for handler in handlers_of(route):
            if "roles" not in handler.opt:
                raise LookupError(f"{route.path} ({handler.handler_name}) does not say who may call it")


def handlers_of(route: BaseRoute) -> list[Any]:
    """The handlers that someone wrote for a route: Litestar adds one for OPTIONS, which says what methods there are."""
    one = [route.route_handler] if hasattr(route, "route_handler") else []
    written: list[Any] = getattr(route, "route_handlers", one)
    return [
        handler
        for handler in written
        if not (isinstance(handler, HTTPRouteHandler) and handler.http_methods == {HttpMethod.OPTIONS})
    ]


CARRIED = "carried_token"
"""The name in a request's state under which a face puts an access token that comes another way than in the header."""


def provide_recognised(scope: Scope) -> Caller | None:
    """The caller of a route for everyone who is recognised, if there is one."""
    caller: Caller | None = scope["state"].get("caller")
    return caller


def provide_caller(scope: Scope) -> Caller:
    """The caller whom the gate has let through."""
    caller: Caller = scope["state"]["caller"]
    return caller
