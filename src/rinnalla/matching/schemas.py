"""Criteria and suggestions on the wire."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from rinnalla.kit.pages import encode_cursor
from rinnalla.kit.schema import NextCursor, Out
from rinnalla.matching.criteria import Criteria
from rinnalla.matching.criterion import Evidence, Hard, Level, Reason, Soft, Texts
from rinnalla.matching.ranking import Change, ChangeKind
from rinnalla.matching.scoring import Contribution
from rinnalla.matching.service import Excluded, Suggested, Suggestions
from rinnalla.pairs.schemas import PersonBody
from rinnalla.profiles.service import CardView, Contradiction, ContradictionCode

Points = Annotated[int, Meta(ge=-100_000, le=100_000, examples=[12])]
Most = Annotated[int, Meta(ge=0, le=1000, examples=[25])]
WishList = Annotated[list[str], Meta(examples=[["housing"]])]
CriterionName = Annotated[str, Meta(examples=["needs"])]
ReasonCode = Annotated[str, Meta(examples=["no_common_language"])]


class Speaks(StrEnum):
    """Whether what a criterion found speaks for the two. `neither`: nothing was wished for, so that nothing is unmet.
    What is not known (`not_told`) does not speak for them."""

    FOR = "for"
    AGAINST = "against"
    NEITHER = "neither"


class CriterionKind(StrEnum):
    RULES_OUT = "rules_out"
    GIVES_POINTS = "gives_points"


class TextsBody(Out):
    """One sentence in each language of the app."""

    fi: Annotated[str, Meta(examples=["He ovat samalta seudulta."])]
    sv: Annotated[str, Meta(examples=["De är från samma trakt."])]
    nb: Annotated[str, Meta(examples=["De er fra samme område."])]
    en: Annotated[str, Meta(examples=["They are from the same region."])]


class EvidenceBody(Out):
    """What was found, and where. No source gives weights: those are each programme's choice."""

    level: Level
    note: Annotated[str, Meta(examples=["Programmes that matched by similar interests did better."])]
    source: Annotated[str, Meta(examples=["DuBois et al. 2011 (meta-analysis)"])]


class CriterionBody(Out):
    """`may_matter`: a young person may say that it matters most to them."""

    name: CriterionName
    kind: CriterionKind
    may_matter: bool
    why: TextsBody
    evidence: EvidenceBody


class CriteriaBody(Out):
    items: list[CriterionBody]
    next_cursor: NextCursor


class ContributionBody(Out):
    """What one criterion gave, of at most `most`; what is unmet of something that matters most to the young person
    costs twice. `met` and `unmet`: their words, where there are any. `words` say in one sentence what speaks for or
    against."""

    criterion: CriterionName
    points: Points
    most: Most
    matters_most: bool
    reason: Reason
    met: WishList
    unmet: WishList
    speaks: Speaks
    words: TextsBody
    evidence: Level


class SuggestionBody(Out):
    """`score` is the sum of the contributions' points."""

    mentor: PersonBody
    score: Points
    contributions: list[ContributionBody]


class ExcludedBody(Out):
    """`a_wish`: somebody's private wish, and nothing else. Whose and which is told to nobody."""

    mentor: PersonBody
    reasons: Annotated[list[ReasonCode], Meta(examples=[["no_common_language"]])]


class ChangeBody(Out):
    """After this and nothing else, `mentor` would come first. `value`: what the mentor would meet as well."""

    kind: ChangeKind
    criterion: CriterionName
    value: Annotated[str | None, Meta(examples=["weekday_evening"])]
    mentor: PersonBody


class WishAgainstWishBody(Out):
    """What of the young person's wishes can't all come true. `pointers` lead into the wishes."""

    code: ContradictionCode
    pointers: Annotated[list[str], Meta(examples=[["/choices/0", "/gender_wish"]])]


class SuggestionsBody(Out):
    """The best first. `settings` names the version of the programme's settings that gave the weights. A criterion of
    `failed_criteria` failed and was left out: it counts for nobody and rules out nobody. What nobody may look past is
    checked again when you propose."""

    settings: Annotated[str, Meta(examples=["rinnalla-3"])]
    items: list[SuggestionBody]
    excluded: list[ExcludedBody]
    what_would_change: list[ChangeBody]
    contradictions: list[WishAgainstWishBody]
    failed_criteria: list[CriterionName]
    next_cursor: NextCursor


