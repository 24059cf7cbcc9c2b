"""What every use of a pair needs: to find it as its caller may see it, to move it by the rules, to show it, to tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.chat.service import Chat
from rinnalla.kit import database, events
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import broken_constraint
from rinnalla.kit.events import Event
from rinnalla.kit.trail import AuditAction, record
from rinnalla.kit.vault import Sealed, Vault, WrappedKey
from rinnalla.pairs import lifecycle, repository, repository_members
from rinnalla.pairs.errors import AlreadyPaired, MentorFull, PairNotFound, PairNotOpen, ProposalOpen
from rinnalla.pairs.models import Answer, EndKind, Pair, PairState, PairStep, Step

_REFUSED_BY: dict[str | None, type[AlreadyPaired] | type[MentorFull] | type[ProposalOpen]] = {
    "uq_pair_open": AlreadyPaired,
    "uq_pair_asked": ProposalOpen,
    "ck_pair_within_capacity": MentorFull,
}
_TRAIL_OF_STEP = {
    Step.PROPOSE: AuditAction.PAIR_PROPOSED,
    Step.WITHDRAW: AuditAction.PAIR_WITHDRAWN,
    Step.OVERRIDE: AuditAction.PAIR_OVERRIDDEN,
    Step.END: AuditAction.PAIR_ENDED,
    Step.CLOSE: AuditAction.PAIR_CLOSED,
    Step.SAFEGUARD: AuditAction.PAIR_CLOSED_FOR_SAFETY,
}
_TOLD_IN_PLACE = frozenset({Step.EXTEND, Step.RUN_OUT})


class PairObserver(Protocol):
    """What another feature does when a pair moves, in the same transaction."""

    async def pair_moved(self, db: AsyncSession, pair: Pair, was: PairState | None, now: PairState) -> Sequence[Event]:
        """The pair has gone from one state to another (`was` is None for a new one), or its trial was extended or is
        over without a result (`trial` both times: see `pair.trial_over_at`).

        The pair is locked, its thread not yet opened or closed: take no lock of a thread or stream. Returns what people
        are to be told at the end of the transaction.
        """
        ...


@dataclass(frozen=True, slots=True)
class PairView:
    """A pair with names, and with what the caller may know of its beginning and end.

    How and why someone said no or stopped is told to staff and to that person: the other one is spared a verdict. Where
    the two talk is told to the two; to staff that a trial led to nothing yet, and what was looked past (`past`, codes)
    and why.
    """

    pair: Pair
    mentee_name: str
    mentor_name: str
    thread_id: UUID | None
    proposed_by: UUID | None
    past: Sequence[str]
    why: str | None
    needs_attention: bool
    answer: Answer | None
    ending_kind: EndKind | None
    closed_by: Role | None
    close_reason: str | None


class Records:
    """Finds, moves, shows, tells."""

    def __init__(self, accounts: Accounts, chat: Chat, vault: Vault) -> None:
        self._accounts = accounts
        self._chat = chat
        self._vault = vault
        self._observers: list[PairObserver] = []

    def observe(self, observer: PairObserver) -> None:
        """Have someone told of every move from now on. For the one who joins the features, at start."""
        self._observers.append(observer)

    async def known(self, db: AsyncSession, caller: Caller, pair_id: UUID, *, lock: bool = False) -> Pair:
        """A pair that the caller may see. Raises: PairNotFound."""
        pair = await repository.pair(db, caller, pair_id, lock=lock)
        if pair is None or not await self.seen_by(db, caller, [pair]):
            raise PairNotFound
        return pair

    async def for_step(self, db: AsyncSession, caller: Caller, pair_id: UUID, step: Step) -> Pair:
        """A pair, locked, from whose state that step can be taken. A proposal whose time is over has expired, whether
        the job that says so has come by or not. Raises: PairNotFound, PairNotOpen."""
        pair = await self.known(db, caller, pair_id, lock=True)
        state = PairState(pair.state)
        if state == PairState.PROPOSED and pair.expires_at is not None and pair.expires_at <= await database.now(db):
            state = PairState.EXPIRED
        if not lifecycle.may(step, state):
            raise PairNotOpen(state)
        return pair

    async def seen_by(self, db: AsyncSession, caller: Caller, pairs: Sequence[Pair]) -> list[Pair]:
        """Those of the pairs that the caller may see: for a member, not one whose other side has blocked them."""
        thread_ids = {pair.thread_id for pair in pairs if pair.thread_id is not None}
        if caller.role == Role.STAFF or not thread_ids:
            return list(pairs)
        visible = await self._chat.visible_threads(db, caller, thread_ids)
        return [pair for pair in pairs if pair.thread_id is None or pair.thread_id in visible]

    async def move(
        self,
        db: AsyncSession,
        pair: Pair,
        step: Step,
        now: PairState,
        *,
        by: Caller | None = None,
        reason: str | None = None,
    ) -> list[Event]:
        """`move_all` for one pair. Raises: PairNotOpen, MentorFull, AlreadyPaired."""
        return await self.move_all(db, [pair], step, now, by=by, reason=reason)

    async def move_all(
        self,
        db: AsyncSession,
        pairs: Sequence[Pair],
        step: Step,
        now: PairState,
        *,
        by: Caller | None = None,
        reason: str | None = None,
    ) -> list[Event]:
        """Take a step with each pair: the pairs (new, or locked and changed otherwise) are stored in their new state,
        the steps go to their history and, where staff take them, to the trail, and whoever observes pairs does their
        part. The database takes the mentors' places, or refuses. What goes with the new state is set just before,
        without a query in between, which would store it with the old state. Returns what people are to be told.

        Raises: PairNotOpen, MentorFull, AlreadyPaired.
        """
        before = [_entered(pair, step, now) for pair in pairs]
        await self._store(db, pairs)
        await repository.add_steps(db, (
            PairStep(
                pair_id=pair.id,
                step=step,
                was=was,
                now=now,
                by_role=by.role if by else None,
                by_id=by.account_id if by else None,
                reason=reason,
            )
            for pair, was in zip(pairs, before, strict=True)
        ))  # fmt: skip
        if by is not None and by.role == Role.STAFF:
            await record(db, by, _TRAIL_OF_STEP[step], *(pair.id for pair in pairs))
        news: list[Event] = []
        for pair, was in zip(pairs, before, strict=True):
            news += await self._follow(db, pair, was, now, step)
        return news

    def seal_reason(self, key: WrappedKey, pair_id: UUID, reason: str) -> Sealed:
        """Why staff looked past something when they proposed a pair, for `Pair.past_reason`. `key`: the mentee's."""
        return self._vault.seal(key, reason.strip(), _context(pair_id))

    async def _follow(
        self, db: AsyncSession, pair: Pair, was: PairState | None, now: PairState, step: Step
    ) -> list[Event]:
        """What follows from a step, pair by pair."""
        if was == PairState.TRIAL and now != was:  # what each said alone of a trial that is over is kept nowhere
            await repository_members.forget_fits(db, pair)
        news = await self._ask_observers(db, pair, was, now) if was != now or step in _TOLD_IN_PLACE else []
        return news + await self._settle_thread(db, pair, was, now)

    async def _ask_observers(self, db: AsyncSession, pair: Pair, was: PairState | None, now: PairState) -> list[Event]:
        news: list[Event] = []
        for observer in self._observers:
            news += await observer.pair_moved(db, pair, was, now)
        return news

    async def _settle_thread(self, db: AsyncSession, pair: Pair, was: PairState | None, now: PairState) -> list[Event]:
        """Open the thread of two who begin to talk, close that of two who end."""
        if now == PairState.TRIAL and was != now:
            pair.thread_id = await self._chat.make_open(db, pair.mentee_id, pair.mentor_id)
            await db.flush()
        elif now in {PairState.CLOSED, PairState.RETURNED} and pair.thread_id is not None:
            await self._chat.make_closed(db, pair.thread_id)
        else:
            return []
        return await self._chat.thread_news(db, pair.thread_id)

    async def _store(self, db: AsyncSession, pairs: Sequence[Pair]) -> None:
        db.add_all(pairs)
        try:
            await db.flush()
        except IntegrityError as error:
            if refusal := _REFUSED_BY.get(broken_constraint(error)):
                raise refusal from error
            raise

    async def finish(self, db: AsyncSession, caller: Caller, pair: Pair, news: Sequence[Event]) -> PairView:
        """Show a pair that has moved to the caller, and tell everyone, which ends the transaction. Raises: PairNotFound
        (one of the two has left in this moment)."""
        view = await self.view(db, caller, pair)
        await events.append(db, [*news, *await self.news(db, [pair])])
        return view

    async def news(self, db: AsyncSession, pairs: Sequence[Pair]) -> list[Event]:
        """What the members are told when these pairs change; nothing to one whom the other side has blocked."""
        thread_ids = {pair.thread_id for pair in pairs if pair.thread_id is not None}
        seeing = await self._chat.who_sees(db, thread_ids)
        return [
            Event(account_id, "pair_changed", {"pair_id": str(pair.id)})
            for pair in pairs
            for account_id in (pair.mentee_id, pair.mentor_id)
            if pair.thread_id is None or account_id in seeing.get(pair.thread_id, ())
        ]

    async def view(self, db: AsyncSession, caller: Caller, pair: Pair) -> PairView:
        """A pair as the caller may see it. Raises: PairNotFound (one of the two has left in this moment)."""
        views = await self.views(db, caller, [pair])
        if not views:
            raise PairNotFound
        return views[0]

    async def views(self, db: AsyncSession, caller: Caller, pairs: Sequence[Pair]) -> list[PairView]:
        """Pairs as the caller may see them."""
        names = await self._accounts.names(db, {one for pair in pairs for one in (pair.mentee_id, pair.mentor_id)})
        reasons = await self._reasons(db, caller, pairs)
        return [
            _view(caller, pair, names, reasons.get(pair.id))
            for pair in pairs
            if {pair.mentee_id, pair.mentor_id} <= names.keys()
        ]

    async def _reasons(self, db: AsyncSession, caller: Caller, pairs: Sequence[Pair]) -> dict[UUID, str]:
        """For staff: why something was looked past, by pair."""
        sealed = {pair: pair.past_reason for pair in pairs if pair.past_reason is not None}
        if caller.role != Role.STAFF or not sealed:
            return {}
        keys = await self._accounts.keys(db, {pair.mentee_id for pair in sealed})
        return {
            pair.id: self._vault.open(keys[pair.mentee_id], reason, _context(pair.id))
            for pair, reason in sealed.items()
            if pair.mentee_id in keys
        }


