"""The gate before every route: access token -> session alive? -> role allowed? It runs before the body is read."""

from litestar.connection import ASGIConnection
from litestar.enums import HttpMethod
from litestar.handlers.base import BaseRouteHandler

from rinnalla.accounts.callers import Callers
from rinnalla.accounts.tokens import Tokens
from rinnalla.kit.errors import Forbidden, Unauthenticated


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
        if roles is None:
            return
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated
        caller = await self._callers.of(self._tokens.read(token.strip()))
        if caller.role not in roles:
            raise Forbidden
        connection.scope["state"]["caller"] = caller
