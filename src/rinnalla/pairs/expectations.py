"""What people expect of a pair, said before it begins: each says it once for all their pairs, and each reads the
other's before saying yes. What someone doesn't want to talk about is for the two and nobody else."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.kit import database
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import broken_constraint
from rinnalla.kit.errors import EditedMeanwhile, FieldProblem, InvalidBody
from rinnalla.kit.vault import Vault, WrappedKey
from rinnalla.pairs import repository_members as repository
from rinnalla.pairs.differences import Differences, Expected, differences
from rinnalla.pairs.errors import PairNotOpen
from rinnalla.pairs.models import PLACE_TAKING, Pair, PairState, Step
from rinnalla.pairs.models_members import Expectations, OverrideCause, PairOverride, Rhythm, Shown
from rinnalla.pairs.records import PairView, Records
from rinnalla.profiles.service import PlainWishes, Profiles


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationsEdit:
    """`shown` is a young person's to say: what of their wishes a mentor sees with whom they may be paired."""

    months: int | None
    rhythm: str | None
    topics: list[str]
    off_limits: str | None
    shown: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationsView(ExpectationsEdit):
    """With the text opened. Version 0: never said."""

    version: int = 0
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BothView:
    """What the two of a pair expect, as one of them sees it. `introduction`: what the young person lets the mentor see
    of their wishes, for the mentor."""

    own: ExpectationsView
    other: ExpectationsView
    differences: Differences
    introduction: PlainWishes | None


@dataclass(frozen=True, slots=True)
class OverrideView:
    """Why two may begin without having seen what the other expects."""

    cause: OverrideCause
    by_id: UUID | None
    reason: str | None
    at: datetime


NOTHING = ExpectationsView(months=None, rhythm=None, topics=[], off_limits=None, shown=[])


