"""Matching runs on the wire."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from rinnalla.kit.schema import In, Moment, NextCursor, Out
from rinnalla.matching.criteria import Criteria
from rinnalla.matching.exclusions import Exclusions
from rinnalla.matching.models_runs import MatchingRun
from rinnalla.matching.runs import MOST_SEED, FoundView, OutcomeView
from rinnalla.matching.schemas import ContributionBody, CriterionName, Most, Points, ReasonCode, Shaping
from rinnalla.matching.stages import Outcome, RunFailure, RunPhase, RunState
from rinnalla.pairs.schemas import PersonBody, Why

Count = Annotated[int, Meta(ge=0, examples=[30])]
Days = Annotated[int, Meta(ge=0, examples=[41])]
Seed = Annotated[int, Meta(ge=0, lt=MOST_SEED, examples=[20261121])]
Years = Annotated[int, Meta(ge=0, examples=[18])]
Bonus = Annotated[int, Meta(ge=0, examples=[5])]


class StartRun(In):
    """`client_id`: made by the app, so that starting a run can be repeated. `seed`: who goes first among equals; left
    out, chance decides. The same people, settings and seed give the same proposals."""

    client_id: UUID
    seed: Seed | None = None


class FixProposal(In):
    """`reason`: needed where a wish, or an absence, is looked past, and kept wherever there is one."""

    mentor_id: UUID
    reason: Why | None = None


class RulesBody(Out):
    """What a run counted by, as the programme's settings were when it was solved: also where it had settled nothing.
    The age rule is null in a run that did not keep it yet."""

    weights: Annotated[dict[CriterionName, Most], Meta(examples=[{"experience": 25, "needs": 25, "choice": 20}])]
    least_points: Count
    waiting_bonus_per_30_days: Bonus
    waiting_bonus_most: Bonus
    overdue_after_days: Days
    mentor_age_min: Years | None
    mentor_years_older_min: Years | None


class RunBody(Out):
    """`phase` with `done` of `of` says how far a run is that is being solved; `of` is 0 while that is not known.
    `settings` names the version of the programme's settings (`settings_version`; 0: it had settled nothing), `rules`
    say what the run took from them. `possible_pairs` are those that nothing rules out, `points` the sum over all
    proposals. `failed_criteria` failed, and the run went on without them: look at its proposals with that in mind.
    What nobody may look past is checked again at the release. `unsolved`: you fixed something that takes another
    proposal's place. `solves`: how often it was solved. `looked_at`: the day whose pool it is."""

    id: UUID
    state: RunState
    phase: RunPhase | None
    done: Count
    of: Count
    failure: RunFailure | None
    seed: Seed
    settings: Annotated[str | None, Meta(examples=["rinnalla-3"])]
    settings_version: Annotated[int, Meta(ge=0, examples=[0])] | None
    rules: RulesBody | None
    looked_at: Annotated[date | None, Meta(examples=["2026-11-21"])]
    mentees: Count
    mentors: Count
    possible_pairs: Count
    proposals: Count
    points: Annotated[int, Meta(examples=[2140])]
    failed_criteria: list[CriterionName]
    unsolved: bool
    solves: Count
    started_by: UUID | None
    created_at: Moment
    solved_at: Moment | None
    released_at: Moment | None
    released_by: UUID | None


class RunList(Out):
    items: list[RunBody]
    next_cursor: NextCursor


class ExcludingBody(Out):
    """How many mentors one rule kept away, by the name of a criterion; `a_wish`: those whom nothing but somebody's
    private wish did. A mentor may be counted more than once."""

    reason: ReasonCode
    mentors: Count


class ExcludedChoiceBody(Out):
    """Why someone's own choice was not possible. `place` among their choices, from 0."""

    place: Count
    reasons: Annotated[list[ReasonCode], Meta(examples=[["full"]])]


class ExclusionsBody(Out):
    """What stood between a young person and the mentors of a run when it was solved, staff's own decisions apart."""

    possible_mentors: Count
    ruled_out_by: list[ExcludingBody]
    choices: list[ExcludedChoiceBody]


class FoundBody(Out):
    """What a run had found for someone before staff decided something else, and who did that. `mentor` is null where it
    had found nobody, or where that mentor has left; `changed_by`, where that member of the staff has."""

    mentor: PersonBody | None
    score: Points
    contributions: list[ContributionBody]
    changed_by: UUID | None
    changed_at: Moment


