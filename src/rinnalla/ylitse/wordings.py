"""How mentors of this contract describe themselves in words of their own, beside what a card has for them.

A card knows languages by code, and channels and genders by kind. These clients choose from lists that we don't know and
show what they sent: so the words are kept as they came, and told for as long as the card says the same, or has nothing
for them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rinnalla.profiles.service import Channel, Gender
from rinnalla.ylitse.languages import code_of

NOT_TOLD = "other"
"""What is told of a gender that was not: these clients have no word for that."""
_GENDERS = {
    Gender.FEMALE: "woman nainen kvinna kvinne",
    Gender.MALE: "man mies mann",
    Gender.OTHER: "muu annan annet",
}
_GENDER_OF = {name: gender for gender, names in _GENDERS.items() for name in (gender, *names.split())}
Meaning = Callable[[str], str | None]
"""What a card has for a word."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one mentor; none of a gender is an empty one."""

    languages: Sequence[str] = ()
    channels: Sequence[str] = ()
    gender: str = ""


def wording_of(languages: Sequence[str], channels: Sequence[str], gender: str) -> Wording:
    """What was sent, each word once and without blanks around it."""
    return Wording(_distinct(languages), _distinct(channels), gender.strip())


def channel_of(word: str) -> str | None:
    folded = word.strip().casefold().replace(" ", "_").replace("-", "_")
    return folded if folded in set(Channel) else None


def gender_of(word: str) -> str | None:
    return _GENDER_OF.get(word.strip().casefold())


def meanings(words: Sequence[str], meaning: Meaning) -> list[str]:
    """What a card has for these words."""
    return [found for word in words if (found := meaning(word)) is not None]


def languages_told(wording: Wording, held: Sequence[str]) -> list[str]:
    return _told(wording.languages, held, code_of)


def channels_told(wording: Wording, held: Sequence[str]) -> list[str]:
    return _told(wording.channels, held, channel_of)


def gender_told(wording: Wording, held: str | None) -> str:
    return wording.gender if wording.gender and gender_of(wording.gender) == held else held or NOT_TOLD


def _told(words: Sequence[str], held: Sequence[str], meaning: Meaning) -> list[str]:
    """The words that still hold, and whatever else the card says."""
    still = [word for word in words if meaning(word) is None or meaning(word) in held]
    said = set(meanings(still, meaning))
    return [*still, *(one for one in held if one not in said)]


def _distinct(words: Sequence[str]) -> list[str]:
    return [word for word in dict.fromkeys(word.strip() for word in words) if word]
