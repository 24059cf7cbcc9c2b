"""The trial: both say in private how it is, and only what comes of both answers together is ever shown.

Nobody is told that someone answered, nor what: no event, no step of the history, no time. The answers are removed as
soon as something comes of them.
"""

from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit import events
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import now
from rinnalla.kit.events import Event
from rinnalla.kit.jobs import Task
from rinnalla.pairs import repository, repository_members
from rinnalla.pairs.errors import PairNotOpen
from rinnalla.pairs.models import Pair, PairState, Step
from rinnalla.pairs.models_members import Fit
from rinnalla.pairs.policy import Joint, joint_result
from rinnalla.pairs.records import PairView, Records
from rinnalla.pairs.waiting import give_back_place
from rinnalla.profiles.service import Profiles

EXTENSION = timedelta(days=14)
MOST_EXTENSIONS = 2
LEARNT_WITHIN = timedelta(days=30)
"""For so long after a trial that led nowhere it can be said what would matter more: then the figures are told, and one
that grew afterwards would point at whom it grew by."""


class Trials:
    """Asks both, and acts on what they say together."""

    def __init__(self, records: Records, profiles: Profiles) -> None:
        self._records = records
        self._profiles = profiles

    async def own_answer(self, db: AsyncSession, caller: Caller, pair_id: UUID) -> Fit | None:
        """What the caller has said of the trial, as long as it stands. Raises: PairNotFound."""
        fit = await repository_members.own_fit(db, caller, await self._records.known(db, caller, pair_id))
        return Fit(fit) if fit else None

    async def answer(self, db: AsyncSession, caller: Caller, pair_id: UUID, fit: Fit) -> PairView:
        """Say how the trial is, or say it anew. Raises: PairNotFound, PairNotOpen."""
        pair = await self._records.for_step(db, caller, pair_id, Step.ANSWER_TRIAL)
        await repository_members.say_fit(db, caller, pair, fit)
        is_over = pair.trial_ends_at is not None and pair.trial_ends_at <= await now(db)
        news = await self._act(db, pair, await self._joint(db, pair, is_over=is_over))
        if news is None:
            return await self._records.view(db, caller, pair)
        return await self._records.finish(db, caller, pair, news)

    async def learn(self, db: AsyncSession, caller: Caller, pair_id: UUID, codes: list[str]) -> None:
        """After a trial that led nowhere: what would matter more next time, by criteria of matching. For a young person
        it comes first from now on among what matters most to them.

        Raises: PairNotFound, PairNotOpen (also when that was more than 30 days ago), InvalidBody, EditedMeanwhile.
        """
        pair = await self._records.known(db, caller, pair_id, lock=True)
        is_late = pair.closed_at is not None and pair.closed_at + LEARNT_WITHIN <= await now(db)
        if pair.state != PairState.RETURNED or is_late:
            raise PairNotOpen(pair.state)
        await self._profiles.learn_from(db, caller, codes)
        await repository_members.learn(db, caller, pair, codes)

    def tasks(self) -> tuple[Task[Pair], ...]:
        """What a job does: see to trials whose time is over."""
        return (Task("ends_of_trials", Pair.id, partial(repository.due, state=PairState.TRIAL), self._see_to),)

    async def _see_to(self, db: AsyncSession, pair: Pair) -> None:
        news = await self._act(db, pair, await self._joint(db, pair, is_over=True))
        if news is None and pair.trial_extended < MOST_EXTENSIONS:
            pair.trial_extended += 1
            pair.trial_ends_at = await now(db) + EXTENSION
            news = await self._records.move(db, pair, Step.EXTEND, PairState.TRIAL)
        elif news is None:
            pair.trial_over_at = await now(db)
            await events.append(db, await self._records.move(db, pair, Step.RUN_OUT, PairState.TRIAL))
            return
        await events.append(db, [*news, *await self._records.news(db, [pair])])

    async def _joint(self, db: AsyncSession, pair: Pair, *, is_over: bool) -> Joint:
        fits = await repository_members.fits(db, pair)
        mentee, mentor = (Fit(fits[role]) if role in fits else None for role in (Role.MENTEE, Role.MENTOR))
        return joint_result(mentee, mentor, is_over=is_over)

    async def _act(self, db: AsyncSession, pair: Pair, joint: Joint) -> list[Event] | None:
        """Returns what people are to be told; None when nothing comes of the answers yet."""
        if joint == Joint.UNDECIDED:
            return None
        if joint == Joint.BOTH_GOOD:
            return await self._records.move(db, pair, Step.CONFIRM, PairState.ACTIVE)
        await give_back_place(db, pair)
        pair.closed_at = await now(db)
        return await self._records.move(db, pair, Step.RETURN, PairState.RETURNED)
