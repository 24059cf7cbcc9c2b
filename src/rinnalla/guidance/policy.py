"""When a crisis line counts as confirmed, and what every list of them must hold: no I/O."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from rinnalla.guidance.sources import CrisisLine, LineCountry, LineKind

WARN_DAYS = 90
ALARM_DAYS = 180


class Freshness(StrEnum):
    """How far a crisis line may be relied on: numbers and hours change without notice."""

    FRESH = "fresh"
    STALE = "stale"
    UNCONFIRMED = "unconfirmed"


def freshness(verified_at: date | None, today: date) -> Freshness:
    """`stale` past 90 days, `unconfirmed` past 180 or when nobody ever looked."""
    if verified_at is None:
        return Freshness.UNCONFIRMED
    age = (today - verified_at).days
    if age > ALARM_DAYS:
        return Freshness.UNCONFIRMED
    return Freshness.STALE if age > WARN_DAYS else Freshness.FRESH


def is_always_open(line: CrisisLine) -> bool:
    """Whether someone can be reached there at any hour."""
    return any(contact.always_open for contact in line.contacts)


def languages_of(line: CrisisLine) -> list[str]:
    """The languages of all its contacts, each once."""
    return list(dict.fromkeys(language for contact in line.contacts for language in contact.languages))


def faults(lines: Sequence[CrisisLine]) -> list[str]:
    """What is wrong with a list of crisis lines, for whoever edits it."""
    found = [f"{line.id} is there twice" for place, line in enumerate(lines) if line.id in _ids(lines[:place])]
    for country in LineCountry:
        here = [line for line in lines if line.country == country]
        if not here or here[-1].kind != LineKind.EMERGENCY or here[-1].name != "112":
            found.append(f"{country} does not end with 112")
        if not any(is_always_open(line) for line in here if line.kind != LineKind.EMERGENCY):
            found.append(f"{country} has nobody to talk to at night")
    for line in lines:
        if line.age_min is not None and line.age_max is not None and line.age_min > line.age_max:
            found.append(f"{line.id} is for nobody's age")
        if any(contact.always_open and contact.hours for contact in line.contacts):
            found.append(f"{line.id} is always open and has hours")
    return found


def _ids(lines: Sequence[CrisisLine]) -> set[str]:
    return {line.id for line in lines}
