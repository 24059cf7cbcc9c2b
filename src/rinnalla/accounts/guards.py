"""The gate before every route: access token -> session alive? -> role allowed? It runs before the body is read."""

from litestar.connection import ASGIConnection
from litestar.enums import HttpMethod
from litestar.handlers.base import BaseRouteHandler

from rinnalla.accounts.callers import Callers
from rinnalla.accounts.tokens import Tokens
from rinnalla.kit.access import CARRIED
from rinnalla.kit.errors import Forbidden, InvalidToken, Unauthenticated


class Gate:
    """Lets a request through to its route, with its caller named, or refuses it."""

    def __init__(self, callers: Callers, tokens: Tokens) -> None:
        self._callers = callers
        self._tokens = tokens

    async def __call__(self, connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
        """Raises: Unauthenticated, InvalidToken, Forbidden, Unavailable."""
        if connection.scope.get("method") == HttpMethod.OPTIONS:
            return
        roles = handler.opt["roles"]
        if roles is None and not (handler.opt.get("recognised") and _brings_token(connection)):
            return
        try:
            caller = await self._callers.of(self._tokens.read(_token_of(connection)))
        except InvalidToken:
            if roles is None and "authorization" not in connection.headers:
                return  # a browser sends its cookie along whatever has become of the session
            raise
        if roles is not None and caller.role not in roles:
            raise Forbidden
        connection.scope["state"]["caller"] = caller


def _brings_token(connection: ASGIConnection) -> bool:  # type: ignore[type-arg]
    return "authorization" in connection.headers or CARRIED in connection.scope["state"]


def _token_of(connection: ASGIConnection) -> str:  # type: ignore[type-arg]
    """Raises: Unauthenticated."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if not scheme and CARRIED in connection.scope["state"]:
        carried: str = connection.scope["state"][CARRIED]
        return carried
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    return token.strip()
