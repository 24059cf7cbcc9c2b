"""Who could be a good mentor for whom: first what rules someone out, then points with their reasons. No I/O.

No study gives numbers for criteria like these (the practice "match by characteristics" is rated as insufficiently
researched by the National Mentoring Resource Center), so the weights are a design choice of our own, named and
versioned, and each criterion says how strong the evidence for it is. The points advise staff; people decide.

Points fall with what is left unmet and not with a share of what was asked: then neither a mentor who offers more nor a
young person who wishes for less can lose by it. All points are whole numbers, so that they add up exactly.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from rinnalla.pairs.service import PairState, is_away, is_full
from rinnalla.profiles.service import CardView, WishesView

NEAR_PEER_AGES = (19, 35)
"""3-10 years older than someone of the 16-25 whom the service is for; a young person's own age is not stored."""
AGE_FADES_OVER = 10
ENOUGH_IN_COMMON = 2
"""Times of day, and languages, beyond which more in common adds nothing."""


class Criterion(StrEnum):
    TOPICS = "topics"
    TIMES = "times"
    NEAR_PEER = "near_peer"
    LANGUAGES = "languages"
    REGION = "region"
    LOAD = "load"


class Evidence(StrEnum):
    """How well a criterion is supported: `moderate` by studies, `consensus` among practitioners, `own_choice` by us."""

    MODERATE = "moderate"
    CONSENSUS = "consensus"
    OWN_CHOICE = "own_choice"


# Topics: DuBois et al. 2011 (programmes did better where the mentor's background fits the young person's goals).
# Near peers: Poon, Christensen, Rhodes 2021 (in foster care more than twice as effective).
# Times, languages, region: Elements of Effective Practice for Mentoring, 5th edition, standard 9.
EVIDENCE: Mapping[Criterion, Evidence] = {
    Criterion.TOPICS: Evidence.MODERATE,
    Criterion.TIMES: Evidence.CONSENSUS,
    Criterion.NEAR_PEER: Evidence.MODERATE,
    Criterion.LANGUAGES: Evidence.CONSENSUS,
    Criterion.REGION: Evidence.CONSENSUS,
    Criterion.LOAD: Evidence.OWN_CHOICE,
}


class ScoreReason(StrEnum):
    """Why a criterion gave the points it gave. `not_asked`: no wish, so nothing is unmet."""

    NOT_ASKED = "not_asked"
    ALL_MET = "all_met"
    SOME_MET = "some_met"
    NONE_MET = "none_met"
    NEAR_IN_AGE = "near_in_age"
    FAR_IN_AGE = "far_in_age"
    AGE_UNKNOWN = "age_unknown"
    NO_PAIRS_YET = "no_pairs_yet"
    SOME_PLACES_TAKEN = "some_places_taken"


class Exclusion(StrEnum):
    """What rules a mentor out for someone. What a mentor did not tell can't meet an explicit wish."""

    NO_COMMON_LANGUAGE = "no_common_language"
    GENDER_WISH = "gender_wish"
    AGE_WISH = "age_wish"
    FULL = "full"
    AWAY = "away"
    PAIRED_NOW = "paired_now"
    DECLINED_BEFORE = "declined_before"
    PAIRED_BEFORE = "paired_before"


