"""Staff propose two to each other, or very many at once: all of them or none.

Everything about all of them is read together, under locks that keep it so: nobody leaves, nobody else takes a place
with these mentors, and nobody else in the programme proposes, before the transaction ends.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import now, take_turns
from rinnalla.kit.errors import DomainError, FieldProblem
from rinnalla.kit.events import Event
from rinnalla.kit.ids import new_id
from rinnalla.kit.trail import AuditAction, record
from rinnalla.pairs import repository
from rinnalla.pairs.errors import (
    AlreadyPaired,
    CannotBePaired,
    MenteeNotFound,
    MentorFull,
    PartedBefore,
    ReasonNeeded,
)
from rinnalla.pairs.models import PLACE_TAKING, Pair, PairOrigin, PairState, Step, Two
from rinnalla.pairs.policy import is_full, kept_apart_by, parted_before, thread_of
from rinnalla.pairs.records import PairView, Records
from rinnalla.pairs.ruled_out import RuledOut
from rinnalla.pairs.settings import MatchingSettings, ProgrammeSettings
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.service import Asked, CardView, Profiles

STORED_AT_ONCE = 100
"""So that others have their turn in between, however many there are."""


class NotProposed(Exception):
    """Nothing was proposed. `refusals`: who can't be, and why."""

    def __init__(self, refusals: Mapping[Two, DomainError]) -> None:
        super().__init__()
        self.refusals = refusals


@dataclass(frozen=True, slots=True)
class _Known:
    """What stands for or against proposing: who waits; the mentors who are there; which pairs there
    were; whom nobody may bring together, and whom only with a reason, past which codes."""

    waiting: Collection[UUID]
    cards: Mapping[UUID, CardView]
    earlier: Mapping[Two, Sequence[Pair]]
    ruled_out: Mapping[Two, CannotBePaired]
    apart: Mapping[Two, list[str]]


