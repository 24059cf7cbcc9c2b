"""Rules of cards and wishes: no I/O."""

from collections.abc import Iterable, Sequence
from datetime import date

from rinnalla.kit.errors import FieldProblem


def distinct(values: Iterable[str]) -> list[str]:
    """The values in their order, each once."""
    return list(dict.fromkeys(values))


def has_free_place(capacity: int, open_pairs: int) -> bool:
    """Whether one more pair fits. A mentor may have lowered the capacity below what they carry."""
    return open_pairs < capacity


def away_is_over(until: date | None, today: date) -> bool:
    """Whether there is nothing (more) to say of an absence. The last day still counts as away."""
    return until is None or until < today


def order_fault(low: date | int | None, high: date | int | None, pointer: str) -> FieldProblem | None:
    """What is wrong with a range whose end, at `pointer`, lies before its start."""
    if low is None or high is None or low <= high:  # type: ignore[operator]  # both of one kind, by the callers
        return None
    return FieldProblem(code="before_start", pointer=pointer)


def topic_faults(asked: Sequence[str], known: set[str]) -> list[FieldProblem]:
    """A pointer to each topic that is not on the list."""
    return [
        FieldProblem(code="unknown_topic", pointer=f"/topics/{place}")
        for place, topic in enumerate(asked)
        if topic not in known
    ]
