"""Thirty young people who wait and twelve mentors: drawn by a seed, so that the same round can be watched again."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

SEED = 20261121
YOUNG = (
    "Aamu", "Eeli", "Elma", "Enni", "Freja", "Hilla", "Iida", "Isak", "Jalo", "Joni", "Kaisla", "Kian", "Liam", "Lilja",
    "Malou", "Mikael", "Minea", "Nala", "Nikke", "Oona", "Pihla", "Roni", "Saga", "Siiri", "Sol", "Tuuli", "Veeti",
    "Vilda", "Yrja", "Åsa",
)  # fmt: skip
MENTORS = (
    "Aino", "Benjamin", "Camilla", "Daniel", "Emilia", "Fatima", "Henrik", "Ida", "Jere", "Katri", "Leo", "Marit",
)  # fmt: skip
_TOPICS = ("housing", "loneliness", "foster_care", "residential_care", "mental_health", "friends", "family", "identity")
_EXPERIENCES = (
    "foster_care",
    "residential_care",
    "moved_often",
    "aftercare",
    "debt",
    "mental_health",
    "loss_of_parent",
)
_TIMES = ("weekday_morning", "weekday_afternoon", "weekday_evening", "weekend_day", "weekend_evening", "night")
_INTERESTS = ("cats", "cooking", "drawing", "football", "games", "music", "running", "series")
_DISLIKES = ("crowds", "early mornings", "phone calls", "small talk")
_REGIONS = ("Pirkanmaa", "Uusimaa", "Västra Götaland", "Oslo")
_LANGUAGES = (["fi"], ["fi", "sv"], ["sv"], ["nb", "en"], ["fi", "en"], ["sv", "nb", "en"])
_RHYTHMS = ("same_day", "few_days", "weekly")


@dataclass(frozen=True, slots=True)
class Guest:
    """Someone in the round. `said`: their wishes, or their card."""

    name: str
    said: dict[str, Any]


def draw() -> tuple[list[Guest], list[Guest]]:
    """The young people and the mentors. Mentors speak every language, so that nobody is left out by that alone."""
    chance = random.Random(SEED)  # noqa: S311 - a story, no secret
    return [Guest(name, _wishes(chance)) for name in YOUNG], [Guest(name, _card(chance)) for name in MENTORS]


def _wishes(chance: random.Random) -> dict[str, Any]:
    return {
        "languages": chance.choice(_LANGUAGES),
        "region": chance.choice(("", *_REGIONS)),
        "gender_wish": chance.choice((None, None, None, "female", "male")),
        "age_min": None,
        "age_max": None,
        "times": chance.sample(_TIMES, chance.randint(1, 3)),
        "topics": chance.sample(_TOPICS, chance.randint(1, 3)),
        "note": None,
        "experiences": chance.sample(_EXPERIENCES, chance.randint(0, 3)),
        "interests": chance.sample(_INTERESTS, chance.randint(0, 3)),
        "dislikes": chance.sample(_DISLIKES, chance.randint(0, 2)),
        "matters_most": chance.choice(([], [], ["needs"], ["times"], ["experience"])),
        "reply_rhythm": chance.choice((None, *_RHYTHMS)),
    }


def _card(chance: random.Random) -> dict[str, Any]:
    return {
        "story": "",
        "topics": chance.sample(_TOPICS, chance.randint(3, 6)),
        "languages": ["fi", "sv", "nb", "en"],
        "region": chance.choice(_REGIONS),
        "gender": chance.choice(("female", "male")),
        "birth_year": datetime.now(UTC).year - chance.randint(22, 40),
        "channels": ["chat"],
        "times": chance.sample(_TIMES, chance.randint(2, 4)),
        "status_line": "",
        "capacity": chance.choice((1, 2, 2, 3)),
        "away": None,
        "experiences": chance.sample(_EXPERIENCES, chance.randint(1, 5)),
        "interests": chance.sample(_INTERESTS, chance.randint(1, 4)),
        "dislikes": chance.sample(_DISLIKES, chance.randint(0, 2)),
        "reply_rhythm": chance.choice(_RHYTHMS),
    }