class Proposing:
    """For the staff of a programme."""

    def __init__(
        self,
        records: Records,
        accounts: Accounts,
        profiles: Profiles,
        settings: MatchingSettings,
        ruled_out: RuledOut,
    ) -> None:
        self._records = records
        self._accounts = accounts
        self._profiles = profiles
        self._settings = settings
        self._ruled_out = ruled_out

    async def take_turn(self, db: AsyncSession, caller: Caller, *, together: bool = False) -> None:
        """Wait until nobody else in the programme proposes; others wait until the transaction ends. For a caller that
        proposes by what it reads after this: who has a proposal to think about, above all. `together`: it reads nothing
        of the kind, and does not wait for others of its kind, but for those who do."""
        await take_turns(db, _turn(caller), together=together)

    async def propose(self, db: AsyncSession, caller: Caller, two: Two, reason: str | None = None) -> PairView:
        """Ask someone who waits, and a mentor, whether they want to be a pair. Raises: as `put_forward`."""
        pair, news = await self.put_forward(db, caller, two, reason)
        return await self._records.finish(db, caller, pair, news)

    async def put_forward(
        self, db: AsyncSession, caller: Caller, two: Two, reason: str | None = None
    ) -> tuple[Pair, list[Event]]:
        """`put_forward_all` for two people.

        Raises: MenteeNotFound, MentorNotFound, MentorFull, AlreadyPaired, PartedBefore, CannotBePaired, ReasonNeeded.
        """
        reasons = {two: reason} if reason is not None else {}
        try:
            (pair,), news = await self.put_forward_all(db, caller, [two], reasons)
        except NotProposed as nobody:
            raise nobody.refusals[two] from nobody
        return pair, news

    async def put_forward_all(
        self, db: AsyncSession, caller: Caller, twos: Sequence[Two], reasons: Mapping[Two, str]
    ) -> tuple[list[Pair], list[Event]]:
        """Propose, for a caller that tells everyone at the end of its transaction: of the pairs themselves too, see
        `Pairs.news`. Nobody is among them twice. Staff may look past wishes that they can read and an absence, where
        there are `reasons`, which are kept with the pairs; not past a mentor's limit or screening, a no, the age rule,
        or what someone said in private. Returns the pairs in order.

        Raises: NotProposed (with what `put_forward` raises, for each two who can't be).
        """
        await self.take_turn(db, caller, together=True)
        known = await self._look(db, caller, twos)
        if refusals := _refusals(twos, known, reasons):
            raise NotProposed(refusals)
        settings, moment = (await self._settings.in_force(db, caller.home)).settings, await now(db)
        pairs: list[Pair] = []
        news: list[Event] = []
        for start in range(0, len(twos), STORED_AT_ONCE):
            some = self._pairs(caller, twos[start : start + STORED_AT_ONCE], known)
            for pair in some:
                wait_for_answers(pair, settings, moment)
            await self._say_why(db, caller, [pair for pair in some if pair.past], reasons)
            news += await self._records.move_all(db, some, Step.PROPOSE, PairState.PROPOSED, by=caller)
            pairs += some
        return pairs, news

    @staticmethod
    def _pairs(caller: Caller, twos: Sequence[Two], known: _Known) -> list[Pair]:
        return [
            Pair(
                id=new_id(),
                organisation_id=caller.home,
                mentee_id=two.mentee_id,
                mentor_id=two.mentor_id,
                thread_id=thread_of(known.earlier[two]),
                origin=PairOrigin.STAFF,
                proposed_by=caller.account_id,
                past=known.apart[two],
            )
            for two in twos
        ]

    async def _say_why(
        self, db: AsyncSession, caller: Caller, pairs: Sequence[Pair], reasons: Mapping[Two, str]
    ) -> None:
        """Seal the reasons for which something is looked past."""
        keys = await self._accounts.keys(db, {pair.mentee_id for pair in pairs}) if pairs else {}
        for pair in pairs:
            reason = reasons[Two(pair.mentee_id, pair.mentor_id)]
            pair.past_reason = self._records.seal_reason(keys[pair.mentee_id], pair.id, reason)
        await record(db, caller, AuditAction.PAIR_WISHES_LOOKED_PAST, *(pair.id for pair in pairs))

    async def _look(self, db: AsyncSession, caller: Caller, twos: Collection[Two]) -> _Known:
        mentee_ids, mentor_ids = {two.mentee_id for two in twos}, {two.mentor_id for two in twos}
        mentees = await self._accounts.active_people(db, caller.home, Role.MENTEE, mentee_ids)
        mentors = await self._accounts.active_people(db, caller.home, Role.MENTOR, mentor_ids)
        cards = await self._profiles.hold_cards(db, mentors)
        earlier = defaultdict(list)
        for pair in await repository.pairs_between(db, caller, mentee_ids, mentor_ids):
            earlier[Two(pair.mentee_id, pair.mentor_id)].append(pair)
        asked, today = await self._profiles.asked_by(db, mentees), (await now(db)).date()
        met = [(two.mentee_id, cards[two.mentor_id]) for two in twos if two.mentor_id in cards]
        return _Known(
            waiting=(await repository.waiting_since(db, caller, mentees)).keys(),
            cards=cards,
            earlier=earlier,
            ruled_out=await self._ruled_out.among(db, caller.home, met),
            apart={
                Two(mentee_id, card.account_id): kept_apart_by(asked.get(mentee_id, Asked()), card, today)
                for mentee_id, card in met
            },
        )


def wait_for_answers(pair: Pair, settings: ProgrammeSettings, moment: datetime) -> None:
    """Say until when a proposal can be answered, and when whoever has not is reminded."""
    pair.remind_at = moment + timedelta(days=settings.proposal_reminder_days)
    pair.expires_at = moment + timedelta(days=settings.proposal_days)


def _turn(caller: Caller) -> str:
    return f"proposing {caller.home}"


def _refusals(twos: Sequence[Two], known: _Known, reasons: Mapping[Two, str]) -> dict[Two, DomainError]:
    taken: Counter[UUID] = Counter()
    found = {}
    for two in twos:
        if refusal := _refusal(two, known, taken[two.mentor_id]) or _without_reason(two, known, reasons):
            found[two] = refusal
        taken[two.mentor_id] += 1
    return found


def _refusal(two: Two, known: _Known, taken: int) -> DomainError | None:
    """Why the two can't be proposed, when so many others are proposed to that mentor with them."""
    if two.mentee_id not in known.waiting:
        return MenteeNotFound()
    if (card := known.cards.get(two.mentor_id)) is None:
        return MentorNotFound()
    if is_full(card, taken):
        return MentorFull()
    if any(pair.state in PLACE_TAKING for pair in known.earlier[two]):
        return AlreadyPaired()
    if parted_before(known.earlier[two]):
        return PartedBefore()
    return known.ruled_out.get(two)


def _without_reason(two: Two, known: _Known, reasons: Mapping[Two, str]) -> ReasonNeeded | None:
    if two in reasons or not known.apart[two]:
        return None
    return ReasonNeeded(*(FieldProblem(code=code, pointer="/reason") for code in known.apart[two]))