def _entered(pair: Pair, step: Step, now: PairState) -> PairState | None:
    """Put a pair into its new state; the one that it was in (None for a new one). Raises: PairNotOpen."""
    was = PairState(pair.state) if pair.state is not None else None
    if not lifecycle.leads(step, was, now):
        raise PairNotOpen(str(was))
    pair.state = now
    return was


def _context(pair_id: UUID) -> str:
    return f"pair-past:{pair_id}"


def _view(caller: Caller, pair: Pair, names: dict[UUID, str], why: str | None) -> PairView:
    is_staff = caller.role == Role.STAFF
    may_know_end = is_staff or pair.closed_by_role == caller.role
    return PairView(
        pair=pair,
        mentee_name=names[pair.mentee_id],
        mentor_name=names[pair.mentor_id],
        thread_id=None if is_staff else pair.thread_id,
        proposed_by=pair.proposed_by if is_staff else None,
        past=pair.past if is_staff else (),
        why=why,
        needs_attention=is_staff and pair.state == PairState.TRIAL and pair.trial_over_at is not None,
        answer=Answer(pair.answer) if may_know_end and pair.answer else None,
        ending_kind=EndKind(pair.ending_kind) if may_know_end and pair.ending_kind else None,
        closed_by=Role(pair.closed_by_role) if may_know_end and pair.closed_by_role else None,
        close_reason=pair.close_reason if may_know_end else None,
    )
