"""What an app needs before anyone logs in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Organisation, Organisations
from rinnalla.guidance import sources
from rinnalla.guidance.policy import Freshness, faults, freshness
from rinnalla.guidance.sources import ClientVersion, CrisisLine
from rinnalla.kit import database, log

LANGUAGES = ("fi", "sv", "nb", "en")


@dataclass(frozen=True, slots=True)
class Start:
    """`today` is what the age of a crisis line's confirmation is counted from."""

    clients: Sequence[ClientVersion]
    programmes: Sequence[Organisation]
    crisis_lines: Sequence[CrisisLine]
    today: date


class Guidance:
    """Knows the programmes and where to find a human right now."""

    def __init__(self, organisations: Organisations, lines: Sequence[CrisisLine] | None = None) -> None:
        """`lines` stands in for the data file. Raises: ValueError when a list of crisis lines has a fault."""
        self._organisations = organisations
        self._clients = sources.clients()
        self._lines = sources.crisis_lines() if lines is None else lines
        if found := faults(self._lines):
            raise ValueError("; ".join(found))

    async def start(self, db: AsyncSession) -> Start:
        """All that an app shows before log-in. Nothing is hidden for being old."""
        today = (await database.now(db)).date()
        return Start(self._clients, await self._organisations.all(db), self._lines, today)

    def remind(self, today: date) -> None:
        """Tell the operator, in the log, how many crisis lines someone has to hold against their sources again."""
        for state in (Freshness.STALE, Freshness.UNCONFIRMED):
            if count := sum(freshness(line.verified_at, today) == state for line in self._lines):
                log.warning("crisis_lines_to_verify", reason=state.value, count=count)