class OutcomeBody(Out):
    """What a run found for someone. `waited_days`: since they asked to be paired, or since a proposal of staff which
    they let expire without a yes, if that was later; `waiting_bonus` and `times_overdue` go by it. `score` is the sum
    of the contributions' points. What decided is the score, the `waiting_bonus`, and above both how many times the
    young person is overdue. `mentor` is null where there is none, or where that mentor has left. `fixed`: by staff,
    because of `why` and past the codes of `past`. `struck`: mentors whom staff don't want to propose to them now.
    `found`: what it was before staff changed it for the first time; null where they have not, or in a run that did not
    keep it yet, as with `exclusions`. `pair_id`: the proposal that was made."""

    mentee: PersonBody
    waited_days: Days
    outcome: Outcome
    mentor: PersonBody | None
    score: Points
    waiting_bonus: Bonus
    times_overdue: Count
    contributions: list[ContributionBody]
    fixed: bool
    past: Annotated[list[ReasonCode], Meta(examples=[["gender_wish"]])]
    why: Annotated[str | None, Meta(examples=["They have talked, and both want it."])]
    struck: list[UUID]
    found: FoundBody | None
    exclusions: ExclusionsBody | None
    pair_id: UUID | None


class OutcomeList(Out):
    items: list[OutcomeBody]
    next_cursor: NextCursor


def run_body(run: MatchingRun) -> RunBody:
    return RunBody(
        id=run.id,
        state=RunState(run.state),
        phase=RunPhase(run.phase) if run.phase else None,
        done=run.done,
        of=run.of,
        failure=RunFailure(run.failure) if run.failure else None,
        seed=run.seed,
        settings=run.rules["name"] if run.rules else None,
        settings_version=run.settings_version,
        rules=_rules_body(run.rules) if run.rules else None,
        looked_at=run.looked_at,
        mentees=run.mentees,
        mentors=run.mentors,
        possible_pairs=run.possible_pairs,
        proposals=run.proposals,
        points=run.points,
        failed_criteria=run.failed_criteria,
        unsolved=run.unsolved,
        solves=run.solves,
        started_by=run.started_by,
        created_at=run.created_at,
        solved_at=run.solved_at,
        released_at=run.released_at,
        released_by=run.released_by,
    )


def _rules_body(rules: dict[str, Any]) -> RulesBody:
    turns, age_rule = rules["turns"], rules.get("age_rule", {})
    return RulesBody(
        weights=rules["weights"],
        least_points=turns["least_points"],
        waiting_bonus_per_30_days=turns["bonus"],
        waiting_bonus_most=turns["most_bonus"],
        overdue_after_days=turns["overdue_after"],
        mentor_age_min=age_rule.get("mentor_age_min"),
        mentor_years_older_min=age_rule.get("mentor_years_older_min"),
    )


def _exclusions_body(exclusions: Exclusions) -> ExclusionsBody:
    return ExclusionsBody(
        possible_mentors=exclusions.possible,
        ruled_out_by=[ExcludingBody(reason=name, mentors=count) for name, count in exclusions.mentors.items()],
        choices=[
            ExcludedChoiceBody(place=place, reasons=list(codes)) for place, codes in sorted(exclusions.choices.items())
        ],
    )


def outcome_body(view: OutcomeView, criteria: Criteria) -> OutcomeBody:
    one, shaping = view.outcome, Shaping(criteria)
    return OutcomeBody(
        mentee=PersonBody(id=one.mentee_id, display_name=view.mentee_name),
        waited_days=one.waited,
        outcome=Outcome(one.outcome),
        mentor=_mentor(one.mentor_id, view.mentor_name),
        score=one.points,
        waiting_bonus=one.waiting_bonus,
        times_overdue=one.times_overdue,
        contributions=[shaping.contribution(part) for part in view.contributions],
        fixed=view.fixed,
        past=list(view.past),
        why=view.why,
        struck=list(view.struck),
        found=_found_body(view.before, shaping) if view.before else None,
        exclusions=_exclusions_body(view.exclusions) if view.exclusions else None,
        pair_id=one.pair_id,
    )


def _mentor(mentor_id: UUID | None, name: str | None) -> PersonBody | None:
    return None if mentor_id is None or name is None else PersonBody(id=mentor_id, display_name=name)


def _found_body(view: FoundView, shaping: Shaping) -> FoundBody:
    return FoundBody(
        mentor=_mentor(view.found.mentor_id, view.mentor_name),
        score=view.found.points,
        contributions=[shaping.contribution(part) for part in view.contributions],
        changed_by=view.found.changed_by,
        changed_at=view.found.changed_at,
    )
