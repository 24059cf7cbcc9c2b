"""Suggestions on the wire."""

from typing import Annotated

from msgspec import Meta

from rinnalla.kit.schema import NextCursor, Out
from rinnalla.matching.policy import (
    EVIDENCE,
    WEIGHTS,
    Contribution,
    Criterion,
    Evidence,
    Excluded,
    Exclusion,
    Ranking,
    ScoreReason,
    Suggestion,
)
from rinnalla.pairs.schemas import PersonBody

Points = Annotated[int, Meta(ge=0, le=100, examples=[26])]
WishList = Annotated[list[str], Meta(examples=[["housing"]])]
WeightsVersion = Annotated[str, Meta(examples=[WEIGHTS.version])]


class ContributionBody(Out):
    """What one criterion gave, of at most `most`. `met` and `unmet`: the young person's wishes, where it has any."""

    criterion: Criterion
    points: Points
    most: Points
    reason: ScoreReason
    met: WishList
    unmet: WishList
    evidence: Evidence


class SuggestionBody(Out):
    """`score`: 0 to 100, the sum of the contributions' points."""

    mentor: PersonBody
    score: Points
    contributions: list[ContributionBody]


class ExcludedBody(Out):
    mentor: PersonBody
    reasons: list[Exclusion]


class SuggestionsBody(Out):
    """The best first. `weights_version` names the weights, which are a design choice and no research result."""

    weights_version: WeightsVersion
    items: list[SuggestionBody]
    excluded: list[ExcludedBody]
    next_cursor: NextCursor


def suggestions_body(ranking: Ranking) -> SuggestionsBody:
    return SuggestionsBody(
        weights_version=ranking.weights_version,
        items=[_suggestion_body(one) for one in ranking.suggested],
        excluded=[_excluded_body(one) for one in ranking.excluded],
        next_cursor=None,
    )


def _suggestion_body(suggestion: Suggestion) -> SuggestionBody:
    return SuggestionBody(
        mentor=PersonBody(id=suggestion.card.account_id, display_name=suggestion.card.display_name),
        score=suggestion.score,
        contributions=[_contribution_body(one) for one in suggestion.contributions],
    )


def _contribution_body(contribution: Contribution) -> ContributionBody:
    return ContributionBody(
        criterion=contribution.criterion,
        points=contribution.points,
        most=contribution.most,
        reason=contribution.reason,
        met=list(contribution.met),
        unmet=list(contribution.unmet),
        evidence=EVIDENCE[contribution.criterion],
    )


def _excluded_body(excluded: Excluded) -> ExcludedBody:
    return ExcludedBody(
        mentor=PersonBody(id=excluded.card.account_id, display_name=excluded.card.display_name),
        reasons=list(excluded.reasons),
    )
