"""Follow-ups on the wire."""

from uuid import UUID

from rinnalla.kit.schema import Moment, NextCursor, Out
from rinnalla.matching.criteria import Criteria
from rinnalla.matching.followups import FollowUpView
from rinnalla.matching.schemas import ContributionBody, CriterionName, Points, Shaping
from rinnalla.matching.schemas_runs import Count
from rinnalla.matching.stages import FollowUpKind, FollowUpState
from rinnalla.pairs.schemas import PersonBody


class FollowUpBody(Out):
    """A suggestion after a proposal was declined or expired: who comes next for that mentor's `place`, or for that
    `person`. `version` goes into If-Match. `run_id` is the run it began with, null where staff proposed by hand;
    `pair_id` came to nothing; `new_pair_id` was made of this. `failed_criteria` failed, and it was looked for without
    them: look at it with that in mind."""

    id: UUID
    kind: FollowUpKind
    state: FollowUpState
    run_id: UUID | None
    pair_id: UUID | None
    mentee: PersonBody | None
    mentor: PersonBody | None
    score: Points
    contributions: list[ContributionBody]
    failed_criteria: list[CriterionName]
    new_pair_id: UUID | None
    created_at: Moment
    settled_at: Moment | None
    version: Count


class FollowUpList(Out):
    items: list[FollowUpBody]
    next_cursor: NextCursor


def follow_up_body(view: FollowUpView, criteria: Criteria) -> FollowUpBody:
    one, shaping = view.follow_up, Shaping(criteria)
    return FollowUpBody(
        id=one.id,
        kind=FollowUpKind(one.kind),
        state=FollowUpState(one.state),
        run_id=one.run_id,
        pair_id=one.pair_id,
        mentee=_person(one.mentee_id, view.mentee_name),
        mentor=_person(one.mentor_id, view.mentor_name),
        score=one.points,
        contributions=[shaping.contribution(part) for part in view.contributions],
        failed_criteria=one.failed_criteria,
        new_pair_id=one.new_pair_id,
        created_at=one.created_at,
        settled_at=one.settled_at,
        version=one.version,
    )


def _person(account_id: UUID | None, name: str | None) -> PersonBody | None:
    return PersonBody(id=account_id, display_name=name) if account_id is not None and name is not None else None
