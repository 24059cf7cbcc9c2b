"""Who may call a route, said where the route stands: `opt=PUBLIC`, `opt=ANYONE_SIGNED_IN` or `opt=only(Role.STAFF)`.

A route that says nothing is refused at start. The gate that reads this is `accounts.guards`.
"""

from collections.abc import Mapping
from typing import Any

from litestar.di import NamedDependency
from litestar.types import Scope
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller, Role

Db = NamedDependency[AsyncSession]
"""The request's transaction: the app's only generator dependency. It commits before the answer leaves."""

Asking = NamedDependency[Caller]
"""Who makes this request."""

PUBLIC: Mapping[str, Any] = {"roles": None}
ANYONE_SIGNED_IN: Mapping[str, Any] = {"roles": tuple(Role)}


def only(*roles: Role) -> Mapping[str, Any]:
    """For people of these roles."""
    return {"roles": roles}


def provide_caller(scope: Scope) -> Caller:
    """The caller whom the gate has let through."""
    caller: Caller = scope["state"]["caller"]
    return caller
