"""Everyone whom matching looks at, as they stand in one moment: what it is given, and all that it is given."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MenteeSide:
    """A young person and what they said. Empty and None: nothing said. Words and regions are folded (lower case, no
    blanks around them), so that they can be compared."""

    account_id: UUID
    organisation_id: UUID
    languages: frozenset[str] = frozenset()
    region: str = ""
    gender_wish: str | None = None
    age_min: int | None = None
    age_max: int | None = None
    times: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    experiences: frozenset[str] = frozenset()
    interests: frozenset[str] = frozenset()
    dislikes: frozenset[str] = frozenset()
    matters_most: frozenset[str] = frozenset()
    choices: tuple[UUID, ...] = ()
    again_with: UUID | None = None
    reply_rhythm: str | None = None
    birth_year: int | None = None
    never: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorSide:
    """A mentor: what the card says, what they wish for privately, what staff settled. `screened_until` None: without
    end. `open_pairs` is how many places are taken."""

    account_id: UUID
    organisation_id: UUID
    languages: frozenset[str] = frozenset()
    region: str = ""
    gender: str | None = None
    birth_year: int | None = None
    times: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    experiences: frozenset[str] = frozenset()
    interests: frozenset[str] = frozenset()
    dislikes: frozenset[str] = frozenset()
    reply_rhythm: str | None = None
    cannot_carry: frozenset[str] = frozenset()
    mentee_age_min: int | None = None
    mentee_age_max: int | None = None
    never: frozenset[UUID] = frozenset()
    approved: bool = True
    screened_on: date | None = date.min
    screened_until: date | None = None
    capacity: int = 1
    open_pairs: int = 0
    away_from: date | None = None
    away_until: date | None = None


class Apart(NamedTuple):
    """Two who must not be proposed to each other (now), and the code of why."""

    mentee_id: UUID
    mentor_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class AgeRule:
    """The programme's own, in years: how old a mentor must be, and how much older than the young person."""

    mentor_age_min: int = 18
    mentor_years_older_min: int = 0


@dataclass(frozen=True, slots=True)
class Pool:
    """Who is looked at, and on which day."""

    mentees: tuple[MenteeSide, ...]
    mentors: tuple[MentorSide, ...]
    apart: frozenset[Apart]
    today: date
    age_rule: AgeRule = field(default_factory=AgeRule)


def with_only(pool: Pool, mentor_id: UUID) -> Pool:
    """A pool in which that mentor is the only one, if they are in it: no pair's points depend on other mentors."""
    return replace(pool, mentors=tuple(side for side in pool.mentors if side.account_id == mentor_id))
