"""In what two people's expectations differ. No I/O: facts for the two to talk about, no verdict and no score."""

from dataclasses import dataclass
from typing import TypeVar

from rinnalla.pairs.models_members import Rhythm

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What one side expects. `months`: how long; None: says nothing."""

    months: int | None
    rhythm: Rhythm | None
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Lengths and rhythms are told where both say one and they are not the same, mentee's first. Topics that only one
    of them has are told where both name some."""

    months: tuple[int, int] | None
    rhythm: tuple[Rhythm, Rhythm] | None
    topics_of_mentee_only: list[str]
    topics_of_mentor_only: list[str]


def differences(mentee: Expected, mentor: Expected) -> Differences:
    """Who says nothing of something agrees with whatever the other says."""
    lengths = _unlike(mentee.months, mentor.months)
    rhythms = _unlike(mentee.rhythm, mentor.rhythm)
    both_name_topics = bool(mentee.topics and mentor.topics)
    return Differences(
        months=lengths,
        rhythm=rhythms,
        topics_of_mentee_only=_missing(mentee.topics, mentor.topics) if both_name_topics else [],
        topics_of_mentor_only=_missing(mentor.topics, mentee.topics) if both_name_topics else [],
    )


def _unlike(mentee: T | None, mentor: T | None) -> tuple[T, T] | None:
    return None if mentee is None or mentor is None or mentee == mentor else (mentee, mentor)


def _missing(of: tuple[str, ...], other: tuple[str, ...]) -> list[str]:
    return [topic for topic in of if topic not in other]
