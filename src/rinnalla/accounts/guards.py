"""The gate before every route: access token -> session alive? -> role allowed? It runs before the body is read."""

from litestar.connection import ASGIConnection
from litestar.enums import HttpMethod
from litestar.handlers.base import BaseRouteHandler

from rinnalla.accounts.service import Accounts
from rinnalla.accounts.tokens import Tokens
from rinnalla.kit.database import Database
from rinnalla.kit.errors import Forbidden, InvalidToken, Unauthenticated


class Gate:
    """Lets a request through to its route, with its caller named, or refuses it."""

    def __init__(self, database: Database, accounts: Accounts, tokens: Tokens) -> None:
        self._database = database
        self._accounts = accounts
        self._tokens = tokens

    async def __call__(self, connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
        """Raises: Unauthenticated, InvalidToken, Forbidden."""
        if connection.scope.get("method") == HttpMethod.OPTIONS:
            return
        roles = handler.opt["roles"]
        if roles is None:
            return
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated
        claims = self._tokens.read(token.strip())
        async with self._database.unit_of_work() as db:
            callers = await self._accounts.callers_of(db, [(claims.session_id, claims.account_id)])
        caller = callers.get(claims.session_id)
        if caller is None:
            raise InvalidToken
        if caller.role not in roles:
            raise Forbidden
        connection.scope["state"]["caller"] = caller
