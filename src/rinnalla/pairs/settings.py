"""How a programme matches and looks after its pairs. No source gives weights or most of these numbers: what a programme
has not settled is our own choice, and is named so."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller
from rinnalla.kit.database import broken_constraint
from rinnalla.kit.errors import EditedMeanwhile, FieldProblem, InvalidBody
from rinnalla.kit.trail import AuditAction, record
from rinnalla.pairs import repository_settings as repository
from rinnalla.pairs.errors import SettingsNotFound
from rinnalla.pairs.models_settings import MatchingSettingsVersion

OUR_OWN = "rinnalla-3"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckinPlan:
    """When staff talk with each side of a pair (Elements of Effective Practice for Mentoring, 5th edition, standard 11:
    first within two weeks, twice in the first month, monthly with each side in the first year, quarterly after; in
    depth monthly in the first quarter, quarterly after). Days are counted from the beginning of the pair."""

    first_within_days: int = 14
    first_month: int = 2
    year_one_every_days: int = 30
    later_every_days: int = 90
    in_depth_quarter_one_every_days: int = 30
    in_depth_later_every_days: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeSettings:
    """What a programme settles. `weights` are the most points of each soft criterion, by name; one that is not named
    counts nothing. `quiet_from` to `quiet_until` are hours of the day at which nobody is nudged."""

    weights: Mapping[str, int] = field(default_factory=dict)
    least_points: int = 0
    waiting_bonus_per_30_days: int = 5
    waiting_bonus_most: int = 30
    overdue_after_days: int = 90
    mentees_see_suggestions: bool = False
    mentees_may_propose: bool = False
    mentor_age_min: int = 18
    mentor_years_older_min: int = 0
    proposal_days: int = 14
    proposal_reminder_days: int = 7
    trial_days: int = 30
    nudges_most: int = 3
    nudge_days: tuple[int, ...] = (14, 30, 60)
    quiet_from: int = 21
    quiet_until: int = 9
    checkin_plan: CheckinPlan = field(default_factory=CheckinPlan)


@dataclass(frozen=True, slots=True)
class SettingsInForce:
    """What holds in a programme. Version 0: it has settled nothing, and ours holds."""

    version: int
    settings: ProgrammeSettings
    set_at: datetime | None = None

    @property
    def name(self) -> str:
        """How decisions refer to these settings."""
        return f"programme-{self.version}" if self.version else OUR_OWN


class MatchingSettings:
    """Keeps each programme's settings, version by version."""

    def __init__(self, standard_weights: Mapping[str, int]) -> None:
        """`standard_weights`: of every soft criterion there is."""
        self._standard_weights = dict(standard_weights)

    async def in_force(self, db: AsyncSession, organisation_id: UUID) -> SettingsInForce:
        """What holds in a programme now."""
        newest = await repository.newest(db, organisation_id)
        if newest is None:
            return self._ours()
        return self._in_force(newest)

    async def version(self, db: AsyncSession, caller: Caller, number: int) -> SettingsInForce:
        """What holds or held in the caller's programme as that version; as 0, what we propose where nothing is settled.
        Raises: SettingsNotFound."""
        if number == 0:
            return self._ours()
        row = await repository.version(db, caller, number)
        if row is None:
            raise SettingsNotFound
        stated = msgspec.convert(row.stated, ProgrammeSettings)  # with criteria that there are no more
        weights = {**dict.fromkeys(self._standard_weights, 0), **stated.weights}
        return SettingsInForce(row.version, replace(stated, weights=weights), row.set_at)

    async def change(
        self, db: AsyncSession, caller: Caller, version: int, settings: ProgrammeSettings
    ) -> SettingsInForce:
        """A new version for the caller's programme, based on that one. Raises: EditedMeanwhile, InvalidBody."""
        if faults := setting_faults(settings, self._standard_weights):
            raise InvalidBody(*faults)
        if (await self.in_force(db, caller.home)).version != version:
            raise EditedMeanwhile
        row = MatchingSettingsVersion(
            organisation_id=caller.home,
            version=version + 1,
            stated=msgspec.to_builtins(asdict(settings)),
            set_by=caller.account_id,
        )
        db.add(row)
        try:
            await db.flush()
        except IntegrityError as error:
            if broken_constraint(error) == "pk_matching_settings":
                raise EditedMeanwhile from error
            raise
        await record(db, caller, AuditAction.MATCHING_SETTINGS_CHANGED, caller.home)
        await db.refresh(row)
        return self._in_force(row)

    def _ours(self) -> SettingsInForce:
        return SettingsInForce(0, ProgrammeSettings(weights=self._standard_weights))

    def _in_force(self, row: MatchingSettingsVersion) -> SettingsInForce:
        settings = msgspec.convert(row.stated, ProgrammeSettings)
        weights = {name: settings.weights.get(name, 0) for name in self._standard_weights}
        return SettingsInForce(row.version, replace(settings, weights=weights), row.set_at)


def setting_faults(settings: ProgrammeSettings, known: Mapping[str, int]) -> list[FieldProblem]:
    """What makes no sense in settings, each with a pointer to it."""
    faults = [
        FieldProblem(code="unknown_criterion", pointer=f"/weights/{name}")
        for name in settings.weights
        if name not in known
    ]
    faults += [
        FieldProblem(code="out_of_range", pointer=f"/weights/{name}")
        for name, weight in settings.weights.items()
        if weight < 0
    ]
    if not any(settings.weights.values()):
        faults.append(FieldProblem(code="sums_to_nothing", pointer="/weights"))
    if settings.proposal_reminder_days >= settings.proposal_days:
        faults.append(FieldProblem(code="after_end", pointer="/proposal_reminder_days"))
    if list(settings.nudge_days) != sorted(set(settings.nudge_days)):
        faults.append(FieldProblem(code="not_ascending", pointer="/nudge_days"))
    return faults