_RULED_OUT_BY = {
    PairState.PROPOSED: Exclusion.PAIRED_NOW,
    PairState.ACTIVE: Exclusion.PAIRED_NOW,
    PairState.DECLINED: Exclusion.DECLINED_BEFORE,
    PairState.ENDED: Exclusion.PAIRED_BEFORE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The most points that each criterion can give: our own design choice, of 100 in all."""

    version: str
    points: Mapping[Criterion, int]


WEIGHTS = Weights(
    version="rinnalla-1",
    points={
        Criterion.TOPICS: 40,
        Criterion.TIMES: 15,
        Criterion.NEAR_PEER: 15,
        Criterion.LANGUAGES: 10,
        Criterion.REGION: 10,
        Criterion.LOAD: 10,
    },
)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one criterion gave, of at most how much, and why. `met` and `unmet` are wishes, where there were any."""

    criterion: Criterion
    points: int
    most: int
    reason: ScoreReason
    met: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A mentor who could fit, with everything that speaks for it."""

    card: CardView
    contributions: tuple[Contribution, ...]

    @property
    def score(self) -> int:
        """0 to 100: the sum of the contributions."""
        return sum(contribution.points for contribution in self.contributions)


@dataclass(frozen=True, slots=True)
class Excluded:
    """A mentor who is ruled out, with everything that does."""

    card: CardView
    reasons: tuple[Exclusion, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best first, and those who are ruled out."""

    weights_version: str
    suggested: Sequence[Suggestion]
    excluded: Sequence[Excluded]


def rank(
    wishes: WishesView,
    cards: Iterable[CardView],
    history: Mapping[UUID, Collection[Exclusion]],
    today: date,
    weights: Weights = WEIGHTS,
) -> Ranking:
    """All mentors, judged for one young person. The order depends on nothing but what is passed: points, then who has
    fewer pairs, then who is here longest. `history`: what earlier pairs with these mentors rule out."""
    suggested, excluded = [], []
    for card in sorted(cards, key=lambda card: card.account_id):
        if reasons := exclusions(wishes, card, history.get(card.account_id, ()), today):
            excluded.append(Excluded(card, reasons))
        else:
            suggested.append(Suggestion(card, contributions(wishes, card, today, weights)))
    suggested.sort(key=lambda one: (-one.score, one.card.open_pairs, one.card.account_id))
    return Ranking(weights.version, suggested, excluded)


def exclusions(
    wishes: WishesView, card: CardView, history: Collection[Exclusion], today: date
) -> tuple[Exclusion, ...]:
    """Everything that rules this mentor out, in the order in which it is declared."""
    found = {
        Exclusion.NO_COMMON_LANGUAGE: bool(wishes.languages) and not set(wishes.languages) & set(card.languages),
        Exclusion.GENDER_WISH: wishes.gender_wish is not None and card.gender != wishes.gender_wish,
        Exclusion.AGE_WISH: not _age_fits(wishes, card, today),
        Exclusion.FULL: is_full(card),
        Exclusion.AWAY: is_away(card, today),
    }
    return tuple(one for one in Exclusion if found.get(one, False) or one in history)


def contributions(wishes: WishesView, card: CardView, today: date, weights: Weights) -> tuple[Contribution, ...]:
    """What each criterion gives this mentor."""
    most = weights.points
    return (
        _topics(wishes, card, most[Criterion.TOPICS]),
        _in_common(Criterion.TIMES, wishes.times, card.times, most[Criterion.TIMES]),
        _near_peer(card, today, most[Criterion.NEAR_PEER]),
        _in_common(Criterion.LANGUAGES, wishes.languages, card.languages, most[Criterion.LANGUAGES]),
        _region(wishes, card, most[Criterion.REGION]),
        _load(card, most[Criterion.LOAD]),
    )


def _topics(wishes: WishesView, card: CardView, most: int) -> Contribution:
    """Of 40: 40 when no wished topic is unmet, then 26, 20, 16, 13 … as one, two, three, four are."""
    met, unmet, reason = _compare(wishes.topics, card.topics)
    return Contribution(Criterion.TOPICS, most * 2 // (2 + len(unmet)), most, reason, met, unmet)


def _in_common(criterion: Criterion, asked: Collection[str], offered: Collection[str], most: int) -> Contribution:
    """Half for one in common, all for two or more. These are what someone can do, so more of them asks for less."""
    met, unmet, reason = _compare(asked, offered)
    enough = ENOUGH_IN_COMMON if asked else 0
    points = most * min(len(met), enough) // enough if enough else most
    return Contribution(criterion, points, most, reason, met, unmet)


def _near_peer(card: CardView, today: date, most: int) -> Contribution:
    if card.birth_year is None:
        return Contribution(Criterion.NEAR_PEER, 0, most, ScoreReason.AGE_UNKNOWN)
    youngest, oldest = NEAR_PEER_AGES
    age = today.year - card.birth_year
    years_off = max(youngest - age, age - oldest, 0)
    points = most * max(AGE_FADES_OVER - years_off, 0) // AGE_FADES_OVER
    return Contribution(
        Criterion.NEAR_PEER, points, most, ScoreReason.FAR_IN_AGE if years_off else ScoreReason.NEAR_IN_AGE
    )


def _region(wishes: WishesView, card: CardView, most: int) -> Contribution:
    asked = [wishes.region.strip().casefold()] if wishes.region.strip() else []
    met, unmet, reason = _compare(asked, [card.region.strip().casefold()])
    return Contribution(Criterion.REGION, 0 if unmet else most, most, reason, met, unmet)


def _load(card: CardView, most: int) -> Contribution:
    """The share of places that are free."""
    free = max(card.capacity - card.open_pairs, 0)
    points = most * free // card.capacity if card.capacity else 0
    reason = ScoreReason.SOME_PLACES_TAKEN if card.open_pairs else ScoreReason.NO_PAIRS_YET
    return Contribution(Criterion.LOAD, points, most, reason)


def _compare(asked: Collection[str], offered: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...], ScoreReason]:
    met, unmet = tuple(sorted(set(asked) & set(offered))), tuple(sorted(set(asked) - set(offered)))
    if not asked:
        return met, unmet, ScoreReason.NOT_ASKED
    if not unmet:
        return met, unmet, ScoreReason.ALL_MET
    return met, unmet, ScoreReason.SOME_MET if met else ScoreReason.NONE_MET


def _age_fits(wishes: WishesView, card: CardView, today: date) -> bool:
    """A birth year leaves two possible ages: one of them within the wish is enough."""
    if wishes.age_min is None and wishes.age_max is None:
        return True
    if card.birth_year is None:
        return False
    oldest = today.year - card.birth_year
    return (wishes.age_min is None or oldest >= wishes.age_min) and (
        wishes.age_max is None or oldest - 1 <= wishes.age_max
    )


def history_of(pairs: Iterable[tuple[UUID, PairState]]) -> dict[UUID, set[Exclusion]]:
    """What someone's pairs so far rule out, by mentor. A proposal that staff withdrew rules out nothing."""
    ruled_out: dict[UUID, set[Exclusion]] = {}
    for mentor_id, state in pairs:
        if exclusion := _RULED_OUT_BY.get(state):
            ruled_out.setdefault(mentor_id, set()).add(exclusion)
    return ruled_out
