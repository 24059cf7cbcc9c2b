"""In what two differ."""

import pytest

from rinnalla.pairs.differences import Differences, Expected, differences
from rinnalla.pairs.models_members import Rhythm


def said(months: int | None = None, rhythm: Rhythm | None = None, *topics: str) -> Expected:
    return Expected(months=months, rhythm=rhythm, topics=topics)


def found(**parts: object) -> Differences:
    none: dict[str, object] = {"months": None, "rhythm": None, "topics_of_mentee_only": [], "topics_of_mentor_only": []}
    return Differences(**(none | parts))  # type: ignore[arg-type]  # named as they are there


GOLDEN = [
    (said(), said(), found()),
    (said(12, Rhythm.WEEKLY, "work"), said(), found()),
    (said(12, Rhythm.WEEKLY, "work"), said(12, Rhythm.WEEKLY, "work"), found()),
    (said(6), said(12), found(months=(6, 12))),
    (said(None, Rhythm.DAILY), said(None, Rhythm.MONTHLY), found(rhythm=(Rhythm.DAILY, Rhythm.MONTHLY))),
    (said(None, Rhythm.DAILY), said(3), found()),
    (
        said(None, None, "work", "money", "housing"),
        said(None, None, "housing", "family"),
        found(topics_of_mentee_only=["work", "money"], topics_of_mentor_only=["family"]),
    ),
    (said(None, None, "work"), said(None, None, "work", "family"), found(topics_of_mentor_only=["family"])),
]


@pytest.mark.parametrize(("mentee", "mentor", "expected"), GOLDEN)
def test_differences(mentee: Expected, mentor: Expected, expected: Differences) -> None:
    assert differences(mentee, mentor) == expected
    other_way = differences(mentor, mentee)
    assert other_way.topics_of_mentee_only == expected.topics_of_mentor_only
    assert (other_way.months is None) == (expected.months is None)
