"""Rules of cards and wishes: no I/O."""

import unicodedata
from collections.abc import Collection, Hashable, Iterable, Sequence
from datetime import date, timedelta

from rinnalla.kit.errors import FieldProblem


def distinct(values: Iterable[str]) -> list[str]:
    """The values in their order, each once."""
    return list(dict.fromkeys(values))


def folded(words: Iterable[str]) -> list[str]:
    """Short words as they are compared: without case, variants of one letter, or blanks to spare; each once."""
    plain = (" ".join(unicodedata.normalize("NFKC", word).casefold().split()) for word in words)
    return distinct(word for word in plain if word)


def has_free_place(capacity: int, open_pairs: int) -> bool:
    """Whether one more pair fits. A mentor may have lowered the capacity below what they carry."""
    return open_pairs < capacity


def away_is_over(until: date | None, today: date) -> bool:
    """Whether there is nothing (more) to say of an absence. The last day still counts as away."""
    return until is None or until < today


def is_screened(on: date | None, until: date | None, today: date) -> bool:
    """Whether someone's background was checked, by a check that still holds. The last day still counts."""
    return on is not None and on <= today and (until is None or today <= until)


def screening_faults(on: date, until: date | None, today: date) -> list[FieldProblem]:
    """What makes no sense in a screening. A day more than today's is let pass: it may be tomorrow where staff are."""
    faults = []
    if on > today + timedelta(days=1):
        faults.append(FieldProblem(code="in_the_future", pointer="/on"))
    if fault := order_fault(on, until, "/until"):
        faults.append(fault)
    return faults


def age_fits(birth_year: int | None, low: int | None, high: int | None, today: date) -> bool:
    """Whether an age is within a wish. A birth year leaves two possible ages: one within is enough. Who did not tell
    can't meet a wish."""
    if low is None and high is None:
        return True
    if birth_year is None:
        return False
    oldest = today.year - birth_year
    return (low is None or oldest >= low) and (high is None or oldest - 1 <= high)


def order_fault(low: date | int | None, high: date | int | None, pointer: str) -> FieldProblem | None:
    """What is wrong with a range whose end, at `pointer`, lies before its start."""
    if low is None or high is None or low <= high:  # type: ignore[operator]  # both of one kind, by the callers
        return None
    return FieldProblem(code="before_start", pointer=pointer)


def topic_faults(asked: Sequence[str], known: set[str], field: str = "topics") -> list[FieldProblem]:
    """A pointer to each topic, in that field of the body, that is not on the list."""
    return [
        FieldProblem(code="unknown_topic", pointer=f"/{field}/{place}")
        for place, topic in enumerate(asked)
        if topic not in known
    ]


def clash_faults(interests: Sequence[str], dislikes: Sequence[str]) -> list[FieldProblem]:
    """A pointer to each dislike that is also an interest."""
    liked = set(folded(interests))
    return [
        FieldProblem(code="contradicts_interests", pointer=f"/dislikes/{place}")
        for place, word in enumerate(dislikes)
        if liked & set(folded([word]))
    ]


def listed_faults(asked: Sequence[Hashable], known: Collection[Hashable], field: str, code: str) -> list[FieldProblem]:
    """A pointer to each value that is not known (by that code) or is there twice."""
    faults = []
    for place, value in enumerate(asked):
        if value in asked[:place]:
            faults.append(FieldProblem(code="repeated", pointer=f"/{field}/{place}"))
        elif value not in known:
            faults.append(FieldProblem(code=code, pointer=f"/{field}/{place}"))
    return faults