class ExpectationsBook:
    """Keeps what people expect, and shows it to those whom it concerns."""

    def __init__(self, records: Records, accounts: Accounts, profiles: Profiles, vault: Vault) -> None:
        self._records = records
        self._accounts = accounts
        self._profiles = profiles
        self._vault = vault

    async def own(self, db: AsyncSession, caller: Caller) -> ExpectationsView:
        """What the caller expects; nothing when they never said."""
        account = await self._accounts.own(db, caller)
        return self._view(account.wrapped_key, await repository.own_expectations(db, caller))

    async def edit_own(
        self, db: AsyncSession, caller: Caller, version: int, edit: ExpectationsEdit
    ) -> ExpectationsView:
        """Say anew what the caller expects. Who has said yes to what they expected before is asked again when the
        caller says yes. Raises: EditedMeanwhile, InvalidBody."""
        await self._check(db, caller, edit)
        account = await self._accounts.own(db, caller)
        row = await repository.own_expectations(db, caller, lock=True)
        if version != (row.version if row else 0):
            raise EditedMeanwhile
        row = row or Expectations(account_id=account.id)
        row.version, row.updated_at = version + 1, await database.now(db)
        row.months, row.rhythm = edit.months, edit.rhythm
        row.topics, row.shown = list(dict.fromkeys(edit.topics)), sorted(set(edit.shown))
        text = (edit.off_limits or "").strip()
        row.off_limits = self._vault.seal(account.wrapped_key, text, _context(account.id)) if text else None
        try:
            await repository.add(db, row)
        except IntegrityError as error:
            if broken_constraint(error) == "pk_expectations":
                raise EditedMeanwhile from error
            raise
        return self._view(account.wrapped_key, row)

    async def of_pair(self, db: AsyncSession, caller: Caller, pair_id: UUID) -> BothView:
        """What the two of a pair expect, for one of them, as long as there is a pair: what someone says later is not
        for those with whom nothing came of it. Raises: PairNotFound, PairNotOpen."""
        pair = await self._records.known(db, caller, pair_id)
        if pair.state not in PLACE_TAKING:
            raise PairNotOpen(pair.state)
        rows = await repository.expectations_of(db, pair)
        keys = await self._accounts.keys(db, [pair.mentee_id, pair.mentor_id])
        mentee, mentor = (
            self._view(keys[account_id], rows.get(account_id)) if account_id in keys else NOTHING
            for account_id in (pair.mentee_id, pair.mentor_id)
        )
        is_mentor = caller.role == Role.MENTOR
        return BothView(
            own=mentor if is_mentor else mentee,
            other=mentee if is_mentor else mentor,
            differences=differences(_expected(mentee), _expected(mentor)),
            introduction=await self._introduction(db, pair, mentee) if is_mentor else None,
        )

    async def override(self, db: AsyncSession, caller: Caller, pair_id: UUID, reason: str) -> PairView:
        """Let two begin who have not both seen what the other expects, and say why. Said again, it replaces what was
        said before. Raises: PairNotFound, PairNotOpen."""
        pair = await self._records.for_step(db, caller, pair_id, Step.OVERRIDE)
        row = await repository.override(db, pair.id) or PairOverride(pair_id=pair.id)
        row.cause, row.by_id, row.at = OverrideCause.STAFF, caller.account_id, await database.now(db)
        row.wrapped_key = self._vault.new_key()
        row.reason = self._vault.seal(row.wrapped_key, reason.strip(), f"pair-override:{pair.id}")
        await repository.add(db, row)
        news = await self._records.move(db, pair, Step.OVERRIDE, PairState.PROPOSED, by=caller)
        return await self._records.finish(db, caller, pair, news)

    async def overridden(self, db: AsyncSession, caller: Caller, pair_id: UUID) -> OverrideView | None:
        """For staff: why a pair may begin without expectations seen, where that is so. Raises: PairNotFound."""
        pair = await self._records.known(db, caller, pair_id)
        row = await repository.override(db, pair.id)
        if row is None:
            return None
        text = None
        if row.reason is not None and row.wrapped_key is not None:
            text = self._vault.open(row.wrapped_key, row.reason, f"pair-override:{pair.id}")
        return OverrideView(OverrideCause(row.cause), row.by_id, text, row.at)

    async def _check(self, db: AsyncSession, caller: Caller, edit: ExpectationsEdit) -> None:
        known = {topic.id for topic in await self._profiles.topics(db)} if edit.topics else set()
        faults = [
            FieldProblem(code="unknown_topic", pointer=f"/topics/{place}")
            for place, topic in enumerate(edit.topics)
            if topic not in known
        ]
        if edit.shown and caller.role != Role.MENTEE:
            faults.append(FieldProblem(code="invalid_value", pointer="/shown"))
        if faults:
            raise InvalidBody(*faults)

    async def _introduction(self, db: AsyncSession, pair: Pair, mentee: ExpectationsView) -> PlainWishes:
        wishes = await self._profiles.plain_wishes(db, pair.mentee_id)
        return PlainWishes(
            languages=wishes.languages if Shown.LANGUAGES in mentee.shown else [],
            topics=wishes.topics if Shown.TOPICS in mentee.shown else [],
            times=wishes.times if Shown.TIMES in mentee.shown else [],
        )

    def _view(self, key: WrappedKey, row: Expectations | None) -> ExpectationsView:
        if row is None:
            return NOTHING
        sealed = row.off_limits
        return ExpectationsView(
            months=row.months,
            rhythm=row.rhythm,
            topics=row.topics,
            off_limits=None if sealed is None else self._vault.open(key, sealed, _context(row.account_id)),
            shown=row.shown,
            version=row.version,
            updated_at=row.updated_at,
        )


def _context(account_id: UUID) -> str:
    return f"expectations-off-limits:{account_id}"


def _expected(view: ExpectationsView) -> Expected:
    rhythm = Rhythm(view.rhythm) if view.rhythm else None
    return Expected(months=view.months, rhythm=rhythm, topics=tuple(view.topics))
