"""How a pair that talked comes to its end: announced, with time to say goodbye, or at once where someone's safety asks
for it; and the door that stays open afterwards."""

from datetime import date, datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit import events
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import now
from rinnalla.kit.errors import FieldProblem, InvalidBody
from rinnalla.kit.events import Event
from rinnalla.kit.jobs import Task
from rinnalla.pairs import repository
from rinnalla.pairs.errors import PairNotOpen, PartedBefore
from rinnalla.pairs.models import PLACE_TAKING, EndKind, EndReason, Pair, PairState, Step
from rinnalla.pairs.policy import ends_on, knows_of_parting
from rinnalla.pairs.records import PairView, Records

_LOST = {
    PairState.PROPOSED: (Step.WITHDRAW, PairState.WITHDRAWN),
    PairState.TRIAL: (Step.END, PairState.CLOSED),
    PairState.ACTIVE: (Step.END, PairState.CLOSED),
    PairState.CLOSING: (Step.CLOSE, PairState.CLOSED),
}
"""What becomes of a pair when one of the two can't be there any more."""


class Closings:
    """Ends pairs."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def end(
        self,
        db: AsyncSession,
        caller: Caller,
        pair_id: UUID,
        kind: EndKind,
        reason: str | None,
        wished: date | None,
    ) -> PairView:
        """Say that a pair will end, and when; today is at once.

        Raises: PairNotFound, PairNotOpen, InvalidBody (mentors and staff give a reason; the programme's decision is
        staff's; a day that is too soon or too late; an end for safety has a way of its own).
        """
        if reason is None and caller.role != Role.MENTEE:
            raise InvalidBody(FieldProblem(code="required", pointer="/reason"))
        if kind == EndKind.SAFEGUARDING or (kind == EndKind.PROGRAMME and caller.role != Role.STAFF):
            raise InvalidBody(FieldProblem(code="invalid_value", pointer="/kind"))
        pair = await self._records.for_step(db, caller, pair_id, Step.END)
        moment = await now(db)
        day = ends_on(caller.role, kind, wished, moment.date())
        if day is None:
            raise InvalidBody(FieldProblem(code="out_of_range", pointer="/ends_on"))
        pair.ending_kind, pair.ends_on = kind, day
        pair.closed_by_role, pair.close_reason = caller.role, reason
        is_at_once = day <= moment.date()
        if is_at_once:
            pair.closed_at = moment
        state = PairState.CLOSED if is_at_once else PairState.CLOSING
        return await self._moved(db, caller, pair, Step.END, state, reason or kind)

    async def close(self, db: AsyncSession, caller: Caller, pair_id: UUID) -> PairView:
        """End before its day a pair whose end was announced. Raises: PairNotFound, PairNotOpen."""
        pair = await self._records.for_step(db, caller, pair_id, Step.CLOSE)
        pair.closed_at = await now(db)
        return await self._moved(db, caller, pair, Step.CLOSE, PairState.CLOSED, None)

    async def safeguard(self, db: AsyncSession, caller: Caller, pair_id: UUID) -> PairView:
        """End a pair at once because someone is not safe in it; nobody can write to the other from the same moment on.
        Its last day is told as that of any other end, so that nobody can tell from it which one it was.

        Raises: PairNotFound, PairNotOpen.
        """
        pair = await self._records.for_step(db, caller, pair_id, Step.SAFEGUARD)
        moment = await now(db)
        pair.ending_kind, pair.closed_at = EndKind.SAFEGUARDING, moment
        pair.ends_on = pair.ends_on or moment.date()
        pair.closed_by_role, pair.close_reason = caller.role, EndReason.SAFETY
        return await self._moved(db, caller, pair, Step.SAFEGUARD, PairState.CLOSED, EndReason.SAFETY)

    async def lose(self, db: AsyncSession, account_id: UUID, by: Caller | None) -> list[Event]:
        """End at once every pair of a mentor who had to go, and take back what was proposed; pairs that were over keep
        that they had to. To be called with the account and its pairs locked. Returns what is to be told at the end of
        the transaction."""
        moment, news = await now(db), []
        pairs = await repository.lock_pairs_of(db, account_id)
        lost = [pair for pair in pairs if pair.state in PLACE_TAKING]
        for pair in pairs:
            pair.lost_at = pair.lost_at or moment
        for pair in lost:
            step, state = _LOST[PairState(pair.state)]
            pair.closed_at = moment
            if state == PairState.CLOSED:
                pair.ending_kind = pair.ending_kind or EndKind.ONE_SIDE_GONE
                pair.ends_on = pair.ends_on or moment.date()
            news += await self._records.move(db, pair, step, state, by=by)
        return news + await self._records.news(db, lost)

    async def talked_last(self, db: AsyncSession, caller: Caller, pair_id: UUID) -> PairView:
        """Mark that the last conversation of a pair that is ending has been. Raises: PairNotFound, PairNotOpen."""
        pair = await self._records.known(db, caller, pair_id, lock=True)
        if pair.state not in {PairState.CLOSING, PairState.CLOSED}:
            raise PairNotOpen(pair.state)
        if pair.last_talk_at is not None:
            return await self._records.view(db, caller, pair)
        pair.last_talk_at = await now(db)
        await db.flush()
        return await self._records.finish(db, caller, pair, [])

    async def ask_again(self, db: AsyncSession, caller: Caller, pair_id: UUID, *, same_mentor: bool) -> datetime | None:
        """The door is open: a young person whose pair is closed asks for a mentor again, for the same one if they like.
        That somebody else has closed it for these two is not found out by asking: then staff and matching don't act on
        it. Returns since when they wait.

        Raises: PairNotFound, PairNotOpen, PartedBefore (the caller knows why these two are not brought together again).
        """
        pair = await self._records.known(db, caller, pair_id)
        if pair.state != PairState.CLOSED:
            raise PairNotOpen(pair.state)
        earlier = await repository.pairs_between(db, caller, [pair.mentee_id], [pair.mentor_id])
        if same_mentor and knows_of_parting(earlier, Role.MENTEE):
            raise PartedBefore
        await repository.ask_again(db, caller, pair.mentor_id if same_mentor else None)
        waiting = await repository.own_request(db, caller)
        return waiting.since if waiting else None

    def tasks(self) -> tuple[Task[Pair], ...]:
        """What a job does: close pairs whose last day (in UTC) is over."""
        return (Task("ends_of_pairs", Pair.id, partial(repository.due, state=PairState.CLOSING), self._close),)

    async def _close(self, db: AsyncSession, pair: Pair) -> None:
        pair.closed_at = await now(db)
        news = await self._records.move(db, pair, Step.CLOSE, PairState.CLOSED)
        await events.append(db, [*news, *await self._records.news(db, [pair])])

    async def _moved(
        self, db: AsyncSession, caller: Caller, pair: Pair, step: Step, state: PairState, reason: str | None
    ) -> PairView:
        news = await self._records.move(db, pair, step, state, by=caller, reason=reason)
        return await self._records.finish(db, caller, pair, news)
