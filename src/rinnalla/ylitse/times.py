"""Times on the wire: ISO 8601 in UTC with six digits after the second, always six, so that their order as texts is
their order in time. (Python leaves a fraction of nought out: such a text would sort after its successors.)"""

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """`2026-11-21T03:00:00.000000Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
