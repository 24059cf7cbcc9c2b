"""Staff propose two to each other, or very many at once: all of them or none.

Everything about all of them is read together, under locks that keep it so: nobody leaves, and nobody else takes a place
with these mentors, before the transaction ends.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import now
from rinnalla.kit.errors import DomainError
from rinnalla.kit.events import Event
from rinnalla.pairs import repository
from rinnalla.pairs.errors import AlreadyPaired, CannotBePaired, MenteeNotFound, MentorFull, PartedBefore
from rinnalla.pairs.models import PLACE_TAKING, Pair, PairOrigin, PairState, Step, Two
from rinnalla.pairs.policy import is_full, parted_before
from rinnalla.pairs.records import PairView, Records
from rinnalla.pairs.ruled_out import RuledOut
from rinnalla.pairs.settings import MatchingSettings
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.service import CardView, Profiles


class NotProposed(Exception):
    """Nothing was proposed. `refusals`: who can't be, and why."""

    def __init__(self, refusals: Mapping[Two, DomainError]) -> None:
        super().__init__()
        self.refusals = refusals


@dataclass(frozen=True, slots=True)
class _Known:
    """What stands for or against proposing: who waits, and since when; the mentors who are there; which pairs there
    were; whom nobody may bring together."""

    since: Mapping[UUID, datetime]
    cards: Mapping[UUID, CardView]
    earlier: Mapping[Two, Sequence[Pair]]
    ruled_out: Mapping[Two, CannotBePaired]


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

    async def propose(self, db: AsyncSession, caller: Caller, two: Two) -> PairView:
        """Ask someone who waits, and a mentor, whether they want to be a pair. Raises: as `put_forward`."""
        pair, news = await self.put_forward(db, caller, two)
        return await self._records.finish(db, caller, pair, news)

    async def put_forward(self, db: AsyncSession, caller: Caller, two: Two) -> tuple[Pair, list[Event]]:
        """`put_forward_all` for two people.

        Raises: MenteeNotFound, MentorNotFound, MentorFull, AlreadyPaired, PartedBefore, CannotBePaired.
        """
        try:
            (pair,), news = await self.put_forward_all(db, caller, [two])
        except NotProposed as nobody:
            raise nobody.refusals[two] from nobody
        return pair, news

    async def put_forward_all(
        self, db: AsyncSession, caller: Caller, twos: Sequence[Two]
    ) -> tuple[list[Pair], list[Event]]:
        """Propose, for a caller that tells everyone at the end of its transaction: of the pairs themselves too, see
        `Pairs.news`. Nobody is among them twice. Staff may look past wishes that they can read and an absence, not past
        a mentor's limit or screening, a no, the age rule, or what someone said in private. Returns the pairs in order.

        Raises: NotProposed (with what `put_forward` raises, for each two who can't be).
        """
        known = await self._look(db, caller, twos)
        if refusals := _refusals(twos, known):
            raise NotProposed(refusals)
        settings, moment = (await self._settings.in_force(db, caller.home)).settings, await now(db)
        pairs = [
            Pair(
                organisation_id=caller.home,
                mentee_id=two.mentee_id,
                mentor_id=two.mentor_id,
                thread_id=next((pair.thread_id for pair in known.earlier[two] if pair.thread_id is not None), None),
                origin=PairOrigin.STAFF,
                proposed_by=caller.account_id,
                waited_since=known.since[two.mentee_id],
                remind_at=moment + timedelta(days=settings.proposal_reminder_days),
                expires_at=moment + timedelta(days=settings.proposal_days),
            )
            for two in twos
        ]
        return pairs, await self._records.move_all(db, pairs, Step.PROPOSE, PairState.PROPOSED, by=caller)

    async def _look(self, db: AsyncSession, caller: Caller, twos: Collection[Two]) -> _Known:
        mentee_ids, mentor_ids = {two.mentee_id for two in twos}, {two.mentor_id for two in twos}
        mentees = await self._accounts.active_people(db, caller.home, Role.MENTEE, mentee_ids)
        mentors = await self._accounts.active_people(db, caller.home, Role.MENTOR, mentor_ids)
        cards = await self._profiles.hold_cards(db, mentors)
        earlier = defaultdict(list)
        for pair in await repository.pairs_between(db, caller, mentee_ids, mentor_ids):
            earlier[Two(pair.mentee_id, pair.mentor_id)].append(pair)
        met = [(two.mentee_id, cards[two.mentor_id]) for two in twos if two.mentor_id in cards]
        return _Known(
            since=await repository.waiting_since(db, caller, mentees),
            cards=cards,
            earlier=earlier,
            ruled_out=await self._ruled_out.among(db, caller.home, met),
        )


def _refusals(twos: Sequence[Two], known: _Known) -> dict[Two, DomainError]:
    taken: Counter[UUID] = Counter()
    found = {}
    for two in twos:
        if refusal := _refusal(two, known, taken[two.mentor_id]):
            found[two] = refusal
        taken[two.mentor_id] += 1
    return found


def _refusal(two: Two, known: _Known, taken: int) -> DomainError | None:
    """Why the two can't be proposed, when so many others are proposed to that mentor with them."""
    if two.mentee_id not in known.since:
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
