"""What a criterion is: a name, its reasons in plain words, how well it is supported, and a pure function."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from rinnalla.matching.features import Bools, Features, Ints
from rinnalla.matching.pool import MenteeSide, MentorSide, Pool

A_WISH = "a_wish"
"""All that anyone is told of someone's private wish: neither whose nor which."""


class Level(StrEnum):
    """How well a criterion is supported: by studies (`strong`, `moderate`, `small`, `qualitative`), by agreement or
    custom of the field (`consensus`, `practice`), by law or safety (`rule`), or by us alone (`own_choice`)."""

    STRONG = "strong"
    MODERATE = "moderate"
    SMALL = "small"
    QUALITATIVE = "qualitative"
    CONSENSUS = "consensus"
    PRACTICE = "practice"
    RULE = "rule"
    OWN_CHOICE = "own_choice"


@dataclass(frozen=True, slots=True)
class Evidence:
    """`note` says in one line what was found, `source` where."""

    level: Level
    note: str
    source: str


@dataclass(frozen=True, slots=True)
class Texts:
    """One sentence in each language of the app."""

    fi: str
    sv: str
    nb: str
    en: str


class Reason(StrEnum):
    """Why a criterion gave the points it gave. `not_asked`: nothing was wished for, so nothing is unmet;
    `not_told`: what it goes by is not known of one of the two."""

    NOT_ASKED = "not_asked"
    ALL_MET = "all_met"
    SOME_MET = "some_met"
    NONE_MET = "none_met"
    NOT_TOLD = "not_told"


@dataclass(frozen=True, slots=True)
class Told:
    """A reason, and what of it can be named: the young person's own words, met and unmet."""

    reason: Reason
    met: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()


Nearer = Callable[[MenteeSide, MentorSide], Iterator[tuple[str, MentorSide]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Soft:
    """A criterion that gives points.

    `points(features, mentee, mentor, most)` gives each pair 0 to `most`. A wish may lower it and never raise it: who
    wishes for nothing has all of it. Telling what one can do (`times`) may raise it: who can do less has no more. One
    that raises, or answers no whole number for each pair, has failed, and matching goes on without it. `tell` names
    what stood behind the points of one pair. `may_matter`: a young person may say that it matters most to them.
    `nearer` yields the smallest changes of a mentor that meet one thing more, each with a name for that thing.
    """

    name: str
    most: int
    why: Texts
    speaks_for: Texts
    speaks_against: Texts
    evidence: Evidence
    points: Callable[[Features, Ints, Ints, int], Ints]
    tell: Callable[[Pool, MenteeSide, MentorSide], Told]
    nearer: Nearer | None = None
    may_matter: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Hard:
    """A criterion that rules pairs out. Where it fails, matching goes on without it: one that nobody may look past is
    checked again in `pairs`, when two are brought together.

    `rules_out(features, mentee, mentor)` says of each pair, or of each on one side, whether it does. `codes` of one
    ruled-out pair are what is told; by default the name. `private`: it goes by what is told to nobody, and its code is
    A_WISH.
    """

    name: str
    why: Texts
    evidence: Evidence
    rules_out: Callable[[Features, Ints, Ints], Bools]
    codes: Callable[[Pool, MenteeSide, MentorSide], Sequence[str]] | None = None
    private: bool = False

    def told(self, pool: Pool, mentee: MenteeSide, mentor: MentorSide) -> tuple[str, ...]:
        """What may be said of a pair that this rules out."""
        if self.private:
            return (A_WISH,)
        return (self.name,) if self.codes is None else tuple(self.codes(pool, mentee, mentor))


def compare(asked: Collection[str], offered: Collection[str]) -> Told:
    """What of the young person's words the mentor has, and what not."""
    met, unmet = tuple(sorted(set(asked) & set(offered))), tuple(sorted(set(asked) - set(offered)))
    if not asked:
        return Told(Reason.NOT_ASKED)
    if not unmet:
        return Told(Reason.ALL_MET, met)
    return Told(Reason.SOME_MET if met else Reason.NONE_MET, met, unmet)


def one_more(field: str) -> Nearer:
    """The changes that give a mentor one more of what the young person named in that field."""

    def nearer(mentee: MenteeSide, mentor: MentorSide) -> Iterator[tuple[str, MentorSide]]:
        asked, offered = getattr(mentee, field), getattr(mentor, field)
        for value in sorted(asked - offered):
            yield value, replace(mentor, **{field: offered | {value}})

    return nearer
