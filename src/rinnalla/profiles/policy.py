"""Rules of cards and wishes: no I/O."""

import re
import unicodedata
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import count, product
from string import ascii_lowercase

from rinnalla.kit.errors import FieldProblem

MAX_STEM = 34
_WORD = re.compile(r"[a-z]+")


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


def topic_named(name: str, topics: Iterable[tuple[str, Mapping[str, str]]], language: str) -> str | None:
    """The id of the topic that has this name, in that language or else in any; case and outer space don't count."""
    wanted = _folded(name)
    named = [(topic_id, {code: _folded(own) for code, own in names.items()}) for topic_id, names in topics]
    first = (topic_id for topic_id, names in named if names.get(language) == wanted)
    return next(first, next((topic_id for topic_id, names in named if wanted in names.values()), None))


def topic_id_for(name: str, taken: Collection[str]) -> str:
    """A new topic's id: what is left of its name in plain letters, with a letter more for as long as it is taken."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    stem = "_".join(_WORD.findall(plain))[:MAX_STEM].strip("_") or "topic"
    endings = ("".join(letters) for length in count() for letters in product(ascii_lowercase, repeat=length))
    return next(one for ending in endings if (one := f"{stem}_{ending}" if ending else stem) not in taken)


def _folded(name: str) -> str:
    return "".join(folded([name]))


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
