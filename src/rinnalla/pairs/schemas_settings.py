"""The settings of a programme on the wire."""

from typing import Annotated

import msgspec
from msgspec import Meta

from rinnalla.kit.schema import In, Moment, Out
from rinnalla.pairs.settings import OUR_OWN, CheckinPlan, ProgrammeSettings, SettingsInForce

CriterionName = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z_]+$(?!\n)", examples=["needs"])]
Weight = Annotated[int, Meta(ge=0, le=1000, examples=[25])]
Weights = Annotated[
    dict[CriterionName, Weight],
    Meta(
        max_length=100,
        description="The most points of each criterion that gives points; one that is not named counts nothing",
        examples=[{"experience": 25, "needs": 25, "choice": 20}],
    ),
]
Points = Annotated[int, Meta(ge=0, le=10_000, examples=[5])]
LeastPoints = Annotated[
    int,
    Meta(ge=0, le=10_000, description="A run proposes nobody with fewer, but those who wait too long", examples=[0]),
]
Days = Annotated[int, Meta(ge=1, le=1000, examples=[30])]
Years = Annotated[int, Meta(ge=0, le=60, description="By years of birth, as nobody tells more", examples=[18])]
Count = Annotated[int, Meta(ge=0, le=20, examples=[3])]
NudgeDays = Annotated[
    list[Days], Meta(max_length=20, description="Days of silence, ascending", examples=[[14, 30, 60]])
]
Hour = Annotated[int, Meta(ge=0, le=23, description="An hour of the day", examples=[21])]


class CheckinPlanEdit(In):
    """When staff talk with each side of a pair, in days from its beginning."""

    first_within_days: Days
    first_month: Count
    year_one_every_days: Days
    later_every_days: Days
    in_depth_quarter_one_every_days: Days
    in_depth_later_every_days: Days


class SettingsEdit(In):
    """All settings. `mentees_may_propose`: a young person may ask a mentor themselves; the two answer as if staff had
    proposed them. `mentor_age_min`: a mentor reaches that age this year or has reached it; that they are of age is
    for those who approve them to see. Versions are only added: what was decided by an older one can still be
    explained."""

    weights: Weights
    least_points: LeastPoints
    waiting_bonus_per_30_days: Points
    waiting_bonus_most: Points
    overdue_after_days: Days
    mentees_see_suggestions: bool
    mentees_may_propose: bool
    mentor_age_min: Years
    mentor_years_older_min: Years
    proposal_days: Days
    proposal_reminder_days: Days
    trial_days: Days
    nudges_most: Count
    nudge_days: NudgeDays
    quiet_from: Hour
    quiet_until: Hour
    checkin_plan: CheckinPlanEdit


class CheckinPlanBody(Out):
    """When staff talk with each side of a pair, in days from its beginning."""

    first_within_days: Days
    first_month: Count
    year_one_every_days: Days
    later_every_days: Days
    in_depth_quarter_one_every_days: Days
    in_depth_later_every_days: Days


class SettingsBody(Out):
    """`version` 0 with a null `set_at`: the programme has settled nothing, and Rinnalla's own choice holds, which is no
    research result. `version` is the ETag for edits; `name` is how decisions refer to it."""

    version: Annotated[int, Meta(ge=0, examples=[0])]
    name: Annotated[str, Meta(examples=[OUR_OWN])]
    set_at: Moment | None
    weights: Weights
    least_points: LeastPoints
    waiting_bonus_per_30_days: Points
    waiting_bonus_most: Points
    overdue_after_days: Days
    mentees_see_suggestions: bool
    mentees_may_propose: bool
    mentor_age_min: Years
    mentor_years_older_min: Years
    proposal_days: Days
    proposal_reminder_days: Days
    trial_days: Days
    nudges_most: Count
    nudge_days: NudgeDays
    quiet_from: Hour
    quiet_until: Hour
    checkin_plan: CheckinPlanBody


def settings_edit(body: SettingsEdit) -> ProgrammeSettings:
    """What a body asks for, in the service's words."""
    stated = msgspec.structs.asdict(body)
    plan = CheckinPlan(**msgspec.structs.asdict(body.checkin_plan))
    return ProgrammeSettings(**{**stated, "nudge_days": tuple(body.nudge_days), "checkin_plan": plan})


def settings_body(in_force: SettingsInForce) -> SettingsBody:
    stated = msgspec.to_builtins(in_force.settings)
    return msgspec.convert(
        {**stated, "version": in_force.version, "name": in_force.name, "set_at": in_force.set_at}, SettingsBody
    )
