"""Who asks: the caller behind the session of a token. Every request and every socket wants to know, so all who ask in
the same moment ask together, over one connection: however many come, the pools stay free for what they came for."""

from collections.abc import Sequence

from rinnalla.accounts import repository_sessions
from rinnalla.accounts.tokens import AccessClaims
from rinnalla.kit.caller import Caller
from rinnalla.kit.database import Database
from rinnalla.kit.errors import InvalidToken
from rinnalla.kit.gather import Gatherer

DEADLINE_SECONDS = 3.0


class Callers:
    """Knows who sessions speak for, as it is when it is asked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gatherer: Gatherer[AccessClaims, Caller] = Gatherer(self._find, deadline=DEADLINE_SECONDS)

    async def of(self, claims: AccessClaims) -> Caller:
        """Raises: InvalidToken (the session has ended, or is not of that account), Unavailable."""
        return await self._gatherer.ask(claims)

    async def _find(self, batch: Sequence[AccessClaims]) -> Sequence[Caller | Exception]:
        async with self._database.reading() as db:
            found = await repository_sessions.live_callers(db, {claims.session_id for claims in batch})
        callers = [found.get(claims.session_id) for claims in batch]
        return [
            caller if caller is not None and caller.account_id == claims.account_id else InvalidToken()
            for caller, claims in zip(callers, batch, strict=True)
        ]
