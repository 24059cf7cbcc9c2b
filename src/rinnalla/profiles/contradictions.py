"""Wishes that can't all come true. They are kept as they are said, and what stands against what is told. No I/O."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from rinnalla.profiles.policy import age_fits

TIMES = "times"


class ContradictionCode(StrEnum):
    """What stands against a choice, or against a mentor's own card; or times that matter most, and none are named."""

    CHOICE_GENDER = "choice_gender"
    CHOICE_AGE = "choice_age"
    CHOICE_LANGUAGE = "choice_language"
    CHOICE_NEVER = "choice_never"
    TIMES_NOT_NAMED = "times_not_named"
    TOPIC_ON_CARD = "topic_on_card"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`pointers` (RFC 6901) lead to what can't be together, in the body that says it."""

    code: ContradictionCode
    pointers: tuple[str, ...]


class Hoped(Protocol):
    """The part of wishes that can stand against each other."""

    @property
    def languages(self) -> list[str]: ...
    @property
    def gender_wish(self) -> str | None: ...
    @property
    def age_min(self) -> int | None: ...
    @property
    def age_max(self) -> int | None: ...
    @property
    def times(self) -> list[str]: ...
    @property
    def matters_most(self) -> list[str]: ...
    @property
    def choices(self) -> list[UUID]: ...


class Chosen(Protocol):
    """The part of a card that a wish can stand against."""

    @property
    def languages(self) -> list[str]: ...
    @property
    def gender(self) -> str | None: ...
    @property
    def birth_year(self) -> int | None: ...


def of_wishes(
    wishes: Hoped, cards: Mapping[UUID, Chosen], never: Collection[UUID], today: date
) -> tuple[Contradiction, ...]:
    """What a young person's own wishes say against each other, and against mentors whom they named. `never` is their
    private list: it is passed for an answer to themselves and for no other."""
    found = []
    if TIMES in wishes.matters_most and not wishes.times:
        pointers = (f"/matters_most/{wishes.matters_most.index(TIMES)}", "/times")
        found.append(Contradiction(ContradictionCode.TIMES_NOT_NAMED, pointers))
    for place, mentor_id in enumerate(wishes.choices):
        choice = f"/choices/{place}"
        if mentor_id in never:
            found.append(Contradiction(ContradictionCode.CHOICE_NEVER, (choice,)))
        if (card := cards.get(mentor_id)) is None:
            continue
        if wishes.gender_wish is not None and card.gender != wishes.gender_wish:
            found.append(Contradiction(ContradictionCode.CHOICE_GENDER, (choice, "/gender_wish")))
        if not age_fits(card.birth_year, wishes.age_min, wishes.age_max, today):
            asked = [name for name in ("age_min", "age_max") if getattr(wishes, name) is not None]
            found.append(Contradiction(ContradictionCode.CHOICE_AGE, (choice, *(f"/{name}" for name in asked))))
        if wishes.languages and not set(wishes.languages) & set(card.languages):
            found.append(Contradiction(ContradictionCode.CHOICE_LANGUAGE, (choice, "/languages")))
    return tuple(found)


def of_card(cannot_carry: Sequence[str], topics: Collection[str]) -> tuple[Contradiction, ...]:
    """Topics that a mentor says they can't carry, and that stand on their card."""
    return tuple(
        Contradiction(ContradictionCode.TOPIC_ON_CARD, (f"/cannot_carry/{place}",))
        for place, topic in enumerate(cannot_carry)
        if topic in topics
    )