class GoodReasonBody(Out):
    """One thing that speaks for a mentor."""

    criterion: CriterionName
    met: WishList
    words: TextsBody


class OwnSuggestionBody(Out):
    mentor: PersonBody
    reasons: list[GoodReasonBody]


class OwnSuggestionsBody(Out):
    """A few mentors who could suit you, and why. Others may too: the choice is yours and theirs."""

    items: list[OwnSuggestionBody]
    next_cursor: NextCursor


class Shaping:
    """Shapes what matching found, with the words of its criteria."""

    def __init__(self, criteria: Criteria) -> None:
        self._hard = criteria.hard
        self._soft = {criterion.name: criterion for criterion in criteria.soft}

    def criteria(self) -> CriteriaBody:
        items = [*map(_criterion_body, self._hard), *map(_criterion_body, self._soft.values())]
        return CriteriaBody(items=items, next_cursor=None)

    def suggestions(self, found: Suggestions, seen: int) -> SuggestionsBody:
        """`seen`: how many suggestions came before and with these."""
        return SuggestionsBody(
            settings=found.in_force.name,
            items=[self._suggestion(one) for one in found.suggested],
            excluded=[_excluded_body(one) for one in found.excluded],
            what_would_change=[_change_body(change, card) for change, card in found.changes],
            contradictions=[_contradiction_body(one) for one in found.contradictions],
            failed_criteria=list(found.failed),
            next_cursor=encode_cursor(seen) if found.left else None,
        )

    def own(self, suggested: list[Suggested]) -> OwnSuggestionsBody:
        return OwnSuggestionsBody(items=[self._own(one) for one in suggested], next_cursor=None)

    def _suggestion(self, one: Suggested) -> SuggestionBody:
        return SuggestionBody(
            mentor=_person(one.card),
            score=one.explanation.points,
            contributions=[self.contribution(part) for part in one.explanation.contributions],
        )

    def contribution(self, part: Contribution) -> ContributionBody:
        criterion, speaks = self._soft[part.criterion], _speaks(part)
        said = {Speaks.FOR: criterion.speaks_for, Speaks.AGAINST: criterion.speaks_against}.get(speaks, criterion.why)
        return ContributionBody(
            criterion=part.criterion,
            points=part.points,
            most=part.most,
            matters_most=part.matters_most,
            reason=part.reason,
            met=list(part.met),
            unmet=list(part.unmet),
            speaks=speaks,
            words=_texts(said),
            evidence=criterion.evidence.level,
        )

    def _own(self, one: Suggested) -> OwnSuggestionBody:
        good = [part for part in one.explanation.contributions if _speaks(part) == Speaks.FOR]
        return OwnSuggestionBody(
            mentor=_person(one.card),
            reasons=[
                GoodReasonBody(
                    criterion=part.criterion,
                    met=list(part.met),
                    words=_texts(self._soft[part.criterion].speaks_for),
                )
                for part in good
            ],
        )


def _speaks(part: Contribution) -> Speaks:
    if part.reason == Reason.NOT_ASKED:
        return Speaks.NEITHER
    return Speaks.FOR if 2 * part.points > part.most else Speaks.AGAINST


def _criterion_body(criterion: Hard | Soft) -> CriterionBody:
    gives_points = isinstance(criterion, Soft)
    return CriterionBody(
        name=criterion.name,
        kind=CriterionKind.GIVES_POINTS if gives_points else CriterionKind.RULES_OUT,
        may_matter=isinstance(criterion, Soft) and criterion.may_matter,
        why=_texts(criterion.why),
        evidence=_evidence(criterion.evidence),
    )


def _evidence(evidence: Evidence) -> EvidenceBody:
    return EvidenceBody(level=evidence.level, note=evidence.note, source=evidence.source)


def _texts(texts: Texts) -> TextsBody:
    return TextsBody(fi=texts.fi, sv=texts.sv, nb=texts.nb, en=texts.en)


def _person(card: CardView) -> PersonBody:
    return PersonBody(id=card.account_id, display_name=card.display_name)


def _excluded_body(excluded: Excluded) -> ExcludedBody:
    return ExcludedBody(mentor=_person(excluded.card), reasons=list(excluded.reasons))


def _change_body(change: Change, card: CardView) -> ChangeBody:
    return ChangeBody(kind=change.kind, criterion=change.criterion, value=change.value, mentor=_person(card))


def _contradiction_body(one: Contradiction) -> WishAgainstWishBody:
    return WishAgainstWishBody(code=one.code, pointers=list(one.pointers))
