"""How pairs end, in figures: for a whole quarter of a year at a time, without any that would point at a person."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller
from rinnalla.kit.database import now
from rinnalla.pairs import repository_members as repository
from rinnalla.pairs.models import EndKind, PairState
from rinnalla.pairs.trial import LEARNT_WITHIN

K = TypeVar("K", bound=Hashable)
LEAST = 5
"""A smaller figure is not told: five is the usual lower bound for publishing figures about people."""
_MONTHS = 3


@dataclass(frozen=True, slots=True)
class EndCount:
    """How many pairs ended in that way; None: between one and four, or not told so that another can't be worked out."""

    state: PairState
    kind: EndKind | None
    reason: str | None
    count: int | None


@dataclass(frozen=True, slots=True)
class PairStatistics:
    """Ends in a quarter, and what five or more said would matter more next time. A word that fewer said is not among
    it at all: it would be known that one of a few said it. Nor is anything as long as some may yet say it."""

    since: datetime
    until: datetime
    total: int | None
    ends: list[EndCount]
    learnt: list[tuple[str, int]]


class Statistics:
    """Counts."""

    async def of_quarter(self, db: AsyncSession, caller: Caller, year: int, quarter: int) -> PairStatistics:
        """For staff: the figures of their programme for a quarter (1 to 4) of a year, in UTC. Pairs of people who have
        left are not counted: nothing is kept of them."""
        since, until = quarter_of(year, quarter)
        rows = await repository.ends_counted(db, caller, since, until)
        ends = {(state, kind, reason): count for state, kind, reason, count in rows}
        all_said = until + LEARNT_WITHIN <= await now(db)
        learnt = await repository.learnt_counted(db, caller, since, until) if all_said else []
        total = sum(ends.values())
        return PairStatistics(
            since=since,
            until=until,
            total=total if total == 0 or total >= LEAST else None,
            ends=[
                EndCount(PairState(state), EndKind(kind) if kind else None, reason, count)
                for (state, kind, reason), count in sorted(suppressed(ends).items(), key=str)
            ],
            learnt=[(code, count) for code, count in sorted(learnt) if count >= LEAST],
        )


def quarter_of(year: int, quarter: int) -> tuple[datetime, datetime]:
    """From when until before when a quarter is."""
    first = (quarter - 1) * _MONTHS + 1
    since = datetime(year, first, 1, tzinfo=UTC)
    until = datetime(year + 1, 1, 1, tzinfo=UTC) if quarter == 4 else datetime(year, first + _MONTHS, 1, tzinfo=UTC)  # noqa: PLR2004
    return since, until


def suppressed(counts: Mapping[K, int]) -> dict[K, int | None]:
    """The counts without those from 1 to 4, and without so many more, the smallest first, that those that are left out
    come to five at least and can't be worked out from a total."""
    shown = {key: count for key, count in counts.items() if count >= LEAST or count == 0}
    hidden = [count for key, count in counts.items() if key not in shown]
    by_size = sorted((key for key in shown if shown[key]), key=lambda key: (shown[key], str(key)), reverse=True)
    while hidden and by_size and (len(hidden) == 1 or sum(hidden) < LEAST):
        hidden.append(shown.pop(by_size.pop()))
    return {key: shown.get(key) for key in counts}
