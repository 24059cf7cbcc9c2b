"""Matching runs, as staff use them: start one, look at its proposals, fix and strike some, have the rest solved again,
release them. People decide; a run proposes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from secrets import randbelow
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.kit import database
from rinnalla.kit.caller import Caller
from rinnalla.kit.limits import Limit, Limits
from rinnalla.kit.pages import Page, cut
from rinnalla.kit.trail import AuditAction, record
from rinnalla.kit.vault import WrappedKey
from rinnalla.matching import repository_runs as repository
from rinnalla.matching.errors import ProposalNotFound, RunNotFound, RunNotReady
from rinnalla.matching.exclusions import Exclusions
from rinnalla.matching.frozen import Freezer
from rinnalla.matching.models_runs import MatchingRun, RunChoice, RunFound, RunMentee
from rinnalla.matching.scoring import Contribution
from rinnalla.matching.stages import ChoiceKind, RunState

RUNS = Limit("matching_run", 30, 3600)
"""Of a programme in an hour, solved again or not: each may take a processor for seconds."""
MOST_SEED = 2**31
UNDER_WAY = frozenset({RunState.QUEUED, RunState.SOLVING})


@dataclass(frozen=True, slots=True)
class Started:
    """A run. `replayed`: it was started when it came before, with the same client id."""

    run: MatchingRun
    replayed: bool


@dataclass(frozen=True, slots=True)
class FoundView:
    """What a run had found for someone before it was changed, and by whom it was."""

    found: RunFound
    mentor_name: str | None
    contributions: Sequence[Contribution]


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """What came out for one young person, with names. `mentor_name` is None for a mentor who has left. `fixed`: by
    staff; `past` and `why` say what they looked past for it, and why. `struck`: with whom they don't want it now.
    `exclusions`: what ruled mentors out when the run was solved; None in a run that did not keep it yet. `before`: what
    it was, where staff have changed it."""

    outcome: RunMentee
    mentee_name: str
    mentor_name: str | None
    contributions: Sequence[Contribution]
    fixed: bool
    past: Sequence[str]
    why: str | None
    exclusions: Exclusions | None
    struck: Sequence[UUID]
    before: FoundView | None


class Runs:
    """For the staff of a programme."""

    def __init__(self, accounts: Accounts, freezer: Freezer, limits: Limits) -> None:
        self._accounts = accounts
        self._freezer = freezer
        self._limits = limits

    async def start(self, db: AsyncSession, caller: Caller, client_id: UUID, seed: int | None) -> Started:
        """Have everyone who waits looked at together. What was started under the same client id before is answered
        again. Without a `seed` chance picks one. Raises: TooManyRequests."""
        await database.take_turns(db, f"matching run {caller.home} {client_id}")
        if (before := await repository.started_as(db, caller, client_id)) is not None:
            return Started(before, replayed=True)
        await self._limits.take_within(db, RUNS, [caller.home])
        run = MatchingRun(
            organisation_id=caller.home,
            client_id=client_id,
            started_by=caller.account_id,
            seed=randbelow(MOST_SEED) if seed is None else seed,
        )
        await repository.add(db, run)
        await db.refresh(run)
        await record(db, caller, AuditAction.RUN_STARTED, run.id)
        return Started(run, replayed=False)

    async def run(self, db: AsyncSession, caller: Caller, run_id: UUID) -> MatchingRun:
        """Where a run stands. Raises: RunNotFound."""
        run = await repository.run(db, caller, run_id)
        if run is None:
            raise RunNotFound
        return run

    async def runs(self, db: AsyncSession, caller: Caller, before: UUID | None, limit: int) -> Page[MatchingRun]:
        """The runs of the caller's programme, newest first."""
        return cut(await repository.runs(db, caller, before, limit + 1), limit, "id")

    async def outcomes(
        self,
        db: AsyncSession,
        caller: Caller,
        run_id: UUID,
        *,
        proposed: bool | None,
        after: tuple[int, UUID] | None,
        limit: int,
    ) -> Page[OutcomeView]:
        """What came out, who has waited longest first: for everyone, or for those who have a proposal, or for those who
        have none. Raises: RunNotFound, RunNotReady (it is still being solved)."""
        run = await self.run(db, caller, run_id)
        if run.state in UNDER_WAY:
            raise RunNotReady(run.state)
        rows = await repository.outcomes(db, caller, run_id, proposed=proposed, after=after, limit=limit + 1)
        page = cut(rows, limit, "waited", "mentee_id")
        return Page(await self.views(db, run, page.items), page.next_cursor)

    async def view(self, db: AsyncSession, run: MatchingRun, outcome: RunMentee) -> OutcomeView:
        """What came out for one, in a run that the caller may see. Raises: ProposalNotFound (has just left)."""
        views = await self.views(db, run, [outcome])
        if not views:
            raise ProposalNotFound
        return views[0]

    async def views(self, db: AsyncSession, run: MatchingRun, outcomes: Sequence[RunMentee]) -> list[OutcomeView]:
        """What came out for these people of a run that the caller may see, who are still here."""
        mentee_ids = {one.mentee_id for one in outcomes}
        before = await repository.found_before(db, run, mentee_ids)
        mentor_ids = {one.mentor_id for some in (outcomes, before.values()) for one in some if one.mentor_id}
        names = await self._accounts.names(db, mentee_ids | mentor_ids)
        keys = await repository.keys_of(db, mentee_ids)
        choices: dict[UUID, list[RunChoice]] = {mentee_id: [] for mentee_id in mentee_ids}
        for choice in await repository.choices(db, run, mentee_ids):
            choices[choice.mentee_id].append(choice)
        return [
            self._view(run, one, names, keys[one.mentee_id], choices[one.mentee_id], before.get(one.mentee_id))
            for one in outcomes
            if one.mentee_id in keys and one.mentee_id in names
        ]

    def _view(
        self,
        run: MatchingRun,
        one: RunMentee,
        names: Mapping[UUID, str],
        key: WrappedKey,
        choices: Sequence[RunChoice],
        before: RunFound | None,
    ) -> OutcomeView:
        fixed = next((choice for choice in choices if choice.kind == ChoiceKind.FIXED), None)
        if fixed is not None and fixed.mentor_id != one.mentor_id:
            fixed = None  # there was no room for it when the run was solved again
        return OutcomeView(
            outcome=one,
            mentee_name=names[one.mentee_id],
            mentor_name=names.get(one.mentor_id) if one.mentor_id else None,
            contributions=self._freezer.open_reasons(key, run.id, one.mentee_id, one.reasons),
            fixed=fixed is not None,
            past=fixed.past if fixed else (),
            why=self._freezer.open_why(key, run.id, one.mentee_id, fixed.reason) if fixed else None,
            exclusions=self._freezer.open_exclusions(key, run.id, one.mentee_id, one.exclusions),
            struck=[choice.mentor_id for choice in choices if choice.kind == ChoiceKind.STRUCK],
            before=self._before(before, names, key) if before else None,
        )

    def _before(self, found: RunFound, names: Mapping[UUID, str], key: WrappedKey) -> FoundView:
        name = names.get(found.mentor_id) if found.mentor_id else None
        reasons = self._freezer.open_reasons(key, found.run_id, found.mentee_id, found.reasons)
        return FoundView(found, name, reasons)
