"""Small rules of support: what sealed texts are bound to, quarters, what is done of what was due. No I/O."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

TARGET_PERCENT = 90
"""How much of what is due a programme should do: Big Brothers Big Sisters' own measure."""


def notice_context(notice_id: UUID) -> str:
    """What the words in a notice are sealed for."""
    return f"notice-body:{notice_id}"


def notes_context(checkin_id: UUID) -> str:
    """What the notes of a check-in are sealed for."""
    return f"checkin-notes:{checkin_id}"


def summary_context(handover_id: UUID) -> str:
    """What the summary of a hand-over is sealed for."""
    return f"handover-summary:{handover_id}"


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of a year. `number` is 1 to 4."""

    year: int
    number: int

    @property
    def first_day(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        following = Quarter(self.year + self.number // 4, self.number % 4 + 1)
        return following.first_day - timedelta(days=1)


def quarter_of(day: date) -> Quarter:
    """The quarter in which a day lies."""
    return Quarter(day.year, (day.month + 2) // 3)


@dataclass(frozen=True, slots=True)
class Share:
    """How much was done of what was due."""

    due: int
    done: int

    @property
    def percent(self) -> int | None:
        """In whole percent, rounded down: a target that is missed by little is missed. None where nothing was due."""
        return None if self.due == 0 else 100 * self.done // self.due
